/**
 * Brings an offered release to this host: fetches the smallest transport that applies, decodes it with its output
 * capped at the signed length, unpacks strictly, and puts it into the slot that does not run after length, digest and
 * tree hash are as signed (rule S26). The runtime comes the same way, once per digest. Imports nothing from npm.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyPatch } from '@springline/auto-upgrade/delta/apply-patch';
import { canonicalTar, type TarEntry, unpackTar } from '@springline/auto-upgrade/release/canonical-tar';
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import type { Transport } from '@springline/auto-upgrade/release/release-facts';
import { decompressFull } from '@springline/auto-upgrade/release/transport';
import type { Offer, VerifiedTarget } from '@springline/auto-upgrade/upgrader/choose-release';
import { syncFolder } from '@springline/ports/files';
import { TrustError } from '@springline/tuf/error';
import { agentHome, componentHome } from '../home.ts';
import { freeBytes } from '../scenario.ts';
import { emptySlot, hashOf, runtimeFile, type Slot, sealSlot, slotFolder } from '../slot/slot.ts';
import { downloadTransport } from './repository-client.ts';

export interface Staging {
  readonly home: string;
  readonly url: string;
  /** The slot to fill, which nothing runs from. */
  readonly slot: Slot;
  /** The build in the other slot, if any: a patch may apply to it. */
  readonly running?: { readonly slot: Slot; readonly sha256: string } | undefined;
  /** Asked before each step; resolves when it is in the journal. */
  step(step: 'downloading' | 'verified' | 'staged'): Promise<void>;
  progress(bytes: number, totalBytes: number): void;
}

/** There is no room. The message says how much is missing and where. */
export class SpaceError extends Error {
  override readonly name = 'SpaceError';
  readonly code = 'disk-space-insufficient';
}

const maxEntries = 1_000;
/** Left over for everybody else. */
const reserveBytes = 64 * 1024 * 1024;

type Fetched = { readonly transport: Transport; readonly file: string };

/** Stages `offer`; the slot is sealed at the end. Partial downloads of other releases are removed. */
export async function stageRelease(offer: Offer, staging: Staging, signal: AbortSignal): Promise<void> {
  const { home, slot } = staging;
  const { target, runtime } = offer;
  const runtimeFolder = join(agentHome(home).runtime, runtime.sha256);
  const needsRuntime = hashOf(runtimeFolder) !== runtime.facts.treeHash && !(await adoptRuntime(home, runtime));
  // Download and unpacked; two copies of the state for the trial.
  const unpackedBytes = 2 * target.length + (needsRuntime ? 2 * runtime.length : 0);
  requireSpace(home, unpackedBytes + 2 * stateBytes(home, offer.component));
  await staging.step('downloading');
  removeOtherDownloads(home, needsRuntime ? [target, runtime] : [target]);
  const fetched = await fetchTransport(target, applicable(target, staging), staging, signal);
  const fetchedRuntime = needsRuntime
    ? await fetchTransport(runtime, applicable(runtime, staging), staging, signal)
    : undefined;
  await staging.step('verified');
  if (fetchedRuntime !== undefined) {
    putInPlace(runtimeFolder, await unpackBeside(runtimeFolder, runtime, fetchedRuntime, staging));
  }
  const folder = slotFolder(home, offer.component, slot);
  const unpacked = await unpackBeside(folder, target, fetched, staging).catch(async (error: unknown) => {
    if (signal.aborted || fetched.transport.kind === 'full') throw error;
    // A patch that has its signed hash and does not give the release: made wrongly, or from a slot that was altered.
    const full = applicable(target, staging).filter(({ kind }) => kind === 'full');
    return unpackBeside(folder, target, await fetchTransport(target, full, staging, signal), staging);
  });
  emptySlot(home, offer.component, slot);
  putInPlace(folder, unpacked);
  sealSlot(home, slot, {
    component: offer.component,
    version: target.facts.version,
    releaseNumber: target.facts.releaseNumber,
    sha256: target.sha256,
    treeHash: target.facts.treeHash,
    runtime: runtime.sha256,
    runtimeTreeHash: runtime.facts.treeHash,
    stateSchema: target.facts.stateSchema,
  });
  rmSync(downloadFolder(home), { recursive: true, force: true });
  await staging.step('staged');
}

const downloadFolder = (home: string): string => join(agentHome(home).upgrade, 'download');

function downloadFile(home: string, { sha256 }: Transport): string {
  return join(downloadFolder(home), sha256);
}

type AnyTarget = VerifiedTarget<{ readonly treeHash: string; readonly transports: readonly Transport[] }>;

function removeOtherDownloads(home: string, wanted: readonly AnyTarget[]): void {
  const keep = new Set(wanted.flatMap(({ facts }) => facts.transports.map(({ sha256 }) => sha256)));
  mkdirSync(downloadFolder(home), { recursive: true, mode: 0o700 });
  for (const name of readdirSync(downloadFolder(home))) {
    if (!keep.has(name)) rmSync(join(downloadFolder(home), name), { recursive: true, force: true });
  }
}

/** Transports that this host can use, the smallest first. */
function applicable({ facts }: AnyTarget, { running }: Staging): readonly Transport[] {
  return facts.transports
    .filter(({ kind, sourceSha256 }) => kind === 'full' || sourceSha256 === running?.sha256)
    .sort((a, b) => a.length - b.length);
}

