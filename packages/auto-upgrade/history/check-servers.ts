/**
 * Checks a list of servers against a minimum and the version history: who is below, supported until when, which way up.
 * Nothing has to be installed for it, so it is the first thing that a new estate can ask.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { CampaignRevision } from '../campaign/campaign.ts';
import { utcDate } from '../campaign/deadline.ts';
import { type Installation, judge, type Standing, silenceLimitMs } from '../campaign/judge.ts';
import type { Component } from '../release/target-path.ts';
import { formatCsvRow } from './csv.ts';
import { statusAt, statusOf } from './deprecated.ts';
import { compareReleases, type Product, type VersionHistory, versionNumbers } from './history.ts';
import { supportStatusOn } from './page.ts';
import { productOf, publicMinimum } from './public-minimum.ts';
import { type ListedServer, parseServerList } from './server-list.ts';
import { lastSupportedDay, supportEnd } from './support.ts';
import { choosePath, type PathFacts, type PathReason, type UpgradePath } from './upgrade-path.ts';

/** A release of ours, for lists of our own agents. */
export interface OwnRelease {
  readonly component: Component;
  readonly version: string;
  readonly channel: { readonly download: boolean; readonly autoUpgrade: boolean };
  readonly isRecalled: boolean;
}

export interface CheckOptions {
  readonly now: EpochMs;
  readonly history: VersionHistory;
  /** Without one, the published minimum that is in force or comes next. */
  readonly campaignRevision?: CampaignRevision;
  /** With them a server counts as ours, unless its product is written with Microsoft's name. */
  readonly ownReleases?: readonly OwnRelease[];
  /** A bridge that is open, for servers whose channel is PKS. */
  readonly bridge?: { readonly from: string; readonly to: string };
}

export type CheckReason =
  | PathReason
  | 'version-missing'
  | 'version-unknown'
  | 'not-yet-announced'
  | 'no-minimum'
  | 'other-numbers'
  | 'support-ended'
  | 'not-seen'
  | 'reported-minimum-ahead'
  | 'alerts-lost'
  | 'all-alerts-lost'
  | 'listed-again'
  | 'seen-ahead';

export interface CheckedServer {
  /** In the file, from 1; the header is 1. */
  readonly row: number;
  readonly server: string;
  readonly component: Component;
  readonly version?: string;
  readonly standing: Standing;
  readonly minimum?: string;
  readonly support: 'supported' | 'ended' | 'recalled' | 'unknown';
  /** `YYYY-MM-DD`: the published day, else the reckoned one. */
  readonly supportedUntil?: string;
  /** Of servers below the minimum and of recalled builds. */
  readonly path?: UpgradePath;
  readonly reasons: readonly CheckReason[];
}

export interface CheckResult {
  readonly servers: readonly CheckedServer[];
  /** Each component of a server once: where a list has it in several rows, by the worst of them. */
  readonly summary: {
    readonly servers: number;
    readonly ok: number;
    readonly below: number;
    readonly notJudged: number;
    readonly unsupported: number;
    readonly byPath: Readonly<Record<UpgradePath, number>>;
  };
}

/**
 * Holds the whole list. At most 8 MiB, 100,000 rows, 1,000 characters in a cell.
 *
 * @throws {CheckServersError} naming the rows that cannot be read, with row and column of the first.
 */
export function checkServers(csvText: string, options: CheckOptions): CheckResult {
  const check = memoised(options);
  const checked = parseServerList(csvText).map((listed): CheckedServer => {
    const { row, server, component, version, lastSeenAt } = listed;
    const isSilent = lastSeenAt !== undefined && options.now - lastSeenAt > silenceLimitMs;
    const isAhead = lastSeenAt !== undefined && lastSeenAt - options.now > aheadLimitMs;
    const { reasons, ...verdict } = check(listed);
    return {
      ...{ row, server, component, ...(version === undefined ? {} : { version }), ...verdict },
      reasons: [
        ...reasons,
        ...(isSilent ? (['not-seen'] as const) : []),
        ...(isAhead ? (['seen-ahead'] as const) : []),
      ],
    };
  });
  const { servers, counted } = countedOnce(checked);
  const count = (matches: (server: CheckedServer) => boolean): number => counted.filter(matches).length;
  const paths = { auto: 0, 'in-place': 0, bridge: 0, swing: 0, replace: 0 };
  for (const { path } of counted) if (path !== undefined) paths[path] += 1;
  return {
    servers,
    summary: {
      servers: counted.length,
      ok: count(({ standing }) => standing === 'ok'),
      below: count(({ standing }) => standing === 'below'),
      notJudged: count(({ standing }) => standing === 'not-judged'),
      unsupported: count(({ support }) => support === 'ended' || support === 'recalled'),
      byPath: paths,
    },
  };
}

