/**
 * How a server gets to a build that is asked for, from facts about it: by itself, by the installer over the old build
 * (in place), over a bridge that puts it on a build which upgrades itself, by a second server that takes over (swing), or by
 * removing the build first (replace). Steps are data; the words of commands are for whoever shows them.
 */
import { addMonths } from '../campaign/calendar.ts';
import { statusOf } from './deprecated.ts';
import { compareReleases, earliestDay, findRecord, type Product, type VersionHistory } from './history.ts';

export type UpgradePath = 'auto' | 'in-place' | 'bridge' | 'swing' | 'replace';

export interface PathFacts {
  readonly product: Product;
  /** Installed; must be a version. */
  readonly version: string;
  /** What is to be reached. */
  readonly minimum: string;
  /** `YYYY-MM-DD`. */
  readonly on: string;
  readonly state?: 'Enabled' | 'Disabled' | 'Suspended';
  readonly channel?: 'HUS' | 'PKS' | 'bridged';
  /** Year of the Windows Server. */
  readonly windowsServer?: number;
  /** Objects in the metaverse. */
  readonly objectCount?: number;
  /** A bridge that is open on that day: builds from `from` on are taken to `to`. */
  readonly bridge?: { readonly from: string; readonly to: string };
  /** The newest build that upgrades itself may go to, where the public history is not what counts (own releases). */
  readonly newestAutoUpgrade?: string;
}

export type PathReason =
  | 'upgrades-itself'
  | 'recalled'
  | 'first-generation'
  | 'old-windows'
  | 'many-objects'
  | 'long-not-upgraded'
  | 'consider-swing'
  | 'opted-out'
  | 'suspended'
  | 'on-pks'
  | 'bridge-refuses'
  | 'auto-upgrade-stopped'
  | 'auto-upgrade-unreliable'
  | 'minimum-not-pushed'
  | 'sync-stopped';

export type StepId =
  | 'wait'
  | 'check-readiness'
  | 'opt-in'
  | 'cross-bridge'
  | 'back-up-configuration'
  | 'download'
  | 'close-wizard'
  | 'pause-scheduler'
  | 'run-installer'
  | 'enable-features'
  | 'resume-scheduler'
  | 'refresh-other-connectors'
  | 'uninstall'
  | 'install-staging'
  | 'copy-configuration'
  | 'full-import-and-sync'
  | 'compare-pending-exports'
  | 'old-to-staging'
  | 'promote-new'
  | 'remove-old'
  | 'verify';

export interface PathStep {
  readonly id: StepId;
  /** A sentence for people. */
  readonly what: string;
  /** Where: the server that is upgraded, or the one that takes over. */
  readonly at: 'this-server' | 'new-server';
}

export interface ChosenPath {
  readonly path: UpgradePath;
  readonly reasons: readonly PathReason[];
  readonly steps: readonly PathStep[];
}

/** From here on builds of Connect Sync speak to the Hybrid Upgrade Service. */
const firstOnHus = '2.3.2.0';
const swingObjects = 100_000;
const firstWindows = 2016;

/** Pure. The first rule that applies decides; reasons that only advise follow. */
export function choosePath(history: VersionHistory, facts: PathFacts): ChosenPath {
  const { path, reasons } = decide(history, facts);
  return { path, reasons, steps: stepsOf(path, reasons) };
}

