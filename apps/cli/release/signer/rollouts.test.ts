/** Rollouts from the API to what the signer signs: a real control plane, a real signer, reports of enrolled agents. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { RolloutController } from '@springline/control-plane/hus/controller';
import { tellNews } from '@springline/control-plane/hus/jobs';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import {
  imageEntries,
  publishImage,
  releaseFacts,
  releaseSha256,
} from '@springline/control-plane/testing/image-repository';
import { type RunningControlPlane, runControlPlane } from '@springline/control-plane/testing/running-control-plane';
import { makeToken } from '@springline/control-plane/testing/second-tenant';
import { enrol, send, sign, type TestAgent } from '@springline/control-plane/testing/signed-agent';
import { silentLog } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';
import { SignerRecord } from './record.ts';
import { serveSigner } from './serve.ts';
import { Signer } from './signer.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface Scene {
  readonly plane: RunningControlPlane;
  readonly controller: RolloutController;
  readonly published: string[];
  round(): Promise<void>;
  rollouts(): Promise<Rollouts>;
  create(
    body?: Record<string, unknown>,
  ): Promise<{ status: number; json: { rollout: RolloutView } & { code?: string } }>;
  change(rolloutId: string, action: string, reason?: string): Promise<{ status: number; json: { code?: string } }>;
}

/** Two rings, a host each is enough; a failure share of one in two halts. */
const rings = [
  {
    name: 'canary',
    startPpm: 1_000_000,
    rampPpmPerHour: 0,
    soakMinutes: 60,
    minCommitted: 1,
    minCommittedPpm: 900_000,
  },
  { name: 'broad', startPpm: 0, rampPpmPerHour: 100_000, soakMinutes: 60, minCommitted: 0, minCommittedPpm: 0 },
];

async function scene(t: TestContext): Promise<Scene> {
  const plane = await runControlPlane(t);
  publishImage(join(plane.home, 'control-plane', 'repository'), imageEntries(releaseFacts({ version: '1.2.4.0' })));
  const published: string[] = [];
  const signer = new Signer({
    record: SignerRecord.open(join(plane.home, 'keys', 'signer-record.jsonl')),
    approversFile: join(plane.home, 'keys', 'approvers.json'),
    markFile: join(plane.home, 'keys', 'database-mark.json'),
    isDevelopment: true,
    clock: plane.clock,
    isPublished: () => true,
    publish: async (text) => void published.push(text),
  });
  const before = process.cwd();
  const server = await serveSigner(plane.home, signer, silentLog);
  process.chdir(before);
  t.after(() => void server.close());
  const database = await plane.openDatabase();
  const controller = new RolloutController({ database, signer: signerClient(plane.home), tell: tellNews });
  return {
    ...{ plane, controller, published },
    round: async () => void (await controller.round(plane.clock.now())),
    rollouts: async () => (await plane.ask('GET', '/hus/v1/rollouts')).json,
    create: (body = {}) =>
      plane.ask('POST', '/hus/v1/rollouts', {
        body: { component: 'connect-sync', version: '1.2.4.0', rings, ...body },
      }),
    change: (rolloutId, action, reason = 'a test') =>
      plane.ask('POST', `/hus/v1/rollouts/${rolloutId}/change`, { body: { action, reason } }),
  };
}

function report(scene: Scene, agent: TestAgent, changes: Partial<HusReport>) {
  const said = {
    reportId: uuidV7(),
    at: new Date(scene.plane.clock.now()).toISOString(),
    ...{ component: 'connect-sync', from: '1.2.3.0', to: '1.2.4.0', targetSha256: releaseSha256 },
    ...changes,
  };
  return send(sign(scene.plane, agent, { method: 'POST', path: '/hus/v1/reports', body: { reports: [said] } }));
}

const last = (texts: readonly string[]) => parsePolicy(new TextEncoder().encode(texts.at(-1)));

