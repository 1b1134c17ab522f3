/** What reports prove: held against heartbeats, rollouts and the age of hosts, through the routes that agents use. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import { nextMove } from '@springline/auto-upgrade/rollout/advance';
import { formatPlan, planDigest, type RolloutPlan, rolloutFromPlan } from '@springline/auto-upgrade/rollout/plan';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import type { SqliteDatabase } from '../storage/sqlite/open.ts';
import { countEvidence, evidencePerAgentLimit } from '../storage/upgrade/evidence.ts';
import { addRollout, setRolloutState } from '../storage/upgrade/rollouts.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, send, sign, type TestAgent } from '../testing/signed-agent.ts';
import { censusOf, evidenceOf } from './controller.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const ring = { startPpm: 1_000_000, rampPpmPerHour: 0, soakMs: 0, minCommitted: 1, minCommittedPpm: 900_000 };

interface Scene {
  readonly plane: RunningControlPlane;
  readonly database: SqliteDatabase;
  beat(agent: TestAgent, place: { ring?: string; role?: 'active' | 'staging' }): Promise<unknown>;
  tell(agent: TestAgent, changes?: Partial<HusReport>): Promise<readonly { code: string }[] | undefined>;
  /** By ring: committed, failed, silent. */
  counts(): Promise<Record<string, readonly number[]>>;
}

function planFor(sha256: string): RolloutPlan {
  return {
    ...{ rolloutId: uuidV7(), component: 'connect-sync', version: '1.2.4.0', releaseNumber: 101 },
    targets: new Map([['linux-x64', sha256]]),
    rings: [
      { name: 'canary', ...ring },
      { name: 'early', ...ring },
      { name: 'broad', ...ring },
    ],
    haltAt: { minFailures: 2, failurePpm: 50_000 },
  };
}

const digest = 'ab'.repeat(32);
const plan = planFor(digest);

async function begin(database: SqliteDatabase, of: RolloutPlan): Promise<void> {
  await database.write((writer) =>
    addRollout(writer, {
      ...{ rolloutId: of.rolloutId, plan: formatPlan(of), digest: planDigest(of), state: 'running', reason: null },
      ...{ wanted: null, createdBy: 'a test', createdAt: 0 as EpochMs },
    }),
  );
}

async function scene(t: TestContext): Promise<Scene> {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  await begin(database, plan);
  return {
    ...{ plane, database },
    beat: (agent, place) => {
      const autoUpgrade = { state: 'Enabled', channel: 'HUS', components: [], ...place };
      const body = { hostName: 'sync-1', components: [], autoUpgrade };
      return send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
    },
    async tell(agent, changes = {}) {
      const said = {
        ...{ reportId: uuidV7(), at: new Date(plane.clock.now()).toISOString(), component: 'connect-sync' },
        ...{ from: '1.2.3.0', to: '1.2.4.0', targetSha256: digest, step: 'committed', ring: 'canary', ...changes },
      };
      const request = { method: 'POST', path: '/hus/v1/reports', body: { reports: [said] } };
      const { status, json, text } = await send(sign(plane, agent, request));
      assert.equal(status, 200, text);
      assert.deepEqual(json.accepted, [said.reportId]);
      return json.uncounted?.map(({ code }: { code: string }) => code);
    },
    async counts() {
      const now = plane.clock.now();
      const since = { silentSince: (now - hourMs) as EpochMs, enrolledBefore: undefined };
      const found = await countEvidence(database.read, [...plan.targets.values()], since);
      const told = found.filter(({ activating, committed, failed }) => activating + committed + failed > 0);
      return Object.fromEntries(told.map((each) => [each.ring, [each.committed, each.failed, each.silent]]));
    },
  };
}

const rowsOf = async ({ database }: Scene) =>
  (await database.read.selectFrom('upgrade_evidence').select('target_sha256').execute()).length;

test('S19: a report counts in the ring that heartbeats say, and in no other', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  assert.deepEqual(await one.tell(agent), ['place-not-known'], 'no heartbeat has said canary');
  await one.beat(agent, { ring: 'broad' });
  assert.deepEqual(await one.tell(agent), ['place-not-known']);
  assert.deepEqual(await one.counts(), {});
  // What it said before counts once the heartbeat says the same: they may come in any order.
  await one.beat(agent, { ring: 'canary' });
  assert.deepEqual(await one.counts(), { canary: [1, 0, 0] });
  assert.equal(await one.tell(agent), undefined);
});

test('S19: a role that no heartbeat said counts for nothing', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.beat(agent, { ring: 'canary' });
  assert.deepEqual(await one.tell(agent, { role: 'staging' }), ['place-not-known']);
  assert.deepEqual(await one.counts(), {});
});

