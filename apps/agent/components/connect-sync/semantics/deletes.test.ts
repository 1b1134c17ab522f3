/** The delete guard, its decisions, and what comes back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decideHeldDeletes, heldDeletes } from '@springline/connect-sync/run-profile/held-deletes';
import type { DirectoryEntry } from '@springline/directory/entry';
import { copySyncStore } from '../../../storage/sync-store.ts';
import { anchor, changed } from '../../../testing/bench-entries.ts';
import { cloudAnchors, inCloud } from '../../../testing/bench-looks.ts';
import { outbound, projectUsers, provisionUsers, ruleSetOf } from '../../../testing/bench-rules.ts';
import { baseDn, contact, group, SyncBench, stepOf, user } from '../../../testing/sync-bench.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const numbers = (count: number, from = 1): number[] => Array.from({ length: count }, (_, at) => at + from);
const people = (count: number, from = 1): DirectoryEntry[] => numbers(count, from).map((n) => user(n));
const held = 'stopped-deletion-threshold-exceeded';

interface GuardRow {
  readonly name: string;
  readonly before: readonly DirectoryEntry[];
  readonly after: readonly DirectoryEntry[];
  /** What the detail says; absent: it goes through. */
  readonly says?: RegExp;
}

const members = (count: number): string[] => numbers(count).map(staff);
const rows: readonly GuardRow[] = [
  { name: '20 of 20 users are few', before: [...people(20), contact(900)], after: [contact(900)] },
  { name: '21 of 105 users are a fifth', before: people(105), after: people(84), says: /21 of 105 users/ },
  { name: '21 of 106 users are less than a fifth', before: people(106), after: people(85) },
  {
    name: '50 members of a group',
    before: [...people(120), group(900, members(120))],
    after: [...people(120), group(900, members(70))],
    says: /group group900 would lose 50 of 120 members/,
  },
  {
    name: '49 members of a group',
    before: [...people(200), group(900, members(120)), group(901, members(200))],
    after: [...people(200), group(900, members(71)), group(901, members(200))],
  },
  {
    name: 'a fifth of all memberships, no group losing many',
    before: [...people(60), ...numbers(3).map((n) => group(900 + n, members(40)))],
    after: [...people(60), ...numbers(3).map((n) => group(900 + n, members(30)))],
    says: /3 groups would lose 30 of all 120 memberships/,
  },
  {
    name: 'all of 21 members',
    before: [...people(21), group(900, members(21))],
    after: [...people(21), group(900, [])],
    says: /21 of 21 members/,
  },
  {
    name: 'all of 20 members',
    before: [...people(20), group(900, members(20))],
    after: [...people(20), group(900, [])],
  },
  {
    name: 'any number of adds and changes',
    before: people(30),
    after: [...people(400, 31), ...numbers(30).map((n) => user(n, { title: 'x' }))],
  },
];

for (const { name, before, after, says } of rows) {
  test(`${name}: ${says === undefined ? 'carried out' : 'held, and nothing at all is exported'}`, async () => {
    const bench = new SyncBench();
    bench.put(...before);
    await bench.cycle();
    const state = bench.cloud.state();
    bench.directory('corp').replaceAll(after);
    bench.put(user(1_000));
    const cycle = await bench.cycle();
    if (says === undefined) {
      assert.equal(cycle.result, 'success');
      assert.equal(cloudAnchors(bench).length, after.length + 1);
      return;
    }
    assert.equal(cycle.result, held);
    assert.match(stepOf(cycle, 'Cloud directory', 'Export').detail ?? '', says);
    assert.deepEqual(bench.cloud.state(), state);
  });
}

test('500 objects are held, however small a share they are; one less goes', async () => {
  const bench = new SyncBench({ ruleSet: ruleSetOf([projectUsers, provisionUsers([])]) });
  const all = people(2_520);
  bench.put(...all);
  await bench.cycle();
  bench.directory('corp').replaceAll(all.slice(500));
  const cycle = await bench.cycle();
  assert.match(
    stepOf(cycle, 'Cloud directory', 'Export').detail ?? '',
    /500 objects would be deleted; 500 are too many/,
  );
  bench.put(all[0]!);
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 2_021);
});

