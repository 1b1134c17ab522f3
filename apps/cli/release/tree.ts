/**
 * The published tree on disk (`<home>/control-plane/repository/{image,director}/…`) and its atomic commit.
 *
 * Files with a version in their name and transports are written first: nothing names them yet, so a kill leaves
 * litter and no change. Then `commit.json` is written with the bytes of both new timestamps: that is the commit.
 * Only then the timestamps themselves follow, Image first; a kill in between is finished by whoever opens the tree
 * next. Readers never see a timestamp whose files are missing.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { syncFolder, writeFileAtomic } from '@springline/ports/files';
import type { SignedFile } from '@springline/tuf/repository/publish';
import { PublishError } from './error.ts';
import type { ReleaseLock } from './lock.ts';
import { readPlainFile } from './plain-file.ts';
import { type RepositoryName, repositories, treeFolder } from './roles.ts';

const journalFormat = 'springline-commit-1';
const journalLimitBytes = 256 * 1024;
const metadataLimitBytes = 64 * 1024 * 1024;
const keptVersions = 3;
const fileMode = 0o644;

/** New metadata of both repositories; either may have none. */
export type TreeChange = Readonly<Record<RepositoryName, readonly SignedFile[]>>;

export interface WrittenTransport {
  /** Bytes. */
  readonly length: number;
  readonly sha256: string;
}

/** The tree in the hands of its only writer. */
export class ReleaseTree {
  readonly folder: string;
  readonly #lock: ReleaseLock;

  private constructor(folder: string, lock: ReleaseLock) {
    this.folder = folder;
    this.#lock = lock;
  }

  /** Opens the tree, makes it where it is missing, and finishes a commit that was cut short. */
  static open(lock: ReleaseLock): ReleaseTree {
    const folder = treeFolder(lock.home);
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    for (const name of ['image/metadata', 'image/targets', 'director/metadata']) {
      mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
    }
    const tree = new ReleaseTree(folder, lock);
    tree.#finishCommit();
    return tree;
  }

  /** The bytes of `<repository>/metadata/<name>`; `undefined` when it is not there. */
  read(repository: RepositoryName, name: string): Uint8Array | undefined {
    return readMetadata(this.folder, repository, name);
  }

  /** Where the transport `path` (as in its release facts) lies. */
  transportFile(path: string): string {
    return join(this.folder, 'image', 'targets', ...path.split('/'));
  }

  /** Writes a transport, durably; the file has its name only when it is whole. */
  async putTransport(path: string, chunks: AsyncIterable<Uint8Array>): Promise<WrittenTransport> {
    const file = this.transportFile(path);
    return writeStream(file, chunks);
  }

  /** Puts a file that never changes (a cached transport) into the tree: by a hard link, or copied where that fails. */
  linkTransport(path: string, from: string): void {
    const file = this.transportFile(path);
    const [here, there] = [statSync(file, { throwIfNoEntry: false }), statSync(from)];
    if (here !== undefined && here.ino === there.ino && here.dev === there.dev) return;
    const part = `${file}.part`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    rmSync(part, { force: true });
    try {
      linkSync(from, part);
    } catch {
      // Another file system, or one without links.
      copyFileSync(from, part);
      syncFile(part);
    }
    renameSync(part, file);
    syncFolder(dirname(file));
  }

