/**
 * References of imported objects: from DNs to rows, and what changed of them, value by value. What is new or gone is
 * marked and brought to where it leads by synchronisation.
 */
import { normaliseDn } from '@springline/directory/dn';
import { placeholderRow } from '../connector-space/placeholder.ts';
import type { CsId, CsRow, ReferenceRow, SyncStore } from '../connector-space/store.ts';
import { readsOfDecision, readsOfFlow } from '../rules/rule-reads.ts';
import { parameterOf } from '../rules/scope.ts';
import type { Directory, Engine } from './engine.ts';
import type { ReferenceChange, StagedEntry } from './entry-reader.ts';
import { memberAttributes, parametersFor } from './parameters.ts';

export interface ReferenceOutcome {
  readonly isChanged: boolean;
  /** Some rule may give another value because of it. */
  readonly isEvaluated: boolean;
}

/** What an entry says of references. */
export type StagedReferences = Pick<StagedEntry, 'dnKey' | 'references' | 'isPartial'>;

const unchanged: ReferenceOutcome = { isChanged: false, isEvaluated: false };

export class ImportReferences {
  readonly #store: SyncStore;
  readonly #directory: Directory;
  readonly #cloud: Engine['cloud'];
  /** Attributes whose values or number some rule reads. */
  readonly #evaluated: ReadonlySet<string>;
  /** DN keys of groups whose members come into scope, or go out of it. */
  readonly #scopingGroups: ReadonlySet<string>;

  constructor(engine: Engine, directory: Directory) {
    this.#store = engine.store;
    this.#directory = directory;
    this.#cloud = engine.cloud;
    const rules = engine.rules.rules.filter(
      ({ connector, direction }) => connector === directory.name && direction === 'inbound',
    );
    const reads = [
      ...rules.map(readsOfDecision),
      ...rules.flatMap(({ flows }) => flows.filter(({ source }) => source.kind === 'expression').map(readsOfFlow)),
    ];
    this.#evaluated = new Set(reads.flatMap(({ values, imported, counted }) => [...values, ...imported, ...counted]));
    this.#scopingGroups = scopingGroups(rules, directory);
  }

