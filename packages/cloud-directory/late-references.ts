/**
 * References whose target is not there yet. The next operations of the batch may bring it, or make the reference moot;
 * at the end of the batch each is tried once more.
 */
import type { ExportResult } from './export-operation.ts';

export interface LateReference {
  readonly objectId: string;
  readonly attribute: string;
  readonly sourceAnchor: string;
  /** Answers that tell of the reference. */
  readonly results: ExportResult[];
}

export class LateReferences {
  /** By object, then by attribute, then by the target's source anchor. */
  readonly #waiting = new Map<string, Map<string, Map<string, LateReference>>>();

  /** Notes the reference in `result` as unresolved and keeps it for the end. */
  wait(objectId: string, attribute: string, sourceAnchor: string, result: ExportResult): void {
    result.unresolved ??= [];
    result.unresolved.push({ attribute, sourceAnchor });
    const byAnchor = mapIn(mapIn(this.#waiting, objectId), attribute);
    const known = byAnchor.get(sourceAnchor);
    if (known === undefined) byAnchor.set(sourceAnchor, { objectId, attribute, sourceAnchor, results: [result] });
    else known.results.push(result);
  }

  /** A later operation took the reference back. Without an anchor: every one of the attribute. */
  stop(objectId: string, attribute: string, sourceAnchor?: string): void {
    const byAnchor = this.#waiting.get(objectId)?.get(attribute);
    if (sourceAnchor === undefined) byAnchor?.clear();
    else byAnchor?.delete(sourceAnchor);
  }

  /** The object is gone. */
  forget(objectId: string): void {
    this.#waiting.delete(objectId);
  }

  /** Gives each to `resolve`; what it resolves is no longer told as unresolved. */
  settle(resolve: (late: LateReference) => boolean): void {
    const resolvedByResult = new Map<ExportResult, Set<string>>();
    for (const late of this.#all()) {
      if (!resolve(late)) continue;
      for (const result of late.results) {
        const names = resolvedByResult.get(result) ?? new Set();
        resolvedByResult.set(result, names.add(nameOf(late)));
      }
    }
    for (const [result, names] of resolvedByResult) {
      const left = (result.unresolved ?? []).filter((one) => !names.has(nameOf(one)));
      if (left.length > 0) result.unresolved = left;
      else delete result.unresolved;
    }
  }

  *#all(): Iterable<LateReference> {
    for (const byAttribute of this.#waiting.values()) {
      for (const byAnchor of byAttribute.values()) yield* byAnchor.values();
    }
  }
}

const nameOf = (one: { readonly attribute: string; readonly sourceAnchor: string }): string =>
  `${one.attribute} ${one.sourceAnchor}`;

function mapIn<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = map.get(key) ?? new Map<L, V>();
  map.set(key, known);
  return known;
}
