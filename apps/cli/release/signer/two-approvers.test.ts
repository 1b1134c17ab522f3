/** The second person, from the API to what the signer signs: a real control plane, a real signer, passkeys of two people. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import type { Assertion } from '@springline/auto-upgrade/hus/signer-message';
import { parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { RolloutController } from '@springline/control-plane/hus/controller';
import { tellNews } from '@springline/control-plane/hus/news';
import { PublishedReleases } from '@springline/control-plane/hus/published-releases';
import { type SignerPort, signerClient } from '@springline/control-plane/hus/signer-client';
import { findRollout, setRolloutState } from '@springline/control-plane/storage/upgrade/rollouts';
import { planeWithSigner } from '../../testing/plane-with-signer.ts';
import { approvalDelayMs, lapseMs } from './approvals.ts';
import { writeApprovers } from './approvers.ts';
import { approval, approverOf, type Passkey, passkey } from './testing/passkey.ts';

const [ada, grace] = [passkey('Ada Okonkwo'), passkey('Grace Lindqvist')];
const hourMs = 3_600_000;

const rings = [
  { name: 'canary', startPpm: 1_000_000, rampPpmPerHour: 0, soakMinutes: 60, minCommitted: 0, minCommittedPpm: 0 },
  { name: 'broad', startPpm: 0, rampPpmPerHour: 100_000, soakMinutes: 60, minCommitted: 0, minCommittedPpm: 0 },
];

interface Answer {
  readonly status: number;
  readonly json: { readonly code?: string; readonly detail?: string; readonly pending: Rollouts['pending'] };
}

interface Scene {
  readonly signer: SignerPort;
  readonly clock: { advance(ms: number): void };
  /** The policy that was published last. */
  policy(): RolloutPolicy | undefined;
  rollouts(): Promise<Rollouts>;
  create(replace?: {
    readonly reason: string;
  }): Promise<{ readonly rollout: RolloutView; readonly pending: Rollouts['pending'] }>;
  change(rolloutId: string, action: string): Promise<Answer>;
  send(digest: string, assertion: Assertion): Promise<Answer>;
  approve(waits: { readonly digest: string; readonly challenge: string }, by: Passkey): Promise<Answer>;
  withdraw(digest: string): Promise<Answer>;
  /** A round of the controller, with a signer of the caller's choice. */
  round(signer?: SignerPort): Promise<unknown>;
  setApprovers(...passkeys: readonly Passkey[]): void;
  freeze(freeze: { readonly name: string; readonly from: string; readonly until: string }): Promise<Answer>;
  /** The plan of a rollout, as text. */
  planText(rolloutId: string): Promise<string>;
  /** Written as the abort of another process writes it, of which the signer has not heard. */
  setAborted(rolloutId: string): Promise<void>;
  /** Of the audit trail, actions on this subject. */
  audited(subject: string): Promise<readonly string[]>;
}

/** Keys that are no development keys, two approvers, and a policy in force. */
async function scene(t: TestContext): Promise<Scene> {
  const { plane, policies } = await planeWithSigner(t, false);
  const setApprovers = (...passkeys: readonly Passkey[]): void =>
    writeApprovers(join(plane.home, 'keys', 'approvers.json'), { approvers: passkeys.map(approverOf) });
  setApprovers(ada, grace);
  const signer = signerClient(plane.home);
  const database = await plane.openDatabase();
  const published = new PublishedReleases(join(plane.home, 'control-plane', 'repository'));
  const send = (digest: string, body: unknown) => plane.ask('POST', `/hus/v1/approvals/${digest}`, { body });
  const over = { name: 'over', from: '2020-01-01T00:00:00.000Z', until: '2020-01-02T00:00:00.000Z' };
  await plane.ask('POST', '/hus/v1/policy/change', { body: { addFreeze: over } });
  return {
    ...{ signer, clock: plane.clock, send, setApprovers },
    policy() {
      const text = policies.at(-1);
      return text === undefined ? undefined : parsePolicy(new TextEncoder().encode(text));
    },
    rollouts: async () => (await plane.ask('GET', '/hus/v1/rollouts')).json,
    async create(replace) {
      const body = {
        component: 'connect-sync',
        version: '1.2.4.0',
        rings,
        ...(replace === undefined ? {} : { replace }),
      };
      return (await plane.ask('POST', '/hus/v1/rollouts', { body })).json;
    },
    change: (rolloutId, action) =>
      plane.ask('POST', `/hus/v1/rollouts/${rolloutId}/change`, { body: { action, reason: 'a test' } }),
    approve: ({ digest, challenge }, by) => send(digest, approval(by, challenge)),
    withdraw: (digest) => plane.ask('DELETE', `/hus/v1/approvals/${digest}`),
    round: (other = signer) =>
      new RolloutController({ database, signer: other, published, tell: tellNews }).round(plane.clock.now()),
    freeze: (addFreeze) => plane.ask('POST', '/hus/v1/policy/change', { body: { addFreeze } }),
    planText: async (rolloutId) => (await findRollout(database.read, rolloutId))?.plan ?? assert.fail('it is there'),
    setAborted: (rolloutId) =>
      database.write((writer) => setRolloutState(writer, rolloutId, { state: 'aborted', reason: 'a test' })),
    async audited(subject) {
      const { json } = await plane.ask('GET', '/platform/v1/audit?limit=500');
      const entries = json.entries as { readonly subject: string; readonly action: string }[];
      return entries.filter((each) => each.subject === subject).map(({ action }) => action);
    },
  };
}

