/**
 * Makes the bridge answers of the retired PKS channel, on the release side: one file per component, which names the
 * release that is its bridge and is signed by the targets keys of the Image repository. The control plane only passes it
 * on; every answer is verified here as a client would, before it is written.
 *
 * A component's first answer is a person's decision, noted beside the keys. From then on its answer follows what is
 * published and recalled, wherever the key can be opened; where it cannot, `pks status` says that somebody has to sign.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BridgeAnswer,
  type BridgeArchive,
  bridgeAnswerLimitBytes,
  signBridgeAnswer,
  verifyBridgeAnswer,
} from '@springline/auto-upgrade/pks-bridge/answer';
import { type BridgeCandidate, bridgeBuilds } from '@springline/auto-upgrade/pks-bridge/bridge-release';
import { PksError } from '@springline/auto-upgrade/pks-bridge/error';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import { type Clock, systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Root } from '@springline/tuf/metadata/root';
import { CommandError } from '../output.ts';
import { type Release, releasesIn } from '../release/catalogue.ts';
import { imageTargets, recallsIn } from '../release/delegations.ts';
import { firstRoot } from '../release/first-root.ts';
import { KeyRing } from '../release/key-ring.ts';
import { requireKeys } from '../release/keys.ts';
import { asOnlyWriter } from '../release/lock.ts';
import { readPlainFile } from '../release/plain-file.ts';
import { keysHome } from '../release/roles.ts';
import { type Repositories, readRepositories } from '../release/sign.ts';
import { versionFieldLimit } from '../release/statement.ts';
import { readSignedBridge, type SignedBridge, writeSignedBridge } from './signed-bridges.ts';

export interface SignRequest {
  /** Default: every component that is published. */
  readonly components?: readonly string[];
  /** Builds below it are told to be replaced by hand; `none`: no build is. Default: as it was signed before. */
  readonly upgradesFrom?: string;
}

export interface PlannedBridge {
  readonly answer: BridgeAnswer;
  readonly file: string;
  /** The file says this already, signed by keys that count. */
  readonly isSigned: boolean;
}

/** A component whose answer names something else than it should, and why. */
export interface UnsignedBridge {
  readonly component: Component;
  readonly reason: string;
}

/** What came of signing again by itself. */
export interface FollowedBridges {
  readonly signed: readonly BridgeAnswer[];
  readonly unsigned: readonly UnsignedBridge[];
}

/**
 * What would be signed; writes nothing and opens no key.
 *
 * @throws {KeyError} without keys. @throws {CommandError} when a component has no release that can be a bridge.
 */
export function planBridges(home: string, request: SignRequest, clock: Clock = systemClock): readonly PlannedBridge[] {
  requireKeys(home);
  const { upgradesFrom } = request;
  if (upgradesFrom !== undefined && upgradesFrom !== 'none') requireVersion(upgradesFrom);
  const world = worldOf(home, readRepositories(home), clock);
  const published = components.filter((component) => bridgeBuilds(component, world.builds).length > 0);
  const wanted = request.components ?? published;
  if (wanted.length === 0)
    throw new CommandError('nothing is published yet. Publish first: springline release publish');
  return wanted.map((name) => {
    const component = published.find((other) => other === name);
    if (component === undefined) {
      throw new CommandError(
        `${name} has no release that could be a bridge. There are releases of ${published.join(', ') || 'nothing'}.`,
      );
    }
    return planned(world, component, upgradesFrom);
  });
}

function requireVersion(upgradesFrom: string): void {
  if (Math.max(...parseVersion(upgradesFrom).fields) <= versionFieldLimit) return;
  throw new CommandError(`${upgradesFrom} has a number above ${versionFieldLimit}, which nobody could be shown`);
}

