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
import { statusOf } from './deprecated.ts';
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
  | 'alerts-lost';

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
 * @throws {CheckServersError} with row and column of the first thing that cannot be read.
 */
export function checkServers(csvText: string, options: CheckOptions): CheckResult {
  const check = memoised(options);
  const servers = parseServerList(csvText).map((listed): CheckedServer => {
    const { row, server, component, version, lastSeenAt } = listed;
    const isSilent = lastSeenAt !== undefined && options.now - lastSeenAt > silenceLimitMs;
    const { reasons, ...verdict } = check(listed);
    return {
      ...{ row, server, component, ...(version === undefined ? {} : { version }), ...verdict },
      reasons: isSilent ? [...reasons, 'not-seen'] : reasons,
    };
  });
  const count = (matches: (server: CheckedServer) => boolean): number => servers.filter(matches).length;
  const paths = { auto: 0, 'in-place': 0, bridge: 0, swing: 0, replace: 0 };
  for (const { path } of servers) if (path !== undefined) paths[path] += 1;
  return {
    servers,
    summary: {
      servers: servers.length,
      ok: count(({ standing }) => standing === 'ok'),
      below: count(({ standing }) => standing === 'below'),
      notJudged: count(({ standing }) => standing === 'not-judged'),
      unsupported: count(({ support }) => support === 'ended' || support === 'recalled'),
      byPath: paths,
    },
  };
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
    reasons: [
      ...why,
      ...(chosen?.reasons ?? []),
      ...support.reasons,
      ...aheadOf(product, version, on, options.history),
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

/** Warnings that change neither standing nor path. */
function aheadOf(
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
  const losesAlerts = statusOf(history, product, version, on, 'alerts') !== 'works';
  return [
    ...(isReported ? (['reported-minimum-ahead'] as const) : []),
    ...(losesAlerts ? (['alerts-lost'] as const) : []),
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