const outcome = ({ status, json }: Answer): unknown => (status < 300 ? status : `${json.code}: ${json.detail}`);

test('S12: a rollout waits for two people; with the second passkey it is signed, published and begins', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  const [waits] = pending;
  assert.deepEqual([rollout.state, waits?.rolloutId, waits?.approvedBy], ['waiting', rollout.rolloutId, []]);
  await one.round();
  assert.deepEqual(one.policy()?.rollouts, [], 'nothing is open');

  const first = approval(ada, waits!.challenge);
  const answered = await one.send(waits!.digest, first);
  assert.deepEqual([answered.status, answered.json.pending[0]?.approvedBy], [200, ['Ada Okonkwo']]);
  one.clock.advance(10 * approvalDelayMs);
  await one.round();
  assert.deepEqual(one.policy()?.rollouts, [], 'one person is not enough, however long it waits');
  for (const again of [first, approval(ada, waits!.challenge)]) {
    assert.match(String(outcome(await one.send(waits!.digest, again))), /^rollout-refused: .*\(approved-already\)$/);
  }
  const eve = passkey('Eve');
  assert.match(String(outcome(await one.approve(waits!, eve))), /no approver’s \(approval-invalid\)$/);

  const last = await one.approve(waits!, grace);
  assert.deepEqual([last.status, last.json.pending], [200, []]);
  const [signed] = one.policy()!.rollouts;
  assert.deepEqual(
    [signed?.rolloutId, signed?.state, signed?.rings.map(({ openedAt }) => openedAt !== undefined)],
    [rollout.rolloutId, 'running', [true, false]],
  );
  const { rollouts, pending: left } = await one.rollouts();
  assert.deepEqual([rollouts[0]?.state, rollouts[0]?.rings[0]?.openPpm, left], ['running', 1_000_000, []]);
  assert.deepEqual(await one.audited(`approval:${waits!.digest}`), ['approval.given', 'approval.given']);
});

test('S12: an approval counts for one asking: a replayed, stale or withdrawn one opens nothing', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  const [waits] = pending;
  const kept = [ada, grace].map((each) => approval(each, waits!.challenge));
  await one.send(waits!.digest, kept[0]!);
  assert.equal(outcome(await one.withdraw(waits!.digest)), 200);
  assert.equal((await one.rollouts()).rollouts[0]?.state, 'aborted');
  for (const stale of kept) {
    assert.match(String(outcome(await one.send(waits!.digest, stale))), /\(nothing-waits\)$/);
  }
  // The same plan asked for again, by whoever owns the control plane: the passkeys must sign anew.
  await one.signer.ask({ type: 'propose-plan', plan: await one.planText(rollout.rolloutId) });
  for (const stale of kept) {
    assert.match(String(outcome(await one.send(waits!.digest, stale))), /something else .*\(approval-invalid\)$/);
  }
  const [again] = (await one.rollouts()).pending;
  assert.deepEqual([again?.digest, again?.approvedBy], [waits!.digest, []]);
  assert.notEqual(again?.challenge, waits!.challenge);

  // Signed for one rollout, sent for another.
  const [other] = (await one.create()).pending;
  const foreign = approval(ada, again!.challenge);
  assert.match(String(outcome(await one.send(other!.digest, foreign))), /\(approval-invalid\)$/);
});

