import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { CreateRollout, RolloutView } from '@springline/api/shapes/rollout';
import { silentLog } from '@springline/ports/log';
import { callAgentUpdater } from '../agent-client.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { KeyRing } from '../release/key-ring.ts';
import { SignerDesk } from '../release/signer/desk.ts';
import { autoUpgradeView, publish, upgradeNow } from './testing/releases.ts';
import { UpgradeHost } from './testing/upgrade-host.ts';

const component = 'connect-sync';
const open = { startPpm: 1_000_000, rampPpmPerHour: 0, soakMinutes: 0, minCommitted: 1, minCommittedPpm: 0 };

interface Scene {
  readonly host: UpgradeHost;
  create(version: string, body?: Partial<CreateRollout>): Promise<RolloutView>;
  change(rolloutId: string, action: 'halt' | 'resume' | 'advance'): Promise<RolloutView>;
  policy(change: { halt?: boolean }): Promise<unknown>;
  waits(): Promise<AutoUpgrade['components'][number]['waits']>;
}

/** A host of ours, with a policy in force: from then on a release needs a rollout. */
async function scene(t: TestContext): Promise<Scene> {
  const host = await UpgradeHost.prepare(t);
  const folder = process.cwd();
  const desk = await SignerDesk.open(host.home, new KeyRing(host.home), silentLog);
  process.chdir(folder);
  t.after(() => desk.close());
  host.set('Enabled');
  void host.startHooked();
  await host.ready();
  const place = { home: host.home, url: host.cloud.url };
  const over = { name: 'over', from: '2020-01-01T00:00:00.000Z', until: '2020-01-02T00:00:00.000Z' };
  await callControlPlane(place, 'changeRolloutPolicy', { addFreeze: over });
  return {
    host,
    async create(version, body = {}) {
      const rings = [
        { name: 'canary', ...open },
        { name: 'broad', ...open },
      ];
      return (await callControlPlane(place, 'createRollout', { component, version, rings, ...body })).rollout;
    },
    async change(rolloutId, action) {
      const body = { action, reason: 'a test' };
      return (await callControlPlane(place, 'changeRollout', body, { params: { rolloutId } })).rollout;
    },
    policy: (change) => callControlPlane(place, 'changeRolloutPolicy', change),
    async waits() {
      const { components } = await autoUpgradeView(host.home);
      return components.find((each) => each.component === component)?.waits;
    },
  };
}

const ended = async (home: string) => (await upgradeNow(home)).map(({ to, result }) => [to, result]);

test('a host installs what the rollout has reached it with, and says why it waits for the rest', async (t) => {
  const { host, create, change, policy, waits } = await scene(t);
  const { home } = host;
  const second = await publish(home, component);
  assert.deepEqual(await ended(home), []);
  assert.equal((await waits())?.rule, 'not-in-policy');

  const first = await create(second);
  assert.deepEqual(await ended(home), [], 'its ring is not open');
  assert.deepEqual(await waits(), {
    rule: 'ring-not-open',
    reason:
      `${second}: The rollout has not reached the ring of this host. ` +
      'No date is known: until broad is open, which takes proof of the rings before, or a person.',
  });
  await change(first.rolloutId, 'halt');
  await callAgentUpdater(home, 'auto-upgrade.schedule', { schedule: { ring: 'canary' } });
  assert.deepEqual(await ended(home), [], 'a halt beats the ring');
  assert.equal((await waits())?.rule, 'rollout-halted');
  await change(first.rolloutId, 'resume');
  assert.deepEqual(await ended(home), [[second, 'Success']]);
  const rolled = await callControlPlane({ home, url: host.cloud.url }, 'listRollouts');
  assert.deepEqual(rolled.rollouts[0]?.rings[0]?.evidence, { activating: 0, committed: 1, failed: 0, silent: 0 });

  // A halted newest does not hide an older one, and everything can be stopped at once.
  const third = await publish(home, component);
  await policy({ halt: true });
  await create(third);
  assert.deepEqual(await ended(home), []);
  assert.equal((await waits())?.rule, 'policy-halted');
  await policy({ halt: false });
  assert.deepEqual(await ended(home), [[third, 'Success']]);
  assert.equal(await host.works(), third);
});

test('a Disabled host takes nothing, whatever is rolled out, and neither does one that its tenant disabled', async (t) => {
  const { host, create, waits } = await scene(t);
  const { home } = host;
  const old = host.installed;
  const second = await publish(home, component);
  await create(second, { rings: [{ name: 'broad', ...open }] });
  host.set('Disabled');
  assert.deepEqual(await ended(home), []);
  assert.equal(host.installed, old);

  host.set('Enabled');
  const { agentId } = (await callAgentUpdater(home, 'auto-upgrade.get').then(() => host.status())) as {
    agentId: string;
  };
  const place = { home, url: host.cloud.url };
  await callControlPlane(place, 'setWish', { disabled: true }, { params: { agentId } });
  await host.until(async () => {
    const told = await callAgentUpdater(home, 'auto-upgrade.check').then(waits);
    return told?.rule === 'Disabled' ? true : undefined;
  }, 'the wish has reached the host');
  assert.deepEqual(await ended(home), []);
  await callControlPlane(place, 'setWish', {}, { params: { agentId } });
  await host.until(async () => ((await ended(home)).length > 0 ? true : undefined), 'the wish was taken back');
  assert.equal(await host.works(), second);
});

test('a policy that this build cannot read holds everything', async (t) => {
  const { host, create, waits } = await scene(t);
  const { home } = host;
  const second = await publish(home, component);
  await create(second, { rings: [{ name: 'broad', ...open }] });
  // What the agent kept of it is damaged: it is fetched again and counts only as it was signed.
  appendFileSync(`${agentHome(home).upgrade}/policy.json`, ' ');
  assert.deepEqual(await ended(home), [[second, 'Success']]);
  assert.equal(await waits(), undefined);
});
