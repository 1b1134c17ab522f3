/**
 * One writer of keys and tree at a time. The lock is the kernel's: a process that dies lets go of it, and nothing is ever left to
 * clear away. The process that keeps the repositories signed and a release
 * manager's command take turns; each holds the lock for one piece of work.
 */
import { closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withFileLock } from '@springline/control-plane/storage/sqlite/file-lock';
import { PublishError } from './error.ts';
import { keysHome } from './roles.ts';

const longestWaitMs = 20_000;

/** Proof that its holder may write. */
export interface ReleaseLock {
  readonly home: string;
  /**
   * Asked right before what cannot be taken back.
   *
   * @throws {PublishError} `release-lock-lost` when the file was removed or replaced, so that another one may hold its own.
   */
  confirm(): void;
}

/**
 * Runs `work` as the only writer of the home's keys and tree. `home` must be absolute.
 *
 * @throws {PublishError} `release-in-progress` when another process has not ended its work within `waitMs` (20 s);
 *   `release-lock-unusable` when the file cannot be one of ours.
 */
export async function asOnlyWriter<T>(
  home: string,
  work: (lock: ReleaseLock) => Promise<T>,
  waitMs = longestWaitMs,
): Promise<T> {
  const path = keysHome(home).lock;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Here and not by the engine, whose errors do not tell a full disk from anything else.
  closeSync(openSync(path, 'a', 0o600));
  let isHeld = false;
  try {
    return await withFileLock(path, waitMs, () => {
      isHeld = true;
      const ours = inodeOf(path);
      const confirm = (): void => {
        if (ours !== undefined && inodeOf(path) === ours) return;
        throw new PublishError('release-lock-lost', `${path} was removed or replaced during the work. Run it again.`);
      };
      return work({ home, confirm });
    });
  } catch (error) {
    throw isHeld ? error : notLocked(path, waitMs, error as Error & { code?: string });
  }
}

function notLocked(path: string, waitMs: number, cause: Error & { code?: string }): PublishError {
  return cause.code === 'database-busy'
    ? new PublishError(
        'release-in-progress',
        `another process has been publishing in ${join(dirname(path), '..')} for ${waitMs / 1000} s. Wait for its end and run this again.`,
        { cause },
      )
    : new PublishError('release-lock-unusable', `${path} cannot be locked: ${cause.message}`, { cause });
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}
