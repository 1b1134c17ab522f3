import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import type { UpgradeStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { silentLog } from '@springline/ports/log';
import { agentHome, componentHome } from '../../home.ts';
import { linkedSlot, type Slot, sealSlot, switchLink } from '../../slot/slot.ts';
import type { ComponentProcess } from '../component-process.ts';
import { Attempt } from './attempt.ts';
import { JournalFile } from './journal-file.ts';
import { recover } from './recovery.ts';
import type { SwitchWorld } from './switch-over.ts';

const component = 'connect-sync';
const build = (slot: Slot) => ({
  version: slot === 'a' ? '2.5.0.0' : '2.6.0.0',
  releaseNumber: slot === 'a' ? 1 : 2,
  sha256: slot.repeat(64),
  slot,
});

/** A host that was killed in `step`, with its link at `link`, as the next Agent Updater finds it. */
class KilledHost {
  readonly home = mkdtempSync(join(tmpdir(), 'springline-recovery-'));
  readonly folder = componentHome(this.home, component).folder;
  /** The component as it is started by its link; it has just ended a good cycle. */
  process: Partial<ComponentProcess> = {
    whenReady: () => Promise.resolve(),
    watchClosely: () => undefined,
    view: () => ({ component, version: '2.6.0.0', state: 'running', since: '' }),
    cycleAtReady: 0,
    sync: {
      lastCycle: { number: 1, startedAt: '2099-01-01T00:00:00Z', endedAt: '2099-01-01T00:00:01Z', result: 'success' },
    } as unknown as NonNullable<ComponentProcess['sync']>,
    unansweredPings: 0,
    configuration: '',
    dependencies: [],
  };

  constructor(t: TestContext, step: UpgradeStep, link: Slot, more: Partial<JournalRecord> = {}, newSchema = 1) {
    t.after(() => rmSync(this.home, { recursive: true }));
    mkdirSync(this.folder, { recursive: true });
    for (const slot of ['a', 'b'] as const) {
      const { version, releaseNumber, sha256 } = build(slot);
      const hash = 'e'.repeat(64);
      const facts = { version, releaseNumber, sha256, treeHash: hash, runtime: hash, runtimeTreeHash: hash };
      sealSlot(this.home, slot, { component, ...facts, stateSchema: slot === 'a' ? 1 : newSchema });
    }
    switchLink(this.home, component, link);
    this.#journal().append({
      at: '2026-11-22T14:00:00.000Z',
      attempt: '0b9c3a52-6d6c-4a53-9d9c-6f1d3f8a2b10',
      component,
      step,
      from: build('a'),
      to: build('b'),
      ...more,
    });
  }

  #journal(): JournalFile {
    return new JournalFile(agentHome(this.home).journal, assert.fail);
  }

  /** Steps that follow in the journal, and the end of the attempt. */
  async recover(): Promise<{ readonly steps: readonly UpgradeStep[]; readonly last: JournalRecord }> {
    const steps: UpgradeStep[] = [];
    const journal = this.#journal();
    const attempt = Attempt.resume(journal, silentLog, ({ step }) => steps.push(step), journal.last!);
    const world: SwitchWorld = {
      home: this.home,
      running: () => this.process as ComponentProcess,
      make: () => assert.fail('nothing is made'),
      replace: () => assert.fail('nothing is replaced'),
      lastLook: () => assert.fail('nobody is asked'),
      canLook: () => Promise.resolve(true),
      allRunning: () => true,
      signal: new AbortController().signal,
    };
    const updater = { restart: () => assert.fail('nothing is restarted') };
    await recover(world, { log: silentLog, ...updater }, attempt)?.();
    return { steps, last: this.#journal().last! };
  }
}

for (const step of ['downloading', 'verified', 'staged', 'preflight', 'last-look', 'warming'] as const) {
  test(`killed in ${step}: the attempt is given up, and the old build stays`, async (t) => {
    const host = new KilledHost(t, step, 'a');
    const { steps, last } = await host.recover();
    assert.deepEqual(steps, ['aborted']);
    assert.equal(last.result, 'UpgradeAbortedInterrupted');
    assert.equal(last.blocks, undefined);
    assert.equal(linkedSlot(host.home, component), 'a');
  });
}

