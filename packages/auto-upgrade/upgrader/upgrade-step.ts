/**
 * The life of an upgrade as a full table: every step, every event, and what a restart of the Agent Updater makes of a
 * step that was under way. Each step is in the journal before anything that it names is done, so a process may be
 * killed anywhere and the table says how it goes on.
 */

/** Steps as journaled and shown. Nothing that runs is touched before `draining`. */
export type UpgradeStep =
  | 'idle'
  | 'checking'
  | 'ineligible'
  | 'waiting'
  | 'downloading'
  | 'verified'
  | 'staged'
  | 'preflight'
  | 'last-look'
  | 'warming'
  | 'draining'
  | 'activating'
  | 'probation'
  | 'committed'
  | 'rolling-back'
  | 'rolled-back'
  | 'aborted';

export type UpgradeEvent =
  /** A look for newer releases began. */
  | 'look'
  /** A gate says no; a person or time must open it. */
  | 'refused'
  /** A newer release is offered and may not begin yet: window, ring, back-off. */
  | 'held'
  /** A newer release is fetched. */
  | 'begun'
  /** Every byte has the signed length and hash. */
  | 'verified'
  /** It lies in the slot that does not run. */
  | 'unpacked'
  /** The new build tries itself on a copy of the state. */
  | 'tried'
  /** Both repositories are asked once more. */
  | 'looked'
  /** They still agree: the new build is started beside the old one. */
  | 'confirmed'
  /** The old build is asked to let go of the state. */
  | 'warmed'
  /** Nobody holds the state: the link is switched. */
  | 'drained'
  /** The new build holds the state and must prove itself. */
  | 'activated'
  | 'proven'
  /** Something went wrong; what that means depends on the step. */
  | 'failed'
  /** The old build serves again. */
  | 'restored'
  /** Told, reported, cleaned up. */
  | 'settled';

type Row = Readonly<Record<UpgradeEvent, UpgradeStep | undefined>>;

/** No event is possible unless a row says so. */
const none: Row = {
  look: undefined,
  refused: undefined,
  held: undefined,
  begun: undefined,
  verified: undefined,
  unpacked: undefined,
  tried: undefined,
  looked: undefined,
  confirmed: undefined,
  warmed: undefined,
  drained: undefined,
  activated: undefined,
  proven: undefined,
  failed: undefined,
  restored: undefined,
  settled: undefined,
};
/** Before the switch a failure leaves everything as it was. */
const untouched: Row = { ...none, failed: 'aborted' };

/** `undefined`: the event cannot happen in the step, and an attempt is a fault of ours. */
export const nextStep: Readonly<Record<UpgradeStep, Row>> = {
  idle: { ...none, look: 'checking', settled: 'idle' },
  checking: { ...untouched, refused: 'ineligible', held: 'waiting', begun: 'downloading', settled: 'idle' },
  ineligible: { ...none, look: 'checking', settled: 'idle' },
  waiting: { ...none, look: 'checking', settled: 'idle' },
  downloading: { ...untouched, verified: 'verified' },
  verified: { ...untouched, unpacked: 'staged' },
  staged: { ...untouched, tried: 'preflight' },
  preflight: { ...untouched, looked: 'last-look' },
  'last-look': { ...untouched, confirmed: 'warming' },
  warming: { ...untouched, warmed: 'draining' },
  // The old build may have let go already: it is started again.
  draining: { ...none, drained: 'activating', failed: 'rolling-back' },
  activating: { ...none, activated: 'probation', failed: 'rolling-back' },
  probation: { ...none, proven: 'committed', failed: 'rolling-back' },
  committed: { ...none, settled: 'idle' },
  'rolling-back': { ...none, restored: 'rolled-back' },
  'rolled-back': { ...none, settled: 'idle' },
  aborted: { ...none, settled: 'idle' },
};

/** What a starting Agent Updater does with the last step that the journal has. */
export type Recovery =
  /** Nothing is under way. */
  | 'rest'
  /** The link names the old build, whatever was prepared: forget it and look again. */
  | 'forget'
  /** The link decides: old build, forget; new build, prove it. */
  | 'follow-link'
  /** The new build runs and has not proven itself: start its probation again. */
  | 'prove'
  /** Bring the old build back. */
  | 'go-back'
  /** The end is reached; tell and clean up. */
  | 'settle';

export const recoveryOf: Readonly<Record<UpgradeStep, Recovery>> = {
  idle: 'rest',
  checking: 'rest',
  ineligible: 'rest',
  waiting: 'rest',
  downloading: 'forget',
  verified: 'forget',
  staged: 'forget',
  preflight: 'forget',
  'last-look': 'forget',
  warming: 'forget',
  draining: 'forget',
  activating: 'follow-link',
  probation: 'prove',
  committed: 'settle',
  'rolling-back': 'go-back',
  'rolled-back': 'settle',
  aborted: 'settle',
};

/** The step after `event`. An event that cannot happen there is a fault of ours and ends the work. */
export function stepAfter(step: UpgradeStep, event: UpgradeEvent): UpgradeStep {
  const next = nextStep[step][event];
  if (next === undefined) throw new Error(`an upgrade in the step ${step} cannot have the event ${event}`);
  return next;
}

/** The attempt has ended, one way or the other. */
export function isTerminal(step: UpgradeStep): boolean {
  return step === 'committed' || step === 'rolled-back' || step === 'aborted';
}
