import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { withHalt, withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import { applyMove } from '@springline/auto-upgrade/rollout/advance';
import { formatPolicy, parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { approvalDelayMs } from './approvals.ts';
import { parseRequest } from './serve.ts';
import { approval, type Passkey, passkey } from './testing/passkey.ts';
import { desk, digest, hourMs, kindOf, plan, withApprovedPlan, withFirstPolicy } from './testing/signer-desk.ts';

test('S12: a plan needs the passkeys of two approvers; the same one twice is refused', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const before = await withFirstPolicy(one);
  assert.equal(kindOf(await one.plan()), 'waiting');
  assert.equal(kindOf(await one.approveBy(digest, ada)), 'waiting');
  assert.equal(kindOf(await one.approveBy(digest, ada)), 'approved-already');
  const begun = withRollout(before, plan, one.clock.now());
  assert.equal(kindOf(await one.policy(begun)), 'waiting', 'nothing of it is signed before');
  assert.equal(kindOf(await one.approveBy(digest, grace)), 'done');
  assert.equal(kindOf(await one.policy(begun)), 'done');
  assert.equal(one.published.at(-1), formatPolicy(begun));
  one.clock.advance(approvalDelayMs * 10);
  assert.deepEqual((await one.state()).approvedPlans, [digest]);
});

for (const [what, make] of [
  ['of somebody who is no approver', (_: Passkey, digest: string) => approval(passkey('eve'), digest)],
  ['over something else', (ada: Passkey) => approval(ada, 'cd'.repeat(32))],
  ['made on another site', (ada: Passkey, digest: string) => approval(ada, digest, { origin: 'https://evil.example' })],
  ['for another domain', (ada: Passkey, digest: string) => approval(ada, digest, { rpId: 'evil.example' })],
  ['without the person being verified', (ada: Passkey, digest: string) => approval(ada, digest, { flags: 0x01 })],
  ['made to register a passkey', (ada: Passkey, digest: string) => approval(ada, digest, { type: 'webauthn.create' })],
  [
    'signed by another key under a known id',
    (ada: Passkey, digest: string) => approval({ ...passkey('ada'), credentialId: ada.credentialId }, digest),
  ],
  [
    'whose text was altered',
    (ada: Passkey, digest: string) => {
      const made = approval(ada, digest);
      const text = Buffer.from(made.clientDataJson, 'base64url').toString('utf8');
      return { ...made, clientDataJson: Buffer.from(`${text} `).toString('base64url') };
    },
  ],
] as const) {
  test(`S12: an approval ${what} is refused`, async (t) => {
    const [ada, grace] = [passkey('ada'), passkey('grace')];
    const one = desk(t, [ada, grace]);
    await one.plan();
    assert.equal(kindOf(await one.approve(digest, make(ada, await one.challenge(digest)))), 'approval-invalid');
    assert.deepEqual((await one.state()).pending[0]?.approvedBy, []);
  });
}

test('S12: with the whole database in hand one can halt everything and open nothing', async (t) => {
  const one = desk(t, [passkey('ada'), passkey('grace')]);
  const before = await withFirstPolicy(one);
  // Everything that a control plane can say: a plan of its own, a policy with it, one already complete.
  assert.equal(kindOf(await one.plan()), 'waiting');
  const begun = withRollout(before, plan, one.clock.now());
  assert.equal(kindOf(await one.policy(begun)), 'waiting');
  const complete = withState({ ...begun, version: before.version }, plan.rolloutId, 'complete', '', one.clock.now());
  assert.equal(kindOf(await one.policy(complete)), 'waiting');
  assert.equal(kindOf(await one.policy({ ...begun, version: before.version + 7 })), 'policy-stale');
  assert.equal(one.published.length, 1);
  const halted = withHalt(before, true, one.clock.now());
  assert.equal(kindOf(await one.policy(halted)), 'done');
  assert.equal(kindOf(await one.policy(withHalt(halted, false, one.clock.now()))), 'waiting', 'and it stays halted');
  assert.equal(one.published.at(-1), formatPolicy(halted));
});

test('within an approved plan the controller goes on by itself; faster, or out of turn, waits', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  await one.policy(begun);
  const broadFirst = applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'broad' }, one.clock.now());
  assert.equal(kindOf(await one.policy(broadFirst)), 'waiting');
  const canary = applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'canary' }, one.clock.now());
  assert.equal(kindOf(await one.policy(canary)), 'done');
  const tooSoon = applyMove(canary, plan.rolloutId, { kind: 'open-ring', ring: 'broad' }, one.clock.now());
  assert.equal(kindOf(await one.policy(tooSoon)), 'waiting', 'the canaries have not soaked');
  one.clock.advance(hourMs);
  const broad = applyMove(canary, plan.rolloutId, { kind: 'open-ring', ring: 'broad' }, one.clock.now());
  assert.equal(kindOf(await one.policy(broad)), 'done');
  const halted = withState(broad, plan.rolloutId, 'halted', 'bad', one.clock.now());
  assert.equal(kindOf(await one.policy(halted)), 'done');
  const resumed = withState(halted, plan.rolloutId, 'running', '', one.clock.now());
  assert.equal(kindOf(await one.policy(resumed)), 'waiting', 'no plan covers going on after a halt');
});

