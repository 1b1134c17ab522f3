/** Counts of a campaign, and the servers below by name: what the command line, the API and the portal all show. */
import type { EpochMs } from '@springline/ports/clock';
import type { Component } from '../release/target-path.ts';
import type { CampaignRevision, Effect } from './campaign.ts';
import { daysLeft } from './deadline.ts';
import type { ImageFloor } from './floor.ts';
import { type Group, groups, type Installation, type Judgement, judge } from './judge.ts';

export interface ComponentTally {
  readonly component: Component;
  /** Absent: not yet announced. */
  readonly minimum?: string;
  readonly ok: number;
  readonly below: number;
  readonly notJudged: number;
  /** Their work is done by another component now; in none of the other three. */
  readonly moved: number;
}

/** A host with something below. */
export interface BelowServer {
  readonly tenant: string;
  readonly hostName: string;
  readonly agentId?: string;
  /** Versions found, by component. */
  readonly components: readonly { readonly component: Component; readonly version: string; readonly why: string }[];
  readonly group: Group;
  /** The hardest of its components. */
  readonly effect: Effect | 'none';
  readonly source: 'agent' | 'recorded';
  /** Who is to be asked about it. */
  readonly owner?: string;
}

export interface Tally {
  readonly revision: number;
  readonly daysLeft: number;
  /** In the order of the revision's minimums. */
  readonly components: readonly ComponentTally[];
  /** Servers below, each once. */
  readonly groups: Readonly<Record<Group, number>>;
  /** By group, then tenant and name. */
  readonly servers: readonly BelowServer[];
}

const effectOrder: readonly (Effect | 'none')[] = ['none', 'notify', 'restrict', 'stop-sync'];
/** Whose group stands for a server of which several components are below: as in `judge.ts`. */
const groupOrder: readonly Group[] = ['not-seen', 'opted-out', 'on-pks', 'failed', 'by-hand', 'upgrading'];

/** Pure; `installations` in any order. Holds one judgement for each installation and minimum that speaks of it. */
export function tally(
  revision: CampaignRevision,
  installations: readonly Installation[],
  now: EpochMs,
  floors: ReadonlyMap<Component, ImageFloor> = new Map(),
): Tally {
  const judged = revision.minimums.flatMap(({ component, carriedBy }) => {
    const subjects = subjectsOf(component, carriedBy?.component, installations);
    return subjects.map((installation) => {
      return { installation, judgement: judge(revision, installation, now, { as: component, floors }) };
    });
  });
  const components = revision.minimums.map(({ component, version }): ComponentTally => {
    const mine = judged.filter(({ judgement }) => judgement.component === component);
    const staying = mine.filter(({ installation }) => installation.movedTo === undefined);
    const count = (standing: Judgement['standing']): number =>
      staying.filter(({ judgement }) => judgement.standing === standing).length;
    const counts = { ok: count('ok'), below: count('below'), notJudged: count('not-judged') };
    return {
      component,
      ...(version === undefined ? {} : { minimum: version }),
      ...counts,
      moved: mine.length - staying.length,
    };
  });
  const servers = belowServers(judged);
  const counted = groups.map((group) => [group, servers.filter((server) => server.group === group).length] as const);
  const byGroup = Object.fromEntries(counted) as Record<Group, number>;
  return {
    revision: revision.revision,
    daysLeft: daysLeft(revision.deadline, now),
    components,
    groups: byGroup,
    servers,
  };
}

/** Where a carrier runs it alone speaks for what it carries: two answers for one component would count a server twice. */
function subjectsOf(
  component: Component,
  carrier: Component | undefined,
  installations: readonly Installation[],
): readonly Installation[] {
  const carriers = installations.filter((each) => each.component === carrier);
  const carried = new Set(carriers.map(hostKey));
  return [...carriers, ...installations.filter((each) => each.component === component && !carried.has(hostKey(each)))];
}

function belowServers(judged: readonly { installation: Installation; judgement: Judgement }[]): readonly BelowServer[] {
  const byHost = new Map<string, BelowServer>();
  for (const { installation, judgement } of judged) {
    const { group, effect, component, why } = judgement;
    if (group === undefined) continue;
    const key = hostKey(installation);
    const before = byHost.get(key);
    const { tenant, hostName, agentId, source, version } = installation;
    const owner = before?.owner ?? installation.owner;
    byHost.set(key, {
      ...{ tenant, hostName, source: before?.source === 'agent' ? 'agent' : source },
      ...(agentId === undefined ? {} : { agentId }),
      components: [...(before?.components ?? []), { component, version, why }],
      group: first(groupOrder, before?.group ?? group, group),
      effect: first(effectOrder.toReversed(), before?.effect ?? effect, effect),
      ...(owner === undefined ? {} : { owner }),
    });
  }
  const byGroupAndName = [...byHost].sort(
    ([a, { group: ofA }], [b, { group: ofB }]) => groups.indexOf(ofA) - groups.indexOf(ofB) || compareText(a, b),
  );
  return byGroupAndName.map(([, server]) => server);
}

function first<T>(order: readonly T[], a: T, b: T): T {
  return order.indexOf(a) <= order.indexOf(b) ? a : b;
}

/** By code unit: the same everywhere, whatever the language of the system. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function hostKey({ tenant, hostName }: { tenant: string; hostName: string }): string {
  return `${tenant}\0${hostName.toLowerCase()}`;
}
