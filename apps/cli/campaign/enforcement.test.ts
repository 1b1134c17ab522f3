/** What a minimum refuses to whom, over the wire: a real control plane with a real signer, agents that sign. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ComponentFacts } from '@springline/auto-upgrade/release/release-facts';
import type { Answer } from '@springline/control-plane/testing/running-control-plane';
import { enrol, send, sign, type TestAgent } from '@springline/control-plane/testing/signed-agent';
import { uuidV7 } from '@springline/ports/uuid';
import { type PlaneWithSigner, planeWithSigner, publishReleases } from '../testing/plane-with-signer.ts';

const dayMs = 24 * 60 * 60_000;
type Effect = 'notify' | 'restrict' | 'stop-sync';

/** Connect Sync 1.2.4.0 by 10 December 2026; the clock stands at 22 November. */
const notice = (effect: Effect) => ({
  campaignId: 'december',
  name: 'December',
  revisions: [
    {
      revision: 1,
      publishedAt: '2026-11-22T00:00:00Z',
      title: 'Upgrade by 10 December 2026',
      deadline: { date: '2026-12-10', zone: 'UTC' },
      minimums: [{ component: 'connect-sync', version: '1.2.4.0', effect }],
    },
  ],
});

interface Scene {
  readonly one: PlaneWithSigner;
  readonly agent: TestAgent;
  /** As agents do between whiles: their state, a report, exports, a look from a cursor, a look from the start. */
  asks(): Promise<Record<'heartbeat' | 'report' | 'export' | 'goOn' | 'again', Answer>>;
}

async function scene(t: TestContext, effect: Effect, facts: Partial<ComponentFacts> = {}): Promise<Scene> {
  const one = await planeWithSigner(t);
  const { plane } = one;
  publishReleases(plane.home, ['1.2.3.0', '1.2.4.0'], facts);
  const agent = await enrol(plane);
  const opened = await plane.ask('POST', '/hus/v1/campaigns', { body: notice(effect) });
  assert.equal(opened.status, 200, opened.text);
  const ask = (method: string, path: string, body?: unknown) =>
    send(sign(plane, agent, { method, path, ...(body === undefined ? {} : { body }) }));
  const component = { component: 'connect-sync', version: '1.2.3.0', releaseNumber: 100, step: 'idle' };
  const { connectorId } = agent;
  return {
    one,
    agent,
    asks: async () => ({
      heartbeat: await ask('POST', '/platform/v1/heartbeat', {
        hostName: 'sync-1.contoso.example',
        components: [],
        autoUpgrade: { state: 'Enabled', channel: 'HUS', components: [component] },
      }),
      report: await ask('POST', '/hus/v1/reports', {
        reports: [
          {
            reportId: uuidV7(),
            at: new Date(plane.clock.now()).toISOString(),
            ...{ component: 'connect-sync', from: '1.2.3.0', to: '1.2.4.0', targetSha256: '2'.repeat(64) },
            ...{ step: 'aborted', result: 'UpgradeAbortedInsufficientDiskSpace' },
          },
        ],
      }),
      export: await ask('POST', '/directory/v1/exports', {
        connectorId,
        idempotencyKey: uuidV7(),
        operations: [{ op: 'delete', objectType: 'user', sourceAnchor: 'a1' }],
      }),
      goOn: await ask('GET', `/directory/v1/changes?connectorId=${connectorId}&cursor=0`),
      again: await ask('GET', `/directory/v1/changes?connectorId=${connectorId}`),
    }),
  };
}

const statuses = (answers: Record<string, Answer>) =>
  Object.fromEntries(Object.entries(answers).map(([name, { status }]) => [name, status]));
const nothing = { heartbeat: 200, report: 200, export: 200, goOn: 200, again: 200 };
const floor = { below: '1.2.4.0', from: '2026-12-01T00:00:00Z' };

