/** What a control plane knows, as facts for advice: its campaign, its fleet, and who still asks PKS. Pure. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { FleetAgent } from '@springline/api/shapes/fleet';
import type { PksStatus } from '@springline/api/shapes/pks';
import type { AdviceFacts, AdvisedServer, WantedBuild } from '@springline/auto-upgrade/advice/facts';
import { ownPath } from '@springline/auto-upgrade/advice/own-path';
import { daysLeft, deadlineOf, utcDate } from '@springline/auto-upgrade/campaign/deadline';
import { type Group, silenceLimitMs, waitsItsTurn } from '@springline/auto-upgrade/campaign/judge';
import { whyOf } from '@springline/auto-upgrade/campaign/why';
import { compareReleases } from '@springline/auto-upgrade/history/history';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import type { EpochMs } from '@springline/ports/clock';
import type { WholeFleet } from './whole-fleet.ts';

export interface ControlPlaneAnswers {
  readonly minimums: Minimums;
  readonly fleet: WholeFleet;
  readonly pks: PksStatus;
}

/** @param at Another day than today: dates move, and who is below is as of now, since nobody knows more. */
export function controlPlaneFacts(answers: ControlPlaneAnswers, now: EpochMs, at?: EpochMs): AdviceFacts {
  const { minimums, fleet, pks } = answers;
  const { campaign, problems } = minimums;
  const newest = newestByComponent(fleet.releases);
  const below = belowServers(answers, newest, at ?? now);
  const named = new Set(below.map(keyOf));
  const others = [...fleetServers(fleet, newest, campaign === undefined, now), ...pksServers(pks)];
  return {
    ...{ source: campaign === undefined ? 'fleet' : 'campaign', now: at ?? now },
    ...(campaign === undefined ? {} : noticeOf(campaign, at)),
    builds:
      campaign === undefined ? newestBuilds(newest) : minimums.minimums.map((each) => buildOf(each, answers, newest)),
    servers: [...below, ...others.filter((each) => !named.has(keyOf(each)))],
    ...{ belowTotal: minimums.serversTotal, belowGroups: groupsOf(minimums, below) },
    pks: {
      ...{ phase: pks.phase, left: pks.leftCount, bridged: pks.bridgedCount },
      ...(pks.lifecycle === undefined ? {} : { sunsetAt: pks.lifecycle.sunsetAt }),
    },
    remarks: [
      ...problems,
      ...(minimums.servers.length < minimums.serversTotal
        ? [`The first ${minimums.servers.length} of ${minimums.serversTotal} servers below are named.`]
        : []),
      ...(fleet.releasesProblem === undefined ? [] : [`releases may be missing: ${fleet.releasesProblem}`]),
      ...(at === undefined ? [] : ['The days are those of --at; who is below is as of now.']),
    ],
  };
}

function noticeOf(campaign: NonNullable<Minimums['campaign']>, at: EpochMs | undefined) {
  const { title, note, deadline } = campaign;
  const { date, zone } = deadline;
  const left = at === undefined ? campaign.daysLeft : daysLeft(deadlineOf(date, zone), at);
  return { title, ...(note === undefined ? {} : { note }), deadline: { date, zone, daysLeft: left } };
}

/** What hosts may upgrade themselves to. The list has the newest of each first. */
function newestByComponent(releases: readonly ReleaseView[]): ReadonlyMap<Component, string> {
  const offered = releases.filter(
    ({ isForAutoUpgrade, isRecalled }) => isForAutoUpgrade !== false && isRecalled !== true,
  );
  return new Map(offered.toReversed().map(({ component, version }) => [component, version]));
}

function newestBuilds(newest: ReadonlyMap<Component, string>): readonly WantedBuild[] {
  return [...newest].map(([component, version]) => {
    return { component, newest: version, without: 'none-asked', byHand: false, effect: 'notify' };
  });
}

function buildOf(
  minimum: Minimums['minimums'][number],
  { minimums }: ControlPlaneAnswers,
  newest: ReadonlyMap<Component, string>,
): WantedBuild {
  const { component, version, carriedBy, byHand, effect, ok, below, notJudged } = minimum;
  const latest = newest.get(component);
  return {
    ...{ component, byHand, effect, deadline: minimums.campaign!.deadline.date, counts: { ok, below, notJudged } },
    ...(version === undefined ? { without: 'not-yet-announced' as const } : { minimum: version }),
    ...(carriedBy === undefined ? {} : { carriedBy }),
    ...(latest === undefined ? {} : { newest: latest }),
  };
}

