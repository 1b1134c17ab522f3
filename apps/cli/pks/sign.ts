/**
 * Makes the bridge answers of the retired PKS channel, on the release side: one file per component, which names the
 * newest release and is signed by the targets keys of the Image repository. The control plane only passes it on; every
 * answer is verified here as a client would, before it is written.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BridgeAnswer,
  type BridgeArchive,
  bridgeAnswerLimitBytes,
  signBridgeAnswer,
  verifyBridgeAnswer,
} from '@springline/auto-upgrade/pks-bridge/answer';
import { PksError } from '@springline/auto-upgrade/pks-bridge/error';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import { type Clock, systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Root } from '@springline/tuf/metadata/root';
import { CommandError } from '../output.ts';
import { type Release, releasesIn, withoutRecalled } from '../release/catalogue.ts';
import { imageTargets, recallsIn } from '../release/delegations.ts';
import { KeyRing } from '../release/key-ring.ts';
import { firstRoot, requireKeys } from '../release/keys.ts';
import { keysHome } from '../release/roles.ts';
import { readRepositories } from '../release/sign.ts';

export interface SignRequest {
  /** Default: every component that is published. */
  readonly components?: readonly string[];
  /** Builds below it are told to be replaced by hand. */
  readonly upgradesFrom?: string;
}

export interface PlannedBridge {
  readonly answer: BridgeAnswer;
  readonly file: string;
  /** The file says this already, signed by keys that count. */
  readonly isSigned: boolean;
}

/**
 * What would be signed; writes nothing and opens no key.
 *
 * @throws {KeyError} without keys. @throws {CommandError} when a component has no release that can be a bridge.
 */
export function planBridges(home: string, request: SignRequest, clock: Clock = systemClock): readonly PlannedBridge[] {
  requireKeys(home);
  if (request.upgradesFrom !== undefined) parseVersion(request.upgradesFrom);
  const { image } = readRepositories(home);
  const recalled = new Set([...recallsIn(image).values()].flat().map(({ sha256 }) => sha256));
  const releases = withoutRecalled(releasesIn(imageTargets(image)), recalled).filter(canBridge);
  const published = [...new Set(releases.map(({ facts }) => facts.component))];
  const wanted = request.components ?? published;
  if (wanted.length === 0)
    throw new CommandError('nothing is published yet. Publish first: springline release publish');
  const imageRoot = createHash('sha256')
    .update(firstRoot(keysHome(home), 'image'))
    .digest('hex');
  const signedAt = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  return wanted.map((name) => {
    const component = published.find((other) => other === name);
    if (component === undefined) {
      throw new CommandError(
        `${name} has no release that could be a bridge. There are releases of ${published.join(', ') || 'nothing'}.`,
      );
    }
    const answer = {
      ...newestOf(component, releases),
      ...{ component, signedAt, imageRoot },
      ...(request.upgradesFrom === undefined ? {} : { upgradesFrom: request.upgradesFrom }),
    };
    const file = bridgeFile(home, component);
    const known = signedBefore(file, { root: image.root, imageRoot, component });
    const isSigned = known !== undefined && isSame(known, answer);
    return { answer: isSigned ? known : answer, file, isSigned };
  });
}

/** Signs what is not signed yet; gives all. @throws as `planBridges`, and {KeyError} when a key cannot be opened. */
export async function signBridges(
  home: string,
  request: SignRequest,
  clock: Clock = systemClock,
): Promise<readonly PlannedBridge[]> {
  const planned = planBridges(home, request, clock);
  const { root } = readRepositories(home).image;
  const ring = new KeyRing(home);
  for (const { answer, file, isSigned } of planned) {
    if (isSigned) continue;
    const bytes = signBridgeAnswer(answer, [await ring.signer('image', 'targets')]);
    const { imageRoot, component } = answer;
    verifyBridgeAnswer(bytes, { root, imageRoot, component });
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileAtomic(file, bytes, 0o600);
  }
  return planned;
}

/** `<home>/control-plane/pks/<component>.json`. */
function bridgeFile(home: string, component: Component): string {
  return join(home, 'control-plane', 'pks', `${component}.json`);
}

/** Not one that is broken on purpose, and not one that nobody may download. */
function canBridge({ facts }: Release): boolean {
  return facts.deliberatelyBroken === undefined && facts.channel.download;
}

/** The newest version, for every platform that it was built for. */
function newestOf(
  component: Component,
  releases: readonly Release[],
): Pick<BridgeAnswer, 'version' | 'releaseNumber' | 'archives'> {
  const own = releases.filter(({ facts }) => facts.component === component);
  const releaseNumber = Math.max(...own.map(({ facts }) => facts.releaseNumber));
  const newest = own.filter(({ facts }) => facts.releaseNumber === releaseNumber);
  return { version: newest[0]!.facts.version, releaseNumber, archives: newest.map(archiveOf) };
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
  if (!existsSync(file)) return undefined;
  try {
    return verifyBridgeAnswer(readFileSync(file).subarray(0, bridgeAnswerLimitBytes + 1), trust);
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
