import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { endLeftover, noteProcess } from './leftover.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-leftover-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that hangs and hears nothing. */
function hung(t: TestContext): ChildProcess {
  const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('a process that a killed Updater left is gone before another one takes the state', async (t) => {
  const folder = folderOf(t);
  const child = hung(t);
  const exited = once(child, 'exit');
  noteProcess(folder, child.pid);
  await endLeftover(folder);
  assert.deepEqual(await exited, [null, 'SIGKILL']);
});

test('a process that only has the number of the one that was noted is left alone', async (t) => {
  const folder = folderOf(t);
  const child = hung(t);
  noteProcess(folder, child.pid);
  const file = join(folder, 'process.json');
  const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startedAt: string };
  writeFileSync(file, JSON.stringify({ pid, startedAt: String(Number(startedAt) - 1) }));
  await endLeftover(folder);
  assert.equal(child.exitCode ?? child.signalCode, null);
});

for (const text of [
  '',
  '{',
  '[]',
  'null',
  '{"pid":1,"startedAt":"0"}',
  '{"pid":"self","startedAt":"1"}',
  '{"pid":-1}',
]) {
  test(`a note that says ${JSON.stringify(text)} ends nobody`, async (t) => {
    const folder = folderOf(t);
    writeFileSync(join(folder, 'process.json'), text);
    await endLeftover(folder);
  });
}