function decide(history: VersionHistory, facts: PathFacts): { path: UpgradePath; reasons: readonly PathReason[] } {
  const { product, version, on } = facts;
  const record = findRecord(history, product, version);
  if (record?.status === 'recalled') return { path: 'replace', reasons: ['recalled'] };
  if (product === 'connect-sync') {
    const stopped = statusOf(history, product, version, on, 'sync') === 'stopped' ? (['sync-stopped'] as const) : [];
    if (compareReleases(version, '2.0') < 0) {
      const refused = facts.channel === 'PKS' && facts.bridge !== undefined ? (['bridge-refuses'] as const) : [];
      return { path: 'swing', reasons: ['first-generation', ...refused, ...stopped] };
    }
    if ((facts.windowsServer ?? firstWindows) < firstWindows)
      return { path: 'swing', reasons: ['old-windows', ...stopped] };
  }
  const obstacles = obstaclesToAuto(history, facts);
  if (obstacles.length === 0) return { path: 'auto', reasons: ['upgrades-itself'] };
  const { bridge } = facts;
  if (facts.channel === 'PKS' && bridge !== undefined && facts.state !== 'Disabled') {
    if (compareReleases(version, bridge.from) >= 0) return { path: 'bridge', reasons: obstacles };
    return { path: 'in-place', reasons: [...obstacles, 'bridge-refuses'] };
  }
  if (product !== 'connect-sync') return { path: 'in-place', reasons: obstacles };
  if ((facts.objectCount ?? 0) >= swingObjects) return { path: 'swing', reasons: ['many-objects', ...obstacles] };
  const released = releasedBy(history, product, version);
  if (released !== undefined && addMonths(earliestDay(released), 18) < on) {
    return { path: 'swing', reasons: ['long-not-upgraded', ...obstacles] };
  }
  const isOld = released !== undefined && addMonths(earliestDay(released), 12) < on;
  return { path: 'in-place', reasons: isOld ? [...obstacles, 'consider-swing'] : obstacles };
}

/** When it came out, or for a build that is not listed, when the next newer one did: it is at least as old. */
function releasedBy(history: VersionHistory, product: Product, version: string): string | undefined {
  const known = findRecord(history, product, version)?.releasedOn;
  if (known !== undefined) return known;
  const newer = history.records
    .filter((each) => each.product === product && each.status === 'released' && each.releasedOn !== undefined)
    .filter((each) => compareReleases(each.version, version) > 0);
  return newer.toSorted((a, b) => compareReleases(a.version, b.version))[0]?.releasedOn;
}

/** Everything that keeps the server from reaching the minimum by itself, at once. */
function obstaclesToAuto(history: VersionHistory, facts: PathFacts): readonly PathReason[] {
  const { product, version, minimum, on, state, channel } = facts;
  const auto = statusOf(history, product, version, on, 'auto-upgrade');
  const newest = facts.newestAutoUpgrade ?? newestPushed(history, product, on);
  const isOnPks = channel === 'PKS' && (product !== 'connect-sync' || compareReleases(version, firstOnHus) < 0);
  const isPushed = newest !== undefined && compareReleases(newest, minimum) >= 0;
  return [
    ...(state === 'Disabled' ? (['opted-out'] as const) : []),
    ...(state === 'Suspended' ? (['suspended'] as const) : []),
    ...(isOnPks ? (['on-pks'] as const) : []),
    ...(auto === 'stopped' ? (['auto-upgrade-stopped'] as const) : []),
    ...(auto === 'unreliable' ? (['auto-upgrade-unreliable'] as const) : []),
    ...(isPushed ? [] : (['minimum-not-pushed'] as const)),
  ];
}

const pushed = new WeakMap<VersionHistory, Map<string, string | undefined>>();
/** Days are few in a run of a program; a history that is asked about more of them begins anew. */
const pushedLimit = 1_000;

/** The newest release that servers were upgraded to by themselves on that day. */
function newestPushed(history: VersionHistory, product: Product, on: string): string | undefined {
  const known = pushed.get(history) ?? new Map<string, string | undefined>();
  pushed.set(history, known);
  const key = `${product} ${on}`;
  if (known.has(key)) return known.get(key);
  if (known.size >= pushedLimit) known.clear();
  const newest = history.records
    .filter((each) => each.product === product && each.status === 'released' && each.releasedOn !== undefined)
    .filter(({ channels }) => channels.includes('auto-upgrade') || channels.includes('auto-upgrade-only'))
    .filter(
      (each) => (each.autoUpgradeFrom ?? earliestDay(each.releasedOn!)) <= on && (each.autoUpgradeUntil ?? on) >= on,
    )
    .map(({ version }) => version)
    .sort(compareReleases)
    .at(-1);
  known.set(key, newest);
  return newest;
}

