import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import type { EpochMs } from '@springline/ports/clock';
import { CommandError } from '../output.ts';
import { describeApprovals } from './approvals.ts';
import { bar, describePlan, describeRollout, describeRollouts } from './describe.ts';
import { findRollout } from './find-rollout.ts';
import { forecast } from './forecast.ts';
import { ringsFromTexts } from './ring-words.ts';
import { watchRollout } from './watch.ts';

const now = Date.parse('2026-11-22T14:00:00.000Z') as EpochMs;
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
const portal = 'https://springline.example';
const evidence = { activating: 1, committed: 12, failed: 0, silent: 1 };
const nothing = { activating: 0, committed: 0, failed: 0, silent: 0 };
const planned = ringsFromTexts(['canary start=100% soak=24h', 'early ramp=10%/h', 'broad ramp=1%/h']);
const haltAt = { minFailures: 2, failurePpm: 50_000 };

const rollout = (changes: Partial<RolloutView> = {}): RolloutView => ({
  rolloutId: '0192d4e0-7c1a-7000-8000-000000000001',
  ...{ component: 'connect-sync', version: '1.2.4.0', releaseNumber: 101, state: 'running', haltAt },
  ...{ createdBy: 'person:Ada\u009b31m', createdAt: ago(1_700), next: 'Ring early is not proven.' },
  rings: [
    { ...planned[0]!, openedAt: ago(1_700), openPpm: 1_000_000, evidence },
    { ...planned[1]!, openedAt: ago(130), openPpm: 216_666, evidence: nothing },
    { ...planned[2]!, openPpm: 0, evidence: nothing },
  ],
  ...changes,
});

const pending: Rollouts['pending'][number] = {
  digest: '3f9a17c2d4e5'.padEnd(64, '0'),
  challenge: 'c4'.repeat(32),
  kind: 'widening',
  rolloutId: rollout().rolloutId,
  what: 'ring broad\nopens\u001b[2J early',
  firstSeenAt: ago(60),
  approvedBy: ['Ada'],
  approvalsNeeded: 2,
};
const all = (changes: Partial<Rollouts> = {}): Rollouts => ({
  ...{ rollouts: [rollout()], pending: [pending], rule: 'two-people', isHalted: false, freezes: [] },
  approvers: ['Ada', 'Bo'].map((name) => ({ name, credentialId: 'x', rpId: 'springline.example' })),
  ...changes,
});

test('a rollout shows its rings with bars, what hosts reported, what is next and what waits', () => {
  assert.deepEqual(describeRollout(rollout(), [pending], portal, now).split('\n'), [
    'connect-sync 1.2.4.0  running',
    'rollout   0192d4e0-7c1a-7000-8000-000000000001, release 101',
    'made by   person:Ada 31m, 2026-11-21 09:40 UTC',
    'halts     when 2 hosts fail and they are 5% of those that began',
    'next      Ring early is not proven.',
    '',
    'RING    OPEN                        OPENED    BUSY  KEPT  FAILED  SILENT  DONE WHEN',
    'canary  ████████████████████ 100%   28 h ago  1     12    0       1       soaked 1 d, 1 kept it, 90% of those that began',
    'early   ████░░░░░░░░░░░░░░░░ 21.6%  2 h ago   0     0     0       0       soaked 1 d, 1 kept it, 90% of those that began',
    'broad   ░░░░░░░░░░░░░░░░░░░░ 0%     not yet   0     0     0       0       soaked 1 d, 90% of those that began',
    '',
    'Waits for approval:',
    '3f9a17c2d4e5  ring broad opens [2J early',
    '              asked for 60 min ago; 1 of 2 approved: Ada',
    'Approve with a passkey in the portal: https://springline.example/upgrades/rollouts',
  ]);
});

test('the list says on top what concerns all: a halt, an unreachable signer, freezes', () => {
  const freezes = [{ name: 'end\u001bof year', from: ago(60), until: ago(-600) }];
  const signerProblem = 'the signer does not answer: ECONNREFUSED';
  const halted = { isHalted: true, haltReason: 'incident\n4711', freezes, signerProblem };
  assert.deepEqual(describeRollouts(all(halted), now).split('\n'), [
    'Everything is halted: nothing is installed anywhere (incident 4711). springline rollout resume-all',
    'the signer does not answer: ECONNREFUSED. What is shown may be older than what agents do; nothing can be changed.',
    'Freeze end of year: from 2026-11-22 13:00 UTC until 2026-11-23 00:00 UTC',
    '',
    'RELEASE               STATE    OPEN                                HOSTS                 MADE      ID',
    'connect-sync@1.2.4.0  running  canary 100%, early 21.6%, broad 0%  12 kept it, 1 failed  28 h ago  0192d4e0-7c1a-7000-8000-000000000001',
    '',
    '1 waits for approval: springline rollout approvals',
  ]);
  const none = all({ rollouts: [], pending: [] });
  assert.match(describeRollouts(none, now), /^There is no rollout\. Make one: /);
});

