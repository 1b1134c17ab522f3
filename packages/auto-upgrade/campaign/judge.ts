/**
 * Who is on the minimum, who is below it, and why. Facts in, a judgement out; "not yet announced" is neither.
 *
 * Each installation below has exactly one group, that of what must be got out of the way first: a server that is not
 * heard from can be told nothing; a person's opt-out holds on every channel; on PKS nothing arrives but the bridge,
 * whatever was tried there; only then does it matter that an attempt failed.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Component } from '../release/target-path.ts';
import type { CampaignRevision, Effect, Minimum } from './campaign.ts';
import { daysLeft, utcDate } from './deadline.ts';
import { decisive, effectNow, type ImageFloor } from './floor.ts';
import { reaches } from './parse.ts';

/** One component on one host. */
export interface Installation {
  readonly agentId?: string;
  readonly tenant: string;
  readonly hostName: string;
  readonly component: Component;
  readonly version: string;
  /** Disabled: a person opted out. Suspended: not eligible at the moment. */
  readonly state: 'Enabled' | 'Disabled' | 'Suspended';
  readonly channel: 'HUS' | 'PKS' | 'bridged';
  readonly lastSeenAt?: EpochMs;
  /** Of the last upgrade: `Success`, `UpgradeAborted…`, … */
  readonly lastResult?: string;
  readonly bornAt?: EpochMs;
  /** Since when a release that satisfies the minimum could be had here, less the time in which it was held back. */
  readonly offeredSince?: EpochMs;
  /** What does its work now. Such an installation counts as moved and is not judged. */
  readonly movedTo?: Component;
  /** Who is to be asked about it. */
  readonly owner?: string;
  /** `recorded`: known from a list and not from an agent. */
  readonly source: 'agent' | 'recorded';
}

export type Standing = 'ok' | 'below' | 'not-judged';

/** In the order in which they are shown. `by-hand`: nothing stands in the way, but nothing that upgrades itself helps. */
export const groups = ['opted-out', 'failed', 'on-pks', 'not-seen', 'by-hand', 'upgrading'] as const;
export type Group = (typeof groups)[number];

export interface Judgement {
  readonly component: Component;
  readonly standing: Standing;
  /** Of those below, and only of those. */
  readonly group?: Group;
  readonly effect: Effect | 'none';
  /** A sentence for people. */
  readonly why: string;
  /** 0 on the last day, negative afterwards. */
  readonly daysLeft: number;
}

/** Why a server is below that nothing stands in the way of. */
export const waitsItsTurn = 'waits for its turn';

/** An agent that was silent for longer is not seen: holidays are shorter, and certificates last longer. */
export const silenceLimitMs = 30 * 86_400_000;

/** Results after which nobody needs to act. */
export const passingResults: ReadonlySet<string> = new Set([
  'Success',
  'UpgradeAbortedHalted',
  'UpgradeAbortedInterrupted',
]);

export interface JudgeOptions {
  /** Judge as this component, which the installation carries. Its own by default. */
  readonly as?: Component;
  /** Signed floors by the component that is compared. */
  readonly floors?: ReadonlyMap<Component, ImageFloor>;
}

/** Never throws: a version that cannot be read is not judged, and says so. */
export function judge(
  revision: CampaignRevision,
  installation: Installation,
  now: EpochMs,
  options: JudgeOptions = {},
): Judgement {
  const component = options.as ?? installation.component;
  const minimum = revision.minimums.find((each) => each.component === component);
  const common = { component, daysLeft: daysLeft(revision.deadline, now) };
  const notJudged = (why: string): Judgement => ({ ...common, standing: 'not-judged', effect: 'none', why });
  if (minimum === undefined) return notJudged('no minimum speaks of this component');
  if (installation.movedTo !== undefined) return notJudged(`moved to ${installation.movedTo}`);
  const wanted = comparedWith(minimum, installation);
  if (wanted === undefined) return notJudged('the minimum is not yet announced');
  if (wanted === 'other-numbers') return notJudged('the minimum is given in the numbers of what carries it');
  const isReached = reaches(installation.version, wanted.version);
  if (isReached === undefined) return notJudged('its version cannot be read');
  if (isReached) {
    const why = `${installation.version} is ${wanted.version} or newer`;
    return { ...common, standing: 'ok', effect: 'none', why };
  }
  const { offeredSince } = installation;
  const floor = options.floors?.get(wanted.component);
  const facts = {
    ...{ installedVersion: installation.version, endsAt: revision.deadline.endsAt },
    ...(offeredSince === undefined ? {} : { offeredSince }),
    ...(floor === undefined ? {} : { floor }),
  };
  const { group, why } = groupOf(minimum, installation, now);
  return { ...common, standing: 'below', group, effect: effectNow(minimum, facts, now), why };
}

/**
 * A carrier is compared with the carrier's minimum; the component itself, where nothing carries it, with its own. A minimum
 * may be given in the carrier's numbers: those say nothing about the component's own.
 */
function comparedWith(minimum: Minimum, { component }: Installation): ReturnType<typeof decisive> | 'other-numbers' {
  const { version, carriedBy } = minimum;
  if (version === undefined || carriedBy === undefined || component !== minimum.component) return decisive(minimum);
  return version === carriedBy.version ? 'other-numbers' : { component, version };
}

function groupOf(minimum: Minimum, installation: Installation, now: EpochMs): { group: Group; why: string } {
  const { lastSeenAt, lastResult, state, channel } = installation;
  if (isSilent(installation, now)) {
    return { group: 'not-seen', why: lastSeenAt === undefined ? 'never seen' : `last seen on ${utcDate(lastSeenAt)}` };
  }
  if (state === 'Disabled') return { group: 'opted-out', why: 'auto-upgrade was switched off by a person' };
  if (channel === 'PKS') return { group: 'on-pks', why: 'still asks the retired PKS channel for upgrades' };
  if (lastResult !== undefined && !passingResults.has(lastResult)) return { group: 'failed', why: lastResult };
  if (state === 'Suspended') return { group: 'failed', why: 'auto-upgrade is suspended: the host is not eligible' };
  if (minimum.byHand) return { group: 'by-hand', why: 'no release that upgrades itself brings it: install it by hand' };
  return { group: 'upgrading', why: waitsItsTurn };
}

/** A recorded installation without a date says nothing about silence. */
function isSilent({ lastSeenAt, bornAt, source }: Installation, now: EpochMs): boolean {
  const heard = lastSeenAt ?? bornAt;
  return heard === undefined ? source === 'agent' : now - heard > silenceLimitMs;
}
