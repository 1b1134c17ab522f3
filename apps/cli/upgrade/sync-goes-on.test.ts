import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { exportRecord } from './testing/export-record.ts';
import { publish, upgradeNow } from './testing/releases.ts';

const seed = 20261122;
const changeEveryMs = 1_200;
const upgrades = 3;
/** Ten times the goal of the bench: a test must not fail because a machine is busy. */
const gapLimitMs = 1_500;

test('the version changes while sync goes on: the cloud directory ends equal to the file, and nothing is exported twice', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const home = temporaryHome(t);
  const directory = new ChangingDirectory(`${home}.ldif`, { people: 60, groups: 8, seed });
  t.after(() => directory.standStill());
  const up = await RunningUp.start(t, home, ['--ldif', directory.file, '--interval', '5']);
  const first = await up.all('Users');
  directory.keepChanging(changeEveryMs);
  const versions: string[] = [];
  for (let n = 0; n < upgrades; n++) {
    const version = await publish(home, 'connect-sync');
    const [ended] = await upgradeNow(home);
    assert.deepEqual({ to: ended?.to, result: ended?.result }, { to: version, result: 'Success' }, ended?.reason);
    versions.push(version);
  }
  await up.until(async () => (directory.writes > 12 ? true : undefined), 'the file changed often enough');
  directory.standStill();
  await directory.reached(up);

  const { output } = await runCli(['agent', 'auto-upgrade', 'history', '--home', home, '--json']);
  const history = (JSON.parse(output) as { upgrades: { to: string; result: string; gapMs: number }[] }).upgrades;
  assert.deepEqual(history.map(({ to }) => to).reverse(), versions);
  t.diagnostic(`gaps ${history.map(({ gapMs }) => `${gapMs} ms`).join(', ')}; ${directory.writes} changes of the file`);
  assert.ok(history.every(({ gapMs }) => gapMs <= gapLimitMs));

  const { components } = await up.status();
  const running = components.find(({ component }) => component === 'connect-sync');
  assert.deepEqual(
    { version: running?.version, state: running?.state },
    { version: versions.at(-1), state: 'running' },
  );
  const last = await up.all('Users');
  const changed = [...directory.stayed].filter((anchor) => last.get(anchor)?.id !== first.get(anchor)?.id);
  assert.deepEqual(changed, [], 'who stayed is the same resource');
  assert.ok(directory.stayed.size > 20);
  assert.equal((await up.interrupt()).code, 0);
  const { createdTwice, failed, unchanged, ...counts } = exportRecord(home);
  t.diagnostic(`exported: ${JSON.stringify(counts)}`);
  assert.deepEqual({ createdTwice, failed, unchanged }, { createdTwice: [], failed: 0, unchanged: 0 });
});
