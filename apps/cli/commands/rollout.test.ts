import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeToken } from '@springline/control-plane/testing/second-tenant';
import { enrol, send, sign } from '@springline/control-plane/testing/signed-agent';
import { describeRollout, describeRollouts } from '../rollout/describe.ts';
import { type PlaneWithSigner, planeWithSigner, publishReleases } from '../testing/plane-with-signer.ts';

const rings = ['--ring', 'canary start=100% soak=2h', '--ring', 'broad ramp=10%/h soak=1h'];
const release = 'connect-sync@1.2.4.0';

const rolloutsOf = async ({ plane }: PlaneWithSigner) => (await plane.ask('GET', '/hus/v1/rollouts')).json;

/** Ids differ in each run; colours do not appear off a terminal. */
const still = (text: string): string[] =>
  text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID').split('\n');

test('a rollout is planned, seen, halted, resumed, advanced and completed by commands', async (t) => {
  const world = await planeWithSigner(t);
  const { plane, run, policies } = world;
  const plan = await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings, '--dry-run');
  assert.match(plan.output, /^would plan\nconnect-sync 1\.2\.4\.0\n/, plan.errors);
  assert.match(plan.output, /\ncanary {2}.*soaked 2 h, 1 kept it, 90% of those that began\nbroad /);
  assert.match(plan.output, /It would make the first policy: from then on hosts install only what a rollout opens/);
  assert.deepEqual([(await rolloutsOf(world)).rollouts, policies], [[], []]);

  const created = await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings);
  assert.match(created.output, /^connect-sync 1\.2\.4\.0 {2}running\nrollout /, created.errors);
  const all = await rolloutsOf(world);
  const now = plane.clock.now();
  assert.deepEqual(still(describeRollouts(all, now)), [
    'RELEASE               STATE    OPEN                   HOSTS      MADE     ID',
    'connect-sync@1.2.4.0  running  canary 100%, broad 0%  0 kept it  0 s ago  ID',
  ]);
  assert.deepEqual(still(describeRollout(all.rollouts[0], [], plane.url, now)), [
    'connect-sync 1.2.4.0  running',
    'rollout   ID, release 101',
    'made by   token:admin-token, 2026-11-22 14:00 UTC',
    'halts     when 2 hosts fail and they are 5% of those that began',
    'next      Ring canary soaks until 2026-11-22T16:00:00.000Z.',
    '',
    'RING    OPEN                       OPENED   BUSY  KEPT  FAILED  SILENT  DONE WHEN',
    'canary  ████████████████████ 100%  0 s ago  0     0     0       0       soaked 2 h, 1 kept it, 90% of those that began',
    'broad   ░░░░░░░░░░░░░░░░░░░░ 0%    not yet  0     0     0       0       soaked 1 h, 90% of those that began',
  ]);

  const id = all.rollouts[0].rolloutId.slice(0, 12);
  const halting = await run('rollout', 'halt', id, '--reason', 'ticket 4711', '--dry-run');
  assert.match(halting.output, /^would halt connect-sync 1\.2\.4\.0 \(running\): nobody else/, halting.errors);
  assert.equal((await rolloutsOf(world)).rollouts[0].state, 'running');
  const halted = await run('rollout', 'halt', release, '--reason', 'ticket 4711');
  assert.match(halted.output, /^connect-sync 1\.2\.4\.0 {2}halted: ticket 4711\n/, halted.errors);
  assert.match(
    (await run('rollout', 'resume', release, '--reason', 'cured')).output,
    /^connect-sync 1\.2\.4\.0 {2}running/,
  );
  const next = await run('rollout', 'advance', release, '--reason', 'hurry', '--dry-run');
  assert.match(next.output, /ring broad would open now\. Without that: Ring canary soaks until/);
  await run('rollout', 'advance', release, '--reason', 'hurry');
  assert.notEqual((await rolloutsOf(world)).rollouts[0].rings[1].openedAt, undefined);
  await run('rollout', 'advance', release, '--reason', 'hurry');
  const watched = await run('rollout', 'watch', release);
  assert.deepEqual([watched.code, watched.errors], [0, '']);
  assert.match(watched.output, / {2}complete {2}canary 100%, broad 100% {2}0 kept, 0 failed, 0 silent\n$/);
});

test('an aborted rollout ends for good, and a watch of it ends with exit code 1', async (t) => {
  const { run } = await planeWithSigner(t);
  await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings);
  const aborted = await run('rollout', 'abort', release, '--reason', 'wrong build', '--json');
  assert.equal(JSON.parse(aborted.output).rollout.state, 'aborted', aborted.errors);
  const watched = await run('rollout', 'watch', release);
  assert.deepEqual([watched.code, /aborted .* wrong build\n$/.test(watched.output)], [1, true]);
  const resumed = await run('rollout', 'resume', release, '--reason', 'no');
  assert.deepEqual(
    [resumed.code, /only a halted rollout is resumed \(rollout-refused\)/.test(resumed.errors)],
    [1, true],
  );
});

