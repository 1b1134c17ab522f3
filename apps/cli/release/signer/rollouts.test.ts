/** Rollouts from the API to what the signer signs: a real control plane, a real signer, reports of enrolled agents. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { recallsJson, recallTargetPath } from '@springline/auto-upgrade/release/recall-statement';
import { parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { RolloutController } from '@springline/control-plane/hus/controller';
import { RecallNews, tellNews } from '@springline/control-plane/hus/news';
import { PublishedReleases } from '@springline/control-plane/hus/published-releases';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import { findRollout, setRolloutState } from '@springline/control-plane/storage/upgrade/rollouts';
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
    publish: async (text) => published.push(text()) > 0,
  });
  const before = process.cwd();
  const server = await serveSigner(plane.home, signer, silentLog);
  process.chdir(before);
  t.after(() => void server.close());
  const database = await plane.openDatabase();
  const controller = new RolloutController({
    ...{ database, signer: signerClient(plane.home), tell: tellNews },
    published: new PublishedReleases(join(plane.home, 'control-plane', 'repository')),
  });
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

/** As agents do: the heartbeat says in which ring the host is, then the report. */
async function report(scene: Scene, agent: TestAgent, changes: Partial<HusReport>) {
  const { ring } = changes;
  const autoUpgrade = { state: 'Enabled', channel: 'HUS', components: [], ...(ring === undefined ? {} : { ring }) };
  const beat = { hostName: 'sync-1', components: [], autoUpgrade };
  await send(sign(scene.plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: beat }));
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

const stateOf = async (one: Scene, rolloutId: string) =>
  (await one.rollouts()).rollouts.find((each) => each.rolloutId === rolloutId);
const replace = { reason: 'another plan' };

for (const { state, way } of [
  { state: 'running', way: /which is running: advance it, or abort it\./ },
  { state: 'halted', way: /which is halted: resume it, or abort it\./ },
] as const) {
  test(`a release whose rollout is ${state} gets no second one by the way, only in its place and with a reason`, async (t) => {
    const one = await scene(t);
    const first = (await one.create()).json.rollout;
    if (state === 'halted') await one.change(first.rolloutId, 'halt');
    const before = one.published.length;
    const { status, json } = await one.create();
    assert.deepEqual([status, json.code], [409, 'rollout-refused']);
    assert.match((json as unknown as { detail: string }).detail, way);
    assert.deepEqual([(await stateOf(one, first.rolloutId))?.state, one.published.length], [state, before]);
    const second = (await one.create({ replace })).json.rollout;
    assert.equal(second.state, 'running');
    assert.deepEqual(
      last(one.published).rollouts.map(({ rolloutId }) => rolloutId),
      [second.rolloutId],
    );
    const { state: after, reason } = (await stateOf(one, first.rolloutId))!;
    assert.deepEqual([after, reason], ['aborted', `replaced by rollout ${second.rolloutId}`]);
  });
}

test('a release whose rollout was aborted, or is complete, gets another without saying replace', async (t) => {
  const one = await scene(t);
  const { rolloutId } = (await one.create()).json.rollout;
  await one.change(rolloutId, 'abort');
  assert.equal((await one.create()).status, 201);
});

async function recall(one: Scene, reason = 'it forgets groups'): Promise<void> {
  const recalledAt = new Date(one.plane.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const builds = [{ sha256: releaseSha256, version: '1.2.4.0', stop: 'running' as const, reason, recalledAt }];
  const custom = recallsJson('connect-sync', builds);
  const entry: [string, unknown] = [recallTargetPath('connect-sync'), { length: 1, hashes: {}, custom }];
  const folder = join(one.plane.home, 'control-plane', 'repository');
  publishImage(folder, [...imageEntries(releaseFacts({ version: '1.2.4.0' })), entry], 2);
}

test('the rollout of a recalled release says so, goes nowhere, and is neither advanced nor resumed', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  const { rolloutId } = (await one.create()).json.rollout;
  await report(one, agent, { step: 'committed', result: 'Success', ring: 'canary' });
  one.plane.clock.advance(2 * hourMs);
  await recall(one);
  const before = one.published.length;
  await one.round();
  assert.equal(one.published.length, before, 'the next ring was due, and does not open');
  const { state, reason, next } = (await stateOf(one, rolloutId))!;
  assert.deepEqual([state, reason], ['recalled', 'it forgets groups']);
  assert.match(next, /called this release back: nobody installs it/);
  for (const action of ['advance', 'resume']) {
    const { status, json } = await one.change(rolloutId, action);
    assert.deepEqual([status, json.code], [409, 'rollout-refused'], action);
    assert.match((json as { detail?: string }).detail ?? '', /was recalled, .*: it forgets groups\./);
  }
  assert.equal((await one.change(rolloutId, 'abort')).status, 200);
  assert.equal((await stateOf(one, rolloutId))?.state, 'aborted');
});