const sentences: Readonly<Record<StepId, string>> = {
  wait: 'Wait for the next look, or upgrade now.',
  'check-readiness': 'List every obstacle and remove it.',
  'opt-in': 'Opt in to auto-upgrade again, if its owner agrees.',
  'cross-bridge':
    'Let the bridge install the build that speaks to the Hybrid Upgrade Service; upgrades go on from there.',
  'back-up-configuration': 'Export the configuration, with changed default rules: the installer sets those back.',
  download: 'Fetch the newest build that is not recalled and verify it.',
  'close-wizard': 'Close the wizard and the Synchronization Service Manager.',
  'pause-scheduler': 'Pause the scheduler and wait for a running cycle to end.',
  'run-installer': 'Run the installer as an administrator of the server and of ADSync.',
  'enable-features': 'Compare default rules with the export; disabled ones stay, deleted ones come back.',
  'resume-scheduler': 'Start the scheduler. The first cycle may be a full one, where rules or schema changed.',
  'refresh-other-connectors': 'Refresh connectors that are not standard ones (LDAP, SQL).',
  uninstall: 'Uninstall the build that is there.',
  'install-staging': 'Install the newest build on a second server, in staging mode, on a supported Windows Server.',
  'copy-configuration': 'Import the configuration of the old server there.',
  'full-import-and-sync': 'Run a full import and a full synchronisation on the new server.',
  'compare-pending-exports': 'Check the pending exports of the new server: they are what would change.',
  'old-to-staging': 'Put the old server into staging mode.',
  'promote-new': 'Take the new server out of staging mode.',
  'remove-old': 'Uninstall the old server: one that still exports writes stale values over new ones.',
  verify: 'See one whole cycle go through with the new version.',
};

const inPlace: readonly StepId[] = [
  ...(['back-up-configuration', 'download', 'close-wizard', 'pause-scheduler', 'run-installer'] as const),
  ...(['enable-features', 'refresh-other-connectors', 'resume-scheduler', 'verify'] as const),
];
const swing: readonly StepId[] = [
  ...(['back-up-configuration', 'download', 'install-staging', 'copy-configuration', 'full-import-and-sync'] as const),
  ...(['compare-pending-exports', 'old-to-staging', 'promote-new', 'remove-old', 'verify'] as const),
];
const byPath: Readonly<Record<UpgradePath, readonly StepId[]>> = {
  auto: ['wait', 'verify'],
  bridge: ['check-readiness', 'cross-bridge', 'wait', 'verify'],
  'in-place': inPlace,
  swing,
  replace: ['back-up-configuration', 'uninstall', 'download', 'run-installer', 'copy-configuration', 'verify'],
};
const onNewServer: ReadonlySet<StepId> = new Set([
  ...([
    'install-staging',
    'copy-configuration',
    'full-import-and-sync',
    'compare-pending-exports',
    'promote-new',
  ] as const),
]);

/** The steps of a path that was chosen for these reasons; reasons of other kinds change nothing. */
export function stepsOf(path: UpgradePath, reasons: readonly string[]): readonly PathStep[] {
  // An obstacle that a person can remove comes first: then the server does the rest by itself the next time.
  const before: readonly StepId[] = [
    ...(path === 'in-place' && reasons.includes('opted-out') ? (['opt-in'] as const) : []),
    ...(path === 'in-place' && reasons.includes('suspended') ? (['check-readiness'] as const) : []),
  ];
  return [...before, ...byPath[path]].map((id) => {
    const at = path === 'swing' && onNewServer.has(id) ? 'new-server' : 'this-server';
    return { id, what: sentences[id], at };
  });
}