test('a rollout opens its rings on evidence and completes, and people are told', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  const { status, json } = await one.create();
  assert.equal(status, 201);
  const { rolloutId } = json.rollout;
  assert.equal(json.rollout.state, 'running');
  assert.deepEqual(
    json.rollout.rings.map(({ name, openPpm }) => [name, openPpm]),
    [
      ['canary', 1_000_000],
      ['broad', 0],
    ],
  );
  one.plane.clock.advance(2 * hourMs);
  await one.round();
  assert.match((await one.rollouts()).rollouts[0]!.next, /Ring canary is not proven: 0 of 0/);
  await report(one, agent, { step: 'activating', ring: 'canary' });
  one.plane.clock.advance(1_000);
  await report(one, agent, { step: 'committed', result: 'Success', ring: 'canary' });
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.rings[1]?.openedAt, one.plane.clock.now());
  one.plane.clock.advance(5 * hourMs);
  assert.equal((await one.rollouts()).rollouts[0]?.rings[1]?.openPpm, 500_000);
  one.plane.clock.advance(6 * hourMs);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'complete');
  const { json: audit } = await one.plane.ask('GET', '/platform/v1/audit?limit=100');
  const actions = audit.entries.filter(({ subject }: { subject: string }) => subject === `rollout:${rolloutId}`);
  assert.deepEqual(
    actions.map(({ action }: { action: string }) => action),
    ['rollout.created', 'rollout.started', 'rollout.ring-opened', 'rollout.ring-opened', 'rollout.completed'],
  );
});

test('a build that fails halts its rollout by itself; only a person resumes it', async (t) => {
  const one = await scene(t);
  const agents = [await enrol(one.plane), await enrol(one.plane, { name: 'second', kind: 'ldif' })];
  const { rolloutId } = (await one.create({ haltAt: { minFailures: 2, failurePpm: 500_000 } })).json.rollout;
  await report(one, agents[0]!, {
    step: 'rolled-back',
    result: 'UpgradeFailedRollbackSuccess-Probation',
    ring: 'canary',
  });
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'running', 'one is not enough by the plan');
  await report(one, agents[1]!, { step: 'aborted', result: 'PreUpgradeFailure', ring: 'canary' });
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'halted');
  const [halted] = (await one.rollouts()).rollouts;
  assert.match(halted?.reason ?? '', /2 of 2 upgrades failed/);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'halted');
  assert.equal((await one.change(rolloutId, 'advance')).json.code, 'rollout-refused');
  assert.equal((await one.change(rolloutId, 'abort')).status, 200);
  assert.equal(last(one.published).rollouts[0]?.state, 'aborted');
  assert.equal((await one.change(rolloutId, 'resume')).json.code, 'rollout-refused');
});

test('S19: silence after activating counts as failure, after an hour', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.create({ haltAt: { minFailures: 1, failurePpm: 500_000 } });
  await report(one, agent, { step: 'activating', ring: 'canary' });
  one.plane.clock.advance(hourMs);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'running');
  one.plane.clock.advance(1);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'halted');
});

test('S19: where others are, agents enrolled less than a week ago count for nothing', async (t) => {
  const one = await scene(t);
  const database = await one.plane.openDatabase();
  const token = await makeToken(one.plane, database, { tenant: 'Fabrikam' });
  await enrol(one.plane);
  one.plane.clock.advance(8 * dayMs);
  const stranger = await enrol(one.plane, undefined, token);
  await one.create({ haltAt: { minFailures: 1, failurePpm: 1 } });
  await report(one, stranger, { step: 'failed', result: 'UpgradeFailedRollbackSuccess-Probation', ring: 'canary' });
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'running');
  one.plane.clock.advance(7 * dayMs + 1);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'halted');
});

test('what hosts lacked room or network for says nothing about a build', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.create({ haltAt: { minFailures: 1, failurePpm: 1 } });
  for (const result of ['UpgradeAbortedInsufficientDiskSpace', 'UpgradeAbortedDownloadFailed']) {
    await report(one, agent, { step: 'aborted', result, ring: 'canary' });
  }
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'running');
});

