/** When what waits becomes allowed, and how that ends: the rule, the day, approvers who go, withdrawals, time. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pendingApprovalShape } from '@springline/api/shapes/rollout';
import { withHalt, withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import { platforms } from '@springline/auto-upgrade/release/target-path';
import { applyMove } from '@springline/auto-upgrade/rollout/advance';
import { approvalDelayMs, lapseMs } from './approvals.ts';
import { passkey } from './testing/passkey.ts';
import { desk, digest, hourMs, kindOf, plan, start, withApprovedPlan, withFirstPolicy } from './testing/signer-desk.ts';

const [ada, grace, linus] = [passkey('ada'), passkey('grace'), passkey('linus')];

test('S12: when one of two approvers goes, what waited for long waits for a day from then on', async (t) => {
  const one = desk(t, [ada, grace]);
  await withFirstPolicy(one);
  await one.plan();
  one.clock.advance(10 * approvalDelayMs);
  assert.equal((await one.state()).pending[0]?.allowedAt, undefined);
  one.setApprovers([ada]);
  const changed = await one.state();
  assert.deepEqual([changed.rule, changed.approvedPlans], ['delay', []]);
  const allowedAt = start + 11 * approvalDelayMs;
  assert.equal(changed.pending[0]?.allowedAt, new Date(allowedAt).toISOString());
  one.clock.advance(approvalDelayMs - 1);
  assert.deepEqual((await one.reopen().state()).approvedPlans, [], 'and the record knows, not the process');
  one.clock.advance(1);
  assert.deepEqual((await one.reopen().state()).approvedPlans, [digest]);
});

test('S12: the day begins anew when two approvers were asked for in between', async (t) => {
  const one = desk(t, [ada]);
  await withFirstPolicy(one);
  await one.plan();
  one.clock.advance(approvalDelayMs - hourMs);
  one.setApprovers([ada, grace]);
  await one.state();
  one.clock.advance(hourMs);
  one.setApprovers([ada]);
  assert.deepEqual((await one.state()).approvedPlans, []);
  one.clock.advance(approvalDelayMs);
  assert.deepEqual((await one.state()).approvedPlans, [digest]);
});

test('S12: two people that were asked for by name of the rule are never less, whoever goes', async (t) => {
  for (const isDevelopment of [false, true]) {
    const one = desk(t, [ada, grace], { rule: 'two-people', isDevelopment });
    await withFirstPolicy(one);
    await one.plan();
    await one.approveBy(digest, ada);
    one.setApprovers([ada]);
    one.clock.advance(10 * approvalDelayMs);
    const { rule, pending, approvedPlans } = await one.state();
    assert.deepEqual([rule, pending[0]?.allowedAt, approvedPlans], ['two-people', undefined, []]);
    one.setApprovers([ada, linus]);
    assert.equal(kindOf(await one.approveBy(digest, linus)), 'done');
  }
});

test('S12: what an approver approved counts no more when the approver goes, nor for another of the name', async (t) => {
  const one = desk(t, [ada, grace, linus]);
  await withFirstPolicy(one);
  await one.plan();
  await one.approveBy(digest, ada);
  const other = passkey('ada');
  one.setApprovers([{ ...other, credentialId: 'b3RoZXI' }, grace, linus]);
  assert.deepEqual((await one.state()).pending[0]?.approvedBy, []);
  assert.equal(kindOf(await one.approveBy(digest, grace)), 'waiting');
  assert.equal(kindOf(await one.approveBy(digest, linus)), 'done');
});

test('S12: as long as the list of approvers cannot be read nothing becomes allowed, and a halt is signed', async (t) => {
  const one = desk(t, [ada], { isDevelopment: true });
  const first = await withFirstPolicy(one);
  const file = join(dirname(one.recordFile), 'approvers.json');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.replace('"approvers"', '"approver"'));
  assert.equal(kindOf(await one.plan()), 'waiting');
  const refused = await one.approveBy(digest, ada);
  assert.match(
    refused.kind === 'refused' ? refused.message : '',
    /approvers\.json: there is no member "approver"\. Correct it/,
  );
  assert.equal(kindOf(await one.policy(withHalt(first, true, one.clock.now()))), 'done');
  writeFileSync(file, good);
  assert.deepEqual((await one.state()).approvedPlans, [digest]);
});

test('S12: a plan that is approved and has not begun can be withdrawn, and must then be asked for again', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  const [unused] = (await one.state()).allowed;
  assert.deepEqual([unused?.digest, unused?.kind, unused?.rolloutId], [digest, 'plan', plan.rolloutId]);
  assert.equal(kindOf(await one.withdraw(digest)), 'done');
  const after = await one.state();
  assert.deepEqual([after.approvedPlans, after.allowed], [[], []]);
  assert.equal(kindOf(await one.withdraw(digest)), 'nothing-waits');
  assert.equal(kindOf(await one.policy(withRollout(first, plan, one.clock.now()))), 'waiting');
  assert.equal(kindOf(await one.reopen().plan()), 'waiting');
});

test('S12: the plan of a rollout that runs can be withdrawn: what is open stays, nothing more opens by itself', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  await one.policy(begun);
  assert.equal(kindOf(await one.withdraw(digest)), 'done');
  const canary = applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'canary' }, one.clock.now());
  assert.equal(kindOf(await one.policy(canary)), 'waiting');
});

test('S12: a change that is allowed and was not made can be withdrawn, and a halt takes back what was asked before', async (t) => {
  const one = desk(t, [ada, grace]);
  const halted = withHalt(undefined, true, one.clock.now());
  await one.policy(halted);
  const open = withHalt(halted, false, one.clock.now());
  const asked = await one.policy(open);
  const { digest: wanted } = asked.kind === 'waiting' ? asked.pending[0]! : assert.fail('it waits');
  await one.approveBy(wanted, ada, grace);
  assert.deepEqual(
    (await one.state()).allowed.map((each) => [each.kind, each.what]),
    [['widening', 'Ends the halt of all rollouts.']],
  );
  assert.equal(kindOf(await one.withdraw(wanted)), 'done');
  assert.equal(kindOf(await one.policy(open)), 'waiting');
});

for (const state of ['halted', 'aborted'] as const) {
  test(`S12: when a rollout is ${state}, what was allowed for it and not used is allowed no more`, async (t) => {
    const one = desk(t, [ada, grace]);
    const first = await withFirstPolicy(one);
    await one.plan();
    await one.approveBy(digest, ada, grace);
    const begun = withRollout(first, plan, one.clock.now());
    await one.policy(begun);
    const early = await one.policy(
      applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'broad' }, one.clock.now()),
    );
    const { digest: wanted } = early.kind === 'waiting' ? early.pending[0]! : assert.fail('it waits');
    await one.approveBy(wanted, ada, grace);
    assert.equal((await one.state()).allowed.length, 1);
    await one.policy(withState(begun, plan.rolloutId, state, 'bad', one.clock.now()));
    const after = await one.state();
    assert.deepEqual([after.allowed, after.pending], [[], []]);
    assert.deepEqual(after.approvedPlans, state === 'halted' ? [digest] : [], 'a plan goes on after a halt');
    const { plans } = (await one.signer.answer({ type: 'begun-plans' })) as { plans: readonly string[] };
    assert.equal(plans.length, 1, 'what began is remembered in any case');
  });
}

test('what nobody approves lapses after thirty days, and an approved plan that does not begin as well', async (t) => {
  const one = desk(t, [ada, grace]);
  await withApprovedPlan(one, ada, grace);
  await one.plan({ rolloutId: '01920000-0000-7000-8000-000000000002' });
  one.clock.advance(lapseMs - 1);
  const before = await one.state();
  assert.deepEqual([before.pending.length, before.approvedPlans.length], [1, 1]);
  one.clock.advance(1);
  const after = await one.state();
  assert.deepEqual([after.pending, after.approvedPlans, after.allowed], [[], [], []]);
  assert.deepEqual((await one.reopen().state()).pending, []);
});

test('no more than 256 things wait, are allowed, or are approved and have not begun', async (t) => {
  const one = desk(t, [ada, grace], { isDevelopment: true });
  const answers = new Map<string, number>();
  for (let at = 0; at < 300; at++) {
    // Slowly, so that it is no matter of the rate; on both sides of becoming allowed.
    one.clock.advance(30_000);
    if (at === 128) one.setApprovers([]);
    const kind = kindOf(await one.plan({ rolloutId: `01920000-0000-7000-8000-${String(at).padStart(12, '0')}` }));
    answers.set(kind, (answers.get(kind) ?? 0) + 1);
  }
  assert.deepEqual(
    [...answers],
    [
      ['waiting', 128],
      ['done', 128],
      ['too-many-wait', 44],
    ],
  );
});

test('the longest sentence that can wait is one that people are shown whole', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  const rings = Array.from({ length: 16 }, (_, at) => ({ ...plan.rings[0]!, name: `${'r'.repeat(30)}${10 + at}` }));
  const targets = new Map(platforms.map((platform, at) => [platform, `${at}`.repeat(64)]));
  await one.plan({ rings, targets });
  const [waits] = (await one.state()).pending;
  await one.approveBy(waits!.digest, ada, grace);
  let policy = withRollout(first, { ...plan, rings, targets }, one.clock.now());
  await one.policy(policy);
  for (const { name } of rings) {
    const opened = applyMove(policy, plan.rolloutId, { kind: 'open-ring', ring: name }, one.clock.now());
    if (kindOf(await one.policy(opened)) === 'done') policy = opened;
    one.clock.advance(hourMs);
  }
  const halted = withState(policy, plan.rolloutId, 'halted', 'bad', one.clock.now());
  await one.policy(halted);
  await one.policy(withState(halted, plan.rolloutId, 'running', '', one.clock.now()));
  const [asked] = (await one.state()).pending;
  assert.match(asked!.what, /^Resumes .*r25 \(open since/);
  assert.ok(asked!.what.length > 1_500, `${asked!.what.length}`);
  pendingApprovalShape.parse(asked);
});

test('taking approvals back as a whole leaves no line where there is nothing to take back', async (t) => {
  const one = desk(t, [ada, grace]);
  await one.plan();
  await one.signer.answer({ type: 'void-approvals', by: 'a test' });
  const { state } = one;
  assert.deepEqual((await state()).pending, []);
  const size = readFileSync(one.recordFile).length;
  for (let at = 0; at < 3; at++) await one.signer.answer({ type: 'void-approvals', by: 'a test' });
  assert.equal(readFileSync(one.recordFile).length, size);
});
