/**
 * Processes of one home, found by their command lines.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that run `bundle` (`connect-sync.mjs`) from a slot of `home`. */
export function processesOf(home: string, bundle: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.some((word) => word.startsWith(`${home}/`) && word.endsWith(`/${bundle}`));
      } catch {
        return false; // It has just ended.
      }
    });
}