test('S19: a host that goes from ring to ring counts once, where it began', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  for (const next of ['canary', 'early', 'broad']) {
    await one.beat(agent, { ring: next });
    one.plane.clock.advance(1_000);
    await one.tell(agent, { ring: next, step: next === 'broad' ? 'failed' : 'committed' });
  }
  assert.deepEqual(await one.counts(), { canary: [0, 1, 0] });
});

test('S19: beginning again and again is silence since the first time', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.beat(agent, { ring: 'canary' });
  await one.tell(agent, { step: 'activating' });
  one.plane.clock.advance(hourMs);
  await one.tell(agent, { step: 'activating' });
  assert.deepEqual(await one.counts(), { canary: [0, 0, 0] });
  one.plane.clock.advance(1);
  assert.deepEqual(await one.counts(), { canary: [0, 0, 1] });
});

test('a revoked agent proves nothing any more', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.beat(agent, { ring: 'canary' });
  await one.tell(agent);
  await one.plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  assert.deepEqual(await one.counts(), {});
});

for (const [name, changes] of [
  ['a digest of its own', { targetSha256: 'cd'.repeat(32) }],
  ['another version than that of the digest', { to: '1.2.5.0' }],
  ['another component than that of the digest', { component: 'agent-updater' }],
] as const) {
  test(`a report about ${name} is answered with a code and is no evidence`, async (t) => {
    const one = await scene(t);
    const agent = await enrol(one.plane);
    await one.beat(agent, { ring: 'canary' });
    assert.deepEqual(await one.tell(agent, changes), ['no-rollout']);
    assert.equal(await rowsOf(one), 0);
  });
}

test('builds of another platform and of rollouts that were given up are no evidence', async (t) => {
  const one = await scene(t);
  const other = { ...planFor('cd'.repeat(32)), targets: new Map([['win-x64', 'cd'.repeat(32)]]) } as RolloutPlan;
  await begin(one.database, other);
  const agent = await enrol(one.plane);
  await one.beat(agent, { ring: 'canary' });
  assert.deepEqual(await one.tell(agent, { targetSha256: 'cd'.repeat(32) }), ['no-rollout']);
  await one.database.write((writer) => setRolloutState(writer, plan.rolloutId, { state: 'aborted', reason: '' }));
  assert.deepEqual(await one.tell(agent), ['no-rollout']);
  assert.equal(await rowsOf(one), 0);
});

test('what an agent lacked room for has no code: there is nothing to count', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  const code = await one.tell(agent, { step: 'aborted', result: 'UpgradeAbortedInsufficientDiskSpace' });
  assert.equal(code, undefined);
});

test('the evidence of one agent is bounded', async (t) => {
  const one = await scene(t);
  const agent = await enrol(one.plane);
  await one.beat(agent, { ring: 'canary' });
  for (let at = 0; at < evidencePerAgentLimit + 2; at++) {
    const own = at.toString(16).padStart(64, '0');
    await begin(one.database, planFor(own));
    one.plane.clock.advance(1_000);
    await one.tell(agent, { targetSha256: own });
  }
  assert.equal(await rowsOf(one), evidencePerAgentLimit);
});

test('S19: by the usual plan one old agent alone opens no ring where there are three tenants', async (t) => {
  const one = await scene(t);
  const agents = [await enrol(one.plane)];
  for (const tenant of ['Fabrikam', 'Northwind']) {
    agents.push(await enrol(one.plane, undefined, await makeToken(one.plane, one.database, { tenant })));
  }
  one.plane.clock.advance(8 * dayMs);
  const now = () => one.plane.clock.now();
  const move = async () => {
    const rollout = rolloutFromPlan(plan);
    const [canary, ...rest] = rollout.rings;
    const rings = [{ ...canary!, openedAt: (now() - 1) as EpochMs }, ...rest];
    return nextMove(
      plan,
      { ...rollout, rings },
      await evidenceOf(one.database.read, plan, await censusOf(one.database.read, now())),
      now(),
    );
  };
  for (const agent of agents) await one.beat(agent, { ring: agent === agents[2] ? 'broad' : 'canary' });
  await one.tell(agents[0]!);
  const stays = await move();
  assert.equal(stays.kind, 'stay');
  assert.match(stays.why, /1 of 1 committed; 1 must.*at least 2 hosts of 2 tenants/);
  await one.tell(agents[1]!);
  assert.deepEqual(await move(), { kind: 'open-ring', ring: 'early' });
});
