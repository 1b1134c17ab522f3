/**
 * What changes of places mean for an import of a part of a tree. A feed of changes tells of a container with its new DN and
 * says nothing of what lies below it: what is there has another DN or came into scope with it, so it has to be read, and what
 * left with it is gone.
 *
 * Holds the DNs of the containers of one read that may have moved.
 */
import { normaliseDn, parentDn } from '../../dn.ts';
import type { HeldObjects } from './ldap-source.ts';
import type { Scope } from './scope.ts';

/**
 * `in-scope`: hand it over. `gone`: it left the scope alone, or was deleted. `unknown`: it never was in scope. `arrived`: what
 * lies below it has to be read, and is there under another DN or for the first time; it is not handed over before that, or a
 * read that begins anew would not see that it came. `left`: what lay below it may have gone along; only a sweep tells what,
 * and tells of this one too.
 */
export type Place = 'in-scope' | 'arrived' | 'gone' | 'left' | 'unknown';

export class Moves {
  readonly #scope: Scope;
  readonly #held: HeldObjects | undefined;
  readonly #arrived = new Map<string, string>();
  #hasLeft = false;

  constructor(scope: Scope, held: HeldObjects | undefined) {
    this.#scope = scope;
    this.#held = held;
  }

  /** Something in scope may have gone where the feed does not follow it: only a look at everything in scope tells. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get hasArrived(): boolean {
    return this.#arrived.size > 0;
  }

  /** Topmost DNs below which objects may have come into scope since this was asked last. */
  takeArrived(): readonly string[] {
    const topmost = [...this.#arrived].filter(([key]) => !this.#isBelowArrived(key)).map(([, dn]) => dn);
    this.#arrived.clear();
    return topmost;
  }

  /**
   * What an object is to the import now that it lies under `dn`.
   *
   * @param mayHaveMoved false where the feed says that the name is what it was.
   */
  place(dn: string, anchor: Uint8Array, isContainer: boolean, mayHaveMoved = true): Place {
    const isInScope = this.#scope.isWhole || this.#scope.isInScope(dn);
    const before = this.#held?.dnOf(anchor);
    // The importing side need not hold containers: of one that it does not hold nobody knows where it was.
    const hasMoved = mayHaveMoved && (before === undefined || normaliseDn(before) !== normaliseDn(dn));
    const mayHoldOthers = hasMoved && (isContainer || this.#mayHoldOthers(anchor, before));
    if (isInScope) {
      if (mayHoldOthers) this.#arrived.set(normaliseDn(dn), dn);
      return mayHoldOthers ? 'arrived' : 'in-scope';
    }
    if (mayHoldOthers) this.#hasLeft = true;
    if (mayHoldOthers) return 'left';
    const isKnown = this.#held === undefined ? mayHaveMoved : before !== undefined;
    return isKnown ? 'gone' : 'unknown';
  }

  /**
   * The same for an object that the feed tells of as deleted.
   *
   * @param mayHaveMoved true where a move to elsewhere looks no other.
   */
  placeOfDeleted(anchor: Uint8Array, mayHaveMoved: boolean): Place {
    const isKnown = this.#held === undefined || this.#held.dnOf(anchor) !== undefined;
    if (!mayHaveMoved) return isKnown ? 'gone' : 'unknown';
    if (isKnown && this.#held?.hasBelow(anchor) === false) return 'gone';
    this.#hasLeft = true;
    return 'left';
  }

  #mayHoldOthers(anchor: Uint8Array, before: string | undefined): boolean {
    return before !== undefined && this.#held?.hasBelow(anchor) === true;
  }

  #isBelowArrived(key: string): boolean {
    for (let above = parentDn(key); above !== undefined; above = parentDn(above)) {
      if (this.#arrived.has(above)) return true;
    }
    return false;
  }
}
