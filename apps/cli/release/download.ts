/**
 * Fetches a release as an agent would and checks it the same way: both repositories whole, agreement, recalls, length and
 * digest of the archive. What is refused is not written. Trust begins with pins and is kept nowhere.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { agentHome } from '@springline/agent/home';
import { lookAtRepositories } from '@springline/agent/upgrader/look';
import { downloadTransport, fetchFirstRoot } from '@springline/agent/upgrader/repository-client';
import { beginTrust, type RootPins } from '@springline/agent/upgrader/trust-store';
import { compareReleases } from '@springline/auto-upgrade/history/history';
import { decompressFull } from '@springline/auto-upgrade/release/transport';
import type { Offer } from '@springline/auto-upgrade/upgrader/choose-release';
import { systemClock } from '@springline/ports/clock';
import { CommandError } from '../output.ts';

export interface DownloadPlan {
  readonly url: string;
  readonly pins: RootPins;
  readonly component: string;
  readonly platform: string;
  /** Absent: the newest that the Director names. */
  readonly version?: string;
}

export interface FoundRelease {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly platform: string;
  /** Of the archive. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly publishedAt: string;
  readonly notes?: string;
}

/** Looks, and gives `use` the release with a way to bring it. @throws {CommandError} {TrustError} {RepositoryError} */
export async function withVerifiedRelease<T>(
  plan: DownloadPlan,
  use: (
    found: FoundRelease,
    bring: (file: string, progress: (bytes: number, total: number) => void) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const { url, pins, component, platform } = plan;
  const home = mkdtempSync(join(tmpdir(), 'springline-download-'));
  try {
    mkdirSync(agentHome(home).folder, { recursive: true, mode: 0o700 });
    await beginTrust(home, pins, (repository) => fetchFirstRoot(url, repository));
    const installed = [{ component, version: '0.0', sha256: '', releaseNumberFloor: 0, slot: 'b' as const }];
    const signal = new AbortController().signal;
    const now = systemClock.now();
    const { choice } = await lookAtRepositories({ home, url, platform, installed }, 'install', now, signal);
    const offer = wanted(plan, choice.offers, choice.refusals);
    return await use(viewOf(offer), (file, progress) => bring(home, url, offer, file, progress));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function wanted(
  { component, platform, version }: DownloadPlan,
  offers: readonly Offer[],
  refusals: readonly { readonly path: string; readonly code: string; readonly message: string }[],
): Offer {
  const found = offers.find(
    ({ target }) => version === undefined || compareReleases(target.facts.version, version) === 0,
  );
  if (found !== undefined) return found;
  const [refusal] = refusals.filter(({ path }) => path.startsWith(`${component}/`));
  if (refusal !== undefined) throw new CommandError(`${component} is refused: ${refusal.message} (${refusal.code})`);
  const named = offers.map(({ target }) => target.facts.version).join(', ');
  const what = version === undefined ? component : `${component} ${version}`;
  throw new CommandError(
    `the repositories name no ${what} for ${platform}${named === '' ? '' : `; they name ${named}`}`,
  );
}

async function bring(
  home: string,
  url: string,
  { target }: Offer,
  file: string,
  progress: (bytes: number, total: number) => void,
): Promise<void> {
  const full = target.facts.transports.find(({ kind }) => kind === 'full')!;
  const compressed = join(home, 'transport');
  const signal = new AbortController().signal;
  await downloadTransport(url, full, compressed, (bytes) => progress(bytes, full.length), signal);
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  const hash = createHash('sha256');
  let size = 0;
  try {
    const measured = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const bytes of source) {
        hash.update(bytes);
        size += bytes.length;
        yield bytes;
      }
    };
    const archive = decompressFull(createReadStream(compressed), target.length);
    await pipeline(archive, measured, createWriteStream(part, { flush: true }));
    if (size !== target.length || hash.digest('hex') !== target.sha256) {
      throw new CommandError(`${target.path} does not have its signed length and hash; nothing was written`);
    }
    renameSync(part, file);
  } finally {
    if (existsSync(part)) rmSync(part);
  }
}

function viewOf({ target: { facts, sha256, length } }: Offer): FoundRelease {
  const { component, version, releaseNumber, platform, publishedAt, notes } = facts;
  return {
    ...{ component, version, releaseNumber, platform, sha256, sizeBytes: length, publishedAt },
    ...(notes === undefined ? {} : { notes }),
  };
}
