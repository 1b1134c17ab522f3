/**
 * The bridge build holds itself against the Image repository before its host enrols (the way from PKS): what was fetched
 * over the retired channel must be a release that the Image keys name, and none that was recalled.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { hostPlatform } from '@springline/agent/upgrader/first-install';
import { lookAtRepositories } from '@springline/agent/upgrader/look';
import { fetchFirstRoot } from '@springline/agent/upgrader/repository-client';
import {
  beginTrust,
  knownRecalls,
  metadataStore,
  type RootPins,
  raiseReleaseNumberFloor,
} from '@springline/agent/upgrader/trust-store';
import { type ComponentFacts, parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import { components } from '@springline/auto-upgrade/release/target-path';
import { systemClock } from '@springline/ports/clock';
import { loadTrusted } from '@springline/tuf/client/refresh';
import { findTarget } from '@springline/tuf/find-target';
import { CommandError } from '../output.ts';

/** As long as an archive may be that a release packs. */
const archiveLimitBytes = 256 * 1024 * 1024;

/**
 * Nothing older than the bridge build is installed on the host afterwards.
 *
 * @throws {CommandError} `bridge-not-genuine`, `bridge-recalled`, `bridge-recalls-unknown`, in words. @throws {TrustError | RepositoryError}
 */
export async function requireGenuineBridge(
  plan: { readonly home: string; readonly url: string; readonly pins: RootPins; readonly archive: string },
  signal: AbortSignal,
): Promise<ComponentFacts> {
  const { home, url, pins, archive } = plan;
  const sha256 = await digestOf(archive);
  await beginTrust(home, pins, (repository) => fetchFirstRoot(url, repository));
  const installed = components.map((component) => {
    return { component, version: '0.0', sha256: '', releaseNumberFloor: 0, slot: 'b' as const };
  });
  const platform = hostPlatform();
  const now = systemClock.now();
  const { recalls } = await lookAtRepositories({ home, url, platform, installed }, 'install', now, signal);
  const facts = imageFacts(home, sha256, platform);
  if (facts === undefined) {
    throw new CommandError(
      `${archive} is no release for ${platform} that the Image repository names; nothing was enrolled. Let the old agent fetch the bridge again. (bridge-not-genuine)`,
    );
  }
  const recall = knownRecalls(home, facts.component).get(sha256);
  if (recall !== undefined) {
    throw new CommandError(
      `the bridge build ${facts.component} ${facts.version} was recalled: ${recall.reason}. Let the old agent fetch the bridge again. (bridge-recalled)`,
    );
  }
  // Without a statement, or by an old one, "not recalled" may only mean that the recall was kept back (rule S20).
  const standing = recalls.get(facts.component);
  if (standing === undefined || standing.refusal !== undefined) {
    const why = standing?.refusal?.message ?? 'nothing was said about it';
    throw new CommandError(
      `it is not known whether the bridge build ${facts.component} ${facts.version} was recalled: ${why}. Nothing was enrolled; try again once the Image repository says so. (bridge-recalls-unknown)`,
    );
  }
  raiseReleaseNumberFloor(home, facts.component, facts.releaseNumber);
  return facts;
}

/** What the Image repository says about a build, as the look before has verified and kept it. */
function imageFacts(home: string, sha256: string, platform: string): ComponentFacts | undefined {
  const { targets, delegated } = loadTrusted({ store: metadataStore(home, 'image'), now: systemClock.now() });
  if (targets === undefined) return undefined;
  for (const { targets: listed } of delegated.values()) {
    for (const { path, hashes } of listed.values()) {
      if (hashes.get('sha256') !== sha256) continue;
      // By the role that is trusted with the path, and by no other that lists it as well.
      const found = findTarget({ targets, delegated, refused: new Map() }, path)?.target;
      if (found?.hashes.get('sha256') !== sha256) continue;
      const facts = parseReleaseFacts(path, found.custom);
      if (facts.kind === 'component' && facts.platform === platform) return facts;
    }
  }
  return undefined;
}

/** @throws {CommandError} exit code 2 when it cannot be read or is longer than any archive. */
async function digestOf(archive: string): Promise<string> {
  try {
    const { size } = statSync(archive);
    if (size > archiveLimitBytes) throw new Error(`it is longer than ${archiveLimitBytes} bytes`);
    const hash = createHash('sha256');
    for await (const part of createReadStream(archive)) hash.update(part as Uint8Array);
    return hash.digest('hex');
  } catch (cause) {
    throw new CommandError(`the bridge build ${archive} cannot be read: ${(cause as Error).message}`, 2, { cause });
  }
}