test('what is held evaporates when the directory has it again', async () => {
  const bench = new SyncBench();
  bench.put(...people(60), group(900, members(60)));
  await bench.cycle();
  const before = bench.cloud.state();
  const content = [...bench.entries.values()];
  bench.directory('corp').replaceAll(content.slice(40));
  assert.equal((await bench.cycle()).result, held);
  bench.directory('corp').replaceAll(content);
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(heldDeletes(bench.engine), []);
  assert.deepEqual(bench.cloud.state(), before);
  assert.equal(bench.cloud.created.length, 61);
});

test('an approval is for what was held then; what is deleted after that is judged anew', async () => {
  const bench = new SyncBench();
  bench.put(...people(100));
  await bench.cycle();
  bench.directory('corp').replaceAll(people(70));
  await bench.cycle();
  assert.equal(decideHeldDeletes(bench.engine, 'approved'), 30);
  bench.directory('corp').replaceAll(people(40));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, held);
  assert.match(stepOf(cycle, 'Cloud directory', 'Export').detail ?? '', /30 of 100 users/);
  bench.put(...people(30, 41));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 70);
});

test('what was rejected stays in the cloud, is told of no more, and is never deleted later', async () => {
  const bench = new SyncBench();
  bench.put(...people(60));
  await bench.cycle();
  bench.directory('corp').replaceAll(people(30));
  await bench.cycle();
  assert.equal(decideHeldDeletes(bench.engine, 'rejected'), 30);
  for (let times = 0; times < 3; times++) {
    bench.put(user(1, { title: String(times) }));
    assert.equal((await bench.cycle()).result, 'success');
    assert.equal(cloudAnchors(bench).length, 60);
  }
  bench.put(user(45, { title: 'back' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(45))?.attributes['title'], ['back']);
  assert.equal(bench.cloud.created.length, 60);
});

test('who is restored is the same object of the cloud; who is made anew is another', async () => {
  const bench = new SyncBench();
  bench.put(...people(3), group(900, members(3)));
  await bench.cycle();
  const before = bench.cloud.state();
  const content = [...bench.entries.values()];
  bench.drop(staff(1));
  bench.put(group(900, members(3).slice(1)));
  await bench.cycle();
  assert.equal(inCloud(bench, anchor(1)), undefined);
  bench.directory('corp').replaceAll(content);
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), before);
  bench.put(changed(user(77), {}, staff(1)));
  await bench.cycle();
  assert.deepEqual([inCloud(bench, anchor(1)), inCloud(bench, anchor(77)) === undefined], [undefined, false]);
  assert.deepEqual(inCloud(bench, anchor(900))?.references['member'], [anchor(2), anchor(3), anchor(77)].sort());
});

test('a store that was restored from yesterday imports before it exports, and ends where it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'restored-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const manner of ['whole', 'dirsync'] as const) {
    const [file, backup] = [join(folder, `${manner}.db`), join(folder, `${manner}-backup.db`)];
    const today = new SyncBench({ file });
    const directory = today.directory('corp');
    directory.manner = manner;
    today.put(...people(40), group(900, members(30)));
    await today.cycle();
    await copySyncStore(file, backup);
    for (const n of [2, 5]) today.drop(staff(n));
    today.put(user(41), user(1, { title: 'later' }), changed(user(2), {}, staff(99)));
    today.put(group(900, [staff(41), staff(99), ...members(30).slice(5)]));
    await today.cycle();
    const before = today.cloud.state();
    const { created } = today.cloud;
    today.store.close();
    const yesterday = new SyncBench({ file: backup, cloud: today.cloud, content: today.directories, seed: 8 });
    assert.equal((await yesterday.cycle()).result, 'success', manner);
    await yesterday.cycle();
    assert.deepEqual(yesterday.cloud.state(), before, manner);
    assert.equal(created.length, 42, 'nothing was made again');
    yesterday.store.close();
  }
});