test('S12: a rollout that is given up while it waits never begins, also when its approvals are complete', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  await one.approve(pending[0]!, ada);
  // The second approval, by a control plane that carries nothing out.
  const { digest, challenge } = pending[0]!;
  await one.signer.ask({ type: 'approve', digest, assertion: approval(grace, challenge) });
  const { allowed } = await one.rollouts();
  assert.deepEqual([allowed?.[0]?.digest, allowed?.[0]?.kind], [digest, 'plan'], 'people see what is approved');
  assert.equal(outcome(await one.change(rollout.rolloutId, 'abort')), 200);
  assert.deepEqual((await one.signer.state()).approvedPlans, []);
  await one.round();
  assert.deepEqual([one.policy()?.rollouts, (await one.rollouts()).rollouts[0]?.state], [[], 'aborted']);
  assert.equal((await one.change(rollout.rolloutId, 'abort')).status, 409);
});

test('S12: what is approved and has not begun is withdrawn by its digest', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  const { digest, challenge } = pending[0]!;
  for (const each of [ada, grace]) {
    await one.signer.ask({ type: 'approve', digest, assertion: approval(each, challenge) });
  }
  assert.equal(outcome(await one.withdraw(digest)), 200);
  assert.deepEqual((await one.rollouts()).allowed, []);
  await one.round();
  assert.deepEqual([one.policy()?.rollouts, (await one.rollouts()).rollouts[0]?.state], [[], 'aborted']);
  assert.deepEqual(await one.audited(`approval:${digest}`), ['approval.withdrawn']);
  assert.equal((await one.withdraw(digest)).status, 404);
  assert.equal(rollout.state, 'waiting');
});

test('S12: a rollout that begins in the instant in which it is given up is ended in the policy too', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  const { digest, challenge } = pending[0]!;
  for (const each of [ada, grace]) {
    await one.signer.ask({ type: 'approve', digest, assertion: approval(each, challenge) });
  }
  // A controller that has read everything and proposes when the person has given it up.
  let isFirst = true;
  const slow: SignerPort = {
    ...one.signer,
    async ask(question) {
      if (!isFirst || question.type !== 'propose-policy') return one.signer.ask(question);
      isFirst = false;
      const answer = await one.signer.ask(question);
      assert.equal(outcome(await one.change(rollout.rolloutId, 'abort')), 200);
      return answer;
    },
  };
  await one.round(slow);
  await one.round();
  assert.equal(one.policy()?.rollouts[0]?.state, 'aborted');
  assert.equal((await one.rollouts()).rollouts[0]?.state, 'aborted');
});

test('S12: the controller takes back what began although a person had given it up', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  const { digest, challenge } = pending[0]!;
  for (const each of [ada, grace]) {
    await one.signer.ask({ type: 'approve', digest, assertion: approval(each, challenge) });
  }
  const late: SignerPort = {
    ...one.signer,
    async ask(question) {
      if (question.type === 'propose-policy') await one.setAborted(rollout.rolloutId);
      return one.signer.ask(question);
    },
  };
  await one.round(late);
  assert.equal(one.policy()?.rollouts[0]?.state, 'aborted');
  assert.equal((await one.rollouts()).rollouts[0]?.state, 'aborted');
});

test('S12: an abort that the signer did not hear of is no abort, and can be asked for again', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  await one.setAborted(rollout.rolloutId);
  assert.equal((await one.signer.state()).pending.length, 1);
  assert.equal(outcome(await one.change(rollout.rolloutId, 'abort')), 200);
  assert.deepEqual((await one.signer.state()).pending, []);
  assert.equal(pending.length, 1);
});

