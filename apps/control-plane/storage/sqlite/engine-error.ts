/** From SQLite's result codes (https://www.sqlite.org/rescode.html) to our own. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError, type StorageErrorCode } from '../storage-error.ts';

/** Primary result codes; the extended ones have them in their low byte. */
const codes = new Map<number, StorageErrorCode>([
  [5, 'database-busy'], // SQLITE_BUSY
  [6, 'database-busy'], // SQLITE_LOCKED
  [3, 'database-unreadable'], // SQLITE_PERM
  [8, 'database-unreadable'], // SQLITE_READONLY
  [14, 'database-unreadable'], // SQLITE_CANTOPEN
  [11, 'database-corrupt'], // SQLITE_CORRUPT
  [26, 'database-corrupt'], // SQLITE_NOTADB
  [13, 'database-full'], // SQLITE_FULL
]);
const ioError = 10;
const uniqueViolations: readonly number[] = [1555, 2067, 2579]; // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID

const sentences: Partial<Record<StorageErrorCode, (path: string) => string>> = {
  'database-busy': (path) => `${path} is locked by another process`,
  'database-unreadable': (path) => `${path} cannot be opened for reading and writing; check its owner and mode`,
  'database-corrupt': (path) => `${path} is damaged or no database; restore a backup, or move it away to start anew`,
  'database-full': (path) => `no space left for ${path}; free disk space, nothing was written`,
  'unique-violation': () => 'a row with this key is there already',
};

/** The StorageError for what the engine threw, here or in the writer's thread. */
export function storageErrorFrom(cause: { readonly message: string; readonly errcode?: number }, path: string) {
  const code = codeOf(cause.errcode, path);
  return new StorageError(code, sentences[code]?.(path) ?? `the database failed: ${cause.message}`, { cause });
}

function codeOf(errcode: number | undefined, path: string): StorageErrorCode {
  if (errcode === undefined) return 'database-failed';
  if (uniqueViolations.includes(errcode)) return 'unique-violation';
  const primary = errcode & 0xff;
  // A full disk can also show as an I/O error of the write-ahead log's index.
  if (primary === ioError && diskIsFull(path)) return 'database-full';
  return codes.get(primary) ?? 'database-failed';
}

function diskIsFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < 64 * 1024;
}
