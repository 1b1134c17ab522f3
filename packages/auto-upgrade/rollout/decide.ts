/**
 * Whether an agent installs something, what, and why not: one pure function for agent, server, portal and simulator. It
 * judges by a closed list of facts (`AgentFacts`) in which there is no host, domain or tenant (rule S21); the agent's id
 * feeds the bucket and nothing else. What is offered has been verified before; this file trusts nobody's signature.
 *
 * The order of the rules is the order in which a person should hear of them: first what no date will change.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Component, Platform } from '../release/target-path.ts';
import { compareVersions } from '../release/version.ts';
import { bucketPpm, million } from './bucket.ts';
import { type Floor, floorFrom } from './floor.ts';
import { type HoldRule, holdReason } from './hold-rule.ts';
import { knownVersion } from './known-version.ts';
import type { Freeze, Rollout, RolloutPolicy, RolloutRing } from './policy.ts';
import { ceilDivide, hourMs, openPpm, reachesAt } from './ramp.ts';
import { nextCommonOpening } from './window.ts';
import type { OwnWish, Wish } from './wish.ts';

/** What the Image repository says of a release, from an entry on which both repositories agree. */
export interface ReleaseFacts {
  readonly component: Component;
  readonly version: string;
  readonly releaseNumber: number;
  readonly platform: Platform;
  /** Of the archive, lower-case hex. */
  readonly sha256: string;
  readonly publishedAt: EpochMs;
  /** How fast it may spread at most, whatever a policy says; 1,000,000 is no limit, 0 lets nobody have it. */
  readonly maxRampPpmPerHour: number;
  readonly channel: { readonly download: boolean; readonly autoUpgrade: boolean };
  readonly floor?: Floor;
  readonly recalled?: { readonly reason: string };
}

/** The closed list of what a policy may judge by. */
export interface AgentFacts {
  /** UUID; feeds the bucket only. */
  readonly agentId: string;
  readonly component: Component;
  readonly platform: Platform;
  readonly installedVersion: string;
  readonly installedSha256: string;
  /** The highest release number that was ever kept here. */
  readonly releaseNumberFloor: number;
  readonly state: 'Enabled' | 'Disabled';
  /** The host's own choice; `broad` where it made none. */
  readonly ring: string;
  readonly role: 'active' | 'staging';
  /** Of the same component and platform. */
  readonly offered: readonly ReleaseFacts[];
  readonly blocked: readonly { readonly sha256: string; readonly until: EpochMs }[];
  /** The host's and the tenant's wishes, joined by `narrower`. */
  readonly wish: Wish;
  /** The host's consent file lets a floor act here. */
  readonly consentsToFloors: boolean;
  /** When the staging partner committed the newest build that it runs, and which. */
  readonly stagingCommittedAt?: EpochMs;
  readonly stagingCommittedSha256?: string;
}

export type { HoldRule } from './hold-rule.ts';

export type Decision =
  | { readonly action: 'install'; readonly release: ReleaseFacts; readonly rule: 'open' | 'floor' }
  /** Nothing changes before `notBefore`; at that instant this rule no longer holds, though another may. */
  | {
      readonly action: 'wait';
      readonly release: ReleaseFacts;
      readonly notBefore: EpochMs;
      readonly rule: HoldRule;
    }
  | { readonly action: 'hold'; readonly release?: ReleaseFacts; readonly rule: HoldRule; readonly reason: string };

/**
 * Newest first, the first release that may be installed is installed; else the earliest wait counts; else the newest
 * release's hold. So a halted release does not hide an older one that is complete and still newer than what runs.
 *
 * A floor (of the Image repository, consented to by the host, its date come) beats `Disabled`, `pinned`, the ring, its ramp
 * and `staging-first`. It does not beat a halt, an abort, a recall, a block, the ramp that Image itself signed, or the
 * dates and windows that the owner chose.
 *
 * @param policy `undefined`: the operator has none, and everything offered is open. `not-understood`: there is one that this
 * build could not read.
 * @throws {PolicyError} `malformed-agent-id`
 * @throws {ReleaseError} `malformed-version`
 */