  /** Makes `change` visible in one step. Its last file of each repository is the timestamp. */
  commit(change: TreeChange): void {
    const timestamps: Partial<Record<RepositoryName, string>> = {};
    for (const repository of repositories) {
      for (const { name, bytes } of change[repository]) {
        if (name === 'timestamp.json') timestamps[repository] = Buffer.from(bytes).toString('utf8');
        else writeFileAtomic(this.#metadataFile(repository, name), bytes, fileMode);
      }
    }
    this.#lock.confirm();
    const journal = { format: journalFormat, timestamps };
    writeFileAtomic(this.#journal, `${JSON.stringify(journal)}\n`, fileMode);
    this.#finishCommit();
  }

  /**
   * Removes what nothing needs: all but the last 3 versions of each role (roots stay for ever), transports
   * that are not in `kept`, and what killed processes left.
   */
  clean(kept: ReadonlySet<string>): void {
    for (const repository of repositories) this.#cleanMetadata(repository);
    const targets = join(this.folder, 'image', 'targets');
    const folders: string[] = [];
    for (const found of readdirSync(targets, { recursive: true, withFileTypes: true })) {
      const path = join(found.parentPath, found.name);
      if (found.isDirectory()) folders.push(path);
      else if (!kept.has(relative(targets, path).split(sep).join('/'))) rmSync(path, { force: true });
    }
    // The deepest first, so that a folder is looked at after those within it.
    for (const folder of folders.sort((a, b) => b.length - a.length)) {
      if (readdirSync(folder).length === 0) rmdirSync(folder);
    }
  }

  #cleanMetadata(repository: RepositoryName): void {
    const folder = join(this.folder, repository, 'metadata');
    const versionsByRole = new Map<string, number[]>();
    for (const name of readdirSync(folder)) {
      const [, version, role] = /^(\d{1,15})\.(?!root\.)([a-z][a-z0-9-]{0,63})\.json$/.exec(name) ?? [];
      if (role !== undefined) versionsByRole.set(role, [...(versionsByRole.get(role) ?? []), Number(version)]);
      else if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    }
    for (const [role, versions] of versionsByRole) {
      for (const version of versions.sort((a, b) => b - a).slice(keptVersions)) {
        rmSync(join(folder, `${version}.${role}.json`), { force: true });
      }
    }
  }

  get #journal(): string {
    return join(this.folder, 'commit.json');
  }

  #metadataFile(repository: RepositoryName, name: string): string {
    return join(this.folder, repository, 'metadata', name);
  }

  #finishCommit(): void {
    const timestamps = this.#readJournal();
    if (timestamps === undefined) return;
    for (const repository of repositories) {
      const text = timestamps[repository];
      // A journal that came back with an old copy of the tree must not undo what was published since.
      if (text === undefined || versionIn(text) < versionIn(this.#timestampText(repository))) continue;
      writeFileAtomic(this.#metadataFile(repository, 'timestamp.json'), text, fileMode);
    }
    rmSync(this.#journal);
    syncFolder(this.folder);
  }

  #timestampText(repository: RepositoryName): string {
    const bytes = this.read(repository, 'timestamp.json');
    return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
  }

  #readJournal(): Partial<Record<RepositoryName, string>> | undefined {
    try {
      const file = readPlainFile(this.#journal, journalLimitBytes);
      if (file.kind === 'absent') return undefined;
      if (file.kind === 'unusable') throw new Error(`it ${file.why}`);
      const { format, timestamps } = JSON.parse(file.bytes.toString('utf8'));
      if (format !== journalFormat) throw new Error(`its format is not ${journalFormat}`);
      const { image, director } = timestamps;
      for (const text of [image, director]) {
        if (text !== undefined && typeof text !== 'string') throw new Error('a timestamp is no text');
      }
      return { image, director };
    } catch (cause) {
      throw new PublishError(
        'release-tree-damaged',
        `${this.#journal} is damaged: ${(cause as Error).message}. Delete it and publish again.`,
        { cause },
      );
    }
  }
}

/** Reads metadata of a tree without being its writer. @throws {PublishError} `release-tree-damaged`. */
export function readMetadata(folder: string, repository: RepositoryName, name: string): Uint8Array | undefined {
  const path = join(folder, repository, 'metadata', name);
  const file = readPlainFile(path, metadataLimitBytes);
  if (file.kind === 'unusable') throw new PublishError('release-tree-damaged', `${path} ${file.why}. Delete it.`);
  return file.kind === 'read' ? file.bytes : undefined;
}

/** Writes `chunks` to `file` by way of `<file>.part`, with fsync; makes missing folders. */
export async function writeStream(file: string, chunks: AsyncIterable<Uint8Array>): Promise<WrittenTransport> {
  const part = `${file}.part`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const hash = createHash('sha256');
  let length = 0;
  try {
    const handle = openSync(part, 'w', fileMode);
    try {
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length; ) at += writeSync(handle, chunk, at);
        hash.update(chunk);
        length += chunk.length;
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
  return { length, sha256: hash.digest('hex') };
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The version of a timestamp; 0 when there is none to read. */
function versionIn(text: string): number {
  try {
    const version: unknown = JSON.parse(text)?.signed?.version;
    return typeof version === 'number' ? version : 0;
  } catch {
    return 0; // No timestamp yet.
  }
}
