/**
 * Which releases this host should install, from two verified sets of targets and what runs here. The Director names
 * paths; every fact about a release comes from the Image entry of the same path, and only when both entries agree
 * (rule S3). What is refused is given back with its code and never merely skipped.
 */
import { agreedTarget } from '@springline/tuf/agreement';
import { TrustError } from '@springline/tuf/error';
import type { TargetFile, Targets } from '@springline/tuf/metadata/targets';
import { ReleaseError } from '../release/error.ts';
import { type ComponentFacts, parseReleaseFacts, type RuntimeFacts } from '../release/release-facts.ts';
import { type ComponentTarget, parseTargetPath } from '../release/target-path.ts';
import { compareVersions, parseVersion } from '../release/version.ts';

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

export interface Choice {
  readonly offers: readonly Offer[];
  readonly refusals: readonly Refusal[];
  /** Components whose running build is the one that the Director names. */
  readonly current: readonly string[];
}

/** Whoever signs half a million lies gets an answer to the first of them. */
const refusalLimit = 100;

/** The Director named something that this host must not install. `code` is stable. */
class ChoiceError extends Error {
  override readonly name = 'ChoiceError';
  readonly code: 'release-number-fell' | 'version-fell' | 'not-for-auto-upgrade' | 'unknown-target-path';

  constructor(code: ChoiceError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * @param purpose `install`: the first time, also releases that are for download only; nothing is installed yet.
 */
export function chooseReleases(
  { image, director }: { readonly image: Targets; readonly director: Targets },
  installed: readonly Installed[],
  platform: string,
  purpose: 'install' | 'upgrade',
): Choice {
  const offers = new Map<string, Offer>();
  const refusals: Refusal[] = [];
  const current: string[] = [];
  for (const path of director.targets.keys()) {
    try {
      const named = parseTargetPath(path);
      if (named === undefined) throw new ChoiceError('unknown-target-path', `${path} is no path of a release`);
      if (named.kind !== 'component' || named.platform !== platform) continue;
      const running = installed.find(({ component }) => component === named.component);
      if (running === undefined) continue;
      const offer = offerFor({ image, director }, named, path);
      if (offer.target.sha256 === running.sha256) current.push(named.component);
      else {
        requireNewer(offer, running, purpose);
        const other = offers.get(named.component);
        const number = offer.target.facts.releaseNumber;
        if (other === undefined || other.target.facts.releaseNumber < number) offers.set(named.component, offer);
      }
    } catch (error) {
      if (!(error instanceof TrustError || error instanceof ReleaseError || error instanceof ChoiceError)) throw error;
      if (refusals.length < refusalLimit) refusals.push({ path, code: error.code, message: error.message });
    }
  }
  return { offers: [...offers.values()], refusals, current };
}

function offerFor(
  repositories: { readonly image: Targets; readonly director: Targets },
  { component }: ComponentTarget,
  path: string,
): Offer {
  const target = verified(repositories, path, 'component');
  return { component, target, runtime: verified(repositories, target.facts.runtime, 'runtime') };
}

function verified<Kind extends 'component' | 'runtime'>(
  { image, director }: { readonly image: Targets; readonly director: Targets },
  path: string,
  kind: Kind,
): VerifiedTarget<Extract<ComponentFacts | RuntimeFacts, { readonly kind: Kind }>> {
  const target = agreedTarget(image, director, path);
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

function requireNewer({ component, target }: Offer, running: Installed, purpose: 'install' | 'upgrade'): void {
  const { version, releaseNumber, channel } = target.facts;
  if (releaseNumber <= running.releaseNumberFloor) {
    throw new ChoiceError(
      'release-number-fell',
      `${component} ${version} has release number ${releaseNumber}; ${running.releaseNumberFloor} was installed here before`,
    );
  }
  if (purpose === 'install') return;
  if (compareVersions(parseVersion(version), parseVersion(running.version)) <= 0) {
    throw new ChoiceError(
      'version-fell',
      `${component} ${version} is not newer than ${running.version}, which runs here`,
    );
  }
  if (!channel.autoUpgrade) {
    throw new ChoiceError('not-for-auto-upgrade', `${component} ${version} is for download only`);
  }
}