test('where what widens waits for a day, the command says until when and how to take it back', async (t) => {
  const { plane, run } = await planeWithSigner(t, false);
  const created = await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings);
  assert.match(created.output, /^connect-sync 1\.2\.4\.0 {2}waiting\n/, created.errors);
  assert.match(created.output, /0 of 2 approved, or at 2026-11-23 14:00 UTC by itself\n/);
  assert.ok(created.output.includes(`Approve with a passkey in the portal: ${plane.url}/upgrades/rollouts\n`));
  const { output } = await run('rollout', 'approvals');
  assert.match(
    output,
    /^What widens waits for a day; whoever disagrees withdraws it\. There are not two approvers\.\n/,
  );
  const [, digest = ''] = /springline rollout withdraw ([0-9a-f]{12})\n$/.exec(output) ?? [];
  assert.match(
    (await run('rollout', 'withdraw', digest, '--dry-run')).output,
    /^would take back: connect-sync 1\.2\.4\.0/,
  );
  assert.match((await run('rollout', 'withdraw', digest)).output, /^taken back: connect-sync 1\.2\.4\.0/);
  assert.match((await run('rollout', 'approvals')).output, /^Nothing waits for approval\. /);
  assert.equal((await run('rollout', 'withdraw', digest)).code, 1);
  assert.equal((await run('rollout', 'withdraw', 'abc')).code, 2);
});

test('freezes and the halt of everything are set, listed and taken away', async (t) => {
  const world = await planeWithSigner(t);
  const { run } = world;
  const times = ['--from', '2026-12-18T01:00+01:00', '--until', '2027-01-04T00:00:00Z'];
  const planned = await run('rollout', 'freeze', 'add', 'end of year', ...times, '--dry-run');
  assert.equal(
    planned.output,
    'would set freeze end of year: from 2026-12-18 00:00 UTC until 2027-01-04 00:00 UTC\n' +
      'It would make the first policy: from then on hosts install only what a rollout opens to them.\n',
    planned.errors,
  );
  assert.equal((await run('rollout', 'freeze', 'list')).output, 'no freeze is set\n');
  await run('rollout', 'freeze', 'add', 'end of year', ...times);
  assert.deepEqual((await run('rollout', 'freeze', 'list')).output.split('\n'), [
    'NAME         FROM                  UNTIL',
    'end of year  2026-12-18 00:00 UTC  2027-01-04 00:00 UTC',
    '',
  ]);
  assert.equal((await run('rollout', 'freeze', 'remove', 'easter')).code, 1);
  assert.match((await run('rollout', 'freeze', 'remove', 'end of year')).output, /^removed freeze end of year/);
  assert.equal((await run('rollout', 'freeze', 'add', 'x', ...times.toReversed())).code, 2);

  assert.match((await run('rollout', 'halt-all', '--reason', 'storm', '--dry-run')).output, /^would halt everything/);
  assert.equal((await rolloutsOf(world)).isHalted, false);
  assert.equal((await run('rollout', 'halt-all', '--reason', 'storm')).output, 'Everything is halted: storm\n');
  assert.match((await run('rollout', 'list')).output, /^Everything is halted: nothing is installed anywhere \(storm\)/);
  const calm = await run('rollout', 'resume-all', '--reason', 'calm');
  assert.equal(calm.output, 'The halt of everything (storm) is over, because: calm. Rollouts that run go on.\n');
  const again = await run('rollout', 'resume-all', '--reason', 'calm');
  assert.equal(again.output, 'Nothing was halted as a whole.\n');
  assert.equal((await rolloutsOf(world)).isHalted, false);
});

test('a release that has a rollout gets another only by --replace with --reason, and a plan says so before', async (t) => {
  const world = await planeWithSigner(t);
  const { run } = world;
  await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings);
  await run('rollout', 'halt', release, '--reason', 'ticket 4711');
  const again = ['rollout', 'create', 'connect-sync', '1.2.4.0', ...rings];
  for (const dry of [[], ['--dry-run']]) {
    const refused = await run(...again, ...dry);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /has rollout [0-9a-f-]{36}, which is halted: .*resume.*, or .*abort.*replace/);
  }
  assert.equal((await run(...again, '--replace')).code, 2);
  assert.equal((await run(...again, '--reason', 'x')).code, 2);
  const planned = await run(...again, '--replace', '--reason', 'a slower plan', '--dry-run');
  assert.match(
    planned.output,
    /take the place of rollout .*, which is halted\. That undoes its halt, .* like a resume\./,
  );
  assert.equal((await rolloutsOf(world)).rollouts[0].state, 'halted');
  const replaced = await run(...again, '--replace', '--reason', 'a slower plan');
  assert.match(replaced.output, /^connect-sync 1\.2\.4\.0 {2}running\n/, replaced.errors);
  // The name means the one that hosts go by.
  const halted = await run('rollout', 'halt', release, '--reason', 'emergency');
  assert.match(halted.output, /^connect-sync 1\.2\.4\.0 {2}halted: emergency\n/, halted.errors);
});