test('approvals say by which rule, until when, and who approved', () => {
  const delayed = { ...pending, allowedAt: ago(-1_380), approvedBy: [] };
  assert.deepEqual(describeApprovals(all({ pending: [delayed], rule: 'delay' }), portal, now).split('\n'), [
    'What widens waits for a day, or for two of Ada, Bo.',
    '',
    '3f9a17c2d4e5  ring broad opens [2J early',
    '              asked for 60 min ago; 0 of 2 approved, or at 2026-11-23 13:00 UTC by itself',
    '',
    'Approve with a passkey in the portal: https://springline.example/upgrades/rollouts',
    'To take one back: springline rollout withdraw 3f9a17c2d4e5',
  ]);
});

test('what is allowed and not done yet is shown with its end, and can be taken back', () => {
  const { digest, kind, what } = pending;
  const allowed = [{ digest, kind, what, allowedAt: ago(60), until: ago(-1_380) }];
  assert.deepEqual(describeApprovals(all({ pending: [], allowed, rule: 'two-people' }), portal, now).split('\n'), [
    'What widens waits for two of Ada, Bo.',
    '',
    '3f9a17c2d4e5  ring broad opens [2J early',
    '              allowed and not done yet; asked for again after 2026-11-23 13:00 UTC',
    '',
    'To take one back: springline rollout withdraw 3f9a17c2d4e5',
  ]);
});

test('where two approvers are asked for and one is left, approvals say what to do', () => {
  const [ada] = all({}).approvers;
  const words = describeApprovals(all({ pending: [], approvers: [ada!], rule: 'two-people' }), portal, now);
  assert.match(
    words,
    /waits for two approvers, and there is only Ada\. .*approver add FILE, or .*approver rule delay$/,
  );
});

test('a plan shows when each ring opens at the earliest, and what must be proven', () => {
  const body = { component: 'connect-sync', version: '1.2.4.0', notBefore: '2026-11-23T06:00:00.000Z' } as const;
  assert.deepEqual(describePlan(body, { rings: planned, haltAt }, Date.parse(body.notBefore) as EpochMs).split('\n'), [
    'connect-sync 1.2.4.0',
    'It begins not before 2026-11-23 06:00 UTC.',
    '',
    'RING    OPENS AT THE EARLIEST  WITH  THEN    AS OPEN AS PLANNED    DONE WHEN',
    'canary  2026-11-23 06:00 UTC   100%          2026-11-23 06:00 UTC  soaked 1 d, 1 kept it, 90% of those that began',
    'early   2026-11-24 06:00 UTC   0%    +10%/h  2026-11-24 16:00 UTC  soaked 1 d, 1 kept it, 90% of those that began',
    'broad   2026-11-25 16:00 UTC   0%    +1%/h   2026-11-29 20:00 UTC  soaked 1 d, 90% of those that began',
    '',
    'It halts by itself when 2 hosts fail and they are 5% of those that began.',
    'It is complete at the earliest at 2026-11-30 20:00 UTC.',
  ]);
});

test('a ring that is planned to stay half open is as open as planned at once, and the next follows it', () => {
  const [half, rest] = forecast(ringsFromTexts(['a start=50% soak=1h', 'b start=100% soak=0m']), now);
  assert.deepEqual([half?.fullAt, rest?.opensAt, rest?.soakedAt], [now, now + 3_600_000, now + 3_600_000]);
});

test('a bar is full only when the ring is, and empty only when it is closed', () => {
  assert.deepEqual(
    [0, 1, 999_999, 1_000_000].map((ppm) => bar(ppm, 4)),
    ['░░░░', '█░░░', '███░', '████'],
  );
});

const other = rollout({ rolloutId: '0192d4e0-7c1a-7000-8000-0000000000f2', state: 'aborted' });

