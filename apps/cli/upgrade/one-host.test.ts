import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { agentHome, componentHome } from '@springline/agent/home';
import { linkedSlot } from '@springline/agent/slot/slot';
import { saveSettings } from '@springline/agent/updater/auto-upgrade/settings';
import type { ComponentView } from '@springline/api/shapes/agent';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { processesOf } from './testing/processes.ts';
import { autoUpgradeView, publish, upgradeHistory } from './testing/releases.ts';

let up: RunningUp;
let home: string;
let directory: ChangingDirectory;
/** Hooks have no context to clean up after: this stands in for one. */
const cleanups: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanups.unshift(work) };

before(async () => {
  home = temporaryHome(context);
  directory = new ChangingDirectory(`${home}.ldif`, { people: 20, groups: 3, seed: 11 });
  up = await RunningUp.start(context, home, ['--ldif', directory.file, '--interval', '5']);
  // Read anew at every look.
  saveSettings(home, { state: 'Enabled', checkEverySeconds: 1 });
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function set(state: 'Enabled' | 'Disabled'): Promise<void> {
  const { code, errors } = await runCli(['agent', 'auto-upgrade', 'set', state, '--home', home]);
  assert.equal(code, 0, errors);
}

async function connectSync(): Promise<ComponentView> {
  const { components } = await up.status();
  return components.find(({ component }) => component === 'connect-sync')!;
}

/** Requests that the control plane has had for its repositories. */
async function repositoryRequests(): Promise<number> {
  const token = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  const response = await fetch(`${up.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  const counts = [...text.matchAll(/^springline_http_requests_total\{route="repository",[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits until the agent would have looked so often. */
async function looksPass(looks: number): Promise<void> {
  const seen = new Set<string | undefined>();
  await up.until(async () => {
    seen.add((await autoUpgradeView(home)).nextCheckAt);
    return seen.size > looks ? true : undefined;
  }, `${looks} looks are due`);
}

test('an agent that a person opted out asks no repository and installs nothing; opted in again it upgrades by itself', async () => {
  assert.ok((await repositoryRequests()) > 0);
  await set('Disabled');
  await looksPass(1);
  const before = await repositoryRequests();
  const { version: old } = await connectSync();
  const next = await publish(home, 'connect-sync');
  await looksPass(3);
  assert.equal(await repositoryRequests(), before);
  assert.equal((await connectSync()).version, old);
  assert.deepEqual(await upgradeHistory(home), []);
  const { output } = await runCli(['agent', 'auto-upgrade', 'get', '--home', home]);
  assert.equal(output, 'Disabled\n');

  await set('Enabled');
  await up.until(async () => ((await connectSync()).version === next ? true : undefined), `${next} runs`);
  const [ended] = await up.until(async () => {
    const history = await upgradeHistory(home);
    return history.length > 0 ? history : undefined;
  }, 'it is kept');
  assert.equal(ended?.result, 'Success');
});

test('a slot that somebody wrote to is not started again, and the same release is brought anew by itself', async () => {
  await set('Disabled');
  const slot = linkedSlot(home, 'connect-sync')!;
  const { version } = await connectSync();
  appendFileSync(join(componentHome(home, 'connect-sync').folder, slot, 'connect-sync.mjs'), '\n');
  const [pid] = processesOf(home, 'connect-sync.mjs');
  process.kill(pid!, 'SIGKILL');
  await up.until(async () => {
    const { state, detail } = await connectSync();
    return state === 'failing' && /does not hold what was verified/.test(detail ?? '') ? true : undefined;
  }, 'the altered build is refused');
  const log = join(home, 'logs', 'agent.log');
  const refusals = (): number => readFileSync(log, 'utf8').match(/"eventId":340\b/g)?.length ?? 0;
  await up.until(async () => (refusals() >= 2 ? true : undefined), 'it is refused again and again');
  assert.deepEqual(processesOf(home, 'connect-sync.mjs'), []);

  await set('Enabled');
  await up.until(async () => {
    const found = await connectSync();
    return found.state === 'running' && found.version === version ? true : undefined;
  }, 'the same release runs again');
  assert.notEqual(linkedSlot(home, 'connect-sync'), slot, 'from the other slot');
  await up.until(async () => ((await autoUpgradeView(home)).state === 'Enabled' ? true : undefined), 'all is well');
  directory.change();
  await directory.reached(up);
  assert.ok(readFileSync(agentHome(home).journal, 'utf8').endsWith('\n'));
});
