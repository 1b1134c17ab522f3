/**
 * Which releases this host may install, from two verified repositories and what runs here. The Director names paths;
 * every fact about a release comes from the entry of the same path in the Image role that is named for its component,
 * and only when both entries agree (rule S3). What is refused is given back with its code and never merely skipped.
 * Which of the candidates it should install, and when, is decided elsewhere.
 */

import type { EpochMs } from '@springline/ports/clock';
import { agreedTarget } from '@springline/tuf/agreement';
import { TrustError } from '@springline/tuf/error';
import { findTarget, type TargetSources } from '@springline/tuf/find-target';
import type { TargetFile, Targets } from '@springline/tuf/metadata/targets';
import { ReleaseError } from '../release/error.ts';
import { type ComponentFacts, parseReleaseFacts, type RuntimeFacts } from '../release/release-facts.ts';
import { type ComponentTarget, parseTargetPath } from '../release/target-path.ts';
import { compareVersions, parseVersion } from '../release/version.ts';
import { policyTargetPath } from '../rollout/policy.ts';
import type { RecallStanding } from './recall.ts';

/** A component as it runs here; `undefined` parts when it was never installed. */
export interface Installed {
  readonly component: string;
  readonly version: string;
  readonly sha256: string;
  /** The highest release number that was ever kept here; it never falls, also not by a roll back. */
  readonly releaseNumberFloor: number;
}

export interface VerifiedTarget<Facts> {
  readonly path: string;
  readonly length: number;
  /** SHA-256 of the uncompressed tar, hex: the name of a build. */
  readonly sha256: string;
  readonly facts: Facts;
}

export interface Offer {
  readonly component: string;
  readonly target: VerifiedTarget<ComponentFacts>;
  readonly runtime: VerifiedTarget<RuntimeFacts>;
}

export interface Refusal {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A build that runs here and was recalled. */
export interface Exposure {
  readonly component: string;
  readonly version: string;
  readonly sha256: string;
  readonly reason: string;
  /** `running`: it should be left as soon as there is a release with a higher number. */
  readonly stop: 'new' | 'running';
}

/** A target that the Director alone names: its policy. */
export interface PolicyTarget {
  /** Bytes. */
  readonly length: number;
  readonly sha256: string;
}

export interface Choice {
  /** All releases that may be installed; those of one component stand together, the highest release number first. */
  readonly offers: readonly Offer[];
  readonly refusals: readonly Refusal[];
  /** Components whose running build is one that the Director names. */
  readonly current: readonly string[];
  readonly exposed: readonly Exposure[];
  /** Every version that the Director names for this platform, by component; also those that are refused. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  readonly policy?: PolicyTarget;
}

/** Whoever signs half a million lies gets an answer to the first of them. */
const refusalLimit = 100;
/** Of one component: more than an Image repository keeps. */
const candidateLimit = 128;
const namedLimit = 1_024;
/** A floor leaves hosts at least this long (rule S27). */
const shortestNoticeMs = 7 * 24 * 60 * 60 * 1000;

/** The Director named something that this host must not install. `code` is stable. */
class ChoiceError extends Error {
  override readonly name = 'ChoiceError';
  readonly code: string;

