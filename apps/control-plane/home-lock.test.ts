import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockHome } from './home-lock.ts';
import { temporaryFolder } from './testing/running-control-plane.ts';

const holder = new URL('./testing/lock-holder.ts', import.meta.url);

test('a home that is held is refused with the process that holds it, and free after its release', async (t) => {
  const folder = temporaryFolder(t);
  const lock = await lockHome(folder);
  await assert.rejects(lockHome(folder), (error: Error & { code: string }) => {
    assert.equal(error.code, 'home-in-use');
    assert.match(error.message, new RegExp(`process ${process.pid}\\).*stop it first, or choose another --home`));
    return true;
  });
  await lock.release();
  await (await lockHome(folder)).release();
});

test('of ten that start at once exactly one gets the home', async (t) => {
  const folder = temporaryFolder(t);
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => lockHome(folder)));
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  assert.equal(held.length, 1);
  await held[0]!.value.release();
});

test('what a killed process left behind is taken over, by one of those who try', async (t) => {
  const folder = temporaryFolder(t);
  const child = fork(holder, [folder]);
  await once(child, 'message');
  await assert.rejects(lockHome(folder), { code: 'home-in-use' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(existsSync(join(folder, 'lock.sock')), true);
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => lockHome(folder)));
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  assert.equal(held.length, 1);
  await held[0]!.value.release();
});

test('a home deep down, whose path is too long for a socket, is locked all the same', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = join(temporaryFolder(t), 'x'.repeat(80), 'y'.repeat(80));
  mkdirSync(folder, { recursive: true });
  const lock = await lockHome(folder);
  assert.equal(existsSync(join(folder, 'lock.sock')), true);
  await assert.rejects(lockHome(folder), { code: 'home-in-use' });
  await lock.release();
  await (await lockHome(folder)).release();
});
