/**
 * Makes the two kinds of targets: a component's archive from its built files, and the runtime's from Node itself.
 * The signed bytes are those of the canonical archive; what is written are its transports (security rule S26).
 *
 * A component's archive is a few megabytes and is held in memory, together with the one before while the patch
 * between them is made. The runtime's is streamed, and its transport is kept under the digest of what it holds.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { createPatch } from '@springline/auto-upgrade/delta/create-patch';
import { canonicalTar, type TarEntry } from '@springline/auto-upgrade/release/canonical-tar';
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import {
  type ComponentFacts,
  fullTransportPath,
  patchTransportPath,
  type RuntimeFacts,
  type Transport,
} from '@springline/auto-upgrade/release/release-facts';
import { type Platform, runtimeTargetPath } from '@springline/auto-upgrade/release/target-path';
import { compressFull, decompressFull } from '@springline/auto-upgrade/release/transport';
import { type TreeFile, treeHash } from '@springline/auto-upgrade/release/tree-hash';
import { writeFileAtomic } from '@springline/ports/files';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import type { Bundle } from './bundles.ts';
import { PublishError } from './error.ts';
import { type ReleaseTree, writeStream } from './tree.ts';

/** The runtime is 127 MB; a higher level would take a minute at every new Node. */
const runtimeLevel = 3;
const patchLevel = 19;
/** A patch is worth its place when it is smaller than this share of the full file. */
const patchShare = 0.5;
const archiveLimitBytes = 256 * 1024 * 1024;
const keptRuntimes = 3;

/** Says how far a long step is. */
export type Say = (where: string) => void;

/** A target with its transports in the tree. */
export interface Packed {
  readonly length: number;
  readonly sha256: string;
  readonly treeHash: string;
  readonly transports: readonly Transport[];
}

/** What programs read their version from. */
export function releaseJson(
  facts: Pick<ComponentFacts, 'component' | 'version' | 'releaseNumber' | 'stateSchema'>,
): Buffer {
  const { component, version, releaseNumber, stateSchema } = facts;
  return Buffer.from(`${JSON.stringify({ component, version, releaseNumber, stateSchema })}\n`);
}

/** The hash of a component's unpacked archive, from which alone one sees whether a release holds these files. */
export function bundleTreeHash(bundle: Bundle, release: Uint8Array): string {
  return treeHash(archiveFiles(bundle, release).map(({ path, bytes }) => treeFile(path, false, bytes)));
}

/**
 * Packs a component into `tree` as `path`.
 *
 * @param previous the release before, when its transports are still there: gives a patch, if that is worth it.
 */
export async function packComponent(
  tree: ReleaseTree,
  path: string,
  plan: { bundle: Bundle; release: Uint8Array; level: number; previous?: TargetFile | undefined },
  say: Say,
): Promise<Packed> {
  const { bundle, release, level, previous } = plan;
  const archive = await collected(canonicalTar(archiveFiles(bundle, release).map(entryOf)), archiveLimitBytes);
  const sha256 = digestOf(archive);
  say(`compressing ${megabytes(archive.length)}`);
  const fullPath = fullTransportPath(path);
  const full = await tree.putTransport(fullPath, compressFull(once(archive), level));
  const transports: Transport[] = [{ kind: 'full', path: fullPath, ...full }];
  const source = previous === undefined ? undefined : await archiveOf(tree, previous);
  if (source !== undefined) {
    say(`patch from the release before, ${megabytes(source.length)}`);
    const patch = createPatch(source, archive, patchLevel);
    if (patch.length < full.length * patchShare) {
      const sourceSha256 = digestOf(source);
      const patchPath = patchTransportPath(path, sourceSha256);
      const written = await tree.putTransport(patchPath, once(patch));
      transports.push({ kind: 'patch', path: patchPath, ...written, sourceSha256 });
    }
  }
  return { length: archive.length, sha256, treeHash: bundleTreeHash(bundle, release), transports };
}

/** The program `node` to release, usually the one that runs this. */
export interface RuntimeSource {
  readonly file: string;
  readonly version: string;
  readonly platform: Platform;
  /** Where packed runtimes are kept. */
  readonly cache: string;
}

/** A packed runtime that lies in the cache. */
export interface PackedRuntime {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
  readonly facts: RuntimeFacts;
  /** The transport. */
  readonly file: string;
}

/** @throws {PublishError} `release-platform-unsupported` */
export function thisRuntime(
  cache = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'springline'),
): RuntimeSource {
  return { file: process.execPath, version: process.versions.node, platform: thisPlatform(), cache };
}

function thisPlatform(): Platform {
  const name = `${process.platform}-${process.arch}`;
  if (name === 'linux-x64' || name === 'linux-arm64') return name;
  throw new PublishError(
    'release-platform-unsupported',
    `releases are made on linux-x64 and linux-arm64, and this machine is ${name}`,
  );
}