export function decide(
  policy: RolloutPolicy | 'not-understood' | undefined,
  facts: AgentFacts,
  now: EpochMs,
): Decision {
  if (policy === 'not-understood') return hold('policy-not-understood');
  const candidates = candidatesOf(facts);
  const newest = candidates[0];
  if (newest === undefined) return hold('nothing-newer');
  if (policy?.isHalted === true) return hold('policy-halted', newest);
  let earliest: Extract<Decision, { action: 'wait' }> | undefined;
  let rule: HoldRule | undefined;
  for (const release of candidates) {
    const verdict = judge(policy, facts, release, now);
    if (verdict === 'open' || verdict === 'floor') return { action: 'install', release, rule: verdict };
    const { notBefore } = verdict;
    if (notBefore !== undefined && (earliest === undefined || notBefore < earliest.notBefore)) {
      earliest = { action: 'wait', release, notBefore, rule: verdict.rule };
    }
    rule ??= verdict.rule;
  }
  return earliest ?? hold(rule ?? 'nothing-newer', newest);
}

/** A no. Without `notBefore` it stays until a fact, a release or the policy changes. */
interface Held {
  readonly rule: HoldRule;
  readonly notBefore?: EpochMs | undefined;
}

function hold(rule: HoldRule, release?: ReleaseFacts): Decision {
  const reason = holdReason(rule, release?.version);
  return release === undefined ? { action: 'hold', rule, reason } : { action: 'hold', release, rule, reason };
}

/** Above what runs here and what ever ran here; newest first. */
function candidatesOf({ component, platform, installedVersion, releaseNumberFloor, offered }: AgentFacts) {
  const installed = knownVersion(installedVersion);
  const candidates = offered.filter(
    (release) =>
      release.component === component &&
      release.platform === platform &&
      release.releaseNumber > releaseNumberFloor &&
      compareVersions(knownVersion(release.version), installed) > 0,
  );
  return candidates.length < 2 ? candidates : candidates.sort((a, b) => b.releaseNumber - a.releaseNumber);
}

/** The first rule to say no wins. */
function judge(
  policy: RolloutPolicy | undefined,
  facts: AgentFacts,
  release: ReleaseFacts,
  now: EpochMs,
): Held | 'open' | 'floor' {
  if (release.recalled !== undefined) return { rule: 'recalled' };
  if (!release.channel.autoUpgrade) return { rule: 'not-for-auto-upgrade' };
  const rollout = rolloutOf(policy, release);
  if (policy !== undefined && rollout === undefined) return { rule: 'not-in-policy' };
  if (rollout?.state === 'halted') return { rule: 'rollout-halted' };
  if (rollout?.state === 'aborted') return { rule: 'rollout-aborted' };
  const turn = heldByTurn(rollout, facts, release, now);
  if (turn === undefined) return heldByDate(policy, facts, release, now) ?? 'open';
  const from = facts.consentsToFloors ? floorFrom(facts.offered, facts.installedVersion, release.version) : undefined;
  if (from === undefined) return turn;
  if (now >= from) return heldByDate(policy, facts, release, now) ?? 'floor';
  return { rule: turn.rule, notBefore: turn.notBefore !== undefined && turn.notBefore < from ? turn.notBefore : from };
}

/** The rollout that is about exactly this build. Policies name no build in two rollouts. */
export function rolloutOf(policy: RolloutPolicy | undefined, release: ReleaseFacts): Rollout | undefined {
  for (const rollout of policy?.rollouts ?? []) {
    const isNamed =
      rollout.releaseNumber === release.releaseNumber &&
      rollout.component === release.component &&
      rollout.targets.get(release.platform) === release.sha256 &&
      compareVersions(knownVersion(rollout.version), knownVersion(release.version)) === 0;
    if (isNamed) return rollout;
  }
  return undefined;
}

/** The rules that a floor beats: opting out, and waiting for one's turn. */
function heldByTurn(
  rollout: Rollout | undefined,
  facts: AgentFacts,
  release: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  const { wish } = facts;
  if (facts.state === 'Disabled' || wish.disabled === true) return { rule: 'Disabled' };
  if (wish.pin !== undefined && compareVersions(knownVersion(release.version), knownVersion(wish.pin)) > 0) {
    return { rule: 'pinned' };
  }
  return (
    (rollout === undefined ? undefined : heldByRing(rollout, facts, release, now)) ?? heldByStaging(facts, release, now)
  );
}

/**
 * A host is let in when its own ring and every ring that it is wished into let it in. So a wish for another ring can only
 * narrow, whatever the order in which a policy opens its rings.
 */
function heldByRing(rollout: Rollout, facts: AgentFacts, release: ReleaseFacts, now: EpochMs): Held | undefined {
  if (rollout.state === 'complete') return undefined;
  let held = heldInRing(rollout, facts.ring, facts, release, now);
  for (const { ring } of wishes(facts.wish)) {
    if (ring !== undefined) held = strictest(held, heldInRing(rollout, ring, facts, release, now));
  }
  return held;
}

