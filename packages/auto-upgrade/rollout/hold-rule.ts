/** The rules that can say no to an install, and what each says to the administrator of the host. */

const reasons = {
  'nothing-newer': 'No build is offered that is newer than the one that runs here.',
  Disabled: 'Auto-upgrade is turned off here.',
  'policy-not-understood': 'The rollout policy says something that this build cannot read, so nothing is installed.',
  'policy-halted': 'The operator has halted all rollouts.',
  'rollout-halted': 'The rollout of this build is halted.',
  'rollout-aborted': 'The rollout of this build was given up.',
  'not-in-policy': 'No rollout names this build.',
  'ring-not-open': 'The rollout has not reached the ring of this host.',
  'ring-unknown': 'The rollout has no ring of the name that this host is in.',
  ramp: 'The rollout stops at a share of the ring in which this host is not.',
  'signed-ramp': 'The publisher lets nobody have this build yet.',
  pinned: 'The version is pinned below this build.',
  'maintenance-window': 'No maintenance window is known in which it could be installed.',
  freeze: 'A freeze is in force.',
  'not-before': 'It was asked for later.',
  'staging-first': 'The staging server has not proven this build.',
  blocked: 'This build failed here before.',
  recalled: 'The publisher has recalled this build.',
  'not-for-auto-upgrade': 'This build is for download only.',
} as const;

export type HoldRule = keyof typeof reasons;

/** Rules that pass a build over for everybody: they say nothing of the host that tells them. */
export const passedOverRules: ReadonlySet<string> = new Set<HoldRule>([
  'not-in-policy',
  'recalled',
  'not-for-auto-upgrade',
  'rollout-aborted',
]);

export function holdReason(rule: HoldRule, version: string | undefined): string {
  return version === undefined ? reasons[rule] : `${version}: ${reasons[rule]}`;
}

const waits: Partial<Readonly<Record<HoldRule, string>>> = {
  'ring-not-open': 'The ring of this host opens then.',
  ramp: 'The rollout reaches this host then.',
  'signed-ramp': 'The publisher lets this host have it from then on.',
  'maintenance-window': 'The next maintenance window begins then.',
  freeze: 'The freeze ends then.',
  'not-before': 'It was asked for not before then.',
  'staging-first': 'The staging server will have proven it then.',
  blocked: 'It failed here before and is tried again then.',
};

/** Of a wait with a date. Where the rule has none of its own, the date is that of a floor. */
export function waitReason(rule: HoldRule, version: string): string {
  return `${version}: ${waits[rule] ?? `${reasons[rule]} A floor that the publisher signed acts from then on.`}`;
}
