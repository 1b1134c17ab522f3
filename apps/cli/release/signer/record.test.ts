/** The signer's record: how it stays bounded, and what a kill, a copy or a clumsy hand does to it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withFreeze, withHalt, withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import { applyMove } from '@springline/auto-upgrade/rollout/advance';
import { formatPolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import type { EpochMs } from '@springline/ports/clock';
import { type RecordLimits, SignerRecord } from './record.ts';
import { passkey } from './testing/passkey.ts';
import {
  type Desk,
  desk,
  digest,
  hourMs,
  kindOf,
  plan,
  start,
  withApprovedPlan,
  withFirstPolicy,
} from './testing/signer-desk.ts';

const always: RecordLimits = { limitBytes: 1_000_000, reserveBytes: 0, condenseAboveBytes: 0 };
const never: RecordLimits = { ...always, condenseAboveBytes: 1_000_000 };
const [ada, grace] = [passkey('ada'), passkey('grace')];

const linesOf = (path: string): { sequence: number; hash: string; event: { kind: string; replaces?: unknown } }[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** A desk with everything that can stand: a rollout that began, a plan approved once, things that wait and are allowed. */
async function busyDesk(t: TestContext): Promise<Desk> {
  const one = desk(t, [ada, grace], { limits: never });
  const first = await withApprovedPlan(one, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  await one.policy(begun);
  const canary = applyMove(begun, plan.rolloutId, { kind: 'open-ring', ring: 'canary' }, one.clock.now());
  await one.policy(canary);
  const early = await one.policy(
    applyMove(canary, plan.rolloutId, { kind: 'open-ring', ring: 'broad' }, one.clock.now()),
  );
  const { digest: wanted } = early.kind === 'waiting' ? early.pending[0]! : assert.fail('it waits');
  await one.approveBy(wanted, ada, grace);
  await one.plan({ rolloutId: '01920000-0000-7000-8000-000000000002' });
  const [second] = (await one.state()).pending;
  await one.approveBy(second!.digest, grace);
  return one;
}

test('a record that is opened gets a checkpoint in the place of its entries, after which everything stands as before', async (t) => {
  const one = await busyDesk(t);
  const before = await one.state();
  assert.deepEqual([before.pending.length, before.allowed.length, before.approvedPlans.length], [1, 1, 1]);
  const last = linesOf(one.recordFile).at(-1)!;
  SignerRecord.open(one.recordFile, always);
  const [line, ...others] = linesOf(one.recordFile);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [line?.event.kind, line?.event.replaces, line?.sequence],
    ['checkpoint', { sequence: last.sequence, hash: last.hash }, last.sequence + 1],
  );
  const copy = one.recordFile.replace('.jsonl', '.before.jsonl');
  assert.deepEqual(linesOf(copy).at(-1), last, 'what it took the place of is there to be held against it');

  const again = one.reopen();
  assert.deepEqual(await again.state(), before);
  // An approval of before counts, and so does one over the challenge of before.
  const [waits] = before.pending;
  assert.equal(kindOf(await again.approveBy(waits!.digest, ada)), 'done');
  const policy = JSON.parse((await again.state()).policy!);
  assert.equal(policy.version, 3);
  const condensedTwice = SignerRecord.open(one.recordFile, always);
  assert.deepEqual([...condensedTwice.standing.plans.keys()].toSorted(), [digest, waits!.digest].toSorted());
});

