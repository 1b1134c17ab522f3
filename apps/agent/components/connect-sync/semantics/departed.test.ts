/** Directories that are taken out of the configuration, or have another name in it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decideHeldDeletes } from '@springline/connect-sync/run-profile/held-deletes';
import type { DirectoryEntry } from '@springline/directory/entry';
import { anchor } from '../../../testing/bench-entries.ts';
import { cloudAnchors, inCloud } from '../../../testing/bench-looks.ts';
import { inbound, projectUsers, provisionUsers, ruleSetOf } from '../../../testing/bench-rules.ts';
import { baseDn, group, SyncBench, stepOf, user } from '../../../testing/sync-bench.ts';
import { other } from '../../../testing/two-forests.ts';

const anchors = (...numbers: readonly number[]): string[] => numbers.map(anchor).sort();
const held = 'stopped-deletion-threshold-exceeded';
const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const people = (count: number): DirectoryEntry[] => Array.from({ length: count }, (_, at) => other.user(at + 101));
/** Every forest makes people; those with one mail are one. */
const byMail = ruleSetOf([
  inbound('In - User', 100, {
    linkType: 'Provision',
    join: [[{ cs: 'mail', mv: 'mail' }]],
    flows: [
      { target: 'mail', source: 'mail' },
      { target: 'sourceAnchor', expression: 'ConvertToBase64([objectGUID])', executeOnce: true },
      { target: 'title', source: 'title' },
    ],
  }),
  provisionUsers(['mail', 'title']),
]);

interface Place {
  readonly file: string;
  readonly first: SyncBench;
}

/** A server with two forests, `corp` and `other`, after its first cycle. */
async function twoForests(
  t: TestContext,
  content: readonly DirectoryEntry[],
  ruleSet = ruleSetOf([projectUsers, provisionUsers(['title'])]),
): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-departed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'state.db');
  const first = new SyncBench({ directories: [corp, named('other')], ruleSet, file });
  first.put(user(1, { mail: 'one@x' }), user(2, { mail: 'two@x' }));
  first.directory('other').put(...content);
  assert.equal((await first.cycle()).result, 'success');
  first.store.close();
  return { file, first };
}

const corp = { name: 'corp', kind: 'active-directory' as const };
const named = (name: string) => ({ name, kind: 'active-directory' as const, baseDn: other.baseDn });

/** The same server with another configuration; what was `other` is read under the name that it has by now. */
function configured(
  t: TestContext,
  { file, first }: Place,
  directories: readonly (typeof corp)[],
  ruleSet = ruleSetOf([projectUsers, provisionUsers(['title'])]),
): SyncBench {
  const content = new Map([...first.directories, ['renamed', first.directory('other')]]);
  const bench = new SyncBench({ directories, ruleSet, file, cloud: first.cloud, content, seed: 11 });
  t.after(() => bench.store.close());
  return bench;
}

test('what only a directory held that was taken out leaves the cloud, and it is forgotten', async (t) => {
  const place = await twoForests(t, [...people(3), group(20, [staff(1)])]);
  const bench = configured(t, place, [corp]);
  const cycle = await bench.cycle();
  assert.equal(cycle.result, held);
  assert.match(
    stepOf(cycle, 'Cloud directory', 'Export').detail!,
    /^3 objects were only in a directory that is not in/,
  );
  assert.equal(cloudAnchors(bench).length, 5);
  assert.equal(decideHeldDeletes(bench.engine, 'approved'), 3);
  assert.equal((await bench.cycle()).result, 'success');
  const [step] = cycle.steps;
  assert.deepEqual([step!.connector, step!.counters['connector-delete-remove-mv']], ['other', 3]);
  assert.match(step!.detail ?? '', /taken out of the configuration/);
  assert.deepEqual(cloudAnchors(bench), anchors(1, 2));
  assert.deepEqual(
    bench.store.connectors().map(({ name }) => name),
    ['corp', 'Cloud directory'],
  );
  assert.equal((await bench.cycle()).steps.length, 4, 'the next cycle has nothing to do with it');
});

test('too much of it waits for a person, who may leave it in the cloud', async (t) => {
  const place = await twoForests(t, people(30));
  const bench = configured(t, place, [corp]);
  for (let times = 0; times < 2; times++) {
    assert.equal((await bench.cycle()).result, held);
    assert.equal(cloudAnchors(bench).length, 32);
  }
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 32);
});

