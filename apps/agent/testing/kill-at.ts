/**
 * Preloaded into a process that a test wants to die at one place: `SIGKILL` before the change of a file that the
 * environment variable `KILL_AT` counts to. For tests only.
 */
import fs from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env['KILL_AT']);

function count(): void {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const changes = ['renameSync', 'rmSync', 'mkdirSync', 'symlinkSync', 'openSync', 'writeSync', 'fsyncSync'] as const;
for (const name of changes) {
  const original = fs[name] as (...given: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...given: unknown[]) => {
      count();
      return original(...given);
    },
  });
}
const { open } = files;
Object.assign(files, {
  open: (...given: Parameters<typeof open>) => {
    count();
    return open(...given);
  },
});
syncBuiltinESMExports();