test('a halt and an abort are signed also when somebody else changes the policy in between', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  for (const each of [ada, grace]) await one.approve(pending[0]!, each);
  const freeze = (name: string) => ({ name, from: '2026-12-20T00:00:00.000Z', until: '2027-01-04T00:00:00.000Z' });
  const answers = await Promise.all([
    one.change(rollout.rolloutId, 'halt'),
    ...['one', 'two', 'three'].map((name) => one.freeze(freeze(name))),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(one.policy()?.rollouts[0]?.state, 'halted');
  assert.equal(one.policy()?.freezes.length, 3);
});

test('S12: a resume waits for two people; giving the rollout up takes it back', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  for (const each of [ada, grace]) await one.approve(pending[0]!, each);
  await one.change(rollout.rolloutId, 'halt');
  await one.change(rollout.rolloutId, 'resume');
  const [resume] = (await one.rollouts()).pending;
  await one.approve(resume!, ada);
  assert.equal(outcome(await one.change(rollout.rolloutId, 'abort')), 200);
  assert.deepEqual((await one.rollouts()).pending, []);
  assert.match(String(outcome(await one.approve(resume!, grace))), /\(nothing-waits\)$/);
  assert.equal(one.policy()?.rollouts[0]?.state, 'aborted');
});

test('S12: a plan in the place of a halted rollout waits for two people twice: as a plan, and as the resume that it is', async (t) => {
  const one = await scene(t);
  const approveAll = async (): Promise<void> => {
    for (const each of (await one.rollouts()).pending) for (const by of [ada, grace]) await one.approve(each, by);
  };
  const first = (await one.create()).rollout;
  await approveAll();
  await one.change(first.rolloutId, 'halt');
  const { rollout } = await one.create({ reason: 'a slower plan' });
  await approveAll();
  await one.round();
  assert.deepEqual(
    one.policy()?.rollouts.map(({ rolloutId, state }) => [rolloutId, state]),
    [[first.rolloutId, 'halted']],
    'its plan is approved, and the halt holds',
  );
  const { pending } = await one.rollouts();
  assert.match(pending.map(({ what }) => what).join(' '), /Removes the halted rollout of connect-sync 1\.2\.4\.0/);
  await approveAll();
  await one.round();
  assert.deepEqual(
    one.policy()?.rollouts.map(({ rolloutId, state }) => [rolloutId, state]),
    [[rollout.rolloutId, 'running']],
  );
});

test('a plan in the place of one that waits takes that back', async (t) => {
  const one = await scene(t);
  const first = await one.create();
  assert.match(
    String(((await one.create()) as unknown as { detail: string }).detail),
    /waits for approval: .*abort it/,
  );
  const second = await one.create({ reason: 'a slower plan' });
  const { rollouts, pending } = await one.rollouts();
  assert.deepEqual(
    pending.map(({ rolloutId }) => rolloutId),
    [second.rollout.rolloutId],
  );
  const gone = rollouts.find(({ rolloutId }) => rolloutId === first.rollout.rolloutId);
  assert.deepEqual([gone?.state, gone?.reason], ['aborted', `replaced by rollout ${second.rollout.rolloutId}`]);
});

test('S12: a rollout whose approval lapsed is shown as given up, and says what to do', async (t) => {
  const one = await scene(t);
  const { rollout, pending } = await one.create();
  await one.approve(pending[0]!, ada);
  one.clock.advance(lapseMs);
  await one.round();
  const { rollouts, pending: left } = await one.rollouts();
  assert.deepEqual([rollouts[0]?.state, left], ['aborted', []]);
  assert.match(rollouts[0]?.reason ?? '', /lapsed or was taken back\. Create the rollout again/);
  assert.deepEqual(await one.audited(`rollout:${rollout.rolloutId}`), ['rollout.created', 'rollout.lapsed']);
});

test('S12: an approver who goes lets nothing through that waits, over the API as well', async (t) => {
  const one = await scene(t);
  await one.create();
  one.clock.advance(approvalDelayMs + hourMs);
  one.setApprovers(ada);
  await one.round();
  const { rollouts, rule, pending } = await one.rollouts();
  assert.deepEqual([rollouts[0]?.state, rule], ['waiting', 'delay']);
  const inADay = Date.parse(pending[0]!.firstSeenAt) + 2 * approvalDelayMs + hourMs;
  assert.equal(Date.parse(pending[0]?.allowedAt ?? ''), inADay);
  one.clock.advance(approvalDelayMs);
  await one.round();
  assert.equal((await one.rollouts()).rollouts[0]?.state, 'running');
});