  /** @param row absent for a new object. */
  stage(id: CsId, staged: StagedReferences, row: CsRow | undefined): ReferenceOutcome {
    if (row === undefined) {
      for (const [attribute, change] of staged.references) this.#begin(id, attribute, namesIn(change), staged.dnKey);
      return unchanged;
    }
    if (staged.isPartial && staged.references.size === 0) return unchanged;
    let isChanged = false;
    let isEvaluated = false;
    const note = (attribute: string, changed: boolean, before: number): void => {
      if (!changed) return;
      isChanged = true;
      const hadSome = before > 0;
      const hasSome = this.#store.countReferences(id, attribute) > 0;
      if (this.#evaluated.has(attribute) || hadSome !== hasSome) isEvaluated = true;
    };
    for (const [attribute, change] of staged.references) {
      const before = this.#store.countReferences(id, attribute);
      const changed =
        change.kind === 'delta'
          ? this.#applyDelta(id, attribute, change, staged.dnKey)
          : this.#replace(id, attribute, change.dns, staged.dnKey);
      note(attribute, changed, before);
    }
    if (!staged.isPartial) {
      for (const attribute of this.#store.referenceAttributes(id)) {
        if (staged.references.has(attribute)) continue;
        const before = this.#store.countReferences(id, attribute);
        note(attribute, this.#replace(id, attribute, [], staged.dnKey), before);
      }
    }
    return { isChanged, isEvaluated };
  }

  /** What refers to an object is about to mean another: all that follows from it is worked out anew. */
  recompute(target: CsId): void {
    for (const referrer of this.#store.referrers(target)) {
      const cloudRow = this.#store.counterpart(referrer, this.#cloud.connector);
      if (cloudRow !== undefined) this.#store.enqueueReferences(cloudRow);
    }
  }

  #applyDelta(
    id: CsId,
    attribute: string,
    { add, remove }: Extract<ReferenceChange, { kind: 'delta' }>,
    dnKey: string,
  ): boolean {
    let isChanged = false;
    for (const dn of remove) {
      const target = this.#store.idByDn(this.#directory.connector, normaliseDn(dn));
      const state = target === undefined ? undefined : this.#store.reference(id, attribute, target);
      if (target === undefined || state === undefined || state === 'gone') continue;
      this.#remove(id, { attribute, target, state }, dnKey);
      isChanged = true;
    }
    return this.#add(id, attribute, add, dnKey) || isChanged;
  }

  /** Whether anything changed. */
  #replace(id: CsId, attribute: string, dns: readonly string[], dnKey: string): boolean {
    const wanted = new Set(dns.map((dn) => this.#targetOf(dn)));
    let isChanged = false;
    for (const reference of this.#store.references(id, attribute)) {
      const { target, state } = reference;
      const isWanted = wanted.delete(target);
      if (isWanted && state === 'gone') {
        // It was brought to where it leads, and not taken away yet.
        this.#store.setReference(id, attribute, target, 'moved');
        this.#store.adjustReferenceCount(id, attribute, 1);
        isChanged = true;
      } else if (!isWanted && state !== 'gone') {
        this.#remove(id, reference, dnKey);
        isChanged = true;
      }
    }
    for (const target of sorted(wanted)) this.#store.setReference(id, attribute, target, 'new');
    if (wanted.size === 0) return isChanged;
    this.#store.adjustReferenceCount(id, attribute, wanted.size);
    this.#noteScope(attribute, dnKey, wanted);
    return true;
  }

  /** The references of an object that is new: they are followed as a whole when it comes to the cloud. */
  #begin(id: CsId, attribute: string, dns: readonly string[], dnKey: string): void {
    const targets = new Set(dns.map((dn) => this.#targetOf(dn)));
    for (const target of sorted(targets)) this.#store.setReference(id, attribute, target, 'confirmed');
    if (targets.size === 0) return;
    this.#store.adjustReferenceCount(id, attribute, targets.size);
    this.#noteScope(attribute, dnKey, targets);
  }

  #add(id: CsId, attribute: string, dns: readonly string[], dnKey: string): boolean {
    const targets = new Set(dns.map((dn) => this.#targetOf(dn)));
    let added = 0;
    for (const target of sorted(targets)) {
      const state = this.#store.reference(id, attribute, target);
      if (state !== undefined && state !== 'gone') continue;
      this.#store.setReference(id, attribute, target, state === 'gone' ? 'moved' : 'new');
      added += 1;
    }
    if (added === 0) return false;
    this.#store.adjustReferenceCount(id, attribute, added);
    this.#noteScope(attribute, dnKey, targets);
    return true;
  }

  #remove(id: CsId, { attribute, target, state }: ReferenceRow, dnKey: string): void {
    if (state === 'new') this.#store.dropReference(id, attribute, target);
    else this.#store.setReference(id, attribute, target, 'gone');
    this.#store.adjustReferenceCount(id, attribute, -1);
    this.#noteScope(attribute, dnKey, [target]);
  }

  /** Members of a group that scopes ask about are looked at again. */
  #noteScope(attribute: string, dnKey: string, targets: Iterable<CsId>): void {
    if (!this.#scopingGroups.has(dnKey) || !memberAttributes.some((name) => name === attribute)) return;
    for (const target of targets) {
      const row = this.#store.row(target);
      if (row?.anchor != null && row.pendingImport === 'none') this.#store.stageImport(target, 'update', null);
    }
  }

  /** The row of a DN; a placeholder when nothing was imported under it (yet). */
  #targetOf(dn: string): CsId {
    const { connector } = this.#directory;
    const dnKey = normaliseDn(dn);
    return this.#store.idByDn(connector, dnKey) ?? this.#store.insertRow(placeholderRow(connector, dn, dnKey));
  }
}

function namesIn(change: ReferenceChange): readonly string[] {
  return change.kind === 'whole' ? change.dns : change.add;
}

/** In the order of the table, which is then written front to back. */
function sorted(targets: ReadonlySet<CsId>): readonly CsId[] {
  return targets.size < 2 ? [...targets] : [...targets].sort((a, b) => a - b);
}

function scopingGroups(rules: Engine['rules']['rules'], directory: Directory): ReadonlySet<string> {
  const dns = rules
    .flatMap(({ scope }) => scope.flat())
    .filter(({ operator }) => operator === 'ISMEMBEROF' || operator === 'ISNOTMEMBEROF')
    .map((clause) => {
      const parameter = parameterOf(clause);
      return parameter === undefined ? clause.value : String(parametersFor(directory, '').get(parameter) ?? '');
    });
  return new Set(dns.filter((dn) => dn !== '').map(normaliseDn));
}