for (const step of ['draining', 'activating', 'probation'] as const) {
  test(`killed in ${step} while the link names the old build: it runs, and nothing is held against the new one`, async (t) => {
    const host = new KilledHost(t, step, 'a');
    const { steps, last } = await host.recover();
    assert.deepEqual(steps, ['rolling-back', 'rolled-back']);
    assert.deepEqual([last.result, last.blocks], ['UpgradeAbortedInterrupted', undefined]);
    assert.equal(linkedSlot(host.home, component), 'a');
  });
}

for (const [step, steps] of [
  ['activating', ['probation', 'committed']],
  ['probation', ['probation', 'committed']],
] as const) {
  test(`killed in ${step} while the link names the new build: it proves itself and is kept`, async (t) => {
    const host = new KilledHost(t, step, 'b');
    const recovered = await host.recover();
    assert.deepEqual(recovered.steps, steps);
    assert.equal(recovered.last.result, 'Success');
    assert.equal(linkedSlot(host.home, component), 'b');
  });
}

test('a build during whose probation the agent was ended three times is condemned', async (t) => {
  const host = new KilledHost(t, 'probation', 'b', { tries: 3 });
  await assert.rejects(host.recover(), {
    name: 'RollBack',
    result: 'UpgradeFailedRollbackSuccess-Probation',
    isBlocked: true,
  });
});

test('a build that does not become ready after a kill is condemned', async (t) => {
  const host = new KilledHost(t, 'activating', 'b');
  host.process = { ...host.process, whenReady: () => Promise.reject(new Error('connect-sync ended with code 1')) };
  await assert.rejects(host.recover(), {
    name: 'RollBack',
    message: 'connect-sync ended with code 1',
    isBlocked: true,
  });
});

const condemned = { result: 'UpgradeFailedRollbackSuccess-Probation', reason: 'it ended', blocks: true } as const;

for (const link of ['a', 'b'] as const) {
  test(`killed on the way back with the link at ${link}: the old build is linked, and the build stays condemned`, async (t) => {
    const host = new KilledHost(t, 'rolling-back', link, condemned);
    const { steps, last } = await host.recover();
    assert.deepEqual(steps, ['rolled-back']);
    assert.deepEqual([last.result, last.reason, last.blocks], [condemned.result, 'it ended', true]);
    assert.equal(linkedSlot(host.home, component), 'a');
  });
}

test('when the old build does not start either, the attempt ends all the same and says so', async (t) => {
  const host = new KilledHost(t, 'rolling-back', 'b', condemned);
  host.process = { ...host.process, whenReady: () => Promise.reject(new Error('connect-sync ended with code 7')) };
  const { steps, last } = await host.recover();
  assert.deepEqual(steps, ['rolled-back']);
  assert.equal(last.result, 'UpgradeFailedRollbackFailed-Probation');
  assert.equal(last.reason, 'it ended; connect-sync ended with code 7');
});

test('S9: killed on the way back, a state of the new schema is replaced by the old one, and imports come first', async (t) => {
  const host = new KilledHost(t, 'rolling-back', 'b', condemned, 2);
  const { state, restored } = componentHome(host.home, component);
  writeFileSync(state, 'as the new build wrote it');
  writeFileSync(`${state}.before-upgrade`, 'as it was before');
  await host.recover();
  assert.equal(readFileSync(state, 'utf8'), 'as it was before');
  assert.ok(existsSync(restored));
});

test('a state whose schema did not change is not put back', async (t) => {
  const host = new KilledHost(t, 'rolling-back', 'b', condemned);
  const { state } = componentHome(host.home, component);
  writeFileSync(state, 'as both builds write it');
  writeFileSync(`${state}.before-upgrade`, 'of an earlier upgrade');
  await host.recover();
  assert.equal(readFileSync(state, 'utf8'), 'as both builds write it');
});

for (const step of ['idle', 'committed', 'rolled-back', 'aborted'] as const) {
  test(`killed in ${step}: nothing is left to do for the builds`, async (t) => {
    const host = new KilledHost(t, step, 'b');
    const { steps } = await host.recover();
    assert.deepEqual(steps, []);
    assert.equal(linkedSlot(host.home, component), 'b');
  });
}

test('copies of the state that a killed trial left are removed', async (t) => {
  const host = new KilledHost(t, 'preflight', 'a');
  const { state } = componentHome(host.home, component);
  for (const suffix of ['', '.preflight-a', '.preflight-b-wal']) writeFileSync(`${state}${suffix}`, '');
  await host.recover();
  assert.deepEqual(readdirSync(host.folder).sort(), ['a.json', 'b.json', 'current', 'state.db']);
});