for (const [what, spoil] of [
  ['altered', (text: string) => text.replace('canary', 'canarx')],
  ['that says it replaces another chain', (text: string) => text.replace(/("replaces":.*?"hash":")(.)/, '$1x')],
  ['that says it replaces less', (text: string) => text.replace('"replaces":{"sequence":', '"replaces":{"sequence":1')],
  ['behind other entries', (text: string) => `${text}${text}`],
] as const) {
  test(`a record with a checkpoint ${what} is not believed`, async (t) => {
    const one = await busyDesk(t);
    SignerRecord.open(one.recordFile, always);
    writeFileSync(one.recordFile, spoil(readFileSync(one.recordFile, 'utf8')));
    assert.throws(() => one.reopen(), { code: 'signer-record-damaged' });
  });
}

test('SIGKILL at every call on disk of a checkpoint leaves the old record or the new one, whole', {
  timeout: 120_000,
}, async (t) => {
  const { recordFile } = await busyDesk(t);
  const old = readFileSync(recordFile);
  const stood = SignerRecord.open(recordFile, never).standing.kept();
  const seen = new Set<string>();
  let kills = 0;
  for (let killAt = 1; ; killAt++) {
    const file = join(temporaryFolder(t), 'signer-record.jsonl');
    copyFileSync(recordFile, file);
    const { signal } = spawnSync(
      process.execPath,
      [
        '--import',
        join(import.meta.dirname, 'testing', 'kill-at-call.ts'),
        join(import.meta.dirname, 'testing', 'open-record.ts'),
        file,
      ],
      { env: { ...process.env, KILL_AT: String(killAt) } },
    );
    seen.add(readFileSync(file).equals(old) ? 'old' : 'new');
    assert.deepEqual(SignerRecord.open(file, never).standing.kept(), stood, `killed at call ${killAt}`);
    if (signal === null) break;
    kills++;
  }
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 6, `${kills} kills`);
  assert.deepEqual([...seen], ['old', 'new']);
});

test('a record that runs full while it is used gets a checkpoint too, so that no number of halts fills it', async (t) => {
  const limits: RecordLimits = { limitBytes: 8_000, reserveBytes: 2_000, condenseAboveBytes: 8_000 };
  const one = desk(t, [ada, grace], { limits });
  let policy = await withFirstPolicy(one);
  const until = (hours: number): EpochMs => (start + hours * hourMs) as EpochMs;
  for (let hours = 1; hours <= 100; hours++) {
    const freeze = { name: 'year end', from: start as EpochMs, until: until(hours) };
    policy = withFreeze(policy, freeze, one.clock.now());
    assert.equal(kindOf(await one.policy(policy)), 'done', `freeze ${hours}`);
    assert.ok(readFileSync(one.recordFile).length <= limits.limitBytes);
  }
  assert.equal((await one.reopen().state()).policy, formatPolicy(policy));
});

test('where the disk has no hard links a checkpoint keeps a copy of what it replaces', async (t) => {
  const one = await busyDesk(t);
  const before = readFileSync(one.recordFile);
  const link = t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' });
  });
  syncBuiltinESMExports();
  try {
    SignerRecord.open(one.recordFile, always);
  } finally {
    link.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(link.mock.callCount(), 1);
  assert.deepEqual(readFileSync(one.recordFile.replace('.jsonl', '.before.jsonl')), before);
});

test('where only the reserve is left nothing is proposed or approved any more, and a halt is signed', async (t) => {
  const roomy = desk(t, [ada, grace], { limits: never });
  const first = await withFirstPolicy(roomy);
  await roomy.plan();
  const [, , ...rest] = linesOf(roomy.recordFile);
  assert.equal(rest.length, 1);
  SignerRecord.open(roomy.recordFile, always);
  // What stands takes as much as there is without the reserve.
  const limitBytes = readFileSync(roomy.recordFile).length + 1_500;
  const tight = desk(t, [ada, grace], { limits: { limitBytes, reserveBytes: 1_450, condenseAboveBytes: limitBytes } });
  copyFileSync(roomy.recordFile, tight.recordFile);
  const one = tight.reopen();
  assert.equal(kindOf(await one.approveBy(digest, ada)), 'record-full');
  assert.equal(kindOf(await one.plan({ rolloutId: '01920000-0000-7000-8000-000000000002' })), 'record-full');
  assert.equal(kindOf(await one.policy(withHalt(first, true, one.clock.now()))), 'done');
  assert.equal(kindOf(await one.withdraw(digest)), 'done');
});

test('proposals that do not narrow are refused when too many come at once; halts are signed meanwhile', async (t) => {
  const one = desk(t, [ada, grace]);
  let policy = await withFirstPolicy(one);
  const propose = (at: number) => one.plan({ rolloutId: `01920000-0000-7000-8000-${String(at).padStart(12, '0')}` });
  const answers: string[] = [];
  for (let at = 0; at < 130; at++) answers.push(kindOf(await propose(at)));
  assert.deepEqual(
    [answers[0], answers.indexOf('too-many-proposals'), answers.at(-1)],
    ['waiting', 120, 'too-many-proposals'],
  );
  assert.equal((await one.state()).pending.length, 120);
  assert.equal(kindOf(await propose(0)), 'waiting', 'asking again for what waits is no new proposal');
  for (let at = 0; at < 3; at++) {
    const same: RolloutPolicy = { ...policy, version: policy.version + 1 };
    assert.equal(kindOf(await one.policy(same)), 'too-many-proposals', 'neither narrows what changes nothing');
  }
  const freezes = Array.from({ length: 20 }, (_, at) => `freeze ${at}`);
  for (const name of freezes) {
    const times = { from: start as EpochMs, until: (start + hourMs) as EpochMs };
    policy = withFreeze(
      policy,
      { name, from: times.from, until: (times.until + Number(name.slice(7))) as EpochMs },
      one.clock.now(),
    );
    assert.equal(kindOf(await one.policy(policy)), 'done');
  }
  assert.equal(kindOf(await one.policy(withHalt(policy, true, one.clock.now()))), 'done');
  one.clock.advance(30_000);
  assert.deepEqual([kindOf(await propose(500)), kindOf(await propose(501))], ['waiting', 'too-many-proposals']);
});

test('what narrows and stops nothing is refused when far too much comes at once; a halt and an abort are signed', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  let policy = withRollout(first, plan, one.clock.now());
  await one.policy(policy);
  let answer = 'done';
  let taken = 0;
  for (; taken < 1_100 && answer === 'done'; taken++) {
    // Moved by a second, again and again: each would be a line in the record and a policy for every agent.
    const until = (start + hourMs + taken * 1_000) as EpochMs;
    const next = withFreeze(policy, { name: 'x', from: start as EpochMs, until }, one.clock.now());
    answer = kindOf(await one.policy(next));
    if (answer === 'done') policy = next;
  }
  // The first policy took one of the thousand.
  assert.deepEqual([answer, taken], ['too-many-proposals', 1_000]);
  policy = withState(policy, plan.rolloutId, 'halted', 'bad', one.clock.now());
  assert.equal(kindOf(await one.policy(policy)), 'done');
  policy = withState(policy, plan.rolloutId, 'aborted', 'bad', one.clock.now());
  assert.equal(kindOf(await one.policy(policy)), 'done');
  policy = withHalt(policy, true, one.clock.now());
  assert.equal(kindOf(await one.policy(policy)), 'done');
  one.clock.advance(10_000);
  const freeze = { name: 'y', from: start as EpochMs, until: (start + hourMs) as EpochMs };
  assert.equal(kindOf(await one.policy(withFreeze(policy, freeze, one.clock.now()))), 'done');
});

