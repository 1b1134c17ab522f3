/**
 * Which release an upgrade in place takes that an administrator of the host asked for by hand. It may go beyond what
 * auto-upgrade waits for: an opt-out, a pin, rings and ramps, windows and freezes, a release that is for download only.
 * It beats nothing that protects the host: both repositories were verified and agree before this file is asked, and a
 * recall, a halt, a release number that is not above all that was kept here, or a build that failed here, say no. Pure.
 */
import type { EpochMs } from '@springline/ports/clock';
import { parseTargetPath } from '../release/target-path.ts';
import { compareVersions, parseVersion } from '../release/version.ts';
import { type ReleaseFacts, rolloutOf } from '../rollout/decide.ts';
import { type HoldRule, holdReason } from '../rollout/hold-rule.ts';
import type { Rollout, RolloutPolicy } from '../rollout/policy.ts';
import { type Candidate, candidateFacts, type Installed, type Refusal } from './choose-release.ts';
import type { Recalls } from './recall.ts';

/** What was asked for. */
export interface ByHandWish {
  /** Absent: every component of the host. */
  readonly component?: string;
  /** Two to four numbers. Absent: the newest that may be downloaded. */
  readonly version?: string;
}

export interface ByHandFacts {
  readonly installed: Installed;
  /** Of the component: what both repositories agree on and is above what runs here, the highest number first. */
  readonly offers: readonly Candidate[];
  /** What the Director named and the host must not install, of any component. */
  readonly refusals: readonly Refusal[];
  /** Versions that the Director names for the component and this platform, also those that are refused. */
  readonly named: readonly string[];
  /** All that was ever recalled of the component. */
  readonly recalled: Recalls;
  readonly blocked: readonly { readonly sha256: string; readonly until: EpochMs }[];
}

/** Can be sent as JSON. */
export interface ByHandDecision {
  readonly component: string;
  /** What runs here. */
  readonly from: string;
  /** `none`: it runs already, or nothing newer is named. */
  readonly action: 'install' | 'none' | 'refuse';
  /** What it is about: what is taken, or was asked for. */
  readonly version?: string;
  readonly releaseNumber?: number;
  /** Of the archive. */
  readonly sha256?: string;
  /** Why not: a `HoldRule`, `not-named`, `not-for-download`, `release-number-fell`, or the code of another refusal. */
  readonly rule?: string;
  /** A sentence for people. */
  readonly reason?: string;
  /** Versions that can be named, the highest first. */
  readonly named: readonly string[];
}

const namedLimit = 32;
const reasonLimit = 500;

/**
 * One decision for each component, in the order of `facts`. Where a version was asked for without a component, those that
 * it does not fit are left out, unless it fits none.
 *
 * @throws {ReleaseError} `malformed-version`
 */
export function decideByHand(
  policy: RolloutPolicy | 'not-understood' | undefined,
  wish: ByHandWish,
  facts: readonly ByHandFacts[],
  now: EpochMs,
): readonly ByHandDecision[] {
  const decisions = facts
    .filter(({ installed }) => wish.component === undefined || installed.component === wish.component)
    .map((each) => decideOne(policy, wish.version, each, now));
  if (wish.component !== undefined || wish.version === undefined) return decisions;
  const fitting = decisions.filter(({ rule }) => rule !== 'not-named' && rule !== 'release-number-fell');
  return fitting.length === 0 ? decisions : fitting;
}

function decideOne(
  policy: RolloutPolicy | 'not-understood' | undefined,
  version: string | undefined,
  facts: ByHandFacts,
  now: EpochMs,
): ByHandDecision {
  const { installed, named } = facts;
  const about = {
    component: installed.component,
    from: installed.version,
    named: [...new Set(named)].sort((a, b) => compare(b, a)).slice(0, namedLimit),
  };
  const found = version === undefined ? newestFor(facts) : namedFor(policy, version, facts, about.named);
  if (found === undefined) return { ...about, action: 'none', version: version ?? installed.version };
  const no = 'rule' in found ? found : stopOf(policy, facts, found, now);
  if (no !== undefined) {
    return { ...about, action: 'refuse', ...no, reason: no.reason.slice(0, reasonLimit) };
  }
  const { version: to, releaseNumber, sha256 } = found as ReleaseFacts;
  return { ...about, action: 'install', version: to, releaseNumber, sha256 };
}

interface No {
  readonly version: string;
  readonly rule: string;
  readonly reason: string;
}

