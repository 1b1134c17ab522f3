/** Upgrades as the control plane would show them, at the same instant as `home-fixtures.ts`. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { BelowServer, Minimums } from '@springline/api/shapes/campaign';
import type { PksStatus } from '@springline/api/shapes/pks';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { sha256Hex } from '@springline/auto-upgrade/rollout/sha256';
import type { AuditEntry } from '../upgrades/audit-chain.ts';
import type { Fleet } from './fleet-stand-in.ts';
import { autoUpgrade, componentUpgrade } from './home-fixtures.ts';
import { fixtureNow } from './instants.ts';

export { fixtureNow };

const hour = 3_600_000;
const day = 24 * hour;
const at = (ms: number): string => new Date(Date.parse(fixtureNow) + ms).toISOString();
export const uuidOf = (last: number): string => `0192d4e0-7c1a-7000-8000-${String(last).padStart(12, '0')}`;
export const digestOf = (text: string): string => sha256Hex(new TextEncoder().encode(text));

type Ring = RolloutView['rings'][number];

const ring = (changes: Partial<Ring>): Ring => ({
  name: 'canary',
  startPpm: 1_000_000,
  rampPpmPerHour: 0,
  soakMinutes: 1_440,
  minCommitted: 1,
  minCommittedPpm: 900_000,
  openPpm: 0,
  evidence: { activating: 0, committed: 0, failed: 0, silent: 0 },
  ...changes,
});

export const rollout = (changes: Partial<RolloutView> = {}): RolloutView => ({
  rolloutId: uuidOf(301),
  component: 'connect-sync',
  version: '1.1.0.0',
  releaseNumber: 110,
  state: 'running',
  createdBy: 'person:Ada Administrator',
  createdAt: at(-3 * day),
  haltAt: { minFailures: 2, failurePpm: 50_000 },
  rings: [
    ring({
      openedAt: at(-2 * day),
      openPpm: 1_000_000,
      evidence: { activating: 0, committed: 12, failed: 0, silent: 0 },
    }),
    ring({
      name: 'early',
      startPpm: 0,
      rampPpmPerHour: 41_667,
      openedAt: at(-10 * hour),
      openPpm: 416_670,
      evidence: { activating: 3, committed: 81, failed: 1, silent: 0 },
    }),
    ring({ name: 'broad', startPpm: 0, rampPpmPerHour: 10_000, minCommitted: 0 }),
  ],
  next: 'Ring early is 41.6% open; ring broad opens a day after it is open to all, if 90% of its hosts kept the build.',
  ...changes,
});

const allClosed = rollout().rings.map(({ openedAt: _, ...each }) => ({
  ...each,
  openPpm: 0,
  evidence: { activating: 0, committed: 0, failed: 0, silent: 0 },
}));

export const pendingDigest = digestOf('plan of Health for AD DS 1.1.0.0');
export const pendingChallenge = 'c4'.repeat(32);

/** One that runs, one that waits for approval, one that halted itself, one that is done. */
export const rollouts = (changes: Partial<Rollouts> = {}): Rollouts => ({
  rollouts: [
    rollout({
      rolloutId: uuidOf(302),
      component: 'health-ad-ds',
      state: 'waiting',
      createdAt: at(-2 * hour),
      rings: allClosed,
      next: 'It waits for approval.',
    }),
    rollout(),
    rollout({
      rolloutId: uuidOf(303),
      component: 'agent-updater',
      version: '1.0.5.0',
      state: 'halted',
      reason: '3 of 14 hosts of ring canary failed.',
      createdAt: at(-6 * day),
      rings: allClosed.map((each, place) =>
        place === 0
          ? {
              ...each,
              openedAt: at(-6 * day),
              openPpm: 1_000_000,
              evidence: { activating: 0, committed: 11, failed: 2, silent: 1 },
            }
          : each,
      ),
      next: 'The rollout is halted.',
    }),
    rollout({
      rolloutId: uuidOf(304),
      version: '1.0.0.0',
      state: 'complete',
      createdAt: at(-40 * day),
      rings: rollout().rings.map((each) => ({ ...each, openPpm: 1_000_000, openedAt: at(-40 * day) })),
      next: 'The rollout is complete.',
    }),
  ],
  pending: [
    {
      digest: pendingDigest,
      challenge: pendingChallenge,
      kind: 'plan',
      rolloutId: uuidOf(302),
      what: 'Roll out Connect Health for AD DS 1.1.0.0 in the rings canary, early and broad.',
      firstSeenAt: at(-2 * hour),
      allowedAt: at(22 * hour),
      approvedBy: [],
      approvalsNeeded: 1,
    },
  ],
  rule: 'delay',
  approvers: [{ name: 'Grace Hopper', credentialId: 'q83vEjRWeJA', rpId: 'localhost' }],
  isHalted: false,
  freezes: [{ name: 'Year end', from: at(38 * day), until: at(45 * day) }],
  ...changes,
});