test('a server that stages plans what another exported, and exports nothing', async () => {
  const active = new SyncBench();
  active.put(...people(10), group(900, members(10)));
  await active.cycle();
  const staging = new SyncBench({ cloud: active.cloud, content: active.directories });
  staging.isStaging = true;
  active.cloud.operations.length = 0;
  await staging.cycle();
  assert.deepEqual(active.cloud.operations, []);
  assert.equal(staging.store.countPendingExports(staging.engine.cloud.connector), 0, 'nothing is left to export');
  active.put(user(1, { title: 'new' }));
  await staging.cycle();
  assert.equal(staging.store.countPendingExports(staging.engine.cloud.connector), 1);
  assert.equal(inCloud(active, anchor(1))?.attributes['title'], undefined);
  staging.isStaging = false;
  await staging.cycle();
  assert.deepEqual(inCloud(active, anchor(1))?.attributes['title'], ['new']);
});

test('values that most objects would lose at once wait, until they are approved or are there again', async () => {
  const bench = new SyncBench();
  const crowd = (mail: string | undefined): DirectoryEntry[] => people(60).map((entry) => changed(entry, { mail }));
  bench.put(...crowd('a@corp.example'));
  await bench.cycle();
  const before = bench.cloud.state();
  const titleOf = (n: number): unknown => inCloud(bench, anchor(n))?.attributes['title'];
  for (const { decision, mails } of [
    { decision: 'rejected', mails: 60 },
    { decision: 'approved', mails: 0 },
  ] as const) {
    bench.put(...crowd(undefined).map((entry, at) => (at === 0 ? changed(entry, { title: decision }) : entry)));
    assert.equal((await bench.cycle()).result, held);
    assert.deepEqual(
      heldDeletes(bench.engine).map(({ cleared }) => cleared),
      Array.from({ length: 60 }, () => ['mail']),
    );
    assert.equal(decideHeldDeletes(bench.engine, decision), 60);
    assert.equal((await bench.cycle()).result, 'success');
    assert.deepEqual(titleOf(1), [decision]);
    const withMail = Object.values(bench.cloud.state()).filter(
      (found) => 'mail' in (found as { attributes: object }).attributes,
    );
    assert.equal(withMail.length, mails, decision);
    bench.put(...crowd('a@corp.example'));
    assert.equal((await bench.cycle()).result, 'success');
    assert.deepEqual(bench.cloud.state(), before);
  }
  assert.equal(bench.store.clearingRows(bench.engine.cloud.connector, 0, 1).length, 0);
});

test('an approval of values that are lost is for those; the next ones wait again', async () => {
  const bench = new SyncBench();
  const crowd = (attributes: Record<string, string | undefined>): DirectoryEntry[] =>
    people(60).map((entry) => changed(entry, attributes));
  bench.put(...crowd({ mail: 'a@corp.example', title: 'Clerk' }));
  await bench.cycle();
  bench.put(...crowd({ title: 'Clerk' }));
  assert.equal((await bench.cycle()).result, held);
  decideHeldDeletes(bench.engine, 'approved');
  assert.equal((await bench.cycle()).result, 'success');
  bench.put(...crowd({}));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, held);
  assert.match(stepOf(cycle, 'Cloud directory', 'Export').detail ?? '', /60 of 60 users that have title would lose it/);
});

test('managers that most people would lose at once wait, and rejected ones stay', async () => {
  const bench = new SyncBench();
  const crowd = (manager: string | undefined): DirectoryEntry[] =>
    people(60).map((entry, at) => (at === 0 ? entry : changed(entry, { manager })));
  bench.put(...crowd(staff(1)));
  await bench.cycle();
  const before = bench.cloud.state();
  bench.put(...crowd(undefined));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, held);
  assert.match(
    stepOf(cycle, 'Cloud directory', 'Export').detail ?? '',
    /59 of 59 users that have manager would lose it/,
  );
  assert.deepEqual(
    heldDeletes(bench.engine).map(({ cleared }) => cleared),
    Array.from({ length: 59 }, () => ['manager']),
  );
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(bench.cloud.state(), before);
});

