/** Which target paths are taken: such as mean one file below one folder, and the same one on Linux and on Windows. */
import { quoted, TrustError } from '../error.ts';
import { pathLimitBytes } from './limits.ts';

/**
 * Stricter than TUF 4.5, which only recommends it: segments divided by `/`, none empty, `.`, `..` or `__proto__`; no
 * backslash, no control character, at most 512 bytes.
 *
 * @throws {TrustError} `unsafe-name`.
 */
export function requireSafePath(path: string): void {
  if (!isSafePath(path)) throw new TrustError('unsafe-name', `the target path ${quoted(path)} is not safe`);
}

// An empty or dotted segment at any place, what JavaScript takes for the prototype, and characters that some system gives a
// meaning of its own.
const unsafe = /(?:^|\/)(?:\.{0,2}|__proto__)(?:\/|$)|[\\\u0000-\u001f\u007f-\u009f]/;

function isSafePath(path: string): boolean {
  // Three bytes are the most that one UTF-16 unit takes.
  const tooLong = path.length * 3 > pathLimitBytes && Buffer.byteLength(path) > pathLimitBytes;
  return !tooLong && !unsafe.test(path) && path.isWellFormed();
}