test('hosts of no ring of the plan are counted, and the rings that they are in are named', () => {
  const outside = [{ ring: 'broad', hosts: 2 }];
  const shown = rollout({ elsewhere: { ...nothing, committed: 3 }, outside, rings: rollout().rings.slice(0, 1) });
  assert.match(describeRollout(shown, [], portal, now), /\nothers {32,}0 {5}3 {5}0 {7}0 {7}in no ring of this plan\n/);
  assert.match(
    describeRollout(shown, [], portal, now),
    /\nIt has no ring broad \(2 hosts\)\. Hosts there get nothing by it \(ring-unknown\) until it is complete/,
  );
  assert.match(describeRollouts(all({ rollouts: [shown] }), now), / {2}15 kept it, 1 failed {2}/);
});

test('a recalled release shows as recalled, with the reason of its publisher', () => {
  const shown = rollout({ state: 'recalled', reason: 'it forgets\ngroups' });
  assert.match(describeRollout(shown, [], portal, now), /^connect-sync 1\.2\.4\.0 {2}recalled: it forgets groups\n/);
});

test('a rollout is found by its id, by a beginning that no other has, and by the release it is of', () => {
  const rollouts = [rollout(), other];
  const ids = (text: string): string => findRollout(rollouts, text).rolloutId;
  assert.equal(ids(rollout().rolloutId.toUpperCase()), rollout().rolloutId);
  assert.equal(ids('0192d4e0-7c1a-7000-8000-0000000000f'), other.rolloutId);
  // The one that still goes on is meant; three fields are the same version.
  assert.equal(ids('connect-sync@1.2.4'), rollout().rolloutId);
  assert.throws(() => ids('0192'), /"0192" is the beginning or the name of 2: .*running.*aborted/);
  // A plan that is to take its place waits; what hosts go by is meant. Of several that ended the newest is.
  const waiting = rollout({ rolloutId: '0192d4e0-7c1a-7000-8000-000000000002', state: 'waiting' });
  assert.equal(findRollout([waiting, rollout({ state: 'halted' }), other], 'connect-sync@1.2.4.0').state, 'halted');
  const older = rollout({ rolloutId: '0192d4e0-7c1a-7000-8000-000000000003', state: 'aborted' });
  assert.equal(findRollout([other, older], 'connect-sync@1.2.4.0').rolloutId, other.rolloutId);
  for (const text of ['connect-sync@1.2.5', 'connect-sync@x', '@', 'f00']) assert.throws(() => ids(text), CommandError);
  assert.throws(() => ids(' '), { exitCode: 2 });
});

interface Told {
  readonly lines: string[];
  readonly drawn: (string | undefined)[];
  readonly warnings: string[];
}

/** Watches `answers`, one for each look. */
async function watched(answers: readonly (RolloutView | Error)[], id = 'connect-sync@1.2.4.0') {
  const told: Told = { lines: [], drawn: [], warnings: [] };
  const left = [...answers];
  const end = await watchRollout(id, {
    async ask() {
      const next = left.shift()!;
      if (next instanceof Error) throw next;
      return all({ rollouts: [next] });
    },
    pause: async () => undefined,
    now: () => now,
    tell: ({ state }) => void told.lines.push(state),
    draw: (line) => void told.drawn.push(line),
    warn: (text) => void told.warnings.push(text),
  });
  return { end, ...told };
}

test('a watch tells what changed, draws how far it is, and ends when the rollout does', async () => {
  const { end, lines, drawn } = await watched([rollout(), rollout(), rollout({ state: 'halted', reason: 'failing' })]);
  assert.deepEqual([end.state, lines], ['halted', ['running', 'halted']]);
  const line = '████████░░░░░░░░░░░░ 40%  connect-sync 1.2.4.0  complete at the earliest at 2026-11-29 01:50 UTC';
  assert.deepEqual(drawn, [undefined, line, line, undefined]);
});

test('a control plane that is away for a while is waited for, and one that never was is not', async () => {
  const away = new CommandError('no control plane answers');
  const { end, warnings } = await watched([rollout(), away, away, rollout({ state: 'complete' })]);
  assert.deepEqual([end.state, warnings], ['complete', ['no control plane answers; waiting for it']]);
  await assert.rejects(watched([away]), away);
  await assert.rejects(watched([rollout(), ...Array(30).fill(away)]), away);
  await assert.rejects(watched([rollout()], 'f00'), CommandError);
});
