/**
 * When a host's own wish lets an upgrade in: its windows, freezes and not-before together. Pin and ring are no matter of
 * time and are left to `rollout/decide.ts`.
 */
import type { EpochMs } from '@springline/ports/clock';
import { nextCommonOpening } from '../rollout/window.ts';
import type { Wish } from '../rollout/wish.ts';

/** The first instant from `now` on; `undefined` when there is none within `horizonMs`. */
export function ownOpening(wish: Wish, now: EpochMs, horizonMs: number): EpochMs | undefined {
  const parts = [wish, ...(wish.also ?? [])];
  const windows = parts.flatMap(({ window }) => (window === undefined ? [] : [window]));
  const freezes = parts.flatMap(({ freezes: own }) => own ?? []).sort((a, b) => a.from - b.from);
  let at: EpochMs = parts.reduce((latest, { notBefore }) => later(latest, notBefore ?? latest), now);
  // Each round ends a freeze or finds the answer.
  for (let round = 0; round <= freezes.length; round++) {
    const opening = nextCommonOpening(windows, at);
    if (opening === undefined || opening - now >= horizonMs) return undefined;
    const freeze = freezes.find(({ from, until }) => from <= opening && opening < until);
    if (freeze === undefined) return opening;
    at = freeze.until;
  }
  return undefined;
}

function later(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b;
}