export const noRollouts = (): Rollouts => ({
  rollouts: [],
  pending: [],
  rule: 'at-once',
  approvers: [],
  isHalted: false,
  freezes: [],
});

const release = (changes: Partial<ReleaseView>): ReleaseView => ({
  component: 'connect-sync',
  version: '1.1.0.0',
  releaseNumber: 110,
  publishedAt: at(-4 * day),
  notes: 'Password hashes are compared in constant time.\nDelta imports of large groups take half as long.',
  targets: {
    'linux-x64': digestOf(`${changes.component ?? 'connect-sync'} ${changes.version ?? '1.1.0.0'} linux-x64`),
    'win-x64': digestOf(`${changes.component ?? 'connect-sync'} ${changes.version ?? '1.1.0.0'} win-x64`),
  },
  sizes: { 'linux-x64': 84_213_760, 'win-x64': 91_004_928 },
  isRecalled: false,
  isForAutoUpgrade: true,
  maxRampPpmPerHour: 1_000_000,
  ...changes,
});

export const releases = (): readonly ReleaseView[] => [
  release({ component: 'agent-updater', version: '1.0.5.0', releaseNumber: 105, notes: 'Checks less often at night.' }),
  release({ version: '1.2.0.0', releaseNumber: 120, publishedAt: at(-day), maxRampPpmPerHour: 20_000 }),
  release({}),
  release({
    version: '1.0.7.0',
    releaseNumber: 107,
    publishedAt: at(-20 * day),
    isRecalled: true,
    notes: 'Recalled: exports of empty groups were left out.',
  }),
  release({ version: '1.0.0.0', releaseNumber: 100, publishedAt: at(-60 * day), notes: 'The first.' }),
  release({ component: 'health-ad-ds', notes: 'New alert: replication is late.' }),
];

type FleetAgent = Fleet['agents'][number];

export const fleetAgent = (changes: Partial<FleetAgent> = {}): FleetAgent => ({
  agentId: uuidOf(11),
  hostName: 'SYNC-01.contoso.example',
  state: 'online',
  platform: 'linux-x64',
  version: '1.0.0.0',
  lastSeenAt: at(-4_000),
  autoUpgrade: autoUpgrade({ ring: 'early' }),
  ...changes,
});

export const fleet = (changes: Partial<Fleet> = {}): Fleet => ({
  agents: [
    fleetAgent(),
    fleetAgent({
      agentId: uuidOf(21),
      hostName: 'SYNC-02.contoso.example',
      autoUpgrade: autoUpgrade({ ring: 'broad' }),
    }),
    fleetAgent({
      agentId: uuidOf(22),
      hostName: 'SYNC-03.contoso.example',
      autoUpgrade: autoUpgrade({ state: 'Disabled', ring: 'broad' }),
    }),
    fleetAgent({
      agentId: uuidOf(23),
      hostName: 'SYNC-04.contoso.example',
      state: 'offline',
      lastSeenAt: at(-9 * day),
      autoUpgrade: autoUpgrade({ ring: 'canary' }),
    }),
    fleetAgent({
      agentId: uuidOf(24),
      hostName: 'SYNC-05.contoso.example',
      autoUpgrade: autoUpgrade({
        state: 'Suspended',
        suspensionReason: 'UpgradeAbortedInsufficientDiskSpace: 310 MiB are free and 900 MiB are needed.',
        ring: 'canary',
      }),
    }),
    fleetAgent({
      agentId: uuidOf(25),
      hostName: '=cmd|calc',
      autoUpgrade: autoUpgrade({
        channel: 'PKS',
        components: [componentUpgrade({ version: '0.9.0.0', releaseNumber: 1 })],
      }),
    }),
    fleetAgent({
      agentId: uuidOf(26),
      hostName: 'DC-02.contoso.example',
      platform: 'win32-x64',
      autoUpgrade: autoUpgrade({
        components: [
          componentUpgrade({ component: 'health-ad-ds', version: '1.1.0.0', releaseNumber: 110 }),
          componentUpgrade({ component: 'agent-updater', version: '1.0.5.0', releaseNumber: 105 }),
        ],
      }),
    }),
  ],
  releases: [...releases()],
  ...changes,
});

