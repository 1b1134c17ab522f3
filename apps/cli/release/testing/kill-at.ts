/**
 * Loaded before a program (`--import`): kills the process right before its n-th step on disk, a rename or a link
 * (`KILL_AT=n`). What a kill could split lies between two of these.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env['KILL_AT']);
let steps = 0;

function step(): void {
  steps++;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
}

const { renameSync, linkSync } = fs;
fs.renameSync = (from, to) => {
  step();
  renameSync(from, to);
};
fs.linkSync = (from, to) => {
  step();
  linkSync(from, to);
};
syncBuiltinESMExports();
