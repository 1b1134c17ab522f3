/**
 * The highest count of audit entries that the database ever told (`<home>/keys/database-mark.json`). A database that
 * tells a lower one was put back from a backup (security rule S8).
 */
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import { SignerError } from './error.ts';

/** 0 before the first. @throws {SignerError} `signer-record-damaged`. */
export function readMark(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  try {
    const { mark } = JSON.parse(text) as { mark?: unknown };
    if (typeof mark === 'number' && Number.isSafeInteger(mark) && mark >= 0) return mark;
  } catch {
    // Said below, as for a file without a mark.
  }
  throw new SignerError('signer-record-damaged', `${path} holds no mark. Restore it from your copy of the keys.`);
}

export function writeMark(path: string, mark: number): void {
  writeFileAtomic(path, `${JSON.stringify({ mark })}\n`, 0o600);
}
