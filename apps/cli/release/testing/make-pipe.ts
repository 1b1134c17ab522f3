/** A named pipe that nobody writes to: whoever reads it without care waits for ever. For tests only. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const command = 'mkfifo';

export function makePipe(path: string): void {
  assert.equal(spawnSync(command, [path]).status, 0);
}