/**
 * Packs the runtime, or finds it packed: a file of the same path, size and time is not read again.
 * Takes 2 s for 127 MB, then 1 ms.
 */
export async function packRuntime(source: RuntimeSource, say: Say): Promise<PackedRuntime> {
  const file = realpathSync(source.file);
  const { size, mtimeMs, ino } = statSync(file);
  const identity = createHash('sha256').update(`${file}\0${size}\0${mtimeMs}\0${ino}\0${source.version}`).digest('hex');
  const known = join(source.cache, `runtime-${identity.slice(0, 24)}.json`);
  const found = readKnown(known, source);
  if (found !== undefined) return found;
  mkdirSync(source.cache, { recursive: true });
  const fileSha256 = await digestOfFile(file);
  const entry: TarEntry = { path: 'node', executable: true, size, read: () => createReadStream(file) };
  const archive = createHash('sha256');
  let length = 0;
  const startedAt = performance.now();
  const archived = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of canonicalTar([entry])) {
      archive.update(chunk);
      length += chunk.length;
      const rate = length / 1e3 / (performance.now() - startedAt);
      say(`runtime: ${megabytes(length)} of ${megabytes(size)}, ${Math.round(rate)} MB/s`);
      yield chunk;
    }
  };
  const name = `runtime-${fileSha256.slice(0, 24)}.tar.zst`;
  const written = await writeStream(join(source.cache, name), compressFull(archived(), runtimeLevel));
  const tree = treeHash([{ path: 'node', executable: true, size, sha256: fileSha256 }]);
  const kept: KnownRuntime = { name, length, sha256: archive.digest('hex'), treeHash: tree, transport: written };
  writeFileAtomic(known, `${JSON.stringify(kept)}\n`, 0o644);
  forgetOlder(source.cache);
  return packedRuntime(source, kept);
}

/** What the cache knows of a packed runtime. */
interface KnownRuntime {
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
  readonly treeHash: string;
  readonly transport: { readonly length: number; readonly sha256: string };
}

/** `undefined` also when the cache was cut short or cleaned: it is made again. */
function readKnown(path: string, source: RuntimeSource): PackedRuntime | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const known = JSON.parse(readFileSync(path, 'utf8')) as KnownRuntime;
    const file = join(source.cache, known.name);
    return statSync(file).size === known.transport.length ? packedRuntime(source, known) : undefined;
  } catch {
    return undefined; // Our own cache, written atomically: whatever is wrong with it, making it again helps.
  }
}

function packedRuntime({ version, platform, cache }: RuntimeSource, known: KnownRuntime): PackedRuntime {
  const path = runtimeTargetPath({ version, platform });
  const transport: Transport = { kind: 'full', path: fullTransportPath(path), ...known.transport };
  return {
    path,
    length: known.length,
    sha256: known.sha256,
    facts: { kind: 'runtime', version, platform, treeHash: known.treeHash, transports: [transport] },
    file: join(cache, known.name),
  };
}

function forgetOlder(cache: string): void {
  const names = readdirSync(cache).filter((name) => /^runtime-[0-9a-f]{24}\.(json|tar\.zst)$/.test(name));
  for (const ending of ['.json', '.tar.zst']) {
    const byAge = names
      .filter((name) => name.endsWith(ending))
      .map((name) => ({ name, at: statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => b.at - a.at);
    for (const { name } of byAge.slice(keptRuntimes)) rmSync(join(cache, name), { force: true });
  }
}

/** The archive of an earlier release, made again from its full transport; `undefined` when that is gone. */
async function archiveOf(tree: ReleaseTree, { path, length, hashes }: TargetFile): Promise<Uint8Array | undefined> {
  const file = tree.transportFile(fullTransportPath(path));
  if (!existsSync(file) || length > archiveLimitBytes) return undefined;
  // A damaged transport costs its patch and nothing else: the release does not depend on the one before.
  try {
    const archive = await collected(decompressFull(createReadStream(file), length), length);
    return digestOf(archive) === hashes.get('sha256') ? archive : undefined;
  } catch (error) {
    if (error instanceof ReleaseError) return undefined;
    throw error;
  }
}

function archiveFiles(bundle: Bundle, release: Uint8Array): Bundle['files'] {
  return [...bundle.files, { path: 'release.json', bytes: release }];
}

function entryOf({ path, bytes }: Bundle['files'][number]): TarEntry {
  return { path, executable: false, size: bytes.length, read: () => once(bytes) };
}

function treeFile(path: string, executable: boolean, bytes: Uint8Array): TreeFile {
  return { path, executable, size: bytes.length, sha256: digestOf(bytes) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collected(source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limitBytes)
      throw new PublishError('release-source-unusable', `an archive is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

export function megabytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
