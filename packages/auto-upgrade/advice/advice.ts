/**
 * Advice on the security hardening of auto-upgrade, for one estate and as data: what changes and by when, the builds to be
 * on, who is below and why, whether Cloud Sync fits, the way up for each kind of server, what an old build may still do.
 * Pure; drawing it is for others.
 */
import { dayFromDate } from '../campaign/calendar.ts';
import type { Effect } from '../campaign/campaign.ts';
import { utcDate } from '../campaign/deadline.ts';
import { type Group, groups } from '../campaign/judge.ts';
import { type Action, isRefused } from '../campaign/refusal.ts';
import {
  deprecatedMatrix,
  type MatrixRow,
  type RemainingFunction,
  remainingFunctions,
  statusAt,
} from '../history/deprecated.ts';
import { compareReleases, type Product, type VersionHistory, versionNumbers } from '../history/history.ts';
import { newestRelease } from '../history/newest.ts';
import { productOf } from '../history/public-minimum.ts';
import type { UpgradePath } from '../history/upgrade-path.ts';
import type { Component } from '../release/target-path.ts';
import { type CloudSyncAdvice, cloudSyncAdvice } from './cloud-sync.ts';
import type { AdviceFacts, AdviceSource, AdvisedServer, PksFacts, WantedBuild } from './facts.ts';
import { type AdviceStep, entraSteps, ownSteps } from './steps.ts';

export const adviceFormat = 'springline-upgrade-advice-1';

export interface Advice {
  readonly format: typeof adviceFormat;
  readonly source: AdviceSource;
  /** `YYYY-MM-DD`, UTC. */
  readonly on: string;
  readonly whatChanges: {
    readonly from: 'PKS';
    readonly to: 'HUS';
    readonly title?: string;
    readonly note?: string;
    /** The next day by which something is asked for, or the last one where all are past. */
    readonly deadline?: { readonly date: string; readonly zone: string; readonly daysLeft: number };
    readonly pks?: PksFacts;
  };
  readonly builds: readonly AdvisedBuild[];
  /** Servers that need something. */
  readonly below: {
    /** Each server once, of those below or on a recalled build. */
    readonly total: number;
    readonly groups: Readonly<Record<Group, number>>;
    readonly servers: readonly AdvisedServer[];
    /** Not below; a newer build is there. */
    readonly behind: readonly AdvisedServer[];
  };
  readonly cloudSync: CloudSyncAdvice;
  readonly upgrading: readonly WayUp[];
  readonly deprecated: {
    /** Of public builds that were found, or, without servers, what was taken from old builds. */
    readonly builds: readonly DeprecatedBuild[];
    readonly losses: readonly MatrixRow[];
    /** Of agents of this installation, by what being below costs after the date. */
    readonly refusals: readonly {
      readonly effect: Effect;
      readonly refused: readonly Action[];
      readonly works: readonly Action[];
    }[];
  };
  readonly nextSteps: readonly { readonly what: string; readonly command?: string; readonly document?: string }[];
  /** Servers below although their date has passed. */
  readonly late: number;
  readonly remarks: readonly string[];
}

export interface AdvisedBuild extends Omit<WantedBuild, 'counts'> {
  readonly daysLeft?: number;
  readonly ok: number;
  readonly below: number;
  readonly notJudged: number;
}

/** Servers that go the same way by the same steps; `reasons` are those of any of them. */
export interface WayUp {
  readonly path: UpgradePath;
  readonly component: Component;
  readonly group: Group;
  readonly reasons: readonly string[];
  readonly servers: readonly string[];
  readonly steps: readonly AdviceStep[];
}

export interface DeprecatedBuild {
  readonly product: Product;
  /** Where it loses less than others of its product. */
  readonly component?: Component;
  readonly version: string;
  readonly servers: number;
  readonly functions: readonly RemainingFunction[];
}

const groupOrder: readonly Group[] = ['not-seen', 'opted-out', 'on-pks', 'failed', 'by-hand', 'upgrading'];
const pathOrder: readonly UpgradePath[] = ['auto', 'bridge', 'in-place', 'swing', 'replace'];
const actions: readonly Action[] = [
  ...(['enrol', 'adopt-connector', 'read-connector-again', 'export', 'import'] as const),
  ...(['heartbeat', 'upgrade-report', 'repository', 'alert'] as const),
];