/** Of two that say no: the one without an end, else the later one. */
function strictest(a: Held | undefined, b: Held | undefined): Held | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.notBefore === undefined || b.notBefore === undefined) return a.notBefore === undefined ? a : b;
  return a.notBefore >= b.notBefore ? a : b;
}

function heldInRing(
  { rings }: Rollout,
  name: string,
  facts: AgentFacts,
  release: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  for (const ring of rings) if (ring.name === name) return heldByShare(ring, facts, release, now);
  return { rule: 'ring-unknown' };
}

function heldByShare(
  ring: RolloutRing,
  { agentId }: AgentFacts,
  { sha256 }: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  if (ring.openedAt === undefined) return { rule: 'ring-not-open' };
  const open = openPpm(ring, now);
  if (open >= million) return undefined;
  const own = bucketPpm(sha256, ring.name, agentId);
  if (open > own) return undefined;
  return { rule: now < ring.openedAt ? 'ring-not-open' : 'ramp', notBefore: reachesAt(ring, own + 1) };
}

function wishes(wish: Wish): readonly OwnWish[] {
  return wish.also === undefined ? [wish] : [wish, ...wish.also];
}

function heldByStaging(
  { role, wish, stagingCommittedAt, stagingCommittedSha256 }: AgentFacts,
  release: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  if (wish.afterStagingSoakMs === undefined || role === 'staging') return undefined;
  if (stagingCommittedSha256 !== release.sha256 || stagingCommittedAt === undefined) return { rule: 'staging-first' };
  const notBefore = (stagingCommittedAt + wish.afterStagingSoakMs) as EpochMs;
  return now < notBefore ? { rule: 'staging-first', notBefore } : undefined;
}

/** The rules that a floor does not beat. */
function heldByDate(
  policy: RolloutPolicy | undefined,
  facts: AgentFacts,
  release: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  const { wish, blocked } = facts;
  return (
    heldBySignedRamp(facts, release, now) ??
    heldByBlock(blocked, release, now) ??
    (wish.notBefore !== undefined && now < wish.notBefore
      ? { rule: 'not-before', notBefore: wish.notBefore }
      : undefined) ??
    heldByFreeze(policy?.freezes, wish.freezes, now) ??
    heldByWindow(wish, now)
  );
}

/** By the agent's own ring, never by one of the policy's choice: the limit is Image's, against whoever writes policies. */
function heldBySignedRamp(
  { ring, agentId }: AgentFacts,
  { sha256, maxRampPpmPerHour, publishedAt }: ReleaseFacts,
  now: EpochMs,
): Held | undefined {
  if (maxRampPpmPerHour >= million) return undefined;
  if (maxRampPpmPerHour === 0) return { rule: 'signed-ramp' };
  const own = bucketPpm(sha256, ring, agentId);
  const notBefore = (publishedAt + ceilDivide((own + 1) * hourMs, maxRampPpmPerHour)) as EpochMs;
  return now < notBefore ? { rule: 'signed-ramp', notBefore } : undefined;
}

function heldByBlock(blocked: AgentFacts['blocked'], { sha256 }: ReleaseFacts, now: EpochMs): Held | undefined {
  let last: EpochMs | undefined;
  for (const block of blocked) {
    if (block.sha256 === sha256 && now < block.until && (last === undefined || block.until > last)) last = block.until;
  }
  return last === undefined ? undefined : { rule: 'blocked', notBefore: last };
}

/** Until the end of the freezes that follow each other without a gap. */
function heldByFreeze(
  ofPolicy: readonly Freeze[] = [],
  ofWish: readonly Freeze[] = [],
  now: EpochMs,
): Held | undefined {
  if (ofPolicy.length + ofWish.length === 0) return undefined;
  let end = now;
  for (let before = -1; before !== end; ) {
    before = end;
    for (const freezes of [ofPolicy, ofWish]) {
      for (const { from, until } of freezes) if (from <= end && end < until) end = until;
    }
  }
  return end === now ? undefined : { rule: 'freeze', notBefore: end };
}

function heldByWindow(wish: Wish, now: EpochMs): Held | undefined {
  if (wish.window === undefined && wish.also === undefined) return undefined;
  const groups = wishes(wish).flatMap(({ window }) => (window === undefined ? [] : [window]));
  const opening = nextCommonOpening(groups, now);
  return opening === now ? undefined : { rule: 'maintenance-window', notBefore: opening };
}
