/**
 * Loaded before a program (`--import`): kills the process at its n-th call that changes a disk (`KILL_AT=n`); a write has
 * then written a half.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env['KILL_AT']);
let calls = 0;

function isLast(): boolean {
  calls++;
  return calls === killAt;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const { renameSync, linkSync, rmSync, fsyncSync, writeSync } = fs;
fs.renameSync = (from, to) => (isLast() ? die() : renameSync(from, to));
fs.linkSync = (from, to) => (isLast() ? die() : linkSync(from, to));
fs.rmSync = (path, options) => (isLast() ? die() : rmSync(path, options));
fs.fsyncSync = (file) => (isLast() ? die() : fsyncSync(file));
fs.writeSync = ((file: number, bytes: Uint8Array, at: number) => {
  if (!isLast()) return writeSync(file, bytes, at);
  writeSync(file, bytes, at, Math.floor((bytes.length - at) / 2));
  die();
  return 0;
}) as typeof fs.writeSync;
syncBuiltinESMExports();
