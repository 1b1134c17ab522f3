/**
 * Probation: what a new build must show before it is kept, as a pure judgement of what was observed. A build is
 * condemned by its own doing only; a dependency that the Updater cannot reach either stops the clock (rule S18).
 */

export interface Observed {
  /** Since the new build took over, without the time in which its dependencies could not be reached. */
  readonly elapsedMs: number;
  /** The process ended: by itself, or by a signal that somebody else sent. */
  readonly ended?: { readonly detail: string; readonly byItself: boolean };
  /** Times that somebody else ended it and it was started again. */
  readonly outsideEnds: number;
  readonly unansweredPings: number;
  /** The last cycle that began after the new build took over and has ended. */
  readonly cycleResult?: string;
  /** Why it cannot work until a person acts, in its own words. */
  readonly stuck?: string;
  /** SHA-256 of the configuration as the new build understands it. */
  readonly configuration: string;
  /** The Updater's own probe: everything that the old build depended on can be reached. */
  readonly dependenciesReachable: boolean;
}

/** How it was with the old build. */
export interface Before {
  readonly cycleResult?: string;
  readonly configuration: string;
  /** How long a cycle took, milliseconds. */
  readonly cycleMs: number;
}

export type Verdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'proven' }
  | { readonly kind: 'condemned'; readonly reason: string };

const shortestDeadlineMs = 5 * 60_000;
/** A cycle of the new build may take this many times what the old one took. */
const patience = 3;
/** One ping a second. */
export const pingLimit = 5;
const outsideEndLimit = 2;

/** Results that say something about the other side of a connection, not about the build. */
const outsideResults =
  /^(no-start-(connection|credentials|file-open)|stopped-(server|connectivity|disk-full|import-read))/;

/** A cycle ended so because of something that a build is not to blame for. */
export function isOutsideResult(result: string): boolean {
  return outsideResults.test(result) || result.startsWith('stopped-user');
}

export function judgeProbation(observed: Observed, before: Before): Verdict {
  const { ended, cycleResult, stuck } = observed;
  if (stuck !== undefined) return condemned(`the new build cannot work: ${stuck}`);
  if (ended?.byItself === true) return condemned(`the new build ${ended.detail}`);
  if (observed.outsideEnds >= outsideEndLimit) return condemned('the new build was ended from outside again and again');
  if (observed.unansweredPings >= pingLimit) return condemned(`the new build did not answer for ${pingLimit} s`);
  if (observed.configuration !== '' && before.configuration !== '' && observed.configuration !== before.configuration) {
    return condemned('the new build understands the configuration in another way');
  }
  if (cycleResult !== undefined) {
    const isOutside = isOutsideResult(cycleResult);
    if (cycleResult === 'success') return { kind: 'proven' };
    // A cycle that did not get through shows nothing, also when the old build's did not either.
    if (!isOutside && cycleResult === before.cycleResult) return { kind: 'proven' };
    // Whole, with faults of single objects; whether they are new is not known.
    if (before.cycleResult === undefined && cycleResult.startsWith('completed-')) return { kind: 'proven' };
    if (!isOutside) return condemned(`its first cycle ended with ${cycleResult}`);
    if (observed.dependenciesReachable && observed.elapsedMs > deadlineMs(before)) {
      return condemned(`its cycles end with ${cycleResult}, and what it needs can be reached from here`);
    }
  }
  if (observed.elapsedMs > deadlineMs(before)) return condemned('it did not end a cycle in time');
  return { kind: 'waiting' };
}

function deadlineMs(before: Before): number {
  return Math.max(shortestDeadlineMs, patience * before.cycleMs);
}

function condemned(reason: string): Verdict {
  return { kind: 'condemned', reason };
}