test('with one approver a widening waits for a day, and can be withdrawn before', async (t) => {
  const one = desk(t, [passkey('ada')]);
  const first = await withFirstPolicy(one);
  const waiting = await one.plan();
  assert.equal(waiting.kind === 'waiting' && waiting.pending[0]?.allowedAt, '2026-11-23T14:00:00.000Z');
  const begun = withRollout(first, plan, one.clock.now());
  one.clock.advance(approvalDelayMs - 1);
  assert.equal(kindOf(await one.plan()), 'waiting');
  one.clock.advance(1);
  assert.equal(kindOf(await one.plan()), 'done');
  assert.equal(kindOf(await one.policy(begun)), 'done');

  const other = desk(t, [passkey('ada')]);
  await other.plan();
  assert.equal(kindOf(await other.withdraw(digest)), 'done');
  other.clock.advance(approvalDelayMs);
  assert.deepEqual((await other.state()).approvedPlans, []);
});

test('an allowed widening counts once', async (t) => {
  const one = desk(t, [passkey('ada')]);
  const halted = withHalt(undefined, true, one.clock.now());
  await one.policy(halted);
  const open = () => withHalt(halted, false, one.clock.now());
  assert.equal(kindOf(await one.policy(open())), 'waiting');
  one.clock.advance(approvalDelayMs);
  assert.equal(kindOf(await one.policy(open())), 'done');
  const again = withHalt(open(), true, one.clock.now());
  await one.policy(again);
  assert.equal(kindOf(await one.policy(withHalt(again, false, one.clock.now()))), 'waiting');
});

test('S12: an approval that was used or withdrawn counts for nothing when the same is asked for again', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const halted = withHalt(undefined, true, one.clock.now());
  await one.policy(halted);
  const open = withHalt(halted, false, one.clock.now());
  const waiting = await one.policy(open);
  const { digest: asked, challenge } = waiting.kind === 'waiting' ? waiting.pending[0]! : assert.fail('it waits');
  const given = [ada, grace].map((each) => approval(each, challenge));
  for (const assertion of given) await one.approve(asked, assertion);
  assert.equal(kindOf(await one.policy(open)), 'done');
  const again = withHalt(open, true, one.clock.now());
  await one.policy(again);
  assert.equal(kindOf(await one.policy(withHalt(again, false, one.clock.now()))), 'waiting');
  for (const assertion of given) assert.equal(kindOf(await one.approve(asked, assertion)), 'approval-invalid');
});

test('S12: a ring that opened long ago is no way round its soak, and a rollout that is given up hides nothing', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  await one.policy(begun);
  const longAgo = (one.clock.now() - 365 * 24 * hourMs) as typeof begun.issuedAt;
  const [rollout] = begun.rollouts;
  const shut = { startPpm: 0, rampPpmPerHour: 0 };
  const backdated = rollout!.rings.map((ring) => ({ ...ring, ...shut, openedAt: longAgo }));
  const next = { ...begun, version: begun.version + 1 };
  assert.equal(kindOf(await one.policy({ ...next, rollouts: [{ ...rollout!, rings: backdated }] })), 'waiting');
  const aborted = { ...rollout!, state: 'aborted' as const, rings: backdated };
  assert.equal(kindOf(await one.policy({ ...next, rollouts: [aborted] })), 'waiting');
  const other = { ...rollout!, state: 'aborted' as const, targets: new Map([['linux-x64', 'cd'.repeat(32)]] as const) };
  assert.equal(kindOf(await one.policy({ ...next, rollouts: [other] })), 'waiting');
  assert.equal(kindOf(await one.policy(withState(begun, plan.rolloutId, 'aborted', 'bad', one.clock.now()))), 'done');
});

