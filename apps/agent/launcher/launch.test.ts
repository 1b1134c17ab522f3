import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '../home.ts';
import { hashOf, linkedSlot, sealSlot, slotFolder, switchLink } from '../slot/slot.ts';
import { beginTrial, endTrial, nextLaunch } from './launch.ts';

const component = 'agent-updater';
const runtime = 'f'.repeat(64);

/** A home with an Agent Updater in each slot; slot a is linked. */
function installed(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-launch-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const runtimeFolder = join(agentHome(home).runtime, runtime);
  mkdirSync(runtimeFolder, { recursive: true });
  writeFileSync(join(runtimeFolder, 'node'), 'a runtime', { mode: 0o700 });
  for (const slot of ['a', 'b'] as const) {
    const folder = slotFolder(home, component, slot);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${component}.mjs`), `export const slot = '${slot}';\n`);
    sealSlot(home, slot, {
      component,
      version: slot === 'a' ? '2.5.0.0' : '2.6.0.0',
      releaseNumber: slot === 'a' ? 1 : 2,
      sha256: slot.repeat(64),
      treeHash: hashOf(folder),
      runtime,
      runtimeTreeHash: hashOf(runtimeFolder),
      stateSchema: 0,
    });
  }
  switchLink(home, component, 'a');
  return home;
}

/** What the next start runs. */
const started = (home: string): string => nextLaunch(home).bundle.at(-`/${component}.mjs`.length - 1)!;
const trialFile = (home: string): string => join(agentHome(home).folder, component, 'launch.json');

test('what the link names is started, with its runtime', (t) => {
  const home = installed(t);
  assert.deepEqual(nextLaunch(home), {
    runtime: join(agentHome(home).runtime, runtime, 'node'),
    bundle: join(slotFolder(home, component, 'a'), `${component}.mjs`),
  });
});

test('S10: a new Agent Updater has three starts to become ready; the fourth is the one before it, for good', (t) => {
  const home = installed(t);
  beginTrial(home, 'a');
  switchLink(home, component, 'b');
  assert.deepEqual([started(home), started(home), started(home), started(home)], ['b', 'b', 'b', 'a']);
  assert.equal(linkedSlot(home, component), 'a');
  assert.ok(!existsSync(trialFile(home)));
  for (let time = 0; time < 5; time++) assert.equal(started(home), 'a');
});

test('one that becomes ready at its third start is kept', (t) => {
  const home = installed(t);
  beginTrial(home, 'a');
  switchLink(home, component, 'b');
  assert.deepEqual([started(home), started(home), started(home)], ['b', 'b', 'b']);
  endTrial(home);
  for (let time = 0; time < 5; time++) assert.equal(started(home), 'b');
});

test('an end of a trial may be told twice', (t) => {
  const home = installed(t);
  endTrial(home);
  endTrial(home);
  assert.equal(started(home), 'a');
});

test('a kill between the trial’s begin and the switch costs nothing', (t) => {
  const home = installed(t);
  beginTrial(home, 'a');
  for (let time = 0; time < 5; time++) assert.equal(started(home), 'a');
});

test('a kill between the way back and its end is finished at the next start', (t) => {
  const home = installed(t);
  beginTrial(home, 'a');
  switchLink(home, component, 'b');
  for (let time = 0; time < 3; time++) started(home);
  const trial = join(home, 'kept');
  cpSync(trialFile(home), trial);
  started(home);
  cpSync(trial, trialFile(home));
  assert.equal(started(home), 'a');
  assert.ok(!existsSync(trialFile(home)));
});

test('S10: a build on trial that was altered is not run, and is left after three starts', (t) => {
  const home = installed(t);
  beginTrial(home, 'a');
  switchLink(home, component, 'b');
  appendFileSync(join(slotFolder(home, component, 'b'), `${component}.mjs`), ' ');
  for (let time = 0; time < 3; time++) assert.throws(() => nextLaunch(home), { code: 'slot-altered' });
  assert.equal(started(home), 'a');
});

test('S10: an Agent Updater that was altered is not run', (t) => {
  const home = installed(t);
  writeFileSync(join(slotFolder(home, component, 'a'), 'evil.mjs'), '');
  assert.throws(() => nextLaunch(home), { code: 'slot-altered' });
});

test('without an Agent Updater there is nothing to start', (t) => {
  const home = installed(t);
  rmSync(join(agentHome(home).folder, component), { recursive: true });
  assert.throws(() => nextLaunch(home), { code: 'slot-missing' });
});

for (const text of [
  '',
  '{"previous":"a"',
  'null',
  '[]',
  '{"previous":"c","starts":9}',
  '{"previous":"../../x","starts":9}',
  '{"previous":"b","starts":"9"}',
  '{"previous":"b","starts":1e999}',
  '{"previous":"b"}',
]) {
  test(`a launch.json that holds ${JSON.stringify(text)} is no trial`, (t) => {
    const home = installed(t);
    writeFileSync(trialFile(home), text);
    for (let time = 0; time < 5; time++) assert.equal(started(home), 'a');
  });
}
