/**
 * The arithmetic of ramps, in whole numbers: how much of a ring is open at an instant, and when a share will be. Every
 * product stays exact: shares are at most a million, an hour has 3.6 million milliseconds, and only the rest of an hour is
 * multiplied by it.
 */
import type { EpochMs } from '@springline/ports/clock';
import { million } from './bucket.ts';
import type { RolloutRing } from './policy.ts';

export const hourMs = 3_600_000;

/** The share of a million that is open: 0 while the ring is not open; an agent is in when its own share is less. */
export function openPpm({ openedAt, startPpm, rampPpmPerHour }: RolloutRing, now: EpochMs): number {
  if (openedAt === undefined || now < openedAt) return 0;
  const elapsed = now - openedAt;
  const rest = elapsed % hourMs;
  const grown = ((elapsed - rest) / hourMs) * rampPpmPerHour + floorDivide(rest * rampPpmPerHour, hourMs);
  return Math.min(million, startPpm + grown);
}

/** The first instant at which at least `share` of a million is open; `undefined` when that is never. */
export function reachesAt({ openedAt, startPpm, rampPpmPerHour }: RolloutRing, share: number): EpochMs | undefined {
  if (openedAt === undefined) return undefined;
  if (share <= startPpm) return openedAt;
  if (rampPpmPerHour === 0) return undefined;
  return (openedAt + ceilDivide((share - startPpm) * hourMs, rampPpmPerHour)) as EpochMs;
}

/** For whole numbers from 0 on. A quotient of doubles can round up to the next whole number; this does not. */
function floorDivide(dividend: number, divisor: number): number {
  return (dividend - (dividend % divisor)) / divisor;
}

export function ceilDivide(dividend: number, divisor: number): number {
  return floorDivide(dividend, divisor) + (dividend % divisor === 0 ? 0 : 1);
}
