/** The signer's record put back from an older copy, while the published tree went on (S8, S12). */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { test } from 'node:test';
import { withHalt, withRollout } from '@springline/auto-upgrade/hus/policy-change';
import { applyMove } from '@springline/auto-upgrade/rollout/advance';
import { formatPolicy, parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { passkey } from './testing/passkey.ts';
import { type Desk, desk, digest, hourMs, kindOf, plan, withFirstPolicy } from './testing/signer-desk.ts';

const [ada, grace] = [passkey('ada'), passkey('grace')];
const inForce = async (one: Desk) => parsePolicy(Buffer.from((await one.state()).policy ?? ''));

test('S8: a plan that was withdrawn after the backup allows nothing when the older record comes back', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  await one.plan();
  await one.approveBy(digest, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  assert.equal(kindOf(await one.policy(begun)), 'done');
  const copy = `${one.recordFile}.copy`;
  copyFileSync(one.recordFile, copy);
  assert.equal(kindOf(await one.withdraw(digest)), 'done');
  const canary = applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'canary' }, one.clock.now());
  assert.equal(kindOf(await one.policy(canary)), 'waiting');
  const frozen = withHalt(begun, true, one.clock.now());
  await one.policy(frozen);

  copyFileSync(copy, one.recordFile);
  const again = one.reopen();
  again.signer.begin(one.published.at(-1));
  assert.deepEqual((await again.state()).approvedPlans, []);
  const policy = await inForce(again);
  const opened = applyMove(policy, plan.rolloutId, { kind: 'open-ring', ring: 'canary' }, one.clock.now());
  assert.equal(kindOf(await again.policy(opened)), 'waiting');
  // Approved anew it goes on.
  assert.equal(kindOf(await again.plan()), 'waiting');
  await again.approveBy(digest, ada, grace);
  assert.equal(kindOf(await again.policy(opened)), 'done');
  assert.deepEqual((await again.reopen().state()).approvedPlans, [digest]);
});

test('S12: what the published policy opens and the record does not know is halted until two people approve', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  const copy = `${one.recordFile}.copy`;
  copyFileSync(one.recordFile, copy);
  await one.plan();
  await one.approveBy(digest, ada, grace);
  assert.equal(kindOf(await one.policy(withRollout(first, plan, one.clock.now()))), 'done');
  const tree = one.published.at(-1)!;

  copyFileSync(copy, one.recordFile);
  one.clock.advance(hourMs);
  const again = one.reopen();
  again.signer.begin(tree);
  await again.signer.republish();
  const adopted = parsePolicy(Buffer.from(one.published.at(-1)!));
  assert.deepEqual([adopted.isHalted, adopted.rollouts.length], [true, 1]);
  assert.ok(adopted.version > parsePolicy(Buffer.from(tree)).version);
  assert.equal(kindOf(await again.policy(withHalt(adopted, false, one.clock.now()))), 'waiting');
  const [waits] = (await again.state()).pending;
  await again.approveBy(waits!.digest, ada, grace);
  assert.equal(kindOf(await again.policy(withHalt(adopted, false, one.clock.now()))), 'done');
});

test('S8: without any record the published policy is adopted halted, and one that only narrows as it is', async (t) => {
  const lost = desk(t, [ada, grace]);
  lost.signer.begin(formatPolicy(withHalt(undefined, false, lost.clock.now())));
  assert.equal((await inForce(lost)).isHalted, true);
  const old = desk(t, [ada, grace]);
  const first = await withFirstPolicy(old);
  const freeze = { name: 'year end', from: first.issuedAt, until: (first.issuedAt + hourMs) as typeof first.issuedAt };
  old.signer.begin(formatPolicy({ ...first, version: 9, freezes: [freeze] }));
  const { isHalted, freezes } = await inForce(old);
  assert.deepEqual([isHalted, freezes], [false, [freeze]]);
});
