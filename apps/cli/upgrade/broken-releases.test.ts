import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AutoUpgrade, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { exportRecord } from './testing/export-record.ts';
import { autoUpgradeView, publish, upgradeHistory, upgradeNow } from './testing/releases.ts';

let up: RunningUp;
let home: string;
let directory: ChangingDirectory;
/** Hooks have no context to clean up after: this stands in for one. */
const cleanups: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanups.unshift(work) };

before(async () => {
  home = temporaryHome(context);
  directory = new ChangingDirectory(`${home}.ldif`, { people: 30, groups: 4, seed: 7 });
  up = await RunningUp.start(context, home, ['--ldif', directory.file, '--interval', '5']);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function runningVersion(component: string): Promise<string> {
  const { components } = await up.status();
  const found = components.find((other) => other.component === component);
  assert.equal(found?.state, 'running', found?.detail);
  return found.version;
}

async function componentView(component: string): Promise<AutoUpgrade['components'][number]> {
  return (await autoUpgradeView(home)).components.find((other) => other.component === component)!;
}

async function says(args: readonly string[], pattern: RegExp): Promise<void> {
  const { output, errors } = await runCli([...args, '--home', home]);
  assert.match(output + errors, pattern, args.join(' '));
}

/** The control plane hears of it with the next heartbeat. */
async function fleetSays(pattern: RegExp): Promise<void> {
  let output = '';
  const look = async (): Promise<true | undefined> => {
    ({ output } = await runCli(['upgrade', 'status', '--home', home]));
    return pattern.test(output) ? true : undefined;
  };
  await up.until(look, `upgrade status says ${pattern}`, 20_000).catch(() => assert.match(output, pattern));
}

for (const { breakage, result, reason, why } of [
  {
    breakage: 'crash',
    result: 'UpgradeFailedRollbackSuccess-Probation',
    reason: /ended with code 1/,
    why: 'crashes soon after it took over is rolled back',
  },
  {
    breakage: 'hang',
    result: 'UpgradeFailedRollbackSuccess-Probation',
    reason: /did not answer for 5 s/,
    why: 'hangs is rolled back',
  },
  {
    breakage: 'preflight',
    result: 'PreUpgradeFailure',
    reason: /broken on purpose/,
    why: 'fails its own preflight is never switched to',
  },
] as const) {
  test(`a build of Connect Sync that ${why}; the reason is shown, the build is blocked, and sync goes on`, async () => {
    const old = await runningVersion('connect-sync');
    const bad = await publish(home, 'connect-sync', breakage);
    const [ended] = await upgradeNow(home);
    assert.deepEqual({ from: ended?.from, to: ended?.to, result: ended?.result }, { from: old, to: bad, result });
    assert.match(ended?.reason ?? '', reason);
    assert.equal(await runningVersion('connect-sync'), old);

    await Promise.all([
      says(['agent', 'auto-upgrade', 'history'], reason),
      says(['agent', 'auto-upgrade', 'get', '--detail'], new RegExp(`${bad} is blocked until .*${reason.source}`)),
      fleetSays(new RegExp(`connect-sync/[^:]+: ${bad} is blocked until .*${reason.source}`)),
    ]);

    assert.deepEqual(await upgradeNow(home), [], 'a blocked build is not tried again');
    assert.equal((await componentView('connect-sync')).blocked?.version, bad);
    directory.change();
    await directory.reached(up);

    const good = await publish(home, 'connect-sync');
    const [next] = await upgradeNow(home);
    assert.deepEqual(
      { from: next?.from, to: next?.to, result: next?.result },
      { from: old, to: good, result: 'Success' },
    );
    assert.equal(await runningVersion('connect-sync'), good);
    assert.equal((await autoUpgradeView(home)).state, 'Enabled');
    directory.change();
    await directory.reached(up);
  });
}

/** The Agent Updater starts itself again in the middle, which cuts the call off; its history says how it ended. */
async function upgradeUpdater(to: string): Promise<UpgradeResult> {
  await upgradeNow(home).catch(() => undefined);
  return up.until(
    async () => (await upgradeHistory(home)).find((ended) => ended.component === 'agent-updater' && ended.to === to),
    `the upgrade to ${to} ends`,
    90_000,
  );
}

function crashes(): number {
  return readFileSync(join(home, 'logs', 'agent.log'), 'utf8').match(/^Error: this release was broken/gm)?.length ?? 0;
}

test('the Agent Updater upgrades itself', async () => {
  const good = await publish(home, 'agent-updater');
  assert.equal((await upgradeUpdater(good)).result, 'Success');
  assert.equal(await runningVersion('agent-updater'), good);
  directory.change();
  await directory.reached(up);
});

test('a build of the Agent Updater that fails its own preflight is never switched to', async () => {
  const old = await runningVersion('agent-updater');
  const { result, reason = '' } = await upgradeUpdater(await publish(home, 'agent-updater', 'preflight'));
  assert.equal(result, 'PreUpgradeFailure');
  assert.match(reason, /broken on purpose/);
  assert.equal(await runningVersion('agent-updater'), old);
});

test('the launcher leaves an Agent Updater that crashes after three starts; the reason is shown, and sync goes on', async () => {
  const old = await runningVersion('agent-updater');
  const before = crashes();
  const bad = await publish(home, 'agent-updater', 'crash');
  const { result, reason = '' } = await upgradeUpdater(bad);
  assert.equal(result, 'UpgradeFailedRollbackSuccess-Activation');
  assert.match(reason, /did not become ready/);
  await up.until(async () => ((await runningVersion('agent-updater')) === old ? true : undefined), 'the old one runs');
  assert.equal(crashes() - before, 3);
  await says(['agent', 'auto-upgrade', 'history'], /did not become ready/);
  await fleetSays(new RegExp(`agent-updater/[^:]+: ${bad} is blocked until `));
  directory.change();
  await directory.reached(up);

  const good = await publish(home, 'agent-updater');
  assert.equal((await upgradeUpdater(good)).result, 'Success');
  assert.equal(await runningVersion('agent-updater'), good);
});

test('through all of that nothing was exported twice', async () => {
  assert.equal((await up.interrupt()).code, 0);
  const { createdTwice, failed, unchanged } = exportRecord(home);
  assert.deepEqual({ createdTwice, failed, unchanged }, { createdTwice: [], failed: 0, unchanged: 0 });
});
