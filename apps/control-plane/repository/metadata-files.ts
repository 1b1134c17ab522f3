/**
 * The metadata of both repositories, answered from memory. Files are published by another process, which replaces them
 * by renames: whether a name still stands for the same file is asked at most once in 200 ms. What is held is bounded;
 * what was not asked for the longest goes first.
 */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { markOf, openPlainFile, type PlainFile } from './plain-file.ts';

export interface HeldFile {
  readonly kind: 'held';
  readonly bytes: Buffer;
  /** Quoted; of the content, so that every server of one tree gives the same. */
  readonly etag: string;
}

/** `large`: there is such a file, but it is not kept in memory. */
export type MetadataFile = HeldFile | { readonly kind: 'large' };

interface Entry {
  readonly file: MetadataFile;
  readonly mark: string;
  readonly sizeBytes: number;
  checkedAtMs: number;
}

const recheckAfterMs = 200;
const fileLimitBytes = 4 * 1024 * 1024;
const heldLimitBytes = 32 * 1024 * 1024;
const heldLimit = 4_096;

export class MetadataFiles {
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #entryByName = new Map<string, Entry>();
  readonly #readByName = new Map<string, Promise<MetadataFile | undefined>>();
  #heldBytes = 0;

  /** `folder` holds `image/` and `director/`; it need not be there yet. */
  constructor(folder: string, nowMs: () => number = () => performance.now()) {
    this.#folder = folder;
    this.#nowMs = nowMs;
  }

  /** From memory alone; undefined when the disk has to be asked. */
  fresh(segments: readonly string[]): MetadataFile | undefined {
    const name = segments.join('/');
    const entry = this.#entryByName.get(name);
    if (entry === undefined || this.#nowMs() - entry.checkedAtMs >= recheckAfterMs) return undefined;
    this.#entryByName.delete(name);
    this.#entryByName.set(name, entry);
    return entry.file;
  }

  /** Undefined when there is no such file. Whoever asks at the same time waits for the same look at the disk. */
  read(segments: readonly string[]): Promise<MetadataFile | undefined> {
    const name = segments.join('/');
    const fresh = this.fresh(segments);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const reading = this.#readByName.get(name) ?? this.#look(name, segments);
    this.#readByName.set(name, reading);
    const done = (): void => void this.#readByName.delete(name);
    reading.then(done, done);
    return reading;
  }

  async #look(name: string, segments: readonly string[]): Promise<MetadataFile | undefined> {
    const entry = this.#entryByName.get(name);
    const checkedAtMs = this.#nowMs();
    if (entry !== undefined && (await markAt(join(this.#folder, name))) === entry.mark) {
      entry.checkedAtMs = checkedAtMs;
      return entry.file;
    }
    this.#forget(name);
    const plain = await openPlainFile(this.#folder, segments);
    if (plain === undefined) return undefined;
    try {
      const file = await load(plain);
      const sizeBytes = file.kind === 'held' ? file.bytes.length : 0;
      this.#keep(name, { file, mark: plain.mark, sizeBytes, checkedAtMs });
      return file;
    } finally {
      await plain.handle.close();
    }
  }

  #keep(name: string, entry: Entry): void {
    this.#forget(name);
    this.#entryByName.set(name, entry);
    this.#heldBytes += entry.sizeBytes;
    for (const oldest of this.#entryByName.keys()) {
      if (this.#heldBytes <= heldLimitBytes && this.#entryByName.size <= heldLimit) return;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#heldBytes -= this.#entryByName.get(name)?.sizeBytes ?? 0;
    this.#entryByName.delete(name);
  }
}

async function load({ handle, sizeBytes }: PlainFile): Promise<MetadataFile> {
  if (sizeBytes > fileLimitBytes) return { kind: 'large' };
  const bytes = await handle.readFile();
  return { kind: 'held', bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

/** Undefined when nothing is there, or no file. */
async function markAt(path: string): Promise<string | undefined> {
  try {
    return markOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
