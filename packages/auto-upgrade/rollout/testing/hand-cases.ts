/** Cases of `decide` with the decisions that people expect of them: one row, one rule. The first vectors are made of them. */
import type { EpochMs } from '@springline/ports/clock';
import type { AgentFacts, ReleaseFacts } from '../decide.ts';
import { policyFormat, type Rollout, type RolloutPolicy } from '../policy.ts';
import type { MaintenanceWindow } from '../window.ts';
import type { Case, DecisionJson } from './case.ts';

export const at = (text: string): EpochMs => Date.parse(text) as EpochMs;

export const now = at('2026-03-11T12:00:00Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const after = (ms: number): EpochMs => (now + ms) as EpochMs;
const text = (ms: number): string => new Date(now + ms).toISOString();

const oldDigest = 'a0'.repeat(32);
const digest = 'b1'.repeat(32);
const newestDigest = 'c2'.repeat(32);

/** In ring `broad` and for `digest`, the agent's share is 41,020 of a million. */
export const agentId = '0192d4e0-7c1a-7000-8000-000000000001';
export const ownPpm = 41_020;

export const release: ReleaseFacts = {
  ...{ component: 'connect-sync', version: '2.5.0.0', releaseNumber: 250, platform: 'linux-x64', sha256: digest },
  ...{ publishedAt: at('2026-03-01T00:00:00Z'), maxRampPpmPerHour: 1_000_000 },
  channel: { download: true, autoUpgrade: true },
};
export const newest: ReleaseFacts = { ...release, version: '2.6.0.0', releaseNumber: 260, sha256: newestDigest };

export const facts: AgentFacts = {
  ...{ agentId, component: 'connect-sync', platform: 'linux-x64', installedVersion: '2.4.0.0' },
  ...{ installedSha256: oldDigest, releaseNumberFloor: 240, state: 'Enabled', ring: 'broad', role: 'active' },
  ...{ offered: [release], blocked: [], wish: {}, consentsToFloors: false },
};

const open = { openedAt: after(-100 * hourMs), startPpm: 1_000_000, rampPpmPerHour: 0 };

export const rollout: Rollout = {
  ...{ rolloutId: '0192d4e0-7c1a-7000-8000-0000000000aa', component: 'connect-sync', version: '2.5.0.0' },
  ...{ releaseNumber: 250, targets: new Map([['linux-x64', digest]]), state: 'running' },
  rings: [
    { name: 'canary', ...open },
    { name: 'broad', ...open },
    { name: 'late', startPpm: 0, rampPpmPerHour: 10_000 },
  ],
};
const newestRollout: Rollout = {
  ...{ ...rollout, rolloutId: '0192d4e0-7c1a-7000-8000-0000000000bb', version: '2.6.0.0', releaseNumber: 260 },
  targets: new Map([['linux-x64', newestDigest]]),
};

export const policy: RolloutPolicy = {
  ...{ format: policyFormat, version: 7, issuedAt: after(-hourMs), isHalted: false, freezes: [], rollouts: [rollout] },
};

const withRollout = (changes: Partial<Rollout>): RolloutPolicy => ({
  ...policy,
  rollouts: [{ ...rollout, ...changes }],
});
const withBroad = (ring: { openedAt?: EpochMs; startPpm: number; rampPpmPerHour: number }): RolloutPolicy =>
  withRollout({
    rings: [
      { name: 'canary', ...open },
      { name: 'broad', ...ring },
    ],
  });
const both: RolloutPolicy = { ...policy, rollouts: [rollout, newestRollout] };
const offer = (changes: Partial<ReleaseFacts>): Partial<AgentFacts> => ({ offered: [{ ...release, ...changes }] });

const utc = [{ from: at('2020-01-01T00:00:00Z'), offsetMinutes: 0 }];
/** Saturdays from 22:00 to 02:00. 2026-03-11 is a Wednesday. */
const saturdays: MaintenanceWindow = { days: [6], fromMinute: 1_320, untilMinute: 120, transitions: utc };
/** Daily 02:15 to 02:45 in New York, where 02:15 does not exist on 2026-03-08. */
const newYork: MaintenanceWindow = {
  ...{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 135, untilMinute: 165 },
  transitions: [
    { from: at('2025-11-02T06:00:00Z'), offsetMinutes: -300 },
    { from: at('2026-03-08T07:00:00Z'), offsetMinutes: -240 },
  ],
};

/** Of a floor in force since yesterday. */
const floor = { below: '2.5', from: after(-dayMs) };
const consented: Partial<AgentFacts> = { consentsToFloors: true, ...offer({ floor }) };

const install: DecisionJson = { action: 'install', rule: 'open', release: digest };
const byFloor: DecisionJson = { action: 'install', rule: 'floor', release: digest };
const hold = (rule: string): DecisionJson => ({ action: 'hold', rule, release: digest });
const wait = (rule: string, notBefore: string): DecisionJson => ({ action: 'wait', rule, release: digest, notBefore });
const nothing: DecisionJson = { action: 'hold', rule: 'nothing-newer' };

export interface HandCase extends Case {
  readonly name: string;
  readonly expected: DecisionJson;
}

interface Row {
  readonly name: string;
  readonly policy?: Case['policy'];
  readonly facts?: Partial<AgentFacts>;
  readonly now?: EpochMs;
  readonly expected: DecisionJson;
}

const versions: readonly Row[] = [
  { name: 'a release that is open to the ring of the host is installed', expected: install },
  { name: 'nothing offered is nothing to do', facts: { offered: [] }, expected: nothing },
  { name: 'the build that runs here is not installed again', facts: { installedVersion: '2.5' }, expected: nothing },
  { name: 'versions compare as numbers', facts: { installedVersion: '2.40.0.0' }, expected: nothing },
  {
    name: 'a release number that was reached before is not taken again',
    facts: { releaseNumberFloor: 250 },
    expected: nothing,
  },
  { name: 'a release for another platform is none', facts: { platform: 'linux-arm64' }, expected: nothing },
  { name: 'a release for another component is none', facts: { component: 'cloud-sync' }, expected: nothing },
  {
    name: 'the newest release that is open is taken',
    policy: both,
    facts: { offered: [release, newest] },
    expected: { ...install, release: newestDigest },
  },
  {
    name: 'a halted release does not hide an older one that is open',
    policy: { ...policy, rollouts: [rollout, { ...newestRollout, state: 'halted' }] },
    facts: { offered: [release, newest] },
    expected: install,
  },
  {
    name: 'where nothing is open, the earliest wait counts',
    policy: { ...policy, rollouts: [{ ...rollout, state: 'halted' }, newestRollout] },
    facts: { offered: [release, newest], blocked: [{ sha256: newestDigest, until: after(hourMs) }] },
    expected: { ...wait('blocked', text(hourMs)), release: newestDigest },
  },
  {
    name: 'where nothing will be open, the newest release says why',
    policy: {
      ...policy,
      rollouts: [
        { ...rollout, state: 'halted' },
        { ...newestRollout, state: 'aborted' },
      ],
    },
    facts: { offered: [release, newest] },
    expected: { ...hold('rollout-aborted'), release: newestDigest },
  },
];

const policies: readonly Row[] = [
  { name: 'without a policy everything offered is open', policy: undefined, expected: install },
  {
    name: 'a policy that cannot be read holds everything',
    policy: 'not-understood',
    expected: { action: 'hold', rule: 'policy-not-understood' },
  },
  { name: 'a halt of all rollouts holds', policy: { ...policy, isHalted: true }, expected: hold('policy-halted') },
  {
    name: 'a release that no rollout names is held',
    policy: { ...policy, rollouts: [] },
    expected: hold('not-in-policy'),
  },
  {
    name: 'a rollout of another digest is another release',
    facts: offer({ sha256: newestDigest }),
    expected: { ...hold('not-in-policy'), release: newestDigest },
  },
  {
    name: 'a rollout with another release number is another release',
    policy: withRollout({ releaseNumber: 251 }),
    expected: hold('not-in-policy'),
  },
  {
    name: 'a rollout with another version is another release',
    policy: withRollout({ version: '2.5.0.1' }),
    expected: hold('not-in-policy'),
  },
  { name: 'a version may leave out zeros', policy: withRollout({ version: '2.5' }), expected: install },
  {
    name: 'a halted rollout holds',
    policy: withRollout({ state: 'halted', reason: 'fails' }),
    expected: hold('rollout-halted'),
  },
  { name: 'an aborted rollout holds', policy: withRollout({ state: 'aborted' }), expected: hold('rollout-aborted') },
  {
    name: 'a complete rollout is open to rings that are not',
    policy: withRollout({ state: 'complete' }),
    facts: { ring: 'late' },
    expected: install,
  },
  {
    name: 'a complete rollout is open to rings that it does not name',
    policy: withRollout({ state: 'complete' }),
    facts: { ring: 'none' },
    expected: install,
  },
];

const rings: readonly Row[] = [
  { name: 'a ring that is not open holds', facts: { ring: 'late' }, expected: hold('ring-not-open') },
  { name: 'a ring that the rollout does not name holds', facts: { ring: 'none' }, expected: hold('ring-unknown') },
  {
    name: 'a wish for a later ring counts',
    facts: { ring: 'canary', wish: { ring: 'late' } },
    expected: hold('ring-not-open'),
  },
  {
    name: 'a wish for an earlier ring does not',
    facts: { ring: 'late', wish: { ring: 'canary' } },
    expected: hold('ring-not-open'),
  },
  { name: 'a wish for an unknown ring holds', facts: { wish: { ring: 'none' } }, expected: hold('ring-unknown') },
  {
    name: 'of several wished rings the last counts',
    facts: { ring: 'canary', wish: { ring: 'broad', also: [{ ring: 'late' }] } },
    expected: hold('ring-not-open'),
  },
  {
    name: 'a ring opens at its instant',
    policy: withBroad({ openedAt: after(1), startPpm: 1_000_000, rampPpmPerHour: 0 }),
    expected: wait('ring-not-open', text(1)),
  },
  {
    name: 'an agent is in when the open share is more than its own',
    policy: withBroad({ openedAt: now, startPpm: ownPpm + 1, rampPpmPerHour: 0 }),
    expected: install,
  },
  {
    name: 'an agent is not in when the open share is its own',
    policy: withBroad({ openedAt: now, startPpm: ownPpm, rampPpmPerHour: 0 }),
    expected: hold('ramp'),
  },
  {
    name: 'the ramp says to the millisecond when an agent is in',
    policy: withBroad({ openedAt: now, startPpm: 0, rampPpmPerHour: 10_000 }),
    expected: wait('ramp', text(Math.ceil(((ownPpm + 1) * hourMs) / 10_000))),
  },
  {
    name: 'at that millisecond it is in',
    policy: withBroad({ openedAt: now, startPpm: 0, rampPpmPerHour: 10_000 }),
    now: after(Math.ceil(((ownPpm + 1) * hourMs) / 10_000)),
    expected: install,
  },
  {
    name: 'a ramp that has run for centuries is full and no more',
    policy: withBroad({ openedAt: at('1970-01-01T00:00:00Z'), startPpm: 0, rampPpmPerHour: 1_000_000 }),
    now: at('9999-12-31T23:59:59Z'),
    expected: install,
  },
];

const image: readonly Row[] = [
  {
    name: 'a recalled release is not installed',
    facts: offer({ recalled: { reason: 'it loses changes' } }),
    expected: hold('recalled'),
  },
  {
    name: 'a release for download only is not installed',
    facts: offer({ channel: { download: true, autoUpgrade: false } }),
    expected: hold('not-for-auto-upgrade'),
  },
  {
    name: 'the signed ramp holds whatever the policy opens',
    facts: offer({ maxRampPpmPerHour: 1_000, publishedAt: after(-hourMs) }),
    expected: wait('signed-ramp', text(-hourMs + Math.ceil(((ownPpm + 1) * hourMs) / 1_000))),
  },
  {
    name: 'the signed ramp holds without a policy',
    policy: undefined,
    facts: offer({ maxRampPpmPerHour: 1_000, publishedAt: after(-hourMs) }),
    expected: wait('signed-ramp', text(-hourMs + Math.ceil(((ownPpm + 1) * hourMs) / 1_000))),
  },
  {
    name: 'a signed ramp of nothing lets nobody in',
    facts: offer({ maxRampPpmPerHour: 0 }),
    expected: hold('signed-ramp'),
  },
];

const wishes: readonly Row[] = [
  { name: 'a disabled host is left alone', facts: { state: 'Disabled' }, expected: hold('Disabled') },
  { name: 'a tenant can disable too', facts: { wish: { disabled: true } }, expected: hold('Disabled') },
  { name: 'a pin below the release holds', facts: { wish: { pin: '2.4.99' } }, expected: hold('pinned') },
  { name: 'a pin at the release does not', facts: { wish: { pin: '2.5' } }, expected: install },
  {
    name: 'a date is kept to the millisecond',
    facts: { wish: { notBefore: after(1) } },
    expected: wait('not-before', text(1)),
  },
  { name: 'a date that has come says nothing', facts: { wish: { notBefore: now } }, expected: install },
  {
    name: 'a block lasts to its end',
    facts: { blocked: [{ sha256: digest, until: after(5) }] },
    expected: wait('blocked', text(5)),
  },
  {
    name: 'a block of another build says nothing',
    facts: { blocked: [{ sha256: oldDigest, until: after(5) }] },
    expected: install,
  },
  {
    name: 'freezes that follow each other are one',
    policy: { ...policy, freezes: [{ name: 'a', from: after(-1), until: after(10) }] },
    facts: { wish: { freezes: [{ name: 'b', from: after(10), until: after(20) }] } },
    expected: wait('freeze', text(20)),
  },
  {
    name: 'a freeze has ended at its end',
    facts: { wish: { freezes: [{ name: 'a', from: after(-5), until: now }] } },
    expected: install,
  },
  {
    name: 'a closed window waits for its opening',
    facts: { wish: { window: [saturdays] } },
    expected: wait('maintenance-window', '2026-03-14T22:00:00.000Z'),
  },
  {
    name: 'a window that crosses midnight is open after it',
    facts: { wish: { window: [saturdays] } },
    now: at('2026-03-15T01:59:59.999Z'),
    expected: install,
  },
  {
    name: 'and closes on time',
    facts: { wish: { window: [saturdays] } },
    now: at('2026-03-15T02:00:00Z'),
    expected: wait('maintenance-window', '2026-03-21T22:00:00.000Z'),
  },
  {
    name: 'an hour that summer time skips does not open',
    facts: { wish: { window: [newYork] } },
    now: at('2026-03-08T03:00:00Z'),
    expected: wait('maintenance-window', '2026-03-09T06:15:00.000Z'),
  },
  {
    name: 'of two windows any will do',
    facts: { wish: { window: [saturdays, newYork] } },
    expected: wait('maintenance-window', '2026-03-12T06:15:00.000Z'),
  },
  {
    name: 'the windows of two sides must be open together',
    facts: {
      wish: { window: [saturdays], also: [{ window: [{ ...saturdays, fromMinute: 30, untilMinute: 60, days: [0] }] }] },
    },
    expected: wait('maintenance-window', '2026-03-15T00:30:00.000Z'),
  },
  {
    name: 'windows that are never open together hold',
    facts: { wish: { window: [saturdays], also: [{ window: [{ ...saturdays, days: [2] }] }] } },
    expected: hold('maintenance-window'),
  },
  {
    name: 'a list without a window never opens',
    facts: { wish: { window: [] } },
    expected: hold('maintenance-window'),
  },
];

const staging: readonly Row[] = [
  {
    name: 'an active server waits for its staging partner',
    facts: { wish: { afterStagingSoakMs: dayMs } },
    expected: hold('staging-first'),
  },
  {
    name: 'another build of the partner proves nothing',
    facts: {
      wish: { afterStagingSoakMs: dayMs },
      stagingCommittedAt: after(-2 * dayMs),
      stagingCommittedSha256: oldDigest,
    },
    expected: hold('staging-first'),
  },
  {
    name: 'the soak runs from the commit of the partner',
    facts: { wish: { afterStagingSoakMs: dayMs }, stagingCommittedAt: after(-hourMs), stagingCommittedSha256: digest },
    expected: wait('staging-first', text(dayMs - hourMs)),
  },
  {
    name: 'after the soak the active server goes on',
    facts: { wish: { afterStagingSoakMs: dayMs }, stagingCommittedAt: after(-dayMs), stagingCommittedSha256: digest },
    expected: install,
  },
  {
    name: 'the staging server itself does not wait',
    facts: { role: 'staging', wish: { afterStagingSoakMs: dayMs } },
    expected: install,
  },
];

const ramp = withBroad({ openedAt: now, startPpm: 0, rampPpmPerHour: 1 });
const floors: readonly Row[] = [
  {
    name: 'a floor does nothing where the host did not consent',
    facts: { ...consented, consentsToFloors: false, state: 'Disabled' },
    expected: hold('Disabled'),
  },
  { name: 'a floor beats Disabled', facts: { ...consented, state: 'Disabled' }, expected: byFloor },
  {
    name: 'a floor beats the wish to be disabled',
    facts: { ...consented, wish: { disabled: true } },
    expected: byFloor,
  },
  { name: 'a floor beats a pin', facts: { ...consented, wish: { pin: '2.4' } }, expected: byFloor },
  { name: 'a floor beats a ring', facts: { ...consented, ring: 'late' }, expected: byFloor },
  { name: 'a floor beats a ramp', policy: ramp, facts: consented, expected: byFloor },
  {
    name: 'a floor beats staging-first',
    facts: { ...consented, wish: { afterStagingSoakMs: dayMs } },
    expected: byFloor,
  },
  { name: 'a floor that beats nothing is not what decided', facts: consented, expected: install },
  {
    name: 'a floor to come ends the wait of a disabled host',
    facts: { consentsToFloors: true, state: 'Disabled', ...offer({ floor: { below: '2.5', from: after(dayMs) } }) },
    expected: wait('Disabled', text(dayMs)),
  },
  {
    name: 'a floor announced less than seven days before is passed over',
    facts: {
      ...consented,
      state: 'Disabled',
      ...offer({ floor: { below: '2.5', from: after(-1) }, publishedAt: after(-7 * dayMs) }),
    },
    expected: hold('Disabled'),
  },
  {
    name: 'a floor does not concern a host at it',
    facts: {
      ...consented,
      installedVersion: '2.4.9',
      state: 'Disabled',
      ...offer({ floor: { ...floor, below: '2.4.9' } }),
    },
    expected: hold('Disabled'),
  },
  {
    name: 'a floor is met by no release below it',
    facts: { ...consented, state: 'Disabled', ...offer({ floor: { ...floor, below: '2.6' } }) },
    expected: hold('Disabled'),
  },
  {
    name: 'a floor does not beat a halt',
    policy: { ...policy, isHalted: true },
    facts: consented,
    expected: hold('policy-halted'),
  },
  {
    name: 'a floor does not beat the halt of its rollout',
    policy: withRollout({ state: 'halted' }),
    facts: consented,
    expected: hold('rollout-halted'),
  },
  {
    name: 'a floor does not beat an abort',
    policy: withRollout({ state: 'aborted' }),
    facts: consented,
    expected: hold('rollout-aborted'),
  },
  {
    name: 'a floor does not beat a recall',
    facts: { ...consented, ...offer({ floor, recalled: { reason: 'bad' } }) },
    expected: hold('recalled'),
  },
  {
    name: 'a floor does not beat a block',
    facts: { ...consented, state: 'Disabled', blocked: [{ sha256: digest, until: after(1) }] },
    expected: wait('blocked', text(1)),
  },
  {
    name: 'a floor does not beat a freeze',
    facts: { ...consented, state: 'Disabled', wish: { freezes: [{ name: 'a', from: now, until: after(1) }] } },
    expected: wait('freeze', text(1)),
  },
  {
    name: 'a floor does not beat a maintenance window',
    facts: { ...consented, state: 'Disabled', wish: { window: [saturdays] } },
    expected: wait('maintenance-window', '2026-03-14T22:00:00.000Z'),
  },
  {
    name: 'a floor does not beat a date',
    facts: { ...consented, state: 'Disabled', wish: { notBefore: after(1) } },
    expected: wait('not-before', text(1)),
  },
  {
    name: 'a floor does not beat the signed ramp',
    facts: { ...consented, state: 'Disabled', ...offer({ floor, maxRampPpmPerHour: 0 }) },
    expected: hold('signed-ramp'),
  },
];

export const handCases: readonly HandCase[] = [
  ...[...versions, ...policies, ...rings, ...image],
  ...[...wishes, ...staging, ...floors],
].map((row) => ({
  ...{ name: row.name, expected: row.expected, now: row.now ?? now, facts: { ...facts, ...row.facts } },
  policy: 'policy' in row ? row.policy : policy,
}));