/** Pure; the same facts give the same advice. */
export function advise(facts: AdviceFacts, history: VersionHistory): Advice {
  const on = utcDate(facts.now);
  const { source, title, note, pks, servers, remarks } = facts;
  const deadline = facts.deadline ?? nearest(facts.builds, on);
  const left = servers.filter(({ standing }) => standing === 'below' || standing === 'recalled');
  const isOwn = source === 'campaign' || source === 'fleet';
  const behind = servers.filter(({ standing }) => standing === 'behind');
  return {
    ...{ format: adviceFormat, source, on },
    whatChanges: {
      ...{ from: 'PKS', to: 'HUS' },
      ...(title === undefined ? {} : { title }),
      ...(note === undefined ? {} : { note }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(pks === undefined ? {} : { pks }),
    },
    builds: facts.builds.map((build) => advisedBuild(build, facts, on)),
    below: {
      total: facts.belowTotal ?? namesOf(left).size,
      groups: facts.belowGroups ?? groupsOf(left),
      servers: left,
      behind,
    },
    cloudSync: cloudSyncAdvice(servers),
    upgrading: waysUp([...left, ...behind], isOwn ? undefined : newestBy(history, on)),
    deprecated: {
      builds: isOwn ? [] : deprecatedBuilds(left, history, on),
      losses: source === 'public' ? deprecatedMatrix(history).filter((row) => row.since > on || isRecent(row, on)) : [],
      refusals: isOwn ? refusalsOf(facts.builds) : [],
    },
    nextSteps: nextSteps(source, left, isOwn),
    late: lateOf(facts, left, on),
    remarks,
  };
}

/** The facts of one server alone; `undefined` when none has that name. */
export function factsOf(facts: AdviceFacts, server: string): AdviceFacts | undefined {
  const name = server.toLowerCase();
  const servers = facts.servers.filter((each) => each.server.toLowerCase() === name);
  const { belowTotal: _, belowGroups: __, ...rest } = facts;
  const builds = facts.builds.map(({ counts: ___, ...build }) => build);
  return servers.length === 0 ? undefined : { ...rest, builds, servers };
}

function nearest(builds: readonly WantedBuild[], on: string) {
  const dates = [...new Set(builds.flatMap(({ deadline }) => deadline ?? []))].sort();
  const date = dates.find((each) => each >= on) ?? dates.at(-1);
  return date === undefined ? undefined : { date, zone: 'UTC', daysLeft: daysBetween(on, date) };
}

function daysBetween(from: string, to: string): number {
  return dayFromDate(to)! - dayFromDate(from)!;
}

function advisedBuild({ counts, ...build }: WantedBuild, { servers, deadline }: AdviceFacts, on: string): AdvisedBuild {
  const mine = servers.filter(({ component }) => component === build.component);
  const count = (...standings: readonly AdvisedServer['standing'][]): number =>
    mine.filter(({ standing }) => standings.includes(standing)).length;
  const left = deadline?.daysLeft ?? (build.deadline === undefined ? undefined : daysBetween(on, build.deadline));
  return {
    ...build,
    ...(left === undefined ? {} : { daysLeft: left }),
    ...(counts ?? { ok: count('ok'), below: count('below', 'recalled'), notJudged: count('not-judged', 'behind') }),
  };
}

function namesOf(servers: readonly AdvisedServer[]): ReadonlySet<string> {
  return new Set(servers.map(({ server }) => server.toLowerCase()));
}

/** A server of which several components are below counts once, by what must be got out of the way first. */
function groupsOf(servers: readonly AdvisedServer[]): Readonly<Record<Group, number>> {
  const byName = Map.groupBy(servers, ({ server }) => server.toLowerCase());
  const first = [...byName.values()].map((mine) =>
    groupOrder.find((group) => mine.some((each) => each.group === group)),
  );
  return Object.fromEntries(groups.map((group) => [group, first.filter((each) => each === group).length])) as Record<
    Group,
    number
  >;
}

/** The newest public build of a component, however often it is asked for. */
function newestBy(history: VersionHistory, on: string): (component: Component) => string | undefined {
  const known = new Map<Component, string | undefined>();
  return (component) => {
    if (!known.has(component)) {
      const product = productOf(component);
      known.set(component, product === undefined ? undefined : newestRelease(history, product, on));
    }
    return known.get(component);
  };
}

/** @param newest Of the public builds; absent: the servers are of this installation. */
function waysUp(
  servers: readonly AdvisedServer[],
  newest: ((component: Component) => string | undefined) | undefined,
): readonly WayUp[] {
  const kinds = new Map<string, WayUp & { readonly servers: string[]; readonly reasons: string[] }>();
  for (const { path, component, group = 'upgrading', reasons, server } of servers) {
    if (path === undefined) continue;
    const steps =
      newest === undefined
        ? ownSteps(path, group, component)
        : entraSteps(path, reasons, group, component, newest(component));
    const key = JSON.stringify([path, component, group, steps.map(({ what }) => what)]);
    const known = kinds.get(key);
    if (known === undefined)
      kinds.set(key, { path, component, group, steps, reasons: [...reasons], servers: [server] });
    else {
      known.servers.push(server);
      known.reasons.push(...reasons.filter((reason) => !known.reasons.includes(reason)));
    }
  }
  return [...kinds.values()].sort((a, b) => pathOrder.indexOf(a.path) - pathOrder.indexOf(b.path));
}

function deprecatedBuilds(servers: readonly AdvisedServer[], history: VersionHistory, on: string) {
  const kinds = Map.groupBy(servers, ({ component, version }) => {
    return `${component === 'health-sync' ? component : productOf(component)} ${version}`;
  });
  return [...kinds.values()]
    .flatMap((mine): DeprecatedBuild[] => {
      const [{ component, version } = {}] = mine;
      const product = component === undefined ? undefined : productOf(component);
      if (product === undefined || version === undefined || versionNumbers(version) === undefined) return [];
      const remaining = remainingFunctions(history, product, version, on);
      const functions = remaining.map((each) => {
        return { ...each, status: statusAt(component!, each.function, each.status) };
      });
      const own = component === 'health-sync' ? { component } : {};
      return [{ product, ...own, version, servers: namesOf(mine).size, functions }];
    })
    .sort((a, b) => (a.product === b.product ? compareReleases(a.version, b.version) : a.product < b.product ? -1 : 1));
}

/** Without servers only what was taken within two years is worth a line. */
function isRecent({ since }: MatrixRow, on: string): boolean {
  return daysBetween(since, on) < 730;
}

function refusalsOf(builds: readonly WantedBuild[]) {
  return [...new Set(builds.filter(({ minimum }) => minimum !== undefined).map(({ effect }) => effect))].map(
    (effect) => ({
      effect,
      refused: actions.filter((action) => isRefused(effect, action)),
      works: actions.filter((action) => !isRefused(effect, action)),
    }),
  );
}

function lateOf({ builds, deadline, belowTotal }: AdviceFacts, left: readonly AdvisedServer[], on: string): number {
  if (deadline !== undefined) return deadline.daysLeft < 0 ? (belowTotal ?? namesOf(left).size) : 0;
  return namesOf(left.filter((server) => builds.some((build) => isLate(server, build, on)))).size;
}

function isLate({ component, version, standing }: AdvisedServer, build: WantedBuild, on: string): boolean {
  if (build.component !== component) return false;
  if (standing === 'below' && build.deadline !== undefined && build.deadline < on) return true;
  return version !== undefined && build.inForce !== undefined && compareReleases(version, build.inForce.minimum) < 0;
}

function nextSteps(source: AdviceSource, left: readonly AdvisedServer[], isOwn: boolean): Advice['nextSteps'] {
  const history = { what: 'Version history with dates, channels and support', command: 'springline upgrade versions' };
  const reading = [
    { what: 'What is Connect Sync?', document: 'docs/what-is-connect-sync.md' },
    { what: 'What is Cloud Sync?', document: 'docs/what-is-cloud-sync.md' },
    { ...history, document: 'docs/version-history.md' },
  ];
  if (source === 'public') {
    return [
      { what: 'Advice for your own servers', command: 'springline upgrade advice --from servers.csv' },
      { what: 'Try the agents that keep themselves on a safe build', command: 'springline up' },
      ...reading,
    ];
  }
  if (!isOwn)
    return [
      { what: 'Every server with its verdict', command: 'springline upgrade check servers.csv --all' },
      ...reading,
    ];
  return [
    { what: 'Who is on which build', command: 'springline upgrade status' },
    ...(left.length === 0 ? [] : [{ what: 'Who is below, with dates', command: 'springline upgrade minimums' }]),
    ...reading,
  ];
}
