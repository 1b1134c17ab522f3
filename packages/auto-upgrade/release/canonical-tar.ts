/**
 * The archive of a release in the one form that its files have: ustar, plain files only, sorted bytewise, two zero blocks
 * at the end and nothing after. The signature covers these bytes, so that any compressor may carry them (rule S26).
 *
 * Both directions stream. Reading refuses every archive that writing would not have made to the byte; there is no second
 * spelling of a release, and none of tar's extensions to get wrong.
 */
import { ArchivePaths } from './archive-path.ts';
import { ByteReader } from './byte-reader.ts';
import { ReleaseError } from './error.ts';
import { blockBytes, formatTarHeader, parseTarHeader } from './tar-header.ts';

export interface TarEntry {
  /** Below the release's folder, with `/` between its names. */
  readonly path: string;
  readonly executable: boolean;
  /** Bytes that `read` gives. */
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Where unpacked files go. */
export interface TarSink {
  /** The paths are safe, in order and without twins; folders are for the sink to make. */
  open(path: string, executable: boolean, size: number): Promise<TarSinkFile>;
}

export interface TarSinkFile {
  /** The chunk is only lent: it may change once the promise has settled. */
  write(chunk: Uint8Array): Promise<void>;
  /** Called once, also after a refusal in the middle of the file. */
  close(): Promise<void>;
}

const endBlocks = 2;

/**
 * The archive of `entries`, in whatever order they come. Holds one chunk.
 *
 * @throws {ReleaseError} `malformed-archive` when a path is not safe or there twice, or a file is not as long as its size.
 */
export async function* canonicalTar(entries: readonly TarEntry[]): AsyncIterable<Uint8Array> {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = new ArchivePaths();
  // Before the first byte, so that a refusal leaves no half archive.
  for (const { path } of sorted) paths.add(path);
  for (const entry of sorted) {
    yield formatTarHeader(entry);
    let left = entry.size;
    for await (const chunk of entry.read()) {
      left -= chunk.length;
      if (left < 0) break;
      if (chunk.length > 0) yield chunk;
    }
    if (left !== 0) throw refusal(`${entry.path} is not of the ${entry.size} bytes that it should have`);
    if (paddingOf(entry.size) > 0) yield new Uint8Array(paddingOf(entry.size));
  }
  yield new Uint8Array(endBlocks * blockBytes);
}

/**
 * Unpacks an archive into `sink`, file by file. Only when it resolves are the files whole: on a refusal, those before it
 * have been written and are to be thrown away. Holds one chunk, and the paths.
 *
 * @param limits `maxBytes` counts the archive, headers and padding included.
 * @throws {ReleaseError} `malformed-archive`; what the source or the sink throws passes through.
 */
export async function unpackTar(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  limits: { maxEntries: number; maxBytes: number },
): Promise<void> {
  const reader = new ByteReader(source);
  try {
    const paths = new ArchivePaths();
    for (let entries = 0; ; entries++) {
      const block = await required(reader, blockBytes, limits.maxBytes);
      if (isZero(block)) break;
      if (entries >= limits.maxEntries) throw refusal(`it has more than ${limits.maxEntries} files`);
      const { path, executable, size } = parseTarHeader(block);
      paths.add(path);
      // Before the file is opened: a sink may reserve what the header promises.
      checkLimit(reader.taken + size + paddingOf(size), limits.maxBytes);
      await unpackFile(reader, await sink.open(path, executable, size), size);
      if (!isZero(await required(reader, paddingOf(size), limits.maxBytes))) {
        throw refusal(`the padding after ${path} is not zero`);
      }
    }
    if (!isZero(await required(reader, blockBytes, limits.maxBytes)))
      throw refusal('it does not end in two zero blocks');
    if ((await reader.some(1)) !== undefined) throw refusal('something follows its end');
  } finally {
    await reader.close();
  }
}

async function unpackFile(reader: ByteReader, file: TarSinkFile, size: number): Promise<void> {
  try {
    for (let left = size; left > 0; ) {
      const chunk = await reader.some(left);
      if (chunk === undefined) throw truncated();
      await file.write(chunk);
      left -= chunk.length;
    }
  } finally {
    await file.close();
  }
}

async function required(reader: ByteReader, count: number, limitBytes: number): Promise<Uint8Array> {
  checkLimit(reader.taken + count, limitBytes);
  if (count === 0) return new Uint8Array();
  const bytes = await reader.exactly(count);
  if (bytes === undefined) throw truncated();
  return bytes;
}

function checkLimit(bytes: number, limitBytes: number): void {
  if (bytes > limitBytes) throw refusal(`it is longer than ${limitBytes} bytes`);
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function truncated(): ReleaseError {
  return refusal('it ends too early');
}

function refusal(reason: string): ReleaseError {
  return new ReleaseError('malformed-archive', `the archive was refused: ${reason}`);
}
