/**
 * The life of the PKS channel: four phases by three dates, what holds in each as a table, and the response headers that
 * tell clients (RFC 9745, RFC 8594). Instants in, words out; who may change the dates is decided here too.
 */
import type { EpochMs } from '@springline/ports/clock';

/** In this order in time, and never the other way about: a phase ends where the next begins. */
export const phases = ['announced', 'deprecated', 'sunset', 'off'] as const;
export type Phase = (typeof phases)[number];

/** `deprecatedAt` is at or before `sunsetAt`, as RFC 9745 4 asks. */
export interface Lifecycle {
  /** When the dates were first made known. */
  readonly announcedAt: EpochMs;
  /** From here on whoever still asks is late. */
  readonly deprecatedAt: EpochMs;
  /** From here on nobody is bridged any more. */
  readonly sunsetAt: EpochMs;
}

export interface PhaseRule {
  /** `bridge`: the signed answer; `gone`: 410 with the way by hand. */
  readonly answers: 'bridge' | 'gone';
  /** Whether it is noted who asked, so that people see who is left. */
  readonly notesClients: boolean;
  /** For people. */
  readonly meaning: string;
}

export const phaseRules: Readonly<Record<Phase, PhaseRule>> = {
  announced: {
    answers: 'bridge',
    notesClients: true,
    meaning: 'PKS answers with the bridge release; its end is made known.',
  },
  deprecated: {
    answers: 'bridge',
    notesClients: true,
    meaning: 'PKS still answers with the bridge release; whoever asks should be brought over now.',
  },
  sunset: {
    answers: 'gone',
    notesClients: true,
    meaning: 'PKS bridges nobody any more; whoever still asks is noted and must be upgraded by hand.',
  },
  off: {
    answers: 'gone',
    notesClients: false,
    meaning: 'PKS is off; nobody is bridged and nobody is noted.',
  },
};

const dayMs = 24 * 60 * 60_000;
/** For so long after its sunset the channel notes who still asks. */
export const offAfterSunsetMs = 90 * dayMs;
/** Nobody loses the channel with less warning than this. */
export const shortestNoticeMs = 7 * dayMs;

/** Without a lifecycle no end is known yet: `announced`. */
export function phaseAt(lifecycle: Lifecycle | undefined, now: EpochMs): Phase {
  if (lifecycle === undefined || now < lifecycle.deprecatedAt) return 'announced';
  if (now < lifecycle.sunsetAt) return 'deprecated';
  return now < lifecycle.sunsetAt + offAfterSunsetMs ? 'sunset' : 'off';
}

/** URIs, absolute or relative to the request. */
export interface LifecycleLinks {
  /** A page about the end of PKS, for people. */
  readonly notice: string;
  /** What agents of the Hybrid Upgrade Service ask instead. */
  readonly successor: string;
}

/**
 * Response headers by lower-case name. `Deprecation` is a structured date (RFC 9745 2.1, RFC 9651 3.3.7: whole seconds
 * after `@`) and may lie ahead; `Sunset` is an HTTP-date (RFC 8594 3, RFC 9110 5.6.7). Both are left out without dates.
 */
export function lifecycleHeaders(
  lifecycle: Lifecycle | undefined,
  { notice, successor }: LifecycleLinks,
): Readonly<Record<string, string>> {
  const link = [
    `<${notice}>; rel="deprecation"; type="text/html"`,
    `<${notice}>; rel="sunset"; type="text/html"`,
    `<${successor}>; rel="successor-version"`,
  ].join(', ');
  if (lifecycle === undefined) return { link };
  return {
    deprecation: `@${Math.floor(lifecycle.deprecatedAt / 1000)}`,
    sunset: new Date(lifecycle.sunsetAt).toUTCString(),
    link,
  };
}

export type ScheduleRefusal = 'dates-out-of-order' | 'sunset-too-soon';

/**
 * Why the dates cannot become `wanted` now; undefined when they can. A sunset may be put off at any time, and brought
 * nearer only to a day that leaves everybody the shortest notice.
 */
export function scheduleRefusal(
  before: Lifecycle | undefined,
  wanted: Pick<Lifecycle, 'deprecatedAt' | 'sunsetAt'>,
  now: EpochMs,
): ScheduleRefusal | undefined {
  if (wanted.sunsetAt < wanted.deprecatedAt) return 'dates-out-of-order';
  const isNearer = before === undefined || wanted.sunsetAt < before.sunsetAt;
  return isNearer && wanted.sunsetAt < now + shortestNoticeMs ? 'sunset-too-soon' : undefined;
}
