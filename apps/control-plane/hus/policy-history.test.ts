import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { formatPolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { type EpochMs, FakeClock } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { systemTenantId } from '../storage/platform/tables.ts';
import { policiesKept, policyTextKept, seenPolicies } from '../storage/upgrade/policies.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { PolicyHistory } from './policy-history.ts';
import type { SignerPort } from './signer-client.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 10, 22);

const policy = (version: number, day: number, isHalted = false): RolloutPolicy => ({
  ...{ format: 'springline-rollout-1', version, issuedAt: (start + day * dayMs) as EpochMs, isHalted },
  ...{ freezes: [], rollouts: [] },
});

/** A signer that has signed what `sign` says, and signs whatever it is asked for. */
async function scene(t: TestContext) {
  const database = await (await runControlPlane(t)).openDatabase();
  const clock = new FakeClock(start);
  let signed: string | undefined;
  const signer = {
    state: async () => (signed === undefined ? {} : { policy: signed }) as SignerState,
    ask: async (question: { policy?: string }) => {
      signed = question.policy ?? signed;
      return { kind: 'done' as const };
    },
  } as unknown as SignerPort;
  const history = new PolicyHistory(database, clock, signer);
  return {
    ...{ history, clock, database },
    sign(of: RolloutPolicy): void {
      signed = formatPolicy(of);
    },
    /** Version, and from which day until which; `for ever` where there is no end. */
    async spans() {
      const days = (at: number) => (at > start + 1_000 * dayMs ? 'for ever' : Math.max(-9, (at - start) / dayMs));
      return (await history.inForce()).map((each) => [each.policy?.version, days(each.from), days(each.until)]);
    },
  };
}

test('without a policy everything was open at all times', async (t) => {
  const one = await scene(t);
  assert.deepEqual(await one.spans(), [[undefined, -9, 'for ever']]);
});

test('each policy was in force until the next, and none was before the first', async (t) => {
  const one = await scene(t);
  for (const next of [policy(1, 1), policy(2, 3), policy(3, 7)]) {
    one.clock.advance(next.issuedAt - one.clock.now());
    await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
  }
  assert.deepEqual(await one.spans(), [
    [undefined, -9, 1],
    [1, 1, 3],
    [2, 3, 7],
    [3, 7, 'for ever'],
  ]);
});

test('of the time between two policies that do not follow each other nothing is known', async (t) => {
  const one = await scene(t);
  one.sign(policy(4, 1));
  one.clock.advance(2 * dayMs);
  await one.history.signer.state();
  one.clock.advance(3 * dayMs);
  await one.history.signer.state();
  one.sign(policy(6, 9));
  one.clock.advance(5 * dayMs);
  // It was seen on the fifth day for the last time, and somebody may have halted everything on the sixth.
  assert.deepEqual(await one.spans(), [
    [4, 1, 5],
    [6, 9, 'for ever'],
  ]);
});

test('a policy that was not signed is not put down', async (t) => {
  const one = await scene(t);
  await one.history.signer.ask({ type: 'withdraw', digest: 'ab', by: 'ada' });
  assert.deepEqual(await one.spans(), [[undefined, -9, 'for ever']]);
});

test('the history is bounded: the oldest policies go', async (t) => {
  const one = await scene(t);
  for (let version = 1; version <= policiesKept + 3; version++) {
    await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(policy(version, version)) });
  }
  const spans = await one.spans();
  assert.deepEqual([spans.length, spans[0]?.[0]], [policiesKept, 4]);
});

test('of policies that are long fewer are kept, so that all together stay small', async (t) => {
  const one = await scene(t);
  const rollout = (at: number): RolloutPolicy['rollouts'][number] => ({
    ...{ rolloutId: uuidV7(), component: 'connect-sync', version: `1.${at}.0.0`, releaseNumber: at + 1 },
    ...{
      targets: new Map([['linux-x64', at.toString(16).padStart(64, '0')]]),
      state: 'halted',
      reason: 'x'.repeat(500),
    },
    rings: Array.from({ length: 12 }, (_, ring) => ({ name: `ring-${ring}`, startPpm: 0, rampPpmPerHour: 0 })),
  });
  const rollouts = Array.from({ length: 128 }, (_, at) => rollout(at));
  const long = (version: number): string => formatPolicy({ ...policy(version, version), rollouts });
  const many = Math.ceil(policyTextKept / long(1).length) + 2;
  assert.ok(many < policiesKept, 'what is tested is the length and not the number');
  for (let version = 1; version <= many; version++) {
    await one.history.signer.ask({ type: 'propose-policy', policy: long(version) });
  }
  const kept = await seenPolicies(one.database.read);
  assert.ok(kept.reduce((sum, each) => sum + each.policy.length, 0) <= policyTextKept);
  assert.equal(kept.at(-1)?.version, many);
});

test('a signer that was set up anew: its first policy is in force, and of the time before nothing is known', async (t) => {
  const one = await scene(t);
  for (const next of [policy(1, 1), policy(2, 2), policy(7, 7)]) {
    await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
  }
  await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(policy(1, 10)) });
  assert.deepEqual(await one.spans(), [[1, 10, 'for ever']]);
  one.clock.advance(dayMs);
  await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(policy(2, 12)) });
  assert.deepEqual(await one.spans(), [
    [1, 10, 12],
    [2, 12, 'for ever'],
  ]);
});

test('a policy that another overtook on its way here is put down before it, and takes nothing away', async (t) => {
  const one = await scene(t);
  for (const next of [policy(1, 1), policy(3, 3), policy(2, 2), policy(1, 1)]) {
    one.clock.advance(dayMs);
    await one.history.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
  }
  one.sign(policy(3, 3));
  assert.deepEqual(await one.spans(), [
    [undefined, -9, 1],
    [1, 1, 2],
    [2, 2, 3],
    [3, 3, 'for ever'],
  ]);
});

test('a database that still has both is put right at the next look', async (t) => {
  const one = await scene(t);
  for (const [version, day] of [
    [1, 10],
    [2, 2],
    [7, 7],
  ] as const) {
    const row = { issued_at: (start + day * dayMs) as EpochMs, seen_at: start as EpochMs };
    await one.database.write((writer) =>
      writer
        .insertInto('upgrade_policies')
        .values({
          tenant_id: systemTenantId,
          version,
          ...row,
          policy: formatPolicy(policy(version, day)),
          is_after_other: 0,
        })
        .execute(),
    );
  }
  one.sign(policy(1, 10));
  assert.deepEqual(await one.spans(), [[1, 10, 'for ever']]);
});