/** Signs what is not signed yet; gives all. @throws as `planBridges`, and {KeyError} when a key cannot be opened. */
export async function signBridges(
  home: string,
  request: SignRequest,
  clock: Clock = systemClock,
): Promise<readonly PlannedBridge[]> {
  requireKeys(home);
  return asOnlyWriter(home, async () => {
    const bridges = planBridges(home, request, clock);
    const { root } = readRepositories(home).image;
    const ring = new KeyRing(home);
    for (const bridge of bridges) {
      // A key that cannot be opened leaves no word about what was not signed.
      if (!bridge.isSigned) await ring.signer('image', 'targets');
      writeSignedBridge(home, bridge.answer.component, bridge.answer);
      if (!bridge.isSigned) await sign(bridge, root, ring);
    }
    return bridges;
  });
}

/**
 * Signs again what was signed before and is not what the bridge is now. Opens a key only then, and fails for nothing:
 * what was published or recalled stays so. The caller holds the lock of the home.
 */
export async function followBridges(home: string, ring: KeyRing, clock: Clock): Promise<FollowedBridges> {
  const signed: BridgeAnswer[] = [];
  const unsigned: UnsignedBridge[] = [];
  if (keptOf(home).length === 0) return { signed, unsigned };
  const { world, due } = dueBridges(home, clock);
  for (const next of due) {
    try {
      if (next.bridge === undefined) throw new CommandError(next.reason);
      await sign(next.bridge, world.root, ring);
      signed.push(next.bridge.answer);
    } catch (error) {
      unsigned.push({ component: next.component, reason: (error as Error).message });
    }
  }
  return { signed, unsigned };
}

/** Answers that name something else than they should, as of now. Writes nothing and opens no key. */
export function unsignedBridges(home: string, clock: Clock = systemClock): readonly UnsignedBridge[] {
  if (keptOf(home).length === 0) return [];
  return dueBridges(home, clock).due.map(({ component, reason }) => ({ component, reason }));
}

interface DueBridge extends UnsignedBridge {
  /** What to sign; absent where nothing can be signed without a person. */
  readonly bridge?: PlannedBridge;
}

function dueBridges(home: string, clock: Clock): { readonly world: World; readonly due: readonly DueBridge[] } {
  const world = worldOf(home, readRepositories(home), clock);
  const due = keptOf(home).flatMap((component): readonly DueBridge[] => {
    try {
      return dueBridge(world, component);
    } catch (error) {
      // What lies in the way of one component holds up no other.
      return [{ component, reason: (error as Error).message }];
    }
  });
  return { world, due };
}

function dueBridge(world: World, component: Component): readonly DueBridge[] {
  const file = world.file(component);
  // Signed well or not, and for what build: nobody here wants it to go on.
  if (world.wanted(component) === undefined) {
    return [{ component, reason: `nobody signed it with these keys. Sign it, or delete ${file}` }];
  }
  const { kind } = readPlainFile(file, bridgeAnswerLimitBytes);
  // An answer that nobody of ours signed is for people to look at.
  if (kind !== 'absent' && world.known(component) === undefined) {
    return [{ component, reason: 'its answer is damaged, or of other keys' }];
  }
  if (bridgeBuilds(component, world.builds).length === 0) {
    return [{ component, reason: 'it has no release any more that could be a bridge' }];
  }
  const bridge = planned(world, component, undefined);
  const reason = kind === 'absent' ? 'its answer is not there' : 'its answer names another release';
  return bridge.isSigned ? [] : [{ component, reason, bridge }];
}

/** Components that have an answer, or should, whatever it says. */
function keptOf(home: string): readonly Component[] {
  return components.filter((component) =>
    [bridgeFile(home, component), join(keysHome(home).pksBridges, `${component}.json`)].some((file) =>
      existsSync(file),
    ),
  );
}

/** What is published, and what was signed about it. */
interface World {
  readonly root: Root;
  readonly imageRoot: string;
  readonly signedAt: string;
  readonly builds: readonly (BridgeCandidate & { readonly release: Release })[];
  file(component: Component): string;
  /** What people said who signed it; undefined where nobody did. */
  wanted(component: Component): SignedBridge | undefined;
  /** The answer that is signed by keys that count. */
  known(component: Component): BridgeAnswer | undefined;
}

