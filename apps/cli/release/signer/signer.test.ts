import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withHalt, withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import type { Assertion, SignerAnswer, SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { applyMove } from '@springline/auto-upgrade/rollout/advance';
import { formatPlan, planDigest, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { FakeClock } from '@springline/ports/clock';
import { writeApprovers } from './approvers.ts';
import { SignerRecord } from './record.ts';
import { parseRequest } from './serve.ts';
import { approvalDelayMs, Signer } from './signer.ts';

const start = Date.UTC(2026, 10, 22, 14);
const hourMs = 3_600_000;
const rpId = 'localhost';
const origin = 'http://localhost:8743';

const plan: RolloutPlan = {
  rolloutId: '01920000-0000-7000-8000-000000000001',
  component: 'connect-sync',
  version: '1.2.4.0',
  releaseNumber: 7,
  targets: new Map([['linux-x64', 'ab'.repeat(32)]]),
  rings: [
    { name: 'canary', startPpm: 1_000_000, rampPpmPerHour: 0, soakMs: hourMs, minCommitted: 0, minCommittedPpm: 0 },
    { name: 'broad', startPpm: 0, rampPpmPerHour: 100_000, soakMs: 0, minCommitted: 0, minCommittedPpm: 0 },
  ],
  haltAt: { minFailures: 1, failurePpm: 0 },
};

interface Passkey {
  readonly name: string;
  readonly credentialId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

function passkey(name: string): Passkey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');
  return { name, credentialId: Buffer.from(name).toString('base64url'), privateKey, publicKey: spki };
}

/** As an authenticator makes it. */
function approval(
  { credentialId, privateKey }: Passkey,
  asked: string,
  change: { readonly origin?: string; readonly type?: string; readonly flags?: number; readonly rpId?: string } = {},
): Assertion {
  const challenge = Buffer.from(asked, 'hex').toString('base64url');
  const client = JSON.stringify({ type: change.type ?? 'webauthn.get', challenge, origin: change.origin ?? origin });
  const authenticatorData = Buffer.concat([
    createHash('sha256')
      .update(change.rpId ?? rpId)
      .digest(),
    Buffer.from([change.flags ?? 0x05, 0, 0, 0, 0]),
  ]);
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(client).digest()]);
  return {
    credentialId,
    authenticatorData: authenticatorData.toString('base64url'),
    clientDataJson: Buffer.from(client).toString('base64url'),
    signature: sign('sha256', signed, privateKey).toString('base64url'),
  };
}

interface Desk {
  readonly signer: Signer;
  readonly clock: FakeClock;
  readonly published: string[];
  readonly recordFile: string;
  state(): Promise<SignerState>;
  plan(): Promise<SignerAnswer>;
  policy(policy: RolloutPolicy): Promise<SignerAnswer>;
  /** What a passkey has to sign. */
  challenge(digest: string): Promise<string>;
  approve(digest: string, assertion: Assertion): Promise<SignerAnswer>;
  /** The same desk after the process was killed. */
  reopen(): Desk;
}

function desk(t: TestContext, approvers: readonly Passkey[], isDevelopment = false): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const approversFile = join(folder, 'approvers.json');
  writeApprovers(approversFile, {
    approvers: approvers.map(({ name, credentialId, publicKey }) => ({ name, credentialId, publicKey, rpId, origin })),
  });
  const clock = new FakeClock(start);
  const published: string[] = [];
  const recordFile = join(folder, 'record.jsonl');
  const open = (): Desk => {
    const signer = new Signer({
      ...{ record: SignerRecord.open(recordFile), approversFile, isDevelopment, clock },
      markFile: join(folder, 'mark.json'),
      isPublished: ({ version }) => version === plan.version,
      publish: async (text) => void published.push(text),
    });
    return {
      ...{ signer, clock, published, recordFile, reopen: open },
      state: () => signer.answer({ type: 'state' }) as Promise<SignerState>,
      plan: () => signer.answer({ type: 'propose-plan', plan: formatPlan(plan) }) as Promise<SignerAnswer>,
      policy: (policy) =>
        signer.answer({ type: 'propose-policy', policy: formatPolicy(policy) }) as Promise<SignerAnswer>,
      challenge: async (digest) => {
        const { pending } = (await signer.answer({ type: 'state' })) as SignerState;
        return pending.find((each) => each.digest === digest)!.challenge;
      },
      approve: (digest, assertion) => signer.answer({ type: 'approve', digest, assertion }) as Promise<SignerAnswer>,
    };
  };
  return open();
}

