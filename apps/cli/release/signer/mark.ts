/**
 * The highest count of audit entries that the database ever told (`<home>/keys/database-mark.json`), and when. A database
 * that tells a lower one was put back from a backup (security rule S8). A count that nobody could have written since the
 * last one is not believed: it would make every honest database look like an old one for ever.
 */
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import { SignerError } from './error.ts';
import { Refusal } from './refusal.ts';

/** More than any database holds. */
const highestMark = 2 ** 48;
/** Of audit entries: many more than a control plane writes. */
const mostPerSecond = 1_000;
/** At once, whatever the clocks say. */
const mostAtOnce = 10_000;

interface DatabaseMark {
  readonly mark: number;
  /** Milliseconds since 1970, by the signer's clock; 0 where it is not known, as in files of older builds. */
  readonly notedAt: number;
}

/** 0 before the first. @throws {SignerError} `signer-record-damaged`. */
export function readMark(path: string): number {
  return readNoted(path).mark;
}

/**
 * Takes a mark that is higher than the one before; a lower one changes nothing.
 *
 * @throws {Refusal} `mark-too-far`. @throws {SignerError} `signer-record-damaged`.
 */
export function noteMark(path: string, mark: number, now: number): void {
  const before = readNoted(path);
  if (mark <= before.mark) return;
  const most = Math.max(mostAtOnce, (mostPerSecond * (now - before.notedAt)) / 1_000);
  if (mark > highestMark || mark - before.mark > most) {
    throw new Refusal('mark-too-far', `the database says ${mark} audit entries, and said ${before.mark} before`);
  }
  const noted = { mark, notedAt: new Date(now).toISOString() };
  writeFileAtomic(path, `${JSON.stringify(noted)}\n`, 0o600);
}

function readNoted(path: string): DatabaseMark {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { mark: 0, notedAt: 0 };
    throw error;
  }
  try {
    const { mark, notedAt } = JSON.parse(text) as { mark?: unknown; notedAt?: unknown };
    const at = notedAt === undefined ? 0 : typeof notedAt === 'string' ? Date.parse(notedAt) : Number.NaN;
    const isMark = typeof mark === 'number' && Number.isSafeInteger(mark) && mark >= 0;
    if (isMark && !Number.isNaN(at)) return { mark, notedAt: at };
  } catch {
    // Said below, as for a file without a mark.
  }
  throw new SignerError('signer-record-damaged', `${path} holds no mark. Restore it from your copy of the keys.`);
}
