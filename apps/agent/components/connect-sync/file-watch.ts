/**
 * Tells when a file changed and stands still again. It looks twice a second instead of asking the kernel: editors
 * replace files, network shares send no notices, and one `stat` costs microseconds.
 */
import { stat } from 'node:fs/promises';

const lookEveryMs = 500;

/** Calls `changed` after each change, once two looks in a row see the same. Returns how to stop. */
export function watchFile(file: string, changed: () => void): () => void {
  let settled: string | undefined;
  let last: string | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    const found = await stat(file).catch(() => undefined); // A file that is being replaced is not there for a moment.
    const now = found === undefined ? undefined : [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ');
    if (settled === undefined) settled = now;
    else if (now !== undefined && now !== settled && now === last) {
      settled = now;
      changed();
    }
    last = now;
  };
  const begin = (): void => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  };
  // At once: what changes from now on counts as changed.
  begin();
  const timer = setInterval(begin, lookEveryMs);
  return () => clearInterval(timer);
}
