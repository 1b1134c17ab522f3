/**
 * The references that a batch touches, and how they change. Only those that the batch can meet are known; the rest of a
 * large group stays where it is.
 */
import type { Reference } from './cloud-object.ts';

/** Carried out in this order. */
export interface ReferenceDiff {
  /** Ids of objects that lose every reference they hold. */
  readonly cleared: readonly string[];
  readonly removed: readonly Reference[];
  readonly added: readonly Reference[];
}

export class ReferenceSet {
  readonly #present = new Map<string, Reference>();
  readonly #stored = new Map<string, Reference>();
  readonly #cleared = new Set<string>();
  /** Keys by the id of either end. */
  readonly #keysByObject = new Map<string, Set<string>>();
  readonly #keysByTarget = new Map<string, Set<string>>();

  constructor(stored: Iterable<Reference>) {
    for (const reference of stored) {
      this.#stored.set(keyOf(reference), reference);
      this.#put(reference);
    }
  }

  has(reference: Reference): boolean {
    return this.#present.has(keyOf(reference));
  }

  /** False when it was there already. */
  add(reference: Reference): boolean {
    if (this.has(reference)) return false;
    this.#put(reference);
    return true;
  }

  /** False when it was not there. */
  remove(reference: Reference): boolean {
    const key = keyOf(reference);
    this.#keysByObject.get(reference.objectId)?.delete(key);
    this.#keysByTarget.get(reference.targetId)?.delete(key);
    return this.#present.delete(key);
  }

  /** What `objectId` is known to hold under `attribute`. */
  heldBy(objectId: string, attribute: string): Reference[] {
    return this.#of(this.#keysByObject.get(objectId)).filter((reference) => reference.attribute === attribute);
  }

  pointingAt(targetId: string): Reference[] {
    return this.#of(this.#keysByTarget.get(targetId));
  }

  /** Takes away all that `objectId` holds, also what is not known here. */
  clear(objectId: string): void {
    for (const reference of this.#of(this.#keysByObject.get(objectId))) this.remove(reference);
    this.#cleared.add(objectId);
  }

  diff(): ReferenceDiff {
    const isStored = (reference: Reference): boolean =>
      this.#stored.has(keyOf(reference)) && !this.#cleared.has(reference.objectId);
    return {
      cleared: [...this.#cleared],
      removed: [...this.#stored.values()].filter((reference) => isStored(reference) && !this.has(reference)),
      added: [...this.#present.values()].filter((reference) => !isStored(reference)),
    };
  }

  #put(reference: Reference): void {
    const key = keyOf(reference);
    this.#present.set(key, reference);
    keysFor(this.#keysByObject, reference.objectId).add(key);
    keysFor(this.#keysByTarget, reference.targetId).add(key);
  }

  #of(keys: ReadonlySet<string> | undefined): Reference[] {
    return [...(keys ?? [])].map((key) => this.#present.get(key)!);
  }
}

const keyOf = ({ objectId, attribute, targetId }: Reference): string => `${objectId} ${attribute} ${targetId}`;

function keysFor(map: Map<string, Set<string>>, id: string): Set<string> {
  const known = map.get(id);
  if (known !== undefined) return known;
  const fresh = new Set<string>();
  map.set(id, fresh);
  return fresh;
}