/** JSON of a signed policy in which Connect Sync 1.1.0.0 is in its second ring. */
export const policyJson = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const { targets } = release({});
  return {
    format: 'springline-rollout-1',
    version: 7,
    issuedAt: at(-10 * hour),
    halted: false,
    freezes: [],
    rollouts: [
      {
        rolloutId: uuidOf(301),
        component: 'connect-sync',
        version: '1.1.0.0',
        releaseNumber: 110,
        targets,
        state: 'running',
        rings: [
          { name: 'canary', openedAt: at(-2 * day), startPpm: 1_000_000, rampPpmPerHour: 0 },
          { name: 'early', openedAt: at(-10 * hour), startPpm: 0, rampPpmPerHour: 41_667 },
          { name: 'broad', startPpm: 0, rampPpmPerHour: 10_000 },
        ],
      },
    ],
    ...changes,
  };
};

export const noCampaign = (): Minimums => ({
  minimums: [],
  groups: { 'opted-out': 0, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0 },
  servers: [],
  serversTotal: 0,
  problems: [],
});

const below = (hostName: string, group: BelowServer['group'], version: string, why: string): BelowServer => ({
  tenant: hostName.split('-')[0]!.replace(/^./, (first) => first.toUpperCase()),
  hostName,
  agentId: uuidOf(400 + hostName.length),
  components: [
    { component: 'connect-sync', version, why },
    { component: 'health-sync', version, why: 'Its Connect Sync agent comes with Connect Sync.' },
  ],
  group,
  effect: 'notify',
  source: group === 'not-seen' ? 'recorded' : 'agent',
});

/** 2 September 2024: 14 days left, 9 of 12 servers below. */
export const campaign = (changes: Partial<Minimums> = {}): Minimums => ({
  campaign: {
    campaignId: 'september-2024',
    name: 'September 2024',
    revision: 1,
    revisions: 1,
    title: 'Upgrade by 16 September 2024',
    publishedAt: '2023-11-06T00:00:00.000Z',
    deadline: { date: '2024-09-16', zone: 'UTC', endsAt: '2024-09-17T00:00:00.000Z' },
    daysLeft: 14,
    note: 'Auto-upgrade itself is hardened: builds below the minimum cannot take its later releases.',
  },
  minimums: [
    {
      component: 'connect-sync',
      version: '2.3.2.0',
      byHand: false,
      effect: 'notify',
      ok: 3,
      below: 9,
      notJudged: 0,
      moved: 0,
    },
    {
      component: 'health-sync',
      version: '2.3.2.0',
      carriedBy: { component: 'connect-sync', version: '2.3.2.0' },
      byHand: false,
      effect: 'notify',
      ok: 3,
      below: 9,
      notJudged: 0,
      moved: 0,
    },
    { component: 'health-ad-ds', byHand: false, effect: 'notify', ok: 0, below: 0, notJudged: 2, moved: 0 },
    { component: 'health-ad-fs', byHand: false, effect: 'notify', ok: 0, below: 0, notJudged: 1, moved: 0 },
  ],
  groups: { 'opted-out': 3, failed: 3, 'on-pks': 2, 'not-seen': 1, 'by-hand': 0, upgrading: 0 },
  servers: [
    below('fabrikam-sync1', 'opted-out', '2.2.1.0', 'Auto-upgrade is turned off on this server.'),
    below('fourthcoffee-sync1', 'opted-out', '2.2.8.0', 'Auto-upgrade is turned off on this server.'),
    below('graphicdesign-sync1', 'opted-out', '2.2.1.0', 'Auto-upgrade is turned off on this server.'),
    below('northwind-sync1', 'failed', '2.2.8.0', 'UpgradeAbortedInsufficientDiskSpace'),
    below('tailspin-sync1', 'failed', '2.2.8.0', 'UpgradeNotSupportedLocalDbSizeExceeded'),
    below('southridge-sync1', 'failed', '2.2.8.0', 'UpgradeFailedRollbackSuccess-Probation'),
    below('adatum-sync1', 'on-pks', '2.1.20.0', 'It asks PKS, which is retired.'),
    below('litware-sync1', 'on-pks', '1.6.16.0', 'It asks PKS, and is too old for the bridge.'),
    below('proseware-dr1', 'not-seen', '2.2.1.0', 'Last seen on 20 December 2023.'),
  ],
  serversTotal: 9,
  problems: [],
  ...changes,
});

