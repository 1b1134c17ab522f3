/**
 * One writer of keys and tree at a time. The lock is the kernel's, on a file that SQLite holds exclusively: a process that
 * dies lets go of it, and nothing is ever left to clear away. The process that keeps the repositories signed and a release
 * manager's command take turns; each holds the lock for one piece of work.
 */
import { closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { PublishError } from './error.ts';
import { keysHome } from './roles.ts';

const longestWaitMs = 20_000;
const askAgainMs = 50;
/** SQLITE_BUSY: another process holds the file. */
const busyCode = 5;

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
  const held = await take(path, waitMs);
  const ours = inodeOf(path);
  const confirm = (): void => {
    if (ours === undefined || inodeOf(path) !== ours) {
      throw new PublishError('release-lock-lost', `${path} was removed or replaced during the work. Run it again.`);
    }
  };
  try {
    return await work({ home, confirm });
  } finally {
    held.close();
  }
}

async function take(path: string, waitMs: number): Promise<DatabaseSync> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Here and not by SQLite, whose errors do not tell a full disk from anything else.
  closeSync(openSync(path, 'a', 0o600));
  const until = performance.now() + waitMs;
  for (;;) {
    const held = tryTake(path);
    if (held !== undefined) return held;
    if (performance.now() > until) {
      throw new PublishError(
        'release-in-progress',
        `another process has been publishing in ${join(dirname(path), '..')} for ${waitMs / 1000} s. Wait for its end and run this again.`,
      );
    }
    await pause(askAgainMs);
  }
}

/** `undefined` while another one holds it. Nothing is ever written: the file stays empty. */
function tryTake(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === busyCode) return undefined;
    throw new PublishError('release-lock-unusable', `${path} cannot be locked: ${(cause as Error).message}`, { cause });
  }
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}