test('on development keys nothing waits, as long as there are no two approvers', async (t) => {
  const one = desk(t, [], { isDevelopment: true });
  const first = await withFirstPolicy(one);
  assert.equal(kindOf(await one.plan()), 'done');
  assert.equal(kindOf(await one.policy(withRollout(first, plan, one.clock.now()))), 'done');
  assert.equal((await one.state()).rule, 'at-once');
  const two = desk(t, [passkey('ada'), passkey('grace')], { isDevelopment: true });
  assert.equal((await two.state()).rule, 'two-people');
});

test('what is not published cannot be rolled out', async (t) => {
  const one = desk(t, [], { isDevelopment: true });
  assert.equal(kindOf(await one.plan({ version: '9.9.9.0' })), 'release-unknown');
});

test('after a kill the record says what was approved and signed; what was not published is published', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  await one.plan();
  await one.approveBy(digest, ada);
  appendFileSync(one.recordFile, '{"sequence":99,"at":"2026-');
  const again = one.reopen();
  assert.deepEqual((await again.state()).pending[0]?.approvedBy, ['ada']);
  assert.equal((await again.state()).policy, formatPolicy(first));
  one.published.length = 0;
  assert.deepEqual([await again.signer.republish(), one.published], [true, [formatPolicy(first)]]);
  assert.equal(await again.signer.republish(), false);
  await again.approveBy(digest, grace);
  assert.deepEqual((await again.reopen().state()).approvedPlans, [digest]);
});

test('S8: where record and tree were both put back, the policy gets a version that no agent has taken', async (t) => {
  const one = desk(t, [], { isDevelopment: true });
  const first = withHalt(undefined, true, one.clock.now());
  await one.policy(first);
  one.clock.advance(hourMs);
  const started = one.reopen();
  started.signer.begin(formatPolicy(first));
  const copy = readFileSync(one.recordFile);
  const treeText = (await started.state()).policy!;
  for (let at = 0; at < 3; at++) {
    const { policy } = await started.state();
    const before = parsePolicy(Buffer.from(policy!));
    await started.policy(withHalt(before, !before.isHalted, one.clock.now()));
  }
  const taken = parsePolicy(Buffer.from((await started.state()).policy!)).version;

  writeFileSync(one.recordFile, copy);
  one.clock.advance(hourMs);
  const again = one.reopen();
  again.signer.begin(treeText);
  assert.equal(await again.signer.republish(), true);
  const published = parsePolicy(Buffer.from(again.published.at(-1)!));
  assert.ok(published.version > taken, `${published.version} is above ${taken}`);
  assert.equal(published.isHalted, true);
  again.signer.begin(formatPolicy(published));
  assert.equal(await again.signer.republish(), false, 'once a minute at most');
});

for (const [what, spoil] of [
  ['altered', (text: string) => text.replace('canary', 'canarx')],
  ['removed', (text: string) => text.split('\n').toSpliced(1, 1).join('\n')],
  ['slipped in', (text: string) => `${text}${text.split('\n')[0]}\n`],
] as const) {
  test(`a record with an entry ${what} is not believed`, async (t) => {
    const one = desk(t, [passkey('ada')]);
    await withFirstPolicy(one);
    await one.plan();
    await one.policy(withHalt(undefined, true, one.clock.now()));
    writeFileSync(one.recordFile, spoil(readFileSync(one.recordFile, 'utf8')));
    assert.throws(() => one.reopen(), { code: 'signer-record-damaged' });
  });
}

test('a request that does not have its shape never reaches the signer', () => {
  for (const bad of [
    null,
    [],
    { type: 'sign' },
    { type: 'propose-plan' },
    { type: 'propose-plan', plan: 7 },
    { type: 'withdraw', digest: 'xy', by: 'me' },
    { type: 'note-mark', mark: -1 },
    { type: 'note-mark', mark: 1.5 },
    { type: 'state', force: true },
    { type: 'approve', digest: 'ab'.repeat(32), assertion: { credentialId: 'a' } },
  ]) {
    assert.throws(() => parseRequest(bad), Error, JSON.stringify(bad));
  }
});
