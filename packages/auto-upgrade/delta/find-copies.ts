/**
 * Explains a new file by stretches of an old one. A copy need not be equal byte for byte: a program whose addresses have
 * moved is the old program with small differences, and those compress well. Everything here takes time linear in the
 * lengths of the two files.
 */
import { hashOf, OldIndex, rolled, windowBytes } from './old-index.ts';

/** `next` from `newAt` on is much like `old` from `oldAt` on. In order of `newAt`, without overlaps. */
export interface Copy {
  newAt: number;
  oldAt: number;
  length: number;
}

/** A new place in the old file must explain so many more bytes than going on in the old place would. */
const worthwhileBytes = 8;
/** An extension ends when it has gone so many bytes without getting better. */
const patienceBytes = 4096;

export function findCopies(old: Uint8Array, next: Uint8Array): Copy[] {
  const copies = findSeeds(old, next);
  extendBackwards(old, next, copies);
  extendForwards(old, next, copies);
  return copies.filter(({ length }) => length > 0);
}

/**
 * Where the new file changes its place in the old one. The lengths are still 0, and the seeds in order.
 *
 * At each byte the current place is tried first, then the index.
 */
function findSeeds(old: Uint8Array, next: Uint8Array): Copy[] {
  const index = new OldIndex(old);
  const seeds: Copy[] = [{ newAt: 0, oldAt: 0, length: 0 }];
  let offset = 0;
  let latest = 0;
  let hash = 0;
  let hashedAt = -1;
  for (let at = 0; at + windowBytes <= next.length; ) {
    const going = equalBytes(old, at + offset, next, at);
    if (going >= windowBytes) {
      at += going;
      continue;
    }
    hash = hashedAt === at - 1 && at > 0 ? rolled(hash, next, at - 1) : hashOf(next, at);
    hashedAt = at;
    const candidate = index.candidate(hash);
    const found = candidate < 0 ? 0 : equalBytes(old, candidate, next, at);
    if (found < windowBytes) {
      at++;
      continue;
    }
    if (likeBytes(old, at + offset, next, at, found) + worthwhileBytes < found) {
      const back = equalBytesBefore(old, candidate, next, at, at - latest - 1);
      latest = at - back;
      offset = candidate - at;
      seeds.push({ newAt: latest, oldAt: candidate - back, length: 0 });
    }
    at += found;
  }
  return seeds;
}

/** Moves the start of each copy back as far as that explains more than it spoils, and not beyond the start before. */
function extendBackwards(old: Uint8Array, next: Uint8Array, copies: Copy[]): void {
  for (let which = copies.length - 1; which > 0; which--) {
    const copy = copies[which]!;
    const room = Math.min(copy.newAt - copies[which - 1]!.newAt, copy.oldAt);
    const back = bestLength(room, (step) => next[copy.newAt - 1 - step] === old[copy.oldAt - 1 - step]);
    copy.newAt -= back;
    copy.oldAt -= back;
    copy.length = back;
  }
}

/** Gives each copy its end. Where it reaches into the next one, the better of the two has each byte. */
function extendForwards(old: Uint8Array, next: Uint8Array, copies: Copy[]): void {
  for (const [which, copy] of copies.entries()) {
    const following = copies[which + 1];
    // The next copy may give up what it took backwards, and no more.
    const end = following === undefined ? next.length : following.newAt + following.length;
    const room = Math.min(end - copy.newAt, old.length - copy.oldAt);
    copy.length = bestLength(room, (step) => next[copy.newAt + step] === old[copy.oldAt + step]);
    if (following === undefined) continue;
    const overlap = copy.newAt + copy.length - following.newAt;
    if (overlap <= 0) continue;
    const kept = betterUntil(old, next, copy, following, overlap);
    copy.length -= overlap - kept;
    following.newAt += kept;
    following.oldAt += kept;
    following.length -= kept;
  }
}

/** How many bytes of the overlap are better taken from the earlier copy. */
function betterUntil(old: Uint8Array, next: Uint8Array, earlier: Copy, later: Copy, overlap: number): number {
  let score = 0;
  let best = 0;
  let kept = 0;
  for (let step = 0; step < overlap; step++) {
    const byte = next[later.newAt + step];
    if (byte === old[later.newAt - earlier.newAt + earlier.oldAt + step]) score++;
    if (byte === old[later.oldAt + step]) score--;
    if (score > best) {
      best = score;
      kept = step + 1;
    }
  }
  return kept;
}

/** The length up to `room` at which equal bytes outweigh the others the most. */
function bestLength(room: number, isEqual: (step: number) => boolean): number {
  let score = 0;
  let best = 0;
  let length = 0;
  for (let step = 0; step < room && score >= best - patienceBytes; step++) {
    score += isEqual(step) ? 1 : -1;
    if (score > best) {
      best = score;
      length = step + 1;
    }
  }
  return length;
}

function equalBytes(old: Uint8Array, oldAt: number, next: Uint8Array, newAt: number): number {
  if (oldAt < 0) return 0;
  const room = Math.min(old.length - oldAt, next.length - newAt);
  let length = 0;
  while (length < room && old[oldAt + length] === next[newAt + length]) length++;
  return length;
}

function equalBytesBefore(old: Uint8Array, oldAt: number, next: Uint8Array, newAt: number, limit: number): number {
  const room = Math.min(limit, oldAt);
  let length = 0;
  while (length < room && old[oldAt - 1 - length] === next[newAt - 1 - length]) length++;
  return length;
}

/** How many of `length` bytes are equal, place by place. */
function likeBytes(old: Uint8Array, oldAt: number, next: Uint8Array, newAt: number, length: number): number {
  if (oldAt < 0) return 0;
  const room = Math.min(length, old.length - oldAt);
  let equal = 0;
  for (let step = 0; step < room; step++) if (old[oldAt + step] === next[newAt + step]) equal++;
  return equal;
}
