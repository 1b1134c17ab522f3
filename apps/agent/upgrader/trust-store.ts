/**
 * What this host trusts, on disk (`<home>/agent/trust/`): the verified metadata of both repositories, the roots that it
 * was enrolled with, the pair of timestamps behind the last decision, the highest release number that was kept of each
 * component, and every build that was ever recalled. In no slot and no backup: nothing here falls when a build is rolled back (rules S6, S9).
 * Imports nothing from npm.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecalls, recallsJson } from '@springline/auto-upgrade/release/recall-statement';
import type { Recalls } from '@springline/auto-upgrade/upgrader/recall';
import { syncFolder, writeFileAtomic } from '@springline/ports/files';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { type MetadataStore, trustInitialRoot } from '@springline/tuf/client/refresh';
import { TrustError } from '@springline/tuf/error';
import { agentHome } from '../home.ts';

export type RepositoryName = 'image' | 'director';
export const repositoryNames: readonly RepositoryName[] = ['image', 'director'];

/** SHA-256 of the first root metadata of each repository, hex. */
export type RootPins = Readonly<Record<RepositoryName, string>>;

export function metadataStore(home: string, repository: RepositoryName): MetadataStore {
  const folder = join(agentHome(home).trust, repository);
  return {
    read: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined),
    write: (name, bytes) => writeFileAtomic(join(folder, name), bytes, 0o600),
    remove: (name) => {
      if (!existsSync(join(folder, name))) return;
      rmSync(join(folder, name));
      syncFolder(folder);
    },
  };
}

const pinsFile = (home: string): string => join(agentHome(home).trust, 'pins.json');

/** @throws {TrustError} `trust-store-damaged` */
export function trustedPins(home: string): RootPins | undefined {
  if (!existsSync(pinsFile(home))) return undefined;
  const { image, director } = readFields(pinsFile(home));
  return { image: String(image), director: String(director) };
}

/**
 * Begins to trust both repositories by their first roots, which must have the pinned hashes. Does nothing when this
 * host began with the same ones before.
 *
 * @throws {TrustError} `pin-mismatch`; nothing is written then.
 */
export async function beginTrust(
  home: string,
  pins: RootPins,
  fetchRoot: (repository: RepositoryName) => Promise<Uint8Array>,
): Promise<void> {
  const known = trustedPins(home);
  if (known !== undefined) {
    if (known.image === pins.image && known.director === pins.director) return;
    throw new TrustError(
      'pin-mismatch',
      `this host trusts other repositories already. If yours were made anew, move ${agentHome(home).trust} away and install again.`,
    );
  }
  const roots = new Map<RepositoryName, Uint8Array>();
  for (const repository of repositoryNames) {
    const bytes = await fetchRoot(repository);
    if (createHash('sha256').update(bytes).digest('hex') !== pins[repository]) {
      throw new TrustError('pin-mismatch', `the first root of the ${repository} repository is not the pinned one`);
    }
    roots.set(repository, bytes);
  }
  for (const [repository, bytes] of roots) trustInitialRoot(metadataStore(home, repository), bytes, pins[repository]);
  writeFileAtomic(pinsFile(home), `${JSON.stringify(pins)}\n`, 0o600);
}

const floorsFile = (home: string): string => join(agentHome(home).trust, 'releases.json');

/** Highest release number kept, by component. @throws {TrustError} `trust-store-damaged` */
export function releaseNumberFloors(home: string): ReadonlyMap<string, number> {
  if (!existsSync(floorsFile(home))) return new Map();
  return new Map(
    Object.entries(readFields(floorsFile(home))).filter((entry): entry is [string, number] =>
      Number.isSafeInteger(entry[1]),
    ),
  );
}

function readFields(path: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8'))) as Record<string, unknown>;
  } catch (cause) {
    // Written atomically, so no kill did this. To go on as if nothing were known would let what was refused come back.
    throw new TrustError('trust-store-damaged', `${path} cannot be read`, { cause });
  }
}

export function raiseReleaseNumberFloor(home: string, component: string, releaseNumber: number): void {
  const floors = new Map(releaseNumberFloors(home));
  if ((floors.get(component) ?? 0) >= releaseNumber) return;
  floors.set(component, releaseNumber);
  writeFileAtomic(floorsFile(home), `${JSON.stringify(Object.fromEntries(floors))}\n`, 0o600);
}

const recallsFile = (home: string): string => join(agentHome(home).trust, 'recalls.json');

/** What this host was ever told to be recalled of a component. @throws {TrustError} `trust-store-damaged` */
export function knownRecalls(home: string, component: string): Recalls {
  const fields = existsSync(recallsFile(home)) ? readFields(recallsFile(home)) : {};
  const stored = Object.hasOwn(fields, component) ? fields[component] : undefined;
  if (stored === undefined) return new Map();
  try {
    const builds = parseRecalls(component, stored as JsonValue);
    return new Map(builds.map((build) => [build.sha256, build]));
  } catch (cause) {
    throw new TrustError('trust-store-damaged', `${recallsFile(home)} cannot be read`, { cause });
  }
}

/** Notes what is recalled of a component; `recalls` holds all that was known. */
export function noteRecalls(home: string, component: string, recalls: Recalls): void {
  const fields = existsSync(recallsFile(home)) ? readFields(recallsFile(home)) : {};
  const next = recallsJson(component, [...recalls.values()]);
  if (recalls.size === 0 || JSON.stringify(fields[component]) === JSON.stringify(next)) return;
  writeFileAtomic(recallsFile(home), `${JSON.stringify({ ...fields, [component]: next })}\n`, 0o600);
}

/** Notes which metadata of both repositories the last decision was made from, as one step. */
export function noteAgreedPair(home: string, pair: Readonly<Record<RepositoryName, number>>): void {
  writeFileAtomic(join(agentHome(home).trust, 'agreed.json'), `${JSON.stringify(pair)}\n`, 0o600);
}