test('a plan that leaves out the ring of hosts says so, before and after it is made', async (t) => {
  const { plane, run } = await planeWithSigner(t);
  const agent = await enrol(plane);
  const beat = { hostName: 'sync-1', components: [] };
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: beat }));
  for (const dry of [['--dry-run'], []]) {
    const { output, errors } = await run(
      'rollout',
      'create',
      'connect-sync',
      '1.2.4.0',
      '--ring',
      'all start=100%',
      ...dry,
    );
    assert.match(output, /It has no ring broad \(1 host\)\. Hosts there get nothing by it \(ring-unknown\)/, errors);
  }
});

test('a plan says how fast its vendor lets a release spread, and one that is for download only is refused', async (t) => {
  const { plane, run } = await planeWithSigner(t);
  publishReleases(plane.home, ['1.2.5.0'], { maxRampPpmPerHour: 5_000 });
  const slow = await run('rollout', 'create', 'connect-sync', '1.2.5.0', '--dry-run');
  assert.match(slow.output, /it spreads by at most 0\.5% an hour: its vendor signed that\./, slow.errors);
  publishReleases(plane.home, ['1.2.6.0'], { channel: { download: true, autoUpgrade: false } });
  const byHand = await run('rollout', 'create', 'connect-sync', '1.2.6.0', '--dry-run');
  assert.deepEqual([byHand.code, byHand.errors], [1, 'springline: connect-sync 1.2.6.0 is for download only\n']);
});

test('an unpublished release, words that are none, and an id of nobody are refused with what to do', async (t) => {
  const { run } = await planeWithSigner(t);
  const unknown = await run('rollout', 'create', 'connect-sync', '9.9.9.0', '--dry-run');
  assert.deepEqual(
    [unknown.code, unknown.errors],
    [1, 'springline: connect-sync 9.9.9.0 is not published; the newest are 1.2.4.0, 1.2.3.0\n'],
  );
  for (const words of [
    ['create', 'portal', '1.0.0.0'],
    ['create', 'connect-sync', 'newest'],
    ['create', 'connect-sync', '1.2.4.0', '--ring', 'Canary start=100%'],
    ['create', 'connect-sync', '1.2.4.0', '--halt-at', '0:5%'],
    ['create', 'connect-sync', '1.2.4.0', '--not-before', '2026-02-30T00:00:00Z'],
    ['halt', release],
    ['halt', release, '--reason', ' '],
  ]) {
    assert.equal((await run('rollout', ...words)).code, 2, words.join(' '));
  }
  const nobody = await run('rollout', 'show', 'a\u001b[2J');
  assert.deepEqual(
    [nobody.code, nobody.errors],
    [1, 'springline: there is no rollout "a [2J". Which there are: springline rollout list\n'],
  );
});

test('without a signer what is known is shown, and every change fails with a sentence that says so', async (t) => {
  const { run, stopSigner } = await planeWithSigner(t);
  await run('rollout', 'create', 'connect-sync', '1.2.4.0', ...rings);
  await stopSigner();
  const list = await run('rollout', 'list');
  assert.equal(list.code, 0);
  assert.match(list.output, /^the signer does not answer: .* nothing can be changed\.\n\nRELEASE /);
  for (const words of [
    ['create', 'connect-sync', '1.2.3.0'],
    ['halt', release, '--reason', 'x'],
    ['halt-all', '--reason', 'x'],
    ['approvals'],
    ['withdraw', 'abcdef'],
    ['freeze', 'remove', 'x'],
  ]) {
    const { code, errors } = await run('rollout', ...words);
    assert.equal(code, 1, words.join(' '));
    assert.match(errors, /^springline: the signer does not answer: [^\n]*\n$/, words.join(' '));
  }
});

test('who may only read changes nothing, and another tenant than the operator’s neither', async (t) => {
  const { plane, run } = await planeWithSigner(t);
  const database = await plane.openDatabase();
  const as = (token: string): void => writeFileSync(join(plane.home, 'admin-token'), `${token}\n`);
  as(await makeToken(plane, database, { scopes: ['read'] }));
  assert.equal((await run('rollout', 'list')).code, 0);
  const reader = await run('rollout', 'halt-all', '--reason', 'x');
  assert.deepEqual([reader.code, /\(not-authorised\)\n$/.test(reader.errors)], [1, true], reader.errors);
  as(await makeToken(plane, database, { tenant: 'Fabrikam' }));
  for (const words of [
    ['rollout', 'create', 'connect-sync', '1.2.4.0'],
    ['rollout', 'halt-all', '--reason', 'x'],
  ]) {
    const { code, errors } = await run(...words);
    assert.deepEqual([code, /\((not-authorised|operator-only)\)\n$/.test(errors)], [1, true], errors);
  }
});