for (const { effect, facts, refused } of [
  { effect: 'notify', facts: { floor }, refused: {} },
  { effect: 'restrict', facts: {}, refused: { again: 403 } },
  { effect: 'stop-sync', facts: { floor }, refused: { again: 403, export: 403 } },
] as const) {
  test(`a build below a minimum that says ${effect} is refused ${Object.keys(refused).join(', ') || 'nothing'} after the date, and the way out stays open`, async (t) => {
    const { one, asks } = await scene(t, effect, effect === 'notify' ? {} : facts);
    assert.deepEqual(statuses(await asks()), nothing);
    one.plane.clock.advance(Date.UTC(2026, 11, 10, 23, 59) - one.plane.clock.now());
    assert.deepEqual(statuses(await asks()), nothing, 'the date is inclusive');
    one.plane.clock.advance(60_000);
    const answers = await asks();
    assert.deepEqual(statuses(answers), { ...nothing, ...refused });
    if (effect === 'notify') return;
    const { code, detail } = answers.again.json;
    assert.equal(code, 'below-minimum-version');
    assert.match(detail, /1\.2\.3\.0 is installed.*at least 1\.2\.4\.0.*springline upgrade advice/s);
    const minimums = (await one.plane.ask('GET', '/hus/v1/minimums')).json;
    assert.equal(minimums.minimums[0].below, 1);
    assert.equal(minimums.servers[0].effect, effect);
  });
}

test('S27: stop-sync that Image did not sign acts as restrict', async (t) => {
  const { one, asks } = await scene(t, 'stop-sync');
  one.plane.clock.advance(Date.UTC(2026, 11, 11) - one.plane.clock.now());
  await asks();
  assert.deepEqual(statuses(await asks()), { ...nothing, again: 403 });
});

test('S27: a host that could not have had a better build for 14 days is only told', async (t) => {
  const { one, asks } = await scene(t, 'restrict', { publishedAt: '2026-11-28T00:00:00Z' });
  one.plane.clock.advance(Date.UTC(2026, 11, 11) - one.plane.clock.now());
  await asks();
  assert.deepEqual(statuses(await asks()), nothing);
  one.plane.clock.advance(dayMs);
  assert.deepEqual(statuses(await asks()), { ...nothing, again: 403 });
});

test('S27: nothing is held against a host whose rollout is halted', async (t) => {
  const { one, asks } = await scene(t, 'restrict');
  await one.plane.ask('POST', '/hus/v1/policy/change', { body: { halt: true } });
  one.plane.clock.advance(Date.UTC(2026, 11, 12) - one.plane.clock.now());
  await asks();
  assert.deepEqual(statuses(await asks()), nothing);
});

test('S27: the time of a halt counts against nobody who waited for its end', async (t) => {
  const { one, asks } = await scene(t, 'restrict');
  const { plane } = one;
  const until = (month: number, day: number) => plane.clock.advance(Date.UTC(2026, month - 1, day) - plane.clock.now());
  const open = { startPpm: 1_000_000, rampPpmPerHour: 0, soakMinutes: 0, minCommitted: 0, minCommittedPpm: 0 };
  const body = { component: 'connect-sync', version: '1.2.4.0', rings: [{ name: 'broad', ...open }] };
  assert.equal((await plane.ask('POST', '/hus/v1/rollouts', { body })).json.rollout.state, 'complete');
  until(11, 24);
  await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: true } });
  until(12, 6);
  await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: false } });
  until(12, 11);
  await asks();
  assert.deepEqual(statuses(await asks()), nothing, 'it could be had for a week in all');
  until(12, 20);
  assert.deepEqual(statuses(await asks()), { ...nothing, again: 403 });
});

test('S27: a minimum that nobody could plan for, or that no release satisfies, is not taken', async (t) => {
  const one = await planeWithSigner(t);
  await enrol(one.plane);
  const soon = notice('restrict');
  soon.revisions[0]!.deadline.date = '2026-11-28';
  const refused = await one.plane.ask('POST', '/hus/v1/campaigns', { body: soon });
  assert.deepEqual([refused.status, refused.json.code], [409, 'campaign-refused']);
  assert.match(refused.json.detail, /floor-too-soon/);
  const told = await one.plane.ask('POST', '/hus/v1/campaigns', { body: { ...soon, name: 7 } });
  assert.equal(told.json.code, 'malformed-request');
});