test('freezes and the halt of everything are signed at once', async (t) => {
  const one = await scene(t);
  await one.create();
  const freeze = { name: 'year end', from: '2026-12-20T00:00:00.000Z', until: '2027-01-04T00:00:00.000Z' };
  const change = (body: unknown) => one.plane.ask('POST', '/hus/v1/policy/change', { body });
  assert.equal((await change({ addFreeze: freeze, halt: true })).json.isHalted, true);
  assert.deepEqual(
    [last(one.published).isHalted, last(one.published).freezes.map(({ name }) => name)],
    [true, ['year end']],
  );
  assert.deepEqual((await one.rollouts()).freezes, [freeze]);
  await change({ removeFreeze: 'year end', halt: false });
  assert.deepEqual([last(one.published).isHalted, last(one.published).freezes], [false, []]);
  const backwards = await change({ addFreeze: { ...freeze, until: freeze.from } });
  assert.deepEqual([backwards.status, backwards.json.code], [409, 'rollout-refused']);
});

test('another tenant steers no rollout, and sees them', async (t) => {
  const one = await scene(t);
  const { rolloutId } = (await one.create()).json.rollout;
  const token = await makeToken(one.plane, await one.plane.openDatabase(), { tenant: 'Fabrikam' });
  const headers = { authorization: `Bearer ${token}` };
  const ask = (path: string, body: unknown) => one.plane.ask('POST', path, { body, headers });
  for (const [path, body] of [
    ['/hus/v1/rollouts', { component: 'connect-sync', version: '1.2.4.0' }],
    [`/hus/v1/rollouts/${rolloutId}/change`, { action: 'halt', reason: 'no' }],
    ['/hus/v1/policy/change', { halt: true }],
    ['/hus/v1/campaigns', {}],
  ] as const) {
    assert.equal((await ask(path, body)).status, 403, path);
  }
  assert.equal((await one.plane.ask('GET', '/hus/v1/rollouts', { headers })).json.rollouts.length, 1);
});

test('what is not published, or for download only, is not rolled out', async (t) => {
  const one = await scene(t);
  assert.equal((await one.create({ version: '9.9.9.0' })).json.code, 'not-found');
  publishImage(
    join(one.plane.home, 'control-plane', 'repository'),
    imageEntries(releaseFacts({ version: '1.2.5.0', channel: { download: true, autoUpgrade: false } })),
    2,
  );
  assert.equal((await one.create({ version: '1.2.5.0' })).json.code, 'rollout-refused');
});

test('S22: ten thousand wishes reach their hosts and leave what is public as it was', async (t) => {
  const one = await scene(t);
  await one.create();
  const agent = await enrol(one.plane);
  const before = one.published.length;
  const path = `/hus/v1/agents/${agent.agentId}/wish`;
  const database = await one.plane.openDatabase();
  const { setWish } = await import('@springline/control-plane/storage/upgrade/wishes');
  const tenants = await database.read.selectFrom('platform_tenants').select('id').execute();
  await database.write(async (writer) => {
    for (let at = 0; at < 10_000; at++) {
      await setWish(writer, tenants[0]!.id, `other-${at}`, '{"disabled":true}', one.plane.clock.now());
    }
  });
  const { json } = await one.plane.ask('PUT', path, { body: { disabled: true, pin: '1.2.3.0' } });
  assert.deepEqual(json.wish, { disabled: true, pin: '1.2.3.0' });
  const beat = { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'sync-1', components: [] } };
  const told = await send(sign(one.plane, agent, beat));
  assert.deepEqual(told.json.wish, json);
  await one.round();
  assert.equal(one.published.length, before);
});

test('a control plane whose signer is gone says so and changes nothing', async (t) => {
  const plane = await runControlPlane(t);
  publishImage(join(plane.home, 'control-plane', 'repository'), imageEntries(releaseFacts()));
  const { json } = await plane.ask('GET', '/hus/v1/rollouts');
  assert.match(json.signerProblem, /signer does not answer/);
  const body = { component: 'connect-sync', version: '1.2.3.0' };
  const created = await plane.ask('POST', '/hus/v1/rollouts', { body });
  assert.deepEqual([created.status, created.json.code], [503, 'signer-unreachable']);
});