function worldOf(home: string, { image }: Repositories, clock: Clock): World {
  const recalled = new Set([...recallsIn(image).values()].flat().map(({ sha256 }) => sha256));
  const { root } = image;
  const imageRoot = createHash('sha256')
    .update(firstRoot(keysHome(home), 'image'))
    .digest('hex');
  const file = (component: Component): string => bridgeFile(home, component);
  return {
    ...{ root, imageRoot, file },
    signedAt: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
    builds: releasesIn(imageTargets(image)).map((release) => candidateOf(release, recalled)),
    wanted: (component) => readSignedBridge(home, component),
    known: (component) => signedBefore(file(component), { root, imageRoot, component }),
  };
}

function candidateOf(release: Release, recalled: ReadonlySet<string>) {
  const { target, facts } = release;
  const { component, platform, releaseNumber } = facts;
  const sha256 = target.hashes.get('sha256') ?? '';
  return {
    ...{ component, platform, releaseNumber, sha256, release },
    isForDownload: facts.channel.download,
    isRecalled: recalled.has(sha256),
    isDeliberatelyBroken: facts.deliberatelyBroken !== undefined,
  };
}

/** For a component that has a bridge. */
function planned(world: World, component: Component, wanted: string | undefined): PlannedBridge {
  const { signedAt, imageRoot } = world;
  const releases = bridgeBuilds(component, world.builds).map(({ release }) => release);
  const { version, releaseNumber } = releases[0]!.facts;
  const known = world.known(component);
  const said = wanted === undefined ? world.wanted(component)?.upgradesFrom : wanted;
  const upgradesFrom = said === 'none' ? undefined : said;
  const answer: BridgeAnswer = {
    ...{ component, version, releaseNumber, signedAt, imageRoot, archives: releases.map(archiveOf) },
    ...(upgradesFrom === undefined ? {} : { upgradesFrom }),
  };
  const isSigned = known !== undefined && isSame(known, answer);
  return { answer: isSigned ? known : answer, file: world.file(component), isSigned };
}

async function sign({ answer, file }: PlannedBridge, root: Root, ring: KeyRing): Promise<void> {
  const bytes = signBridgeAnswer(answer, [await ring.signer('image', 'targets')]);
  const { imageRoot, component } = answer;
  verifyBridgeAnswer(bytes, { root, imageRoot, component });
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileAtomic(file, bytes, 0o600);
}

/** `<home>/control-plane/pks/<component>.json`. */
function bridgeFile(home: string, component: Component): string {
  return join(home, 'control-plane', 'pks', `${component}.json`);
}

function archiveOf({ target, facts }: Release): BridgeArchive {
  // Parsing has made sure that there is exactly one full file.
  const { path, length, sha256 } = facts.transports.find(({ kind }) => kind === 'full')!;
  const digest = target.hashes.get('sha256');
  if (digest === undefined) throw new CommandError(`${target.path} is published without a SHA-256; publish it again`);
  return {
    platform: facts.platform,
    path: target.path,
    length: target.length,
    sha256: digest,
    transport: { path, length, sha256 },
  };
}

/** Undefined when there is no answer yet, or one that clients would not take. */
function signedBefore(
  file: string,
  trust: { readonly root: Root; readonly imageRoot: string; readonly component: Component },
): BridgeAnswer | undefined {
  const found = readPlainFile(file, bridgeAnswerLimitBytes);
  if (found.kind !== 'read') return undefined;
  try {
    return verifyBridgeAnswer(found.bytes, trust);
  } catch (error) {
    if (error instanceof PksError) return undefined;
    throw error;
  }
}

/** The same but for the time of signing. */
function isSame(a: BridgeAnswer, b: BridgeAnswer): boolean {
  const text = ({ signedAt: _, archives, upgradesFrom, ...rest }: BridgeAnswer): string =>
    JSON.stringify([
      Object.entries(rest).sort(([first], [second]) => (first < second ? -1 : 1)),
      upgradesFrom,
      archives.map(({ platform, path, length, sha256, transport }) => [
        ...[platform, path, length, sha256],
        ...[transport.path, transport.length, transport.sha256],
      ]),
    ]);
  return text(a) === text(b);
}