/** What is carried is upgraded with its carrier, so each host has one way up for both. */
function belowServers(
  { minimums, pks }: ControlPlaneAnswers,
  newest: ReadonlyMap<Component, string>,
  at: EpochMs,
): readonly AdvisedServer[] {
  return minimums.servers.flatMap(({ hostName, components, group }) => {
    const judged = components.map((each) => {
      const minimum = minimums.minimums.find(({ component }) => component === each.component);
      const { component, version: wanted = each.version } = minimum?.carriedBy ?? minimum ?? each;
      return { ...each, carrier: component, wanted };
    });
    return [...Map.groupBy(judged, ({ carrier }) => carrier)].map(([component, mine]): AdvisedServer => {
      const { version } = mine[0]!;
      const minimum = mine.map(({ wanted }) => wanted).reduce((a, b) => (compareReleases(a, b) < 0 ? b : a));
      const way = wayOf({ server: hostName, component, version, minimum, group }, newest, at, pks);
      const known = { server: hostName, component, version, standing: 'below' } as const;
      // What waits for a release that does not come by itself waits for a person.
      const isStuck = group === 'upgrading' && way.path !== 'auto';
      if (isStuck)
        return {
          ...known,
          ...way,
          group: 'by-hand',
          why: `no release here that upgrades itself is ${minimum} or newer`,
        };
      return { ...known, ...way, group, why: whyOf(mine, group) };
    });
  });
}

/** Servers below by group, those counted anew that wait for what does not come by itself. */
function groupsOf(minimums: Minimums, below: readonly AdvisedServer[]): Readonly<Record<Group, number>> {
  const counts = { ...minimums.groups } as Record<Group, number>;
  const byHand = new Set(below.filter(({ group }) => group === 'by-hand').map(({ server }) => server));
  for (const { hostName, group } of minimums.servers) {
    if (group !== 'upgrading' || !byHand.has(hostName)) continue;
    counts.upgrading -= 1;
    counts['by-hand'] += 1;
  }
  return counts;
}

interface Standing {
  readonly server: string;
  readonly component: Component;
  readonly version: string;
  readonly minimum: string;
  readonly group: Group;
}

function wayOf(
  { server, component, version, minimum, group }: Standing,
  newest: ReadonlyMap<Component, string>,
  at: EpochMs,
  { left, bridges }: Pick<PksStatus, 'left' | 'bridges'>,
): Pick<AdvisedServer, 'path' | 'reasons'> {
  const client = left.find((each) => each.component === component && sameHost(each.claimedHostName, server));
  if (group === 'on-pks' && client?.needsSwingMigration === true) return { path: 'swing', reasons: ['bridge-refuses'] };
  const signed = bridges.find((each) => each.component === component && each.isAvailable);
  const latest = newest.get(component);
  return ownPath({
    ...{ version, minimum, on: utcDate(at), channel: group === 'on-pks' ? 'PKS' : 'HUS' },
    state: group === 'opted-out' ? 'Disabled' : group === 'failed' ? 'Suspended' : 'Enabled',
    ...(signed === undefined ? {} : { bridge: { from: signed.upgradesFrom ?? '0.0', to: signed.version } }),
    ...(latest === undefined ? {} : { newestAutoUpgrade: latest }),
  });
}

/** Every component of every agent that is not below. */
function fleetServers(
  { agents }: WholeFleet,
  newest: ReadonlyMap<Component, string>,
  isBehindSaid: boolean,
  now: EpochMs,
): readonly AdvisedServer[] {
  return agents
    .filter(({ state }) => state !== 'revoked')
    .flatMap((agent) => {
      const components = agent.autoUpgrade?.components ?? [
        { component: 'agent-updater' as const, version: agent.version },
      ];
      return components.map(({ component, version }): AdvisedServer => {
        const latest = newest.get(component);
        const known = { server: agent.hostName, component, version };
        const isBehind = isBehindSaid && latest !== undefined && compareReleases(version, latest) < 0;
        if (!isBehind) return { ...known, standing: isBehindSaid ? 'not-judged' : 'ok', why: '', reasons: [] };
        const group = groupOf(agent, now);
        const way = wayOf({ ...known, minimum: latest, group }, newest, now, { left: [], bridges: [] });
        return { ...known, standing: 'behind', group, why: behindWords[group], ...way };
      });
    });
}

function groupOf({ autoUpgrade, lastSeenAt }: FleetAgent, now: EpochMs): Group {
  if (lastSeenAt !== undefined && now - Date.parse(lastSeenAt) > silenceLimitMs) return 'not-seen';
  if (autoUpgrade?.state === 'Disabled') return 'opted-out';
  if (autoUpgrade?.channel === 'PKS') return 'on-pks';
  return autoUpgrade?.state === 'Suspended' ? 'failed' : 'upgrading';
}

const behindWords: Readonly<Record<Group, string>> = {
  'opted-out': 'auto-upgrade was switched off by a person',
  failed: 'auto-upgrade is suspended',
  'on-pks': 'still asks the retired PKS channel for upgrades',
  'not-seen': 'not seen for 30 days',
  'by-hand': 'installed by hand',
  upgrading: waitsItsTurn,
};

function pksServers({ left }: PksStatus): readonly AdvisedServer[] {
  return left.map(({ claimedHostName, component, claimedVersion, needsSwingMigration }) => ({
    ...{ server: claimedHostName, component, version: claimedVersion, standing: 'behind', group: 'on-pks' },
    ...{ why: behindWords['on-pks'], reasons: [], path: needsSwingMigration ? 'swing' : 'bridge' },
  }));
}

function sameHost(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function keyOf({ server, component }: { readonly server: string; readonly component: Component }): string {
  return `${server.toLowerCase()} ${component}`;
}