test('to give a halted rollout up narrows, and is signed when proposals are refused', async (t) => {
  const one = desk(t, [ada, grace]);
  const first = await withApprovedPlan(one, ada, grace);
  const begun = withRollout(first, plan, one.clock.now());
  await one.policy(begun);
  for (let at = 0; at < 120; at++)
    await one.plan({ rolloutId: `01920000-0000-7000-8000-${String(at + 10).padStart(12, '0')}` });
  const halted = withState(begun, plan.rolloutId, 'halted', 'bad', one.clock.now());
  assert.equal(kindOf(await one.policy(halted)), 'done');
  const aborted = withState(halted, plan.rolloutId, 'aborted', 'bad', one.clock.now());
  assert.equal(kindOf(await one.policy(aborted)), 'done');
  const back = withState(aborted, plan.rolloutId, 'halted', 'no', one.clock.now());
  assert.equal(kindOf(await one.policy(back)), 'too-many-proposals');
});

test('a record of an older build is read, with what it says was used', async (t) => {
  const one = desk(t, [ada, grace], { rule: 'two-people' });
  const halted = withHalt(undefined, true, one.clock.now());
  await one.policy(halted);
  const open = withHalt(halted, false, one.clock.now());
  const asked = await one.policy(open);
  const { digest: wanted } = asked.kind === 'waiting' ? asked.pending[0]! : assert.fail('it waits');
  await one.approveBy(wanted, ada, grace);
  // As it was written before: a line of its own for what was used.
  const end = linesOf(one.recordFile).at(-1)!;
  const at = new Date(start).toISOString();
  let { sequence, hash } = end;
  for (const event of [
    { kind: 'policy-signed', policy: formatPolicy(open) },
    { kind: 'used', digest: wanted },
  ]) {
    sequence += 1;
    hash = createHash('sha256')
      .update(`${hash}\n${JSON.stringify([sequence, at, event])}`)
      .digest('hex');
    writeFileSync(one.recordFile, `${JSON.stringify({ sequence, at, event, hash })}\n`, { flag: 'a' });
  }
  const again = one.reopen();
  assert.deepEqual((await again.state()).allowed, []);
  assert.equal((await again.state()).policy, formatPolicy(open));
});