/** Zones, and a date that counts to its end, are no reason to doubt a list. */
const aheadLimitMs = 2 * 86_400_000;

/** Of rows about the same component of a server the worst counts, the first of equal ones; the others say so. */
function countedOnce(checked: readonly CheckedServer[]): {
  readonly servers: readonly CheckedServer[];
  readonly counted: readonly CheckedServer[];
} {
  const byKey = Map.groupBy(checked, ({ server, component }) => `${server.toLowerCase()} ${component}`);
  if (byKey.size === checked.length) return { servers: checked, counted: checked };
  const counted = new Set([...byKey.values()].map((rows) => rows.reduce((a, b) => (badness(b) > badness(a) ? b : a))));
  const servers = checked.map((each): CheckedServer => {
    return counted.has(each) ? each : { ...each, reasons: [...each.reasons, 'listed-again'] };
  });
  return { servers, counted: [...counted] };
}

function badness({ standing, support }: CheckedServer): number {
  if (standing === 'below') return 3;
  if (support === 'ended' || support === 'recalled') return 2;
  return standing === 'not-judged' ? 1 : 0;
}

type Verdict = Omit<CheckedServer, 'row' | 'server' | 'component' | 'version'>;

/** Estates have many servers and few versions: each combination of facts is judged once. */
function memoised(options: CheckOptions): (listed: ListedServer) => Verdict {
  const verdicts = new Map<string, Verdict>();
  return ({ row: _, server: __, lastSeenAt: ___, ...facts }) => {
    const key = JSON.stringify(Object.entries(facts));
    const known = verdicts.get(key) ?? verdictOf(facts, options);
    verdicts.set(key, known);
    return known;
  };
}

type Facts = Omit<ListedServer, 'row' | 'server' | 'lastSeenAt'>;

function verdictOf(facts: Facts, options: CheckOptions): Verdict {
  const { component, version } = facts;
  const isOwn = options.ownReleases !== undefined && !facts.isMicrosoft;
  const on = utcDate(options.now);
  const product = isOwn ? undefined : productOf(component);
  const { standing, minimum, reason } = standingOf(facts, product, options);
  const why: CheckReason[] = reason === undefined ? [] : [reason];
  if (version === undefined) return { standing, ...(minimum && { minimum }), support: 'unknown', reasons: why };
  const support = isOwn ? ownSupport(component, version, options) : supportOf(product, version, on, options.history);
  const isLeft = standing === 'below' || support.support === 'recalled';
  const chosen = isLeft ? pathOf(facts, minimum ?? version, support.support, options, isOwn) : undefined;
  return {
    ...{ standing, ...(minimum === undefined ? {} : { minimum }), ...support.shown },
    ...(chosen === undefined ? {} : { path: chosen.path }),
    // A loss may be a reason of the path too.
    reasons: [
      ...new Set([
        ...why,
        ...stoppedOf(product, version, on, options.history),
        ...(chosen?.reasons ?? []),
        ...support.reasons,
        ...aheadOf(component, product, version, on, options.history),
      ]),
    ],
  };
}

function standingOf(
  { component, version }: Facts,
  product: Product | undefined,
  { now, history, campaignRevision }: CheckOptions,
): { standing: Standing; minimum?: string; reason?: CheckReason } {
  if (campaignRevision === undefined) {
    const minimum = product === undefined ? undefined : publicMinimum(history, product, utcDate(now))?.version;
    if (minimum === undefined) return { standing: 'not-judged', reason: 'no-minimum' };
    if (version === undefined) return { standing: 'not-judged', minimum, reason: 'version-missing' };
    return { standing: compareReleases(version, minimum) < 0 ? 'below' : 'ok', minimum };
  }
  const wanted = campaignRevision.minimums.find((each) => each.component === component);
  if (wanted === undefined) return { standing: 'not-judged', reason: 'no-minimum' };
  const { version: minimum } = wanted;
  if (minimum === undefined) return { standing: 'not-judged', reason: 'not-yet-announced' };
  if (version === undefined) return { standing: 'not-judged', minimum, reason: 'version-missing' };
  const common = { tenant: '', hostName: '', state: 'Enabled', channel: 'HUS', source: 'recorded' } as const;
  // As numbers alone: published versions such as 1.0.494.0501 have zeros in front.
  const installation: Installation = { ...common, component, version: versionNumbers(version)!.join('.') };
  const { standing } = judge(campaignRevision, installation, now);
  return standing === 'not-judged' ? { standing, minimum, reason: 'other-numbers' } : { standing, minimum };
}