test('who is in another directory as well stays, with what that one says', async (t) => {
  const place = await twoForests(t, [other.user(101, { mail: 'one@x', title: 'Boss' })], byMail);
  assert.deepEqual(inCloud(place.first, anchor(1))?.attributes['title'], ['Boss']);
  const bench = configured(t, place, [corp], byMail);
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1, 2));
  assert.equal(inCloud(bench, anchor(1))?.attributes['title'], undefined);
});

test('a directory that has another name by now loses nothing', async (t) => {
  const place = await twoForests(t, people(30));
  const before = place.first.cloud.state();
  const bench = configured(t, place, [corp, named('renamed')]);
  bench.cloud.operations.length = 0;
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(bench.cloud.operations, []);
  assert.deepEqual(bench.cloud.state(), before);
});

test('while it cannot be read under its new name nothing is exported', async (t) => {
  const place = await twoForests(t, people(10));
  const bench = configured(t, place, [corp, named('renamed')]);
  bench.explain = () => ({ result: 'no-start-connection' });
  bench.directory('renamed').source = { read: () => Promise.reject(new Error('down')) };
  assert.equal((await bench.cycle()).result, 'no-start-connection');
  assert.equal(cloudAnchors(bench).length, 12);
  bench.directory('renamed').source = undefined;
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 12);
});

test('what does not come again under the new name waits, however little it is', async (t) => {
  const place = await twoForests(t, people(100));
  const bench = configured(t, place, [corp, named('renamed')]);
  const renamed = bench.directory('renamed');
  const all = [...renamed.entries.values()];
  bench.explain = () => ({ result: 'stopped-connectivity' });
  renamed.read = async function* () {
    yield* all.slice(0, 95);
    throw new Error('the connection broke off');
  };
  for (let times = 0; times < 2; times++) {
    assert.match((await bench.cycle()).result, /^stopped-/);
    assert.equal(cloudAnchors(bench).length, 102);
  }
  renamed.read = undefined;
  renamed.replaceAll(all.slice(0, 98));
  assert.equal((await bench.cycle()).result, held);
  assert.equal(cloudAnchors(bench).length, 102);
  renamed.replaceAll(all);
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(cloudAnchors(bench).length, 102);
});

test('who failed before the directory had another name stays until a person decides', async (t) => {
  const place = await twoForests(t, people(3));
  place.first.directory('other').put(other.user(101, { title: ['a', 'b'] as unknown as string }));
  const set = ruleSetOf([
    projectUsers,
    inbound('t', 110, { flows: [{ target: 'title', source: 'title' }] }),
    provisionUsers(['title']),
  ]);
  const bench = configured(t, place, [corp, named('renamed')], set);
  const cycle = await bench.cycle();
  assert.equal(cycle.result, held);
  assert.match(stepOf(cycle, 'Cloud directory', 'Export').detail!, /^1 objects were only/);
  assert.equal(cloudAnchors(bench).length, 5);
});

test('a directory that comes back is read from the start', async (t) => {
  const place = await twoForests(t, people(3));
  place.first.directory('other').manner = 'dirsync';
  const without = configured(t, place, [corp]);
  await without.cycle();
  decideHeldDeletes(without.engine, 'approved');
  await without.cycle();
  const bench = configured(t, place, [corp, named('other')]);
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'other', 'Full Import').counters['stage-add'], 3);
  assert.equal(cloudAnchors(bench).length, 5);
});

test('who fails while a directory is taken out waits later for the same reason', async (t) => {
  // Only with what the other forest says does anybody belong into the cloud.
  const rules = (title: string) =>
    ruleSetOf([
      inbound('In - User', 100, {
        linkType: 'Provision',
        join: [[{ cs: 'mail', mv: 'mail' }]],
        flows: [
          { target: 'mail', source: 'mail' },
          { target: 'sourceAnchor', expression: 'CStr([mail])' },
          { target: 'department', source: 'department' },
          { target: 'title', expression: title },
        ],
      }),
      provisionUsers(['mail', 'title'], { scope: [[{ attribute: 'department', operator: 'EQUAL', value: 'Sales' }]] }),
    ]);
  const sound = 'Trim([info])';
  const fails = 'IIF([info] = "bad", CStr(CNum([info])), NULL)';
  const place = await twoForests(t, [other.user(101, { mail: 'one@x', department: 'Sales' })], rules(sound));
  place.first.put(user(1, { mail: 'one@x', info: 'bad' }));
  const broken = configured(t, place, [corp], rules(fails));
  const operations = broken.cloud.operations.length;
  await broken.cycle();
  const mended = configured(t, place, [corp], rules(sound));
  assert.equal((await mended.cycle()).result, held);
  assert.ok(!mended.cloud.operations.slice(operations).some(({ op }) => op === 'delete'));
});
