/** Files that people have a command write: in a folder that is there, and never over a file that is. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandError } from './output.ts';

/** Asked before the work is done, so that nothing is done in vain. @throws {CommandError} naming `option`. */
export function requireNewFile(path: string, option: string): void {
  if (existsSync(path)) throw new CommandError(`${path} is there already; choose another ${option}`);
  const folder = dirname(resolve(path));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new CommandError(`there is no folder ${folder}; make it, or choose another ${option}`);
}
