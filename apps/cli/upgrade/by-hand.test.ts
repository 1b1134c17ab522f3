import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { HistoryEntry } from '@springline/agent/updater/auto-upgrade/view';
import type { ByHandDecision } from '@springline/auto-upgrade/upgrader/by-hand';
import { silentLog } from '@springline/ports/log';
import { callControlPlane } from '../control-plane-client.ts';
import { KeyRing } from '../release/key-ring.ts';
import { recallRelease } from '../release/recall.ts';
import { SignerDesk } from '../release/signer/desk.ts';
import { runCli } from '../testing/running-up.ts';
import { autoUpgradeView, publish, publishForDownload, upgradeHistory, upgradeNow } from './testing/releases.ts';
import { UpgradeHost } from './testing/upgrade-host.ts';

const component = 'connect-sync';
const shut = { startPpm: 0, rampPpmPerHour: 0, soakMinutes: 0, minCommitted: 1, minCommittedPpm: 0 };

interface Answer {
  readonly code: number | null;
  readonly state: string;
  readonly decisions: readonly ByHandDecision[];
  readonly ended: readonly HistoryEntry[];
}

/** Runs `springline agent upgrade connect-sync …`. */
async function upgrade(home: string, ...args: readonly string[]): Promise<Answer> {
  const { code, output, errors } = await runCli(['agent', 'upgrade', component, ...args, '--json', '--home', home]);
  assert.notEqual(output, '', errors);
  return { code, ...(JSON.parse(output) as Omit<Answer, 'code'>) };
}

async function refused(home: string, ...args: readonly string[]): Promise<ByHandDecision> {
  const { code, decisions, ended } = await upgrade(home, ...args);
  assert.deepEqual([code, ended, decisions.length, decisions[0]?.action], [1, [], 1, 'refuse']);
  return decisions[0]!;
}

/** A host that a person opted out, by which a wait of any kind would be kept too. */
async function optedOut(t: TestContext): Promise<UpgradeHost> {
  const host = await UpgradeHost.prepare(t);
  host.set('Disabled');
  void host.startHooked();
  await host.ready();
  return host;
}

test('an opted-out host is upgraded by hand to a release that is for download only, and stays opted out', async (t) => {
  const host = await optedOut(t);
  const { home } = host;
  const old = host.installed;
  const second = await publishForDownload(home, component);
  const settings = readFileSync(agentHome(home).autoUpgrade, 'utf8');

  const plan = await upgrade(home, '--dry-run');
  assert.deepEqual([plan.code, plan.decisions[0]?.action, plan.decisions[0]?.version], [0, 'install', second]);
  assert.deepEqual([host.installed, plan.ended, host.journal], [old, [], []], 'nothing was changed');

  const { code, output, errors } = await runCli(['agent', 'upgrade', component, '--home', home]);
  assert.equal(code, 0, errors);
  assert.match(output, /auto-upgrade stays Disabled on this host/);
  assert.equal(host.installed, second);
  assert.equal(await host.works(), second);
  assert.equal(readFileSync(agentHome(home).autoUpgrade, 'utf8'), settings);
  assert.equal((await autoUpgradeView(home)).state, 'Disabled');
  const [ended] = (await upgradeHistory(home)) as readonly HistoryEntry[];
  assert.deepEqual(
    [ended?.to, ended?.result, ended?.reason, ended?.byHand],
    [second, 'Success', 'asked for by hand', true],
  );
  const { reports } = await host.until(async () => {
    const found = await callControlPlane({ home, url: host.cloud.url }, 'listUpgradeReports', undefined, {
      query: { limit: 10 },
    });
    return found.reports.some(({ step }) => step === 'committed') ? found : undefined;
  }, 'the control plane is told');
  assert.deepEqual(reports.find(({ step }) => step === 'committed')?.reason, 'asked for by hand');

  // Opted in again, nothing of it looks like a fault, and what is for auto-upgrade comes by itself.
  host.set('Enabled');
  assert.deepEqual(await upgradeNow(home), []);
  assert.equal((await autoUpgradeView(home)).state, 'Enabled');
  assert.equal((await upgrade(home)).decisions[0]?.action, 'none');
  const third = await publish(home, component);
  assert.deepEqual(
    (await upgradeNow(home)).map(({ to, result }) => [to, result]),
    [[third, 'Success']],
  );
});