interface SupportShown {
  readonly support: CheckedServer['support'];
  readonly shown: Pick<CheckedServer, 'support' | 'supportedUntil'>;
  readonly reasons: readonly CheckReason[];
}

function supportOf(product: Product | undefined, version: string, on: string, history: VersionHistory): SupportShown {
  const found = product === undefined ? undefined : supportEnd(history, product, version);
  if (found === undefined) return { support: 'unknown', shown: { support: 'unknown' }, reasons: ['version-unknown'] };
  const support = supportStatusOn(found, on);
  const until = lastSupportedDay(found);
  const shown = { support, ...(until === undefined ? {} : { supportedUntil: until }) };
  return { support, shown, reasons: support === 'ended' ? ['support-ended'] : [] };
}

function ownSupport(component: Component, version: string, { ownReleases = [] }: CheckOptions): SupportShown {
  const same = ownReleases.find((each) => each.component === component && compareReleases(each.version, version) === 0);
  const support = same?.isRecalled === true ? 'recalled' : 'unknown';
  return { support, shown: { support }, reasons: same === undefined ? ['version-unknown'] : [] };
}

const noHistory: VersionHistory = { records: [], milestones: [], forcedMinimums: [], contradictions: [] };

function pathOf(
  facts: Facts,
  minimum: string,
  support: CheckedServer['support'],
  options: CheckOptions,
  isOwn: boolean,
): { path: UpgradePath; reasons: readonly PathReason[] } {
  if (support === 'recalled') return { path: 'replace', reasons: ['recalled'] };
  const { component, version, state, channel, windowsServer, objectCount } = facts;
  const newest = (options.ownReleases ?? [])
    .filter((each) => each.component === component && each.channel.autoUpgrade && !each.isRecalled)
    .map((each) => each.version)
    .sort(compareReleases)
    .at(-1);
  const known: PathFacts = {
    // Our own agents share nothing with the rules for particular builds of others but the order of versions.
    ...{ product: isOwn ? 'cloud-sync' : (productOf(component) ?? 'cloud-sync'), version: version!, minimum },
    on: utcDate(options.now),
    ...(state === undefined ? {} : { state }),
    ...(channel === undefined ? {} : { channel }),
    ...(windowsServer === undefined ? {} : { windowsServer }),
    ...(objectCount === undefined ? {} : { objectCount }),
    ...(options.bridge === undefined ? {} : { bridge: options.bridge }),
    ...(isOwn && newest !== undefined ? { newestAutoUpgrade: newest } : {}),
  };
  return choosePath(isOwn ? noHistory : options.history, known);
}

/** The worst that can be said of a build, so it comes before how to leave it. */
function stoppedOf(
  product: Product | undefined,
  version: string,
  on: string,
  history: VersionHistory,
): readonly CheckReason[] {
  const isStopped = product !== undefined && statusOf(history, product, version, on, 'sync') === 'stopped';
  return isStopped ? ['sync-stopped'] : [];
}

/** Warnings that change neither standing nor path. */
function aheadOf(
  component: Component,
  product: Product | undefined,
  version: string,
  on: string,
  history: VersionHistory,
): readonly CheckReason[] {
  if (product === undefined) return [];
  const isReported = history.forcedMinimums.some(
    (each) =>
      each.source === 'reported' &&
      each.product === product &&
      each.deadline >= on &&
      compareReleases(version, each.version) < 0,
  );
  const alerts = statusAt(component, 'alerts', statusOf(history, product, version, on, 'alerts'));
  return [
    ...(isReported ? (['reported-minimum-ahead'] as const) : []),
    ...(alerts === 'stopped' ? (['all-alerts-lost'] as const) : []),
    ...(alerts === 'partly' ? (['alerts-lost'] as const) : []),
  ];
}

/** The result as CSV with a header, CRLF at line ends, safe to open in a spreadsheet. */
export function checkedServersCsv({ servers }: CheckResult): string {
  const header = [
    'server',
    'component',
    'version',
    'standing',
    'minimum',
    'support',
    'supported until',
    'path',
    'reasons',
  ];
  const rows = servers.map((each) => [
    ...[each.server, each.component, each.version ?? '', each.standing, each.minimum ?? '', each.support],
    ...[each.supportedUntil ?? '', each.path ?? '', each.reasons.join(' ')],
  ]);
  return [header, ...rows].map(formatCsvRow).join('');
}