/** The newest that may be downloaded. What is said of a newer one that is refused counts only where there is no other. */
function newestFor({ installed, offers, refusals }: ByHandFacts): ReleaseFacts | No | undefined {
  const releases = offers.map(candidateFacts);
  const found = releases.find(({ channel }) => channel.download);
  if (found !== undefined) return found;
  const [other] = releases;
  if (other !== undefined) return notForDownload(other);
  const refused = refusals
    .flatMap((refusal) => {
      const version = versionIn(refusal, installed.component);
      return version !== undefined && compare(version, installed.version) > 0 ? [refusedAs(refusal, version)] : [];
    })
    .sort((a, b) => compare(b.version, a.version));
  return refused[0];
}

/** `undefined`: it is what runs here. */
function namedFor(
  policy: RolloutPolicy | 'not-understood' | undefined,
  version: string,
  { installed, offers, refusals, recalled }: ByHandFacts,
  named: readonly string[],
): ReleaseFacts | No | undefined {
  const { component } = installed;
  const offered = offers.map(candidateFacts).find((release) => compare(release.version, version) === 0);
  if (offered !== undefined) return offered.channel.download ? offered : notForDownload(offered);
  const called = [...recalled.values()].find((build) => compare(build.version, version) === 0);
  if (called !== undefined && called.sha256 !== installed.sha256) return stopped('recalled', version, called.reason);
  const order = compare(version, installed.version);
  if (order < 0) {
    const reason = `${component} ${version} is older than ${installed.version}, which runs here. No agent goes back to an older build.`;
    return { version, rule: 'release-number-fell', reason };
  }
  const refusal = refusals.find((each) => {
    const refused = versionIn(each, component);
    return refused !== undefined && compare(refused, version) === 0;
  });
  if (refusal !== undefined) return refusedAs(refusal, version);
  if (order === 0) return undefined;
  // A release whose rollout was stopped is mostly named no more.
  const rollouts = policy === undefined || policy === 'not-understood' ? [] : policy.rollouts;
  for (const rollout of rollouts) {
    const rule = stopRule(rollout.state);
    const isMeant = rollout.component === component && compare(rollout.version, version) === 0;
    if (isMeant && rule !== undefined) return stopped(rule, version, rollout.reason);
  }
  const list = named.length === 0 ? 'It names none.' : `It names ${named.join(', ')}.`;
  return {
    version,
    rule: 'not-named',
    reason: `The Director names no ${component} ${version} for this platform. ${list}`,
  };
}

/** What says no to a release that could be had. */
function stopOf(
  policy: RolloutPolicy | 'not-understood' | undefined,
  { blocked }: ByHandFacts,
  release: ReleaseFacts,
  now: EpochMs,
): No | undefined {
  const { version, sha256, recalled, maxRampPpmPerHour } = release;
  if (recalled !== undefined) return stopped('recalled', version, recalled.reason);
  // It may say that everything is halted.
  if (policy === 'not-understood') return stopped('policy-not-understood', version);
  if (policy?.isHalted === true) return stopped('policy-halted', version);
  const rollout = rolloutOf(policy, release);
  const rule = rollout === undefined ? undefined : stopRule(rollout.state);
  if (rule !== undefined) return stopped(rule, version, rollout?.reason);
  if (maxRampPpmPerHour === 0) return stopped('signed-ramp', version);
  const until = Math.max(0, ...blocked.filter((block) => block.sha256 === sha256).map((block) => block.until));
  if (now >= until) return undefined;
  const words = `It is blocked until ${new Date(until).toISOString()}; --retry-blocked tries it before.`;
  return { version, rule: 'blocked', reason: `${holdReason('blocked', version)} ${words}` };
}

function stopRule(state: Rollout['state']): 'rollout-halted' | 'rollout-aborted' | undefined {
  if (state === 'halted') return 'rollout-halted';
  return state === 'aborted' ? 'rollout-aborted' : undefined;
}

/** Whoever makes or rolls out the build stopped it. @param why what they said of it. */
function stopped(rule: HoldRule, version: string, why?: string): No {
  const words = holdReason(rule, version);
  const told = why === undefined || why === '' ? words : `${words.replace(/\.$/, '')}: ${why.replace(/\.$/, '')}.`;
  return { version, rule, reason: `${told} No upgrade by hand takes it.` };
}

function notForDownload({ version }: ReleaseFacts): No {
  return { version, rule: 'not-for-download', reason: `${version}: This build is not for download.` };
}

function refusedAs({ code, message }: Refusal, version: string): No {
  return { version, rule: code, reason: message };
}

/** Of a refused path, where it is one of the component. */
function versionIn({ path }: Refusal, component: string): string | undefined {
  const target = parseTargetPath(path);
  return target?.kind === 'component' && target.component === component ? target.version : undefined;
}

function compare(a: string, b: string): number {
  return compareVersions(parseVersion(a), parseVersion(b));
}
