/**
 * References of a delta that wait for its end, because the rest of it may give the names in them to others. Holds names;
 * about 100 MB at the most.
 */
import type { CsId, CsRow } from '../connector-space/store.ts';
import type { StagedReferences } from './import-references.ts';

/** Past the limit names mean what they mean by then. */
const nameLimit = 500_000;

export interface HeldReferences {
  readonly id: CsId;
  readonly staged: StagedReferences;
  /** Absent for a new object. */
  readonly row: CsRow | undefined;
  /** What became of the object was counted otherwise. */
  isCounted: boolean;
}

export class WaitingReferences {
  #held: HeldReferences[] = [];
  #names = 0;

  get isFull(): boolean {
    return this.#names > nameLimit;
  }

  hold(id: CsId, { dnKey, references, isPartial }: StagedReferences, row: CsRow | undefined): void {
    this.#held.push({ id, staged: { dnKey, references, isPartial }, row, isCounted: row === undefined });
    for (const change of references.values()) {
      this.#names += change.kind === 'whole' ? change.dns.length : change.add.length + change.remove.length;
    }
  }

  /** What was held last is counted as something else than its references. */
  countOtherwise(): void {
    this.#held.at(-1)!.isCounted = true;
  }

  takeAll(): readonly HeldReferences[] {
    const held = this.#held;
    this.#held = [];
    this.#names = 0;
    return held;
  }
}
