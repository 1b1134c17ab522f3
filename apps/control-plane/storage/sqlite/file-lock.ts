/**
 * An exclusive lock on a file that the kernel gives back when the process dies. Node has no call for one; the engine
 * does.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { storageErrorFrom } from './engine-error.ts';

const tryAgainMs = 20;

/**
 * Waits for the lock on `path` (made when missing, left empty), runs `work`, and gives it back.
 *
 * @throws {StorageError} `database-busy` when another held it for `waitMs`, `database-unreadable`.
 */
export async function withFileLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const file = await lockFile(path, performance.now() + waitMs);
  try {
    return await work();
  } finally {
    file.close();
  }
}

/** Asks again and again, since the engine's own waiting would stop the event loop. */
async function lockFile(path: string, deadlineMs: number): Promise<DatabaseSync> {
  for (;;) {
    let file: DatabaseSync | undefined;
    try {
      file = new DatabaseSync(path, { timeout: 0 });
      file.exec('BEGIN EXCLUSIVE');
      return file;
    } catch (cause) {
      file?.close();
      const error = storageErrorFrom(cause as Error & { errcode?: number }, path);
      if (error.code !== 'database-busy' || performance.now() >= deadlineMs) throw error;
    }
    await wait(tryAgainMs);
  }
}