test('what waited to be resumed is not done once its release is recalled', async (t) => {
  const one = await scene(t);
  const { rolloutId } = (await one.create()).json.rollout;
  await one.change(rolloutId, 'halt');
  const database = await one.plane.openDatabase();
  await database.write((writer) =>
    setRolloutState(writer, rolloutId, { state: 'halted', reason: 'a test', wanted: 'resume' }),
  );
  await recall(one);
  await one.round();
  assert.equal(last(one.published).rollouts[0]?.state, 'halted');
  await one.round();
  assert.equal((await findRollout(database.read, rolloutId))?.wanted, null);
});

test('hosts of rings that a plan does not have are counted beside its rings, and prove none', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  const all = [{ ...rings[0], name: 'all', soakMinutes: 0 }];
  const { rolloutId } = (await one.create({ rings: all })).json.rollout;
  await report(one, agent, { step: 'committed', result: 'Success', ring: 'broad' });
  await one.round();
  const { state, elsewhere, rings: shown } = (await stateOf(one, rolloutId))!;
  assert.deepEqual([state, shown[0]?.evidence.committed], ['running', 0]);
  assert.deepEqual(elsewhere, { activating: 0, committed: 1, failed: 0, silent: 0 });
});

test('people hear of a halt, a resume, an abort, and of the halt of all with its reason', async (t) => {
  const one = await scene(t);
  const { rolloutId } = (await one.create()).json.rollout;
  one.plane.clock.advance(1_000);
  await one.change(rolloutId, 'halt', 'sign-in is slow');
  one.plane.clock.advance(1_000);
  await one.change(rolloutId, 'resume', 'it was the proxy');
  one.plane.clock.advance(1_000);
  await one.change(rolloutId, 'advance', 'looked at by hand');
  one.plane.clock.advance(1_000);
  await one.change(rolloutId, 'abort', 'superseded');
  const change = (body: unknown) => one.plane.ask('POST', '/hus/v1/policy/change', { body });
  for (const halt of [true, true, false]) {
    one.plane.clock.advance(1_000);
    await change({ halt, reason: 'incident 4711' });
    assert.equal((await one.rollouts()).haltReason, halt ? 'incident 4711' : undefined);
  }
  assert.deepEqual(
    await notices(one),
    [
      'rollout-started: connect-sync 1.2.4.0: begun',
      'rollout-ring-opened: connect-sync 1.2.4.0: ring canary opened',
      'rollout-halted: connect-sync 1.2.4.0: halted by a person: sign-in is slow',
      'rollout-resumed: connect-sync 1.2.4.0: resumed',
      'rollout-ring-opened: connect-sync 1.2.4.0: ring broad opened by a person, sooner than planned',
      'rollout-aborted: connect-sync 1.2.4.0: aborted by a person: superseded',
      'policy-halted: Everything is halted: nothing is installed anywhere (incident 4711)',
      'policy-resumed: Rollouts go on: the halt of all is over (incident 4711)',
    ].toSorted(),
  );
});

test('a recall and the first host that rolls a release back are told of once, however many follow', async (t) => {
  const one = await scene(t);
  const agents = [await enrol(one.plane), await enrol(one.plane, { name: 'second', kind: 'ldif' })];
  for (const agent of agents) {
    const failed = { step: 'rolled-back', result: 'UpgradeFailedRollbackSuccess-Probation' } as const;
    await report(one, agent, { ...failed, reason: 'it crashed' });
    await report(one, agent, { ...failed, targetSha256: 'cd'.repeat(32) });
  }
  await recall(one);
  const database = await one.plane.openDatabase();
  for (let start = 0; start < 2; start++) {
    const news = new RecallNews(database, new PublishedReleases(join(one.plane.home, 'control-plane', 'repository')));
    for (let round = 0; round < 2; round++) await news.tell(one.plane.clock.now());
  }
  assert.deepEqual(
    await notices(one),
    [
      'upgrade-failed: connect-sync 1.2.4.0: the upgrade of sync-1 failed and was rolled back',
      'release-recalled: connect-sync 1.2.4.0 was recalled: it forgets groups',
    ].toSorted(),
  );
});

/** `kind: subject`, in the order of the alphabet. */
async function notices(one: Scene): Promise<readonly string[]> {
  const database = await one.plane.openDatabase();
  const rows = await database.read.selectFrom('platform_notices').select(['kind', 'subject']).execute();
  return rows.map(({ kind, subject }) => `${kind}: ${subject}`).toSorted();
}

test('the only rollout, given up in the instant in which it began, is taken out of the policy', async (t) => {
  const one = await scene(t);
  const { rolloutId } = (await one.create()).json.rollout;
  const database = await one.plane.openDatabase();
  await database.write((writer) => setRolloutState(writer, rolloutId, { state: 'aborted', reason: 'a test' }));
  assert.equal(last(one.published).rollouts[0]?.state, 'running');
  await one.round();
  const { state, reason } = last(one.published).rollouts[0]!;
  assert.deepEqual([state, reason], ['aborted', 'a test']);
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
