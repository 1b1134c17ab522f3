/**
 * Whether a heartbeat goes on where the last one of its identity ended (rule S16). Each answer gives a continuation that
 * the next heartbeat presents; whoever presents an older one is a second copy of the identity, or a home that was put back
 * from a backup. Nothing is stored here.
 *
 * An answer may be lost, and a request may come late: what is presented comes with a nonce that is kept over repetitions,
 * and a pair that was accepted a moment ago is no second copy.
 */

/** What one heartbeat presented. */
export interface Beat {
  /** Undefined for the first of a home. */
  readonly presented?: string | undefined;
  readonly nonce: string;
}

export interface KeptContinuation {
  /** What the next heartbeat must present; null when anything goes: nothing was given yet, or a person resolved a conflict. */
  readonly current: string | null;
  /** The last ones that were accepted, newest first; the newest one was answered with `current`. */
  readonly beats: readonly Beat[];
}

export type ContinuationVerdict =
  /** Goes on: `kept` is stored, and its `current` is answered. */
  | { readonly kind: 'goes-on'; readonly kept: KeptContinuation }
  /** The answer to it was lost: the same is answered again. */
  | { readonly kind: 'repeated'; readonly current: string }
  /** A repetition that others overtook on the way: nothing is answered. */
  | { readonly kind: 'late' }
  | { readonly kind: 'stale' };

const beatsKept = 4;

/** `fresh`: a continuation that was never given to anybody. */
export function judgeContinuation(kept: KeptContinuation, beat: Beat, fresh: string): ContinuationVerdict {
  const goesOn = kept.current === null || beat.presented === kept.current;
  if (goesOn) {
    const beats = [beat, ...(kept.current === null ? [] : kept.beats)].slice(0, beatsKept);
    return { kind: 'goes-on', kept: { current: fresh, beats } };
  }
  const at = kept.beats.findIndex((one) => one.presented === beat.presented && one.nonce === beat.nonce);
  if (at === 0) return { kind: 'repeated', current: kept.current! };
  return at > 0 ? { kind: 'late' } : { kind: 'stale' };
}

/**
 * Whether somebody who speaks beside the heartbeats, such as a component that asks for a lease, may be of this home: a
 * heartbeat may just be on its way, so that the last but one is as good as the last.
 */
export function isRecent(kept: KeptContinuation, presented: string | undefined): boolean {
  return kept.current === null || presented === kept.current || kept.beats[0]?.presented === presented;
}
