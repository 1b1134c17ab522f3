/**
 * A CSV file as a source of imports: always read whole, so it has no cookie, and what is not in the file is not there any
 * more. A file that changes while it is read, or that ends in the middle of a row, is refused as a whole.
 *
 * Holds one row, and 16 bytes with their place for every key: the same key twice must not pass for one object.
 */
import { createReadStream, statSync } from 'node:fs';
import { encodeEntry } from '../attribute-list/encode.ts';
import type { DirectorySource } from '../source.ts';
import { type CsvMapping, entryReader } from './csv-entry.ts';
import { CsvError } from './csv-error.ts';
import { type CsvOptions, readCsv } from './read-csv.ts';

export interface CsvFile extends CsvMapping, Omit<CsvOptions, 'fileName'> {
  /** Absolute path. */
  readonly path: string;
}

/** Rows handed over before they are committed. */
const rowsPerPage = 1_000;

/** @throws {CsvError} from its reads */
export function csvSource(file: CsvFile): DirectorySource {
  return {
    async read(_request, sink, signal) {
      const before = fileState(file.path);
      const { header, rows } = await readCsv(chunksOf(file.path, signal), { ...file, fileName: file.path });
      const objectOf = entryReader(file.path, header, file);
      const keys = new Set<string>();
      for await (const row of rows) {
        signal.throwIfAborted();
        const { entry, anchor } = objectOf(row);
        const key = Buffer.from(anchor).toString('latin1');
        if (keys.has(key)) {
          const sentence = `The key in ${file.keyColumn} was in an earlier row. Each object has one row.`;
          throw new CsvError('csv-anchor-duplicate', { fileName: file.path, line: row.line, column: 0 }, sentence);
        }
        keys.add(key);
        sink.entry(encodeEntry(entry), anchor);
        if (keys.size % rowsPerPage === 0) sink.page(undefined);
      }
      if (fileState(file.path) !== before) {
        throw new CsvError(
          'csv-changing',
          { fileName: file.path, line: 0, column: 0 },
          'The file changed while it was read; it is read again.',
        );
      }
      sink.page(undefined);
      return { unmentionedAreGone: true };
    },
  };
}

async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, signal })) yield chunk as Buffer;
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(path, cause);
  }
}

/** Size, times and inode: whatever an editor does to a file, one of them changes. */
function fileState(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): CsvError {
  const sentence = 'The file cannot be read. Check that it exists, is a file and may be read.';
  return new CsvError('csv-unreadable', { fileName: path, line: 0, column: 0 }, sentence, { cause });
}
