/**
 * A look at both repositories: the whole TUF workflow on each, then what was recalled, then the choice. What is verified
 * is kept on disk step by step, also when a later step fails (rule S6). Imports nothing from npm.
 */
import { type Choice, chooseReleases, newestOffers } from '@springline/auto-upgrade/upgrader/choose-release';
import { type RecallStanding, recallsOf } from '@springline/auto-upgrade/upgrader/recall';
import type { EpochMs } from '@springline/ports/clock';
import { scenarioField } from '@springline/ports/scenario';
import { refreshRepository, type TrustedRepository } from '@springline/tuf/client/refresh';
import { TrustError } from '@springline/tuf/error';
import { isScenarioHost } from '../scenario.ts';
import type { Job, Look } from './job.ts';
import { metadataFetcher } from './repository-client.ts';
import { knownRecalls, metadataStore, noteAgreedPair, noteRecalls, type RepositoryName } from './trust-store.ts';
import { noteTime, trustedTime } from './trusted-clock.ts';

/**
 * @param systemNow what the clock of the host says; judged is by no earlier time than what was signed before (S7).
 * @throws {TrustError} when anything is not as signed; @throws {RepositoryError} when a repository does not answer.
 */
export async function lookAtRepositories(
  { home, url, platform, installed }: Pick<Job, 'home' | 'url' | 'platform' | 'installed'>,
  purpose: 'install' | 'upgrade',
  systemNow: EpochMs,
  signal: AbortSignal,
): Promise<{
  readonly choice: Choice;
  readonly look: Look;
  /** By component. */
  readonly recalls: ReadonlyMap<string, RecallStanding>;
}> {
  const refresh = (repository: RepositoryName) => refreshInTime({ home, url, repository }, systemNow, signal);
  const image = await refresh('image');
  const director = await refresh('director');
  const { now, signedNow } = trustedTime(home, systemNow);
  const recalls = new Map(
    installed.map(({ component }) => {
      const standing = recallsOf(image, component, knownRecalls(home, component), now);
      noteRecalls(home, component, standing.builds);
      return [component, standing];
    }),
  );
  const choice = chooseReleases({ image, director: director.targets }, installed, platform, purpose, recalls);
  noteAgreedPair(home, { image: image.timestamp.version, director: director.timestamp.version });
  const { refusals, exposed, policy } = choice;
  const look: Look = {
    offers: newestOffers(choice.offers).map(({ component, target: { facts, sha256 } }) => ({
      component,
      version: facts.version,
      releaseNumber: facts.releaseNumber,
      sha256,
    })),
    refusals,
    exposed,
    ...(policy === undefined ? {} : { policy }),
    decisions: [],
    directorExpires: director.timestamp.expires,
    directorVersion: director.timestamp.version,
    imageVersion: image.timestamp.version,
    now,
    ...(signedNow === undefined ? {} : { signedNow }),
  };
  return { choice, look, recalls };
}

/**
 * Judged by the best time that is known. When a root took a role's keys away that had signed a time far ahead (5.3.11),
 * that time is gone, and what it had made look expired is judged once more.
 */
async function refreshInTime(
  { home, url, repository }: { readonly home: string; readonly url: string; readonly repository: RepositoryName },
  systemNow: EpochMs,
  signal: AbortSignal,
): Promise<TrustedRepository> {
  const store = metadataStore(home, repository);
  // The Director delegates nothing: what it names, it names itself.
  const followsDelegations = repository === 'image';
  for (let isFirst = true; ; isFirst = false) {
    const { now } = trustedTime(home, systemNow);
    try {
      const fetch = metadataFetcher(url, repository);
      const trusted = await refreshRepository({ store, fetch, now, followsDelegations }, signal);
      noteTime(home);
      requireUsable(trusted, home, url);
      return trusted;
    } catch (error) {
      noteTime(home);
      const isExpired = error instanceof TrustError && error.code === 'metadata-expired';
      if (!isFirst || !isExpired || trustedTime(home, systemNow).now >= now) throw error;
    }
  }
}

/** The repositories are as signed, and must not be used from here. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly code: 'development-root' | 'scenario-root';

  constructor(code: ProfileError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Example builds stay with the hosts of their scenario. Keys of a development profile lie on the machine that serves them:
 * nobody may install by them over a network (S5).
 */
function requireUsable({ root }: TrustedRepository, home: string, url: string): void {
  const scenario = root.extra.get(scenarioField);
  if (scenario !== undefined && !isScenarioHost(home)) {
    throw new ProfileError(
      'scenario-root',
      `${url} serves the example builds of the scenario ${String(scenario).slice(0, 100)}, which no other host installs.`,
    );
  }
  if (root.extra.get('x-springline-profile') !== 'development') return;
  if (/^\[?(localhost|127(\.\d+){3}|::1)\]?$/.test(new URL(url).hostname)) return;
  throw new ProfileError(
    'development-root',
    `${url} serves a repository with development keys, which count on the same machine only. Make keys of another profile.`,
  );
}
