/**
 * A look at both repositories: the whole TUF workflow on each, then the choice. What is verified is kept on disk step
 * by step, also when a later step fails (rule S6). Imports nothing from npm.
 */
import { type Choice, chooseReleases } from '@springline/auto-upgrade/upgrader/choose-release';
import type { EpochMs } from '@springline/ports/clock';
import { refreshRepository, type TrustedRepository } from '@springline/tuf/client/refresh';
import type { Job, Look } from './job.ts';
import { metadataFetcher } from './repository-client.ts';
import { metadataStore, noteAgreedPair, type RepositoryName } from './trust-store.ts';

/** @throws {TrustError} when anything is not as signed; @throws {RepositoryError} when a repository does not answer. */
export async function lookAtRepositories(
  { home, url, platform, installed }: Pick<Job, 'home' | 'url' | 'platform' | 'installed'>,
  purpose: 'install' | 'upgrade',
  now: EpochMs,
  signal: AbortSignal,
): Promise<{ readonly choice: Choice; readonly look: Look }> {
  const refresh = async (repository: RepositoryName): Promise<TrustedRepository> => {
    const store = metadataStore(home, repository);
    const trusted = await refreshRepository({ store, fetch: metadataFetcher(url, repository), now }, signal);
    requireLoopback(trusted, url);
    return trusted;
  };
  const image = await refresh('image');
  const director = await refresh('director');
  const choice = chooseReleases({ image: image.targets, director: director.targets }, installed, platform, purpose);
  noteAgreedPair(home, { image: image.timestamp.version, director: director.timestamp.version });
  const look = {
    offers: choice.offers.map(({ component, target: { facts, sha256 } }) => ({
      component,
      version: facts.version,
      releaseNumber: facts.releaseNumber,
      sha256,
    })),
    refusals: choice.refusals,
    directorExpires: director.timestamp.expires,
    directorVersion: director.timestamp.version,
    imageVersion: image.timestamp.version,
  };
  return { choice, look };
}

/** The repositories are as signed, and must not be used from here. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly code = 'development-root';
}

/** Keys of a development profile lie on the machine that serves them: nobody may install by them over a network (S5). */
function requireLoopback({ root }: TrustedRepository, url: string): void {
  if (root.extra.get('x-springline-profile') !== 'development') return;
  if (/^\[?(localhost|127(\.\d+){3}|::1)\]?$/.test(new URL(url).hostname)) return;
  throw new ProfileError(
    `${url} serves a repository with development keys, which count on the same machine only. Make keys of another profile.`,
  );
}
