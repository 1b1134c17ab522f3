/** A tenant as the control plane would show it at one fixed instant. */
import type { AgentView, ComponentView, RunStep, SyncStatus } from '@springline/api/shapes/agent';
import type { AutoUpgrade, ComponentUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { HomeView, SessionView } from '@springline/api/shapes/person';

const now = Date.parse('2026-11-22T14:00:00.000Z');

const ago = (seconds: number): string => new Date(now - seconds * 1_000).toISOString();
const ahead = (seconds: number): string => ago(-seconds);
const uuidOf = (last: number): string => `0192d4e0-7c1a-7000-8000-${String(last).padStart(12, '0')}`;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export const session = (): SessionView => ({
  person: { id: uuidOf(1), name: 'Ada Administrator' },
  tenant: { id: uuidOf(2), name: 'Contoso' },
  scopes: ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve'],
  expiresAt: ahead(8 * hour),
});

/** A tenant on its first day: nothing enrolled, nothing in the directory. */
export const emptyHome = (): HomeView => ({
  tenant: { id: uuidOf(2), name: 'Contoso' },
  generatedAt: ago(0),
  agents: [],
  directory: { users: 0, groups: 0, contacts: 0 },
  errorCount: 0,
  errors: [],
});

export const component = (changes: Partial<ComponentView> = {}): ComponentView => ({
  component: 'connect-sync',
  version: '1.0.0.0',
  state: 'running',
  since: ago(3 * day),
  rssBytes: 84 * 1024 * 1024,
  ...changes,
});

const step = (changes: Partial<RunStep>): RunStep => ({
  connector: 'contoso.example',
  profile: 'Delta Import',
  result: 'success',
  startedAt: ago(2 * minute + 4),
  endedAt: ago(2 * minute + 3),
  counters: {},
  ...changes,
});

export const syncStatus = (changes: Partial<SyncStatus> = {}): SyncStatus => ({
  connector: 'contoso.example',
  source: 'ldaps://dc1.contoso.example',
  cycleInProgress: false,
  lastCycle: {
    number: 412,
    startedAt: ago(2 * minute + 4),
    endedAt: ago(2 * minute),
    result: 'success',
    steps: [
      step({ counters: { 'stage-add': 12, 'stage-update': 3, 'stage-delete': 1, 'stage-no-change': 5_212 } }),
      step({
        profile: 'Delta Synchronization',
        startedAt: ago(2 * minute + 3),
        endedAt: ago(2 * minute + 2),
        counters: {
          'disconnector-projected-flow': 12,
          'connector-flow': 3,
          'connector-delete-remove-mv': 1,
          'provisioned-add-flow': 12,
        },
      }),
      step({
        connector: 'Cloud directory',
        profile: 'Export',
        startedAt: ago(2 * minute + 2),
        endedAt: ago(2 * minute),
        counters: { 'export-add': 12, 'export-update': 3, 'export-delete': 1 },
      }),
    ],
  },
  nextCycleAt: ahead(28 * minute),
  lastChangeAt: ago(2 * minute),
  objects: { users: 5_012, groups: 240, contacts: 12 },
  pendingExports: 0,
  heldDeletes: 0,
  errorCount: 0,
  errors: [],
  ...changes,
});

export const componentUpgrade = (changes: Partial<ComponentUpgrade> = {}): ComponentUpgrade => ({
  component: 'connect-sync',
  version: '1.0.0.0',
  releaseNumber: 100,
  step: 'idle',
  lastUpgrade: {
    component: 'connect-sync',
    from: '0.9.10.0',
    to: '1.0.0.0',
    result: 'Success',
    startedAt: ago(3 * day + 5 * minute),
    endedAt: ago(3 * day),
    gapMs: 128,
  },
  ...changes,
});

/** Of a host that is on the newest build. */
export const autoUpgrade = (changes: Partial<AutoUpgrade> = {}): AutoUpgrade => ({
  state: 'Enabled',
  channel: 'HUS',
  checkedAt: ago(minute),
  nextCheckAt: ahead(4 * minute),
  components: [componentUpgrade()],
  ...changes,
});

export const agent = (changes: Partial<AgentView> = {}): AgentView => ({
  id: uuidOf(11),
  hostName: 'SYNC-01.contoso.example',
  platform: 'Linux x64',
  version: '1.0.0.0',
  state: 'online',
  enrolledAt: ago(40 * day),
  lastSeenAt: ago(4),
  fingerprint: 'Yk5yR0p1T2ZqU0hQdEZ3b1ZxM2N6a1pLbTlXbHdBZ2s',
  components: [component(), component({ component: 'agent-updater', rssBytes: 41 * 1024 * 1024 })],
  sync: syncStatus(),
  autoUpgrade: autoUpgrade(),
  ...changes,
});

/** A second host that watches a domain controller. */
export const watcher = (changes: Partial<AgentView> = {}): AgentView => {
  const { sync: _, autoUpgrade: __, ...plain } = agent();
  return {
    ...plain,
    id: uuidOf(12),
    hostName: 'DC-02.contoso.example',
    version: '0.9.10.0',
    components: [
      component({ component: 'health-ad-ds', version: '0.9.10.0' }),
      component({ component: 'agent-updater', version: '0.9.10.0' }),
    ],
    ...changes,
  };
};

const failing = (changes: Partial<HomeView['errors'][number]>): HomeView['errors'][number] => ({
  agentId: uuidOf(11),
  hostName: 'SYNC-01.contoso.example',
  sourceAnchor: 'b8c3f2de-51a7-4c0d-9d7a-0b1c2d3e4f50',
  displayName: 'Grace Hopper',
  code: 'AttributeValueMustBeUnique',
  message: 'The value “ghopper@contoso.example” of proxyAddresses is in use by Grace H. (a1f0…).',
  firstSeenAt: ago(3 * hour),
  lastSeenAt: ago(2 * minute),
  retryCount: 6,
  ...changes,
});

export const threeErrors = (): HomeView['errors'] => [
  failing({}),
  failing({
    sourceAnchor: '0f9e8d7c-6b5a-4f3e-8d2c-1b0a9f8e7d6c',
    displayName: '=HYPERLINK("http://evil.example")',
    code: 'InvalidSoftMatch',
    message: 'Another object has this user principal name and is mastered elsewhere.',
    firstSeenAt: ago(26 * hour),
    retryCount: 52,
  }),
  failing({
    sourceAnchor: '5d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a',
    displayName: 'Sales, "EMEA"',
    code: 'AttributeValueMustBeUnique',
    message: 'The value “sales@contoso.example” of mail is in use by Sales.',
    firstSeenAt: ago(12 * minute),
    retryCount: 1,
  }),
];

/** Two agents, all well. */
export const home = (changes: Partial<HomeView> = {}): HomeView => ({
  ...emptyHome(),
  agents: [agent(), watcher()],
  directory: { users: 5_012, groups: 240, contacts: 12 },
  ...changes,
});

const blockedUpgrade = (): ComponentUpgrade =>
  componentUpgrade({
    blocked: {
      version: '1.0.1.0',
      reason: 'the first cycle did not end within 5 minutes',
      until: ahead(2 * hour),
    },
    lastUpgrade: {
      ...componentUpgrade().lastUpgrade!,
      from: '1.0.0.0',
      to: '1.0.1.0',
      result: 'UpgradeFailedRollbackSuccess-Probation',
      reason: 'The new build took over and its first cycle did not end within 5 minutes.',
      endedAt: ago(20 * minute),
    },
  });

/** An offline agent, a failing component, a build that was rolled back, held deletes, three errors, a revoked agent. */
export const troubledHome = (): HomeView =>
  home({
    agents: [
      agent({
        components: [component(), component({ component: 'agent-updater' })],
        autoUpgrade: autoUpgrade({ components: [blockedUpgrade()] }),
        sync: syncStatus({
          heldDeletes: 642,
          pendingExports: 642,
          errorCount: 3,
          lastCycle: {
            ...syncStatus().lastCycle!,
            result: 'stopped-deletion-threshold-exceeded',
            steps: syncStatus().lastCycle!.steps.map((each) =>
              each.profile === 'Export'
                ? {
                    ...each,
                    result: 'stopped-deletion-threshold-exceeded',
                    detail: '642 deletes are more than the limit of 500. Nothing was deleted.',
                    counters: { 'export-add': 12, 'export-update': 3, 'export-failure': 3 },
                  }
                : each,
            ),
          },
        }),
      }),
      watcher({ state: 'offline', lastSeenAt: ago(12 * minute) }),
      watcher({
        id: uuidOf(13),
        hostName: 'FS-01.contoso.example',
        version: '0.9.9.0',
        autoUpgrade: autoUpgrade({
          state: 'Suspended',
          suspensionReason:
            'UpgradeNotSupportedInvalidPersistedState: the configuration was edited by hand and does not parse.',
          components: [
            componentUpgrade({ component: 'health-ad-fs', version: '0.9.9.0', step: 'preflight', offered: '1.0.0.0' }),
          ],
        }),
        components: [
          component({
            component: 'health-ad-fs',
            state: 'failing',
            detail: 'The event log cannot be read: access denied.',
            since: ago(25 * minute),
          }),
        ],
      }),
      watcher({ id: uuidOf(14), hostName: 'OLD-SYNC.contoso.example', state: 'revoked', lastSeenAt: ago(20 * day) }),
    ],
    errorCount: 3,
    errors: threeErrors(),
  });
