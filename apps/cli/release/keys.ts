/**
 * Makes the keys of a home and the first roots, and tells of them what is public.
 *
 * Order, so that a kill at any point is finished by the next run: `unfinished.json`, passphrase, key files, roots,
 * `profile.json` (from here on the keys are in use and never made again), then the tree. Only keys that an
 * unfinished run left are taken up; keys of unknown origin are never used and never overwritten.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type EpochMs, systemClock } from '@springline/ports/clock';
import { syncFolder, writeFileAtomic } from '@springline/ports/files';
import { type Random, systemRandom } from '@springline/ports/random';
import { scenarioField } from '@springline/ports/scenario';
import { ed25519Signer } from '@springline/tuf/key';
import type { RoleKeys } from '@springline/tuf/metadata/threshold';
import { makeRoot, type RolePlan, readPublished } from '@springline/tuf/repository/publish';
import { imageRoles } from './delegations.ts';
import { KeyError } from './error.ts';
import { firstRoot, readOwnMetadata } from './first-root.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';
import { KeyRing } from './key-ring.ts';
import type { ReleaseLock } from './lock.ts';
import { type Profile, type ProfileName, profileField, profileText, readProfile, requireAvailable } from './profile.ts';
import { type KeysHome, keysHome, type RepositoryName, repositories, roles, treeFolder } from './roles.ts';
import { livesMs } from './schedule.ts';

export interface KeysWorld {
  readonly clock: Clock;
  readonly random: Random;
}

export const realWorld: KeysWorld = { clock: systemClock, random: systemRandom };
const passphraseBytes = 32;

/** Whether the home has finished keys, keys that a killed run left, or none. */
export type KeysState = 'finished' | 'unfinished' | 'none';

/** @throws {KeyError} `keys-incomplete` when keys lie there that no run of ours left unfinished. */
export function keysState(home: string): KeysState {
  const keys = keysHome(home);
  if (readProfile(keys) !== undefined) return 'finished';
  if (existsSync(keys.unfinished)) return 'unfinished';
  const stray = keyFiles(keys).find((path) => existsSync(path));
  if (stray === undefined) return 'none';
  throw new KeyError(
    'keys-incomplete',
    `${stray} lies there without ${keys.profile}. Restore the whole folder from your copy, or choose another --home.`,
  );
}

/**
 * Makes what is missing of the keys and their roots; does nothing when they are finished. The caller signs the tree.
 *
 * @param scenario marks the roots as those of a scenario: no other home will take what they sign.
 */
export async function makeKeys(
  lock: ReleaseLock,
  profile: ProfileName,
  world: KeysWorld = realWorld,
  ring = new KeyRing(lock.home),
  scenario?: string,
): Promise<KeysState> {
  requireAvailable(profile);
  const keys = keysHome(lock.home);
  const before = keysState(lock.home);
  if (before === 'finished') {
    rmSync(keys.unfinished, { force: true }); // A kill came right before this.
    return before;
  }
  if (before === 'none') refuseStrangers(lock.home);
  mkdirSync(keys.folder, { recursive: true, mode: 0o700 });
  if (before === 'none') writeFileAtomic(keys.unfinished, profileText({ profile, createdAt: instant(world) }), 0o600);
  if (!existsSync(keys.passphrase)) {
    const passphrase = Buffer.from(world.random.bytes(passphraseBytes)).toString('base64url');
    writeFileAtomic(keys.passphrase, `${passphrase}\n`, 0o600);
  }
  await makeRoleKeys(keys, allRoles(), ring, world.random);
  const extra = { [profileField]: profile, ...(scenario === undefined ? {} : { [scenarioField]: scenario }) };
  for (const repository of repositories) await makeFirstRoot(keys, ring, repository, extra, world.clock.now());
  lock.confirm();
  writeFileAtomic(keys.profile, profileText({ profile, createdAt: instant(world) }), 0o600);
  rmSync(keys.unfinished, { force: true });
  syncFolder(keys.folder);
  return before;
}

/** New keys beside repositories that others have signed would be a stranger's: no agent would ever take them. */
function refuseStrangers(home: string): void {
  const tree = treeFolder(home);
  if (!repositories.some((repository) => existsSync(join(tree, repository, 'metadata', '1.root.json')))) return;
  throw new KeyError(
    'keys-lost',
    `the keys of ${home} are gone, and ${tree} was signed with them. Restore ${keysHome(home).folder} from your copy. Without a copy, move ${tree} and ${join(home, 'agent', 'trust')} away and start again: new keys are made, and agents elsewhere must be installed anew.`,
  );
}

/**
 * Makes the keys of Image roles that have none: of a home from before there were such roles, or of a component that is
 * published for the first time. A key that the repository names already is lost when its file is not there.
 *
 * @throws {KeyError} `keys-missing` in a profile whose keys several people hold.
 */