test('a build that fails by hand is blocked as any other, and tried again only when that is asked for', async (t) => {
  const host = await optedOut(t);
  const { home } = host;
  const old = host.installed;
  const bad = await publish(home, component, 'preflight');
  const failed = await upgrade(home);
  assert.equal(failed.code, 1);
  const [ended] = failed.ended;
  assert.deepEqual([ended?.to, ended?.result, ended?.byHand], [bad, 'PreUpgradeFailure', true]);
  assert.equal((await refused(home)).rule, 'blocked');
  const again = await upgrade(home, '--retry-blocked');
  assert.deepEqual([again.code, again.ended.length], [1, 1]);
  assert.equal(await host.works(), old);
  assert.equal((await autoUpgradeView(home)).state, 'Disabled');
});

test('every component of a host is upgraded by hand with one command, the Agent Updater last', async (t) => {
  const host = await UpgradeHost.prepare(t);
  const { home } = host;
  host.set('Disabled');
  await host.launch();
  const next = await publishForDownload(home, component);
  const updater = await publishForDownload(home, 'agent-updater');
  const { code, output, errors } = await runCli(['agent', 'upgrade', '--json', '--home', home]);
  assert.equal(code, 0, `${errors}${output}`);
  const { ended } = JSON.parse(output) as Answer;
  assert.deepEqual(
    ended.map(({ component: each, to, result }) => [each, to, result]),
    [
      [component, next, 'Success'],
      ['agent-updater', updater, 'Success'],
    ],
  );
  assert.equal(await host.works(), next);
});

test('by hand no host takes what is older, unknown, recalled or halted, and it says so', async (t) => {
  const host = await UpgradeHost.prepare(t);
  const { home } = host;
  const folder = process.cwd();
  const desk = await SignerDesk.open(home, new KeyRing(home), silentLog);
  process.chdir(folder);
  t.after(() => desk.close());
  host.set('Disabled');
  void host.startHooked();
  await host.ready();
  const place = { home, url: host.cloud.url };
  const old = host.installed;

  const second = await publish(home, component);
  const unknown = await refused(home, '--to', '99.0.0.0');
  assert.equal(unknown.rule, 'not-named');
  assert.ok(unknown.named.includes(second));
  assert.match(unknown.reason ?? '', new RegExp(`It names .*${second.replaceAll('.', '\\.')}`));
  assert.equal((await refused(home, '--to', '0.0.0.1')).rule, 'release-number-fell');

  await recallRelease(home, { component, version: second, reason: 'it loses renames', stop: 'new' });
  const recalled = await refused(home, '--to', second);
  assert.deepEqual([recalled.rule, /it loses renames/.test(recalled.reason ?? '')], ['recalled', true]);

  const third = await publish(home, component);
  const rings = [{ name: 'broad', ...shut }];
  const over = { name: 'over', from: '2020-01-01T00:00:00.000Z', until: '2020-01-02T00:00:00.000Z' };
  await callControlPlane(place, 'changeRolloutPolicy', { addFreeze: over });
  const { rollout } = await callControlPlane(place, 'createRollout', { component, version: third, rings });
  const change = (action: 'halt' | 'resume') =>
    callControlPlane(
      place,
      'changeRollout',
      { action, reason: 'a test' },
      { params: { rolloutId: rollout.rolloutId } },
    );
  await change('halt');
  const halted = await refused(home, '--to', third);
  assert.deepEqual([halted.rule, /halted: a test\./.test(halted.reason ?? '')], ['rollout-halted', true]);
  await callControlPlane(place, 'changeRolloutPolicy', { halt: true });
  assert.equal((await refused(home)).rule, 'policy-halted');
  assert.deepEqual([host.installed, host.journal], [old, []]);

  // Nothing stops it any more: its ring is not open, and by hand that does not count.
  await callControlPlane(place, 'changeRolloutPolicy', { halt: false });
  await change('resume');
  const { code, ended } = await upgrade(home, '--to', third);
  assert.deepEqual([code, ended.map(({ to, result }) => [to, result])], [0, [[third, 'Success']]]);
  assert.equal(await host.works(), third);
  assert.equal((await refused(home, '--to', old)).rule, 'release-number-fell');
});