const kindOf = (answer: SignerAnswer): string => (answer.kind === 'refused' ? answer.code : answer.kind);
const empty = (desk: Desk): RolloutPolicy => withHalt(undefined, false, desk.clock.now());

/** A policy is in force, so that whatever is new widens. */
async function withFirstPolicy(desk: Desk): Promise<RolloutPolicy> {
  const policy = empty(desk);
  assert.equal(kindOf(await desk.policy(policy)), 'done');
  return policy;
}

test('S12: a plan needs the passkeys of two approvers; the same one twice is one', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const before = await withFirstPolicy(one);
  assert.equal(kindOf(await one.plan()), 'waiting');
  const digest = planDigest(plan);
  assert.equal(kindOf(await one.approve(digest, approval(ada, await one.challenge(digest)))), 'waiting');
  assert.equal(kindOf(await one.approve(digest, approval(ada, await one.challenge(digest)))), 'waiting');
  const begun = withRollout(before, plan, one.clock.now());
  assert.equal(kindOf(await one.policy(begun)), 'waiting', 'nothing of it is signed before');
  assert.equal(kindOf(await one.approve(digest, approval(grace, await one.challenge(digest)))), 'done');
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
    const digest = planDigest(plan);
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
  const first = await withFirstPolicy(one);
  await one.plan();
  const digest = planDigest(plan);
  for (const each of [ada, grace]) await one.approve(digest, approval(each, await one.challenge(digest)));
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
  const digest = planDigest(plan);
  assert.equal(
    kindOf((await other.signer.answer({ type: 'withdraw', digest, by: 'person:ada' })) as SignerAnswer),
    'done',
  );
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
  const { digest } = waiting.kind === 'waiting' ? waiting.pending[0]! : assert.fail('it waits');
  const given = await Promise.all([ada, grace].map(async (each) => approval(each, await one.challenge(digest))));
  for (const assertion of given) await one.approve(digest, assertion);
  assert.equal(kindOf(await one.policy(open)), 'done');
  const again = withHalt(open, true, one.clock.now());
  await one.policy(again);
  assert.equal(kindOf(await one.policy(withHalt(again, false, one.clock.now()))), 'waiting');
  for (const assertion of given) assert.equal(kindOf(await one.approve(digest, assertion)), 'approval-invalid');
});

test('S12: a ring that opened long ago is no way round its soak, and a rollout that is given up hides nothing', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  await one.plan();
  const digest = planDigest(plan);
  for (const each of [ada, grace]) await one.approve(digest, approval(each, await one.challenge(digest)));
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
  const one = desk(t, [], true);
  const first = await withFirstPolicy(one);
  assert.equal(kindOf(await one.plan()), 'done');
  assert.equal(kindOf(await one.policy(withRollout(first, plan, one.clock.now()))), 'done');
  assert.equal((await one.state()).rule, 'at-once');
  const two = desk(t, [passkey('ada'), passkey('grace')], true);
  assert.equal((await two.state()).rule, 'two-people');
});

test('what is not published cannot be rolled out', async (t) => {
  const one = desk(t, [], true);
  const other = formatPlan({ ...plan, version: '9.9.9.0' });
  assert.equal(
    kindOf((await one.signer.answer({ type: 'propose-plan', plan: other })) as SignerAnswer),
    'release-unknown',
  );
});

test('after a kill the record says what was approved and signed; what was not published is published', async (t) => {
  const [ada, grace] = [passkey('ada'), passkey('grace')];
  const one = desk(t, [ada, grace]);
  const first = await withFirstPolicy(one);
  await one.plan();
  const digest = planDigest(plan);
  await one.approve(digest, approval(ada, await one.challenge(digest)));
  appendFileSync(one.recordFile, '{"sequence":99,"at":"2026-');
  const again = one.reopen();
  assert.deepEqual((await again.state()).pending[0]?.approvedBy, ['ada']);
  assert.equal((await again.state()).policy, formatPolicy(first));
  assert.equal(await again.signer.republish(undefined), true);
  assert.equal(await again.signer.republish(formatPolicy(first)), false);
  await again.approve(digest, approval(grace, await again.challenge(digest)));
  assert.deepEqual((await again.reopen().state()).approvedPlans, [digest]);
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
    await one.policy(withHalt(empty(one), true, one.clock.now()));
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