  /** @param code its own, or that of a refused recall role. */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Both repositories, verified. The Director delegates nothing. */
export interface Repositories {
  readonly image: TargetSources;
  readonly director: Pick<Targets, 'targets'>;
}

/**
 * What is for download only is among the offers: whether it is taken is decided elsewhere.
 *
 * @param purpose `install`: the first time; nothing is installed yet.
 * @param recalls by component; without one nothing of the component is installed.
 */
export function chooseReleases(
  repositories: Repositories,
  installed: readonly Installed[],
  platform: string,
  purpose: 'install' | 'upgrade',
  recalls: ReadonlyMap<string, RecallStanding>,
): Choice {
  const offers: Offer[] = [];
  const refusals: Refusal[] = [];
  const current: string[] = [];
  const named = new Map<string, string[]>();
  const older: { readonly offer: Offer; readonly running: Installed }[] = [];
  let policy: PolicyTarget | undefined;
  const refuse = (path: string, { code, message }: { code: string; message: string }): void => {
    if (refusals.length < refusalLimit) refusals.push({ path, code, message });
  };
  for (const [path, wanted] of repositories.director.targets) {
    try {
      if (path === policyTargetPath) {
        policy = { length: wanted.length, sha256: sha256Of(wanted) };
        continue;
      }
      const place = parseTargetPath(path);
      if (place === undefined) throw new ChoiceError('unknown-target-path', `${path} is no path of a release`);
      if (place.kind !== 'component' || place.platform !== platform) continue;
      const running = installed.find(({ component }) => component === place.component);
      if (running === undefined) continue;
      note(named, place);
      const offer = offerFor(repositories, place, path);
      if (offer.target.sha256 === running.sha256) {
        current.push(place.component);
        continue;
      }
      const standing = recalls.get(place.component);
      if (isBeforeRecalled(offer, running, standing)) continue;
      if (isOlder(offer, running)) {
        older.push({ offer, running });
        continue;
      }
      requireInstallable(offer, running, purpose, standing);
      const tooSoon = floorTooSoon(offer);
      if (tooSoon !== undefined) refuse(path, { code: 'floor-too-soon', message: tooSoon });
      offers.push(tooSoon === undefined ? offer : withoutFloor(offer));
    } catch (error) {
      if (!(error instanceof TrustError || error instanceof ReleaseError || error instanceof ChoiceError)) throw error;
      refuse(path, error);
    }
  }
  for (const { offer, running } of older) {
    const { component, target } = offer;
    // Beside the build that runs here, or a newer one, it is for hosts that a rollout brings to it.
    const isBeside = current.includes(component) || offers.some((each) => each.component === component);
    if (!isBeside) refuse(target.path, numberFell(offer, running));
  }
  const exposed = exposures(installed, recalls);
  return { offers: inOrder(offers), refusals, current, exposed, named, ...(policy === undefined ? {} : { policy }) };
}

function note(named: Map<string, string[]>, { component, version }: ComponentTarget): void {
  const versions = named.get(component) ?? [];
  if (versions.length < namedLimit) versions.push(version);
  named.set(component, versions);
}

/** The offer with the highest release number of each component. */
export function newestOffers(offers: readonly Offer[]): readonly Offer[] {
  return [...Map.groupBy(inOrder(offers), ({ component }) => component).values()].map(([first]) => first!);
}

/** As much of an offer as a policy is asked about. */
export interface Candidate {
  readonly component: string;
  readonly target: Pick<VerifiedTarget<ComponentFacts>, 'sha256' | 'facts'>;
}

/** What a policy may judge a candidate by: facts of its Image entry alone. */
export function candidateFacts({ target: { sha256, facts } }: Candidate) {
  const { component, version, releaseNumber, platform, maxRampPpmPerHour, channel, floor } = facts;
  return {
    ...{ component, version, releaseNumber, platform, sha256, maxRampPpmPerHour, channel },
    publishedAt: Date.parse(facts.publishedAt) as EpochMs,
    ...(floor === undefined ? {} : { floor: { below: floor.below, from: Date.parse(floor.from) as EpochMs } }),
  };
}

function inOrder(offers: readonly Offer[]): readonly Offer[] {
  return [...Map.groupBy(offers, ({ component }) => component).values()].flatMap((ofOne) =>
    ofOne.toSorted((a, b) => b.target.facts.releaseNumber - a.target.facts.releaseNumber).slice(0, candidateLimit),
  );
}

function exposures(installed: readonly Installed[], recalls: ReadonlyMap<string, RecallStanding>): readonly Exposure[] {
  return installed.flatMap(({ component, version, sha256 }) => {
    const recalled = recalls.get(component)?.builds.get(sha256);
    return recalled === undefined ? [] : [{ component, version, sha256, reason: recalled.reason, stop: recalled.stop }];
  });
}

function offerFor(repositories: Repositories, { component }: ComponentTarget, path: string): Offer {
  const target = verified(repositories, path, 'component', component);
  return { component, target, runtime: verified(repositories, target.facts.runtime, 'runtime', 'runtime') };
}

/** @param role the Image role that may vouch for it. */
function verified<Kind extends 'component' | 'runtime'>(
  { image, director }: Repositories,
  path: string,
  kind: Kind,
  role: string,
): VerifiedTarget<Extract<ComponentFacts | RuntimeFacts, { readonly kind: Kind }>> {
  const found = findTarget(image, path);
  if (found !== undefined && found.role !== role) {
    throw new TrustError('wrong-role', `${path} is listed by the role ${found.role}, and only ${role} may`);
  }
  const target = agreedTarget(found?.target, director.targets.get(path), path);
  const facts = parseReleaseFacts(path, target.custom);
  if (facts.kind !== kind) throw new ReleaseError('malformed-release-facts', `${path} is no ${kind}`);
  return {
    path,
    length: target.length,
    sha256: sha256Of(target),
    facts: facts as Extract<ComponentFacts | RuntimeFacts, { readonly kind: Kind }>,
  };
}

function sha256Of({ path, hashes }: TargetFile): string {
  const sha256 = hashes.get('sha256');
  if (sha256 === undefined) throw new TrustError('missing-hash', `${path} has no SHA-256`);
  return sha256;
}

/**
 * After a recall the Director names the release before it, for new installations. To a host that runs the recalled build
 * that is no offer and no lie either.
 */
function isBeforeRecalled({ target }: Offer, running: Installed, recalls: RecallStanding | undefined): boolean {
  if (recalls === undefined || !recalls.builds.has(running.sha256) || recalls.builds.has(target.sha256)) return false;
  return target.facts.releaseNumber <= running.releaseNumberFloor;
}

function isOlder({ target: { facts } }: Offer, running: Installed): boolean {
  const isBelow = compareVersions(parseVersion(facts.version), parseVersion(running.version)) < 0;
  return isBelow && facts.releaseNumber <= running.releaseNumberFloor;
}

function numberFell({ component, target: { facts } }: Offer, { releaseNumberFloor }: Installed): ChoiceError {
  const { version, releaseNumber } = facts;
  return new ChoiceError(
    'release-number-fell',
    `${component} ${version} has release number ${releaseNumber}; ${releaseNumberFloor} was installed here before`,
  );
}

function requireInstallable(
  offer: Offer,
  running: Installed,
  purpose: 'install' | 'upgrade',
  recalls: RecallStanding | undefined,
): void {
  const { component, target } = offer;
  const { version, releaseNumber } = target.facts;
  const recalled = recalls?.builds.get(target.sha256);
  if (recalled !== undefined) {
    throw new ChoiceError('recalled', `${component} ${version} was recalled: ${recalled.reason}`);
  }
  if (releaseNumber <= running.releaseNumberFloor) throw numberFell(offer, running);
  // A host that is to leave its build does so for any release with a higher number.
  const mustLeave = recalls?.builds.get(running.sha256)?.stop === 'running';
  const isNewer = compareVersions(parseVersion(version), parseVersion(running.version)) > 0;
  if (purpose === 'upgrade' && !isNewer && !mustLeave) {
    throw new ChoiceError(
      'version-fell',
      `${component} ${version} is not newer than ${running.version}, which runs here`,
    );
  }
  const refusal = recalls === undefined ? noStatement : recalls.refusal;
  if (refusal !== undefined) throw new ChoiceError(refusal.code, refusal.message);
}

const noStatement = { code: 'recall-missing', message: 'nothing is known of what was recalled' };

function floorTooSoon({ component, target: { facts } }: Offer): string | undefined {
  const { floor, publishedAt, version } = facts;
  if (floor === undefined || Date.parse(floor.from) - Date.parse(publishedAt) >= shortestNoticeMs) return undefined;
  return `${component} ${version} was published less than 7 days before its floor, which is passed over`;
}

function withoutFloor(offer: Offer): Offer {
  const { floor: _, ...facts } = offer.target.facts;
  return { ...offer, target: { ...offer.target, facts } };
}