/** The first of `transports` that can be had as it was signed. */
async function fetchTransport(
  target: AnyTarget,
  transports: readonly Transport[],
  staging: Staging,
  signal: AbortSignal,
): Promise<Fetched> {
  for (const [index, transport] of transports.entries()) {
    const file = downloadFile(staging.home, transport);
    try {
      const progress = (bytes: number): void => staging.progress(bytes, transport.length);
      await downloadTransport(staging.url, transport, file, progress, signal);
      return { transport, file };
    } catch (error) {
      if (signal.aborted || index === transports.length - 1) throw error;
    }
  }
  throw new ReleaseError('malformed-release-facts', `${target.path} names no transport that applies here`);
}

/**
 * Decodes and unpacks beside `folder`, and compares with what was signed. Gives the new folder, whole and durable; `folder`
 * itself is not touched, so a release that is refused costs nothing that was there.
 */
async function unpackBeside(folder: string, target: AnyTarget, fetched: Fetched, staging: Staging): Promise<string> {
  const temporary = `${folder}.staging`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    await unpackVerified(temporary, target, fetched, staging);
    return temporary;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function unpackVerified(folder: string, target: AnyTarget, fetched: Fetched, staging: Staging): Promise<void> {
  const hash = createHash('sha256');
  let size = 0;
  const measured = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of decoded(target, fetched, staging)) {
      hash.update(part);
      size += part.length;
      yield part;
    }
  };
  await unpackTar(measured(), folderSink(folder), { maxEntries, maxBytes: target.length });
  if (size !== target.length || hash.digest('hex') !== target.sha256) {
    throw new TrustError('hash-mismatch', `${target.path} does not have its signed length and hash`);
  }
  syncTree(folder);
  if (hashOf(folder) !== target.facts.treeHash) {
    throw new TrustError('hash-mismatch', `${target.path} does not unpack to its signed tree`);
  }
}

function putInPlace(folder: string, unpacked: string): void {
  rmSync(folder, { recursive: true, force: true });
  renameSync(unpacked, folder);
  syncFolder(dirname(folder));
}

function decoded(target: AnyTarget, { transport, file }: Fetched, staging: Staging): AsyncIterable<Uint8Array> {
  const source = createReadStream(file);
  return transport.kind === 'full' ? decompressFull(source, target.length) : patched(target, file, staging);
}

/** The tar of the running build, made again from its slot, with the patch applied. */
async function* patched(target: AnyTarget, patchFile: string, { home, running }: Staging): AsyncGenerator<Uint8Array> {
  if (running === undefined) throw new ReleaseError('malformed-patch', 'there is nothing that the patch applies to');
  const component = target.path.slice(0, target.path.indexOf('/'));
  const sourceFile = join(downloadFolder(home), 'patch-source.tar');
  const handle = await open(sourceFile, 'w+', 0o600);
  try {
    const length = await writeTar(handle, slotFolder(home, component, running.slot));
    const readOld = async (offset: number, size: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(size), 0, size, offset);
      return buffer.subarray(0, bytesRead);
    };
    const patch = await readWhole(patchFile);
    yield* applyPatch(readOld, length, patch, { maxOutputBytes: target.length });
  } finally {
    await handle.close();
    rmSync(sourceFile, { force: true });
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of createReadStream(file)) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

async function writeTar(handle: FileHandle, folder: string): Promise<number> {
  let length = 0;
  for await (const part of canonicalTar(tarEntries(folder))) {
    await handle.write(part);
    length += part.length;
  }
  return length;
}

function tarEntries(folder: string): readonly TarEntry[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => {
      const { size, mode } = statSync(join(folder, name));
      return {
        path: name.split('\\').join('/'),
        executable: (mode & 0o100) !== 0,
        size,
        read: () => createReadStream(join(folder, name)),
      };
    });
}

function folderSink(folder: string): Parameters<typeof unpackTar>[1] {
  return {
    open: async (path, executable) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
      const handle = await open(join(folder, path), 'wx', executable ? 0o700 : 0o600);
      return {
        write: async (chunk) => {
          for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
        },
        close: async () => {
          await handle.sync();
          await handle.close();
        },
      };
    },
  };
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) syncTree(join(folder, entry.name));
  }
  syncFolder(folder);
}

/**
 * The runtime that runs this very program may be the one that is wanted: then it is copied and not downloaded. Its bytes
 * are hashed like a download's. True when the folder now holds it.
 */
async function adoptRuntime(home: string, runtime: AnyTarget): Promise<boolean> {
  const { size } = statSync(process.execPath);
  if (size > runtime.length) return false;
  const folder = join(agentHome(home).runtime, runtime.sha256);
  const temporary = `${folder}.staging`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const copy = join(temporary, runtimeFile);
  requireSpace(home, size);
  copyFileSync(process.execPath, copy, constants.COPYFILE_FICLONE);
  chmodSync(copy, 0o700);
  if (hashOf(temporary) !== runtime.facts.treeHash) {
    rmSync(temporary, { recursive: true, force: true });
    return false;
  }
  const handle = await open(copy, 'r+');
  await handle.sync();
  await handle.close();
  syncFolder(temporary);
  putInPlace(folder, temporary);
  return true;
}

/** Removes runtimes that no slot names. */
export function removeUnusedRuntimes(home: string, used: ReadonlySet<string>): void {
  const folder = agentHome(home).runtime;
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!used.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function stateBytes(home: string, component: string): number {
  return statSync(componentHome(home, component).state, { throwIfNoEntry: false })?.size ?? 0;
}

function requireSpace(home: string, bytes: number): void {
  const folder = agentHome(home).folder;
  const missing = bytes + reserveBytes - freeBytes(home, folder);
  if (missing <= 0) return;
  const megabytes = Math.ceil(missing / 1e6);
  throw new SpaceError(`${megabytes} MB more are needed on the file system of ${folder}`);
}