test('values that a person wants kept stay through every other change, until the directory has others', async () => {
  const bench = new SyncBench();
  const mailOf = (n: number): unknown => inCloud(bench, anchor(n))?.attributes['mail'];
  bench.put(...people(60).map((entry) => changed(entry, { mail: 'a@corp.example' })));
  await bench.cycle();
  bench.put(...people(60).map((entry) => changed(entry, { mail: undefined })));
  assert.equal((await bench.cycle()).result, held);
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  bench.put(...people(10).map((entry) => changed(entry, { mail: undefined, title: 'new' })));
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual([mailOf(1), inCloud(bench, anchor(1))?.attributes['title']], [['a@corp.example'], ['new']]);
  bench.put(user(1, { mail: 'b@corp.example' }));
  await bench.cycle();
  assert.deepEqual(mailOf(1), ['b@corp.example']);
  bench.put(changed(user(1), { mail: undefined }));
  await bench.cycle();
  assert.equal(mailOf(1), undefined, 'it was for that once');
});

test('who is rejected to be deleted stays with what refers to them, and people who go with their manager are one reason', async () => {
  const bench = new SyncBench();
  const reports = [1, 2, 3, 4, 5].map((n) => user(n, { manager: staff(200) }));
  bench.put(...reports, ...people(70, 100), user(200));
  await bench.cycle();
  const before = bench.cloud.state();
  bench.directory('corp').replaceAll([...reports.map((entry) => changed(entry, {})), ...people(40, 100)]);
  assert.equal((await bench.cycle()).result, held);
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(bench.cloud.state(), before);
});

test('people who go with their manager count as deletes and not as people who lose one', async () => {
  const bench = new SyncBench();
  // The manager comes last, so that it goes last.
  bench.put(...people(300), ...Array.from({ length: 24 }, (_, at) => user(at + 401, { manager: staff(900) })));
  await bench.cycle();
  bench.put(user(900));
  await bench.cycle();
  bench.directory('corp').replaceAll(people(300));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 300);
});

test('values that a person wants kept are emptied by AuthoritativeNull', async () => {
  const carried = {
    ...projectUsers,
    flows: [...(projectUsers['flows'] as object[]), { target: 'title', source: 'title' }],
  };
  const bench = new SyncBench({ ruleSet: ruleSetOf([carried, provisionUsers(['title'])]) });
  bench.put(...people(60).map((entry) => changed(entry, { title: 'Clerk' })));
  await bench.cycle();
  bench.put(...people(60).map((entry) => changed(entry, { title: undefined })));
  assert.equal((await bench.cycle()).result, held);
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  const cleared = outbound('clear', 890, { flows: [{ target: 'title', expression: 'AuthoritativeNull' }] });
  bench.setRules(ruleSetOf([carried, provisionUsers(['title']), cleared]));
  assert.equal((await bench.cycle()).result, held);
  decideHeldDeletes(bench.engine, 'approved');
  await bench.cycle();
  assert.equal(inCloud(bench, anchor(1))?.attributes['title'], undefined);
});

test('what a group of thousands loses is judged in a moment', async () => {
  const bench = new SyncBench();
  bench.put(...people(6_000), group(9_000, members(6_000)));
  await bench.cycle();
  bench.put(group(9_000, []));
  assert.equal((await bench.cycle()).result, held);
  const startedAt = performance.now();
  bench.store.setSetting('x', 'written');
  assert.equal(heldDeletes(bench.engine)[0]?.removedMembers, 6_000);
  assert.ok(performance.now() - startedAt < 1_000);
});