export const pks = (changes: Partial<PksStatus> = {}): PksStatus => ({
  phase: 'deprecated',
  meaning: 'PKS still leads its clients to the Hybrid Upgrade Service and offers nothing else.',
  lifecycle: { announcedAt: at(-90 * day), deprecatedAt: at(-30 * day), sunsetAt: at(14 * day) },
  bridges: [
    {
      component: 'connect-sync',
      version: '1.1.0.0',
      upgradesFrom: '1.0.0.0',
      signedAt: at(-30 * day),
      isAvailable: true,
      standing: 'current',
    },
  ],
  left: [
    {
      claimedHostName: 'adatum-sync1',
      component: 'connect-sync',
      claimedVersion: '2.1.20.0',
      channel: 'PKS',
      keyHash: '0123456789abcdef',
      firstSeenAt: at(-60 * day),
      lastSeenAt: at(-3 * hour),
      requests: 412,
      needsSwingMigration: false,
    },
    {
      claimedHostName: 'litware-sync1.a-rather-long-domain-name-of-a-branch-office.litware.example',
      component: 'connect-sync',
      claimedVersion: '1.6.16.0',
      channel: 'PKS',
      keyHash: 'fedcba9876543210',
      firstSeenAt: at(-60 * day),
      lastSeenAt: at(-2 * day),
      requests: 40,
      needsSwingMigration: true,
    },
  ],
  leftCount: 2,
  bridged: [
    {
      claimedHostName: 'contoso-sync1',
      component: 'connect-sync',
      claimedVersion: '1.1.0.0',
      bridgedAt: at(-5 * day),
    },
  ],
  bridgedCount: 1,
  ...changes,
});

export const noPks = (): PksStatus => ({
  phase: 'announced',
  meaning: 'PKS answers as it did.',
  bridges: [],
  left: [],
  leftCount: 0,
  bridged: [],
  bridgedCount: 0,
});

/** A whole chain, as the control plane makes it for the tenant of `home-fixtures.ts`. */
export function auditTrail(count: number): readonly AuditEntry[] {
  const acts = [
    ['session.started', 'person:Ada Administrator', { by: 'sign-in link' }],
    ['rollout.created', `rollout:${uuidOf(301)}`, { component: 'connect-sync', version: '1.1.0.0' }],
    ['approval.given', `approval:${pendingDigest}`, {}],
    ['wish.changed', `agent:${uuidOf(22)}`, { counter: 1, wish: '{"disabled":true}' }],
  ] as const;
  let hash = digestOf(`springline-audit-1\n${uuidOf(2)}`);
  return Array.from({ length: count }, (_, place): AuditEntry => {
    const [action, subject, detail] = acts[place % acts.length]!;
    const entry = {
      sequence: place + 1,
      at: at((place - count) * 7 * 60_000),
      actor: 'person:Ada Administrator',
      action,
      subject,
      detail: { ...detail } as Record<string, unknown>,
    };
    hash = digestOf(
      `${hash}\n${JSON.stringify([entry.sequence, entry.at, entry.actor, entry.action, entry.subject, entry.detail])}`,
    );
    return { ...entry, hash };
  });
}