export async function makeMissingKeys(lock: ReleaseLock, names: readonly string[], ring: KeyRing): Promise<void> {
  const keys = keysHome(lock.home);
  const missing = names.filter((name) => !existsSync(keys.key('image', name)));
  if (missing.length === 0) return;
  if (requireKeys(lock.home).profile !== 'development') {
    throw new KeyError('keys-missing', `${keys.folder} has no key for the Image role ${missing[0]}.`);
  }
  const wanted = missing.map((role) => ({ repository: 'image', role }) as const);
  await makeRoleKeys(keys, wanted, ring, realWorld.random);
  syncFolder(keys.folder);
}

interface KeyName {
  readonly repository: RepositoryName;
  readonly role: string;
}

function allRoles(): readonly KeyName[] {
  const top = repositories.flatMap((repository) => roles.map((role) => ({ repository, role })));
  return [...top, ...imageRoles().map(({ name }) => ({ repository: 'image' as const, role: name }))];
}

async function makeRoleKeys(keys: KeysHome, names: readonly KeyName[], ring: KeyRing, random: Random): Promise<void> {
  const passphrase = readFileSync(keys.passphrase, 'utf8').trim();
  const make = async ({ repository, role }: KeyName): Promise<void> => {
    const path = keys.key(repository, role);
    if (existsSync(path)) return;
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = ed25519Signer(privateKey);
    await writeKeyFile(path, { repository, role, keyId: signer.keyId }, privateKey, passphrase, random);
    ring.adopt(repository, role, signer);
  };
  await Promise.all(names.map(make));
}

async function makeFirstRoot(
  keys: KeysHome,
  ring: KeyRing,
  repository: RepositoryName,
  extra: Readonly<Record<string, string>>,
  now: EpochMs,
): Promise<void> {
  if (existsSync(keys.root(repository))) return;
  const plans = {
    root: plan(keys, repository, 'root'),
    targets: plan(keys, repository, 'targets'),
    snapshot: plan(keys, repository, 'snapshot'),
    timestamp: plan(keys, repository, 'timestamp'),
  };
  const expires = (now + livesMs[repository].root) as EpochMs;
  const root = makeRoot({ version: 1, roles: plans, expires, now, extra }, [await ring.signer(repository, 'root')]);
  writeFileAtomic(keys.root(repository), root.bytes, 0o644);
}

/** One key, threshold 1: the development profile. */
export function plan(keys: KeysHome, repository: RepositoryName, role: string): RolePlan {
  const { publicKey } = readKeyFile(keys.key(repository, role));
  return { keys: [{ keytype: 'ed25519', scheme: 'ed25519', public: publicKey }], threshold: 1 };
}

/** Every file with key material, in the order in which they are made. */
export function keyFiles(keys: KeysHome): readonly string[] {
  return [keys.passphrase, ...allRoles().map(({ repository, role }) => keys.key(repository, role))];
}

export interface KeysView {
  readonly profile: ProfileName;
  readonly createdAt: string;
  readonly repositories: readonly {
    readonly repository: RepositoryName;
    /** SHA-256 of the first root's bytes: what agents pin. */
    readonly rootSha256: string;
    readonly rootVersion: number;
    readonly roles: readonly {
      /** One of the four, or a delegated one. */
      readonly role: string;
      readonly keyIds: readonly string[];
      readonly threshold: number;
      /** RFC 3339; of what was signed last. */
      readonly expires: string | undefined;
    }[];
  }[];
}

/** The profile of a home's finished keys. @throws {KeyError} `keys-missing`. */
export function requireKeys(home: string): Profile {
  const profile = readProfile(keysHome(home));
  if (profile !== undefined) return profile;
  throw new KeyError('keys-missing', `${home} has no keys. Make them with: springline keys init --home ${home}`);
}

/** What is public about the keys of a home. @throws {KeyError} `keys-missing`. @throws {PublishError} `release-tree-damaged`. */
export function showKeys(home: string): KeysView {
  const keys = keysHome(home);
  const profile = requireKeys(home);
  return {
    ...profile,
    repositories: repositories.map((repository) => {
      const first = firstRoot(keys, repository);
      const { root, ...rest } = readPublished((name) => readOwnMetadata(home, repository, name));
      const expiries = {
        root: root.expires,
        targets: rest.targets?.expires,
        snapshot: rest.snapshot?.expires,
        timestamp: rest.timestamp?.expires,
      };
      return {
        repository,
        rootSha256: createHash('sha256').update(first).digest('hex'),
        rootVersion: root.version,
        roles: [
          ...roles.map((role) => ({ role, ...keysOf(root.roles[role], expiries[role]) })),
          ...(rest.targets?.delegations?.roles ?? []).map((role) => ({
            role: role.name,
            ...keysOf(role, rest.delegated.get(role.name)?.expires),
          })),
        ],
      };
    }),
  };
}

function keysOf({ keyIds, threshold }: RoleKeys, expires: EpochMs | undefined) {
  return {
    keyIds: [...keyIds],
    threshold,
    expires: expires === undefined ? undefined : new Date(expires).toISOString(),
  };
}

function instant({ clock }: KeysWorld): string {
  return new Date(clock.now()).toISOString();
}
