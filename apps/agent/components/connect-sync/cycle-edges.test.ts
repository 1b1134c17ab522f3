/**
 * Cycles in which not everything goes as usual: a state that was put back to an earlier one, a directory that is down
 * beside one that is fed, a store that was built anew beside a cloud that was not, an object whose values cannot be read.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import type { RunProfile } from '@springline/connect-sync/run-profile/cycle';
import { Counters } from '@springline/connect-sync/run-profile/engine';
import { requireFullCloudImport } from '@springline/connect-sync/run-profile/import-cloud';
import { DirectoryImport } from '@springline/connect-sync/run-profile/import-directory';
import { requireFullImport } from '@springline/connect-sync/run-profile/import-state';
import { owedImports, oweImports } from '@springline/connect-sync/run-profile/owed-imports';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import { copySyncStore } from '../../storage/sync-store.ts';
import { cloudAnchors, faultCodes, inCloud, rowOf } from '../../testing/bench-looks.ts';
import { inbound, outbound, provisionUsers, ruleSetOf } from '../../testing/bench-rules.ts';
import { anchor, type SyncBench, stepOf, user } from '../../testing/sync-bench.ts';
import {
  everything,
  goesDown,
  inCorp,
  joinedBy,
  ofOther,
  other,
  peopleOfCorp,
  same,
  twoForests,
} from '../../testing/two-forests.ts';

const cloud = 'Cloud directory';
/** Both forests make people. */
const bothProject = ruleSetOf([
  peopleOfCorp,
  { ...peopleOfCorp, name: 'Other - User', precedence: 101, connector: 'other' },
  provisionUsers(['title']),
]);

const titleOf = (bench: SyncBench, n: number): unknown => inCloud(bench, anchor(n))?.attributes['title'];
const hasExport = (cycle: CycleRecord): boolean => cycle.steps.some(({ profile }) => profile === 'Export');

/** As an agent leaves a store that was put back to an earlier state. */
function putBack(bench: SyncBench): void {
  requireFullCloudImport(bench.engine);
  for (const directory of bench.engine.directories) requireFullImport(bench.engine, directory);
  oweImports(bench.engine, ['corp', 'other', cloud]);
}

/** The state from before the last change, beside the cloud and directories that have it. */
async function restored(context: TestContext): Promise<SyncBench> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-put-back-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const [file, backup] = [join(folder, 'state.db'), join(folder, 'backup.db')];
  const before = twoForests(
    bothProject,
    { corp: [user(1, { title: 'old' })], other: [ofOther(101, { title: 'old' })] },
    { file },
  );
  await before.cycle();
  await copySyncStore(file, backup);
  before.put(user(1, { title: 'new' }));
  before.directory('other').put(ofOther(101, { title: 'new' }));
  await before.cycle();
  before.store.close();
  const bench = twoForests(
    bothProject,
    { corp: [], other: [] },
    { file: backup, cloud: before.cloud, content: before.directories },
  );
  context.after(() => bench.store.close());
  putBack(bench);
  return bench;
}

test('a state that was put back exports nothing while one directory of two is down', async (context) => {
  const bench = await restored(context);
  const comesBack = goesDown(bench, 'other');
  const operations = bench.cloud.operations.length;
  for (let round = 0; round < 2; round++) {
    const cycle = await bench.cycle();
    const step = stepOf(cycle, cloud, 'Export');
    assert.equal(step.result, 'stopped-import-read');
    assert.match(step.detail!, /nothing is exported before other was imported again, whole/);
  }
  assert.deepEqual(titleOf(bench, 101), ['new']);
  assert.equal(bench.cloud.operations.length, operations);
  comesBack();
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual([titleOf(bench, 1), titleOf(bench, 101)], [['new'], ['new']]);
  bench.directory('other').put(ofOther(101, { title: 'newer' }));
  await bench.cycle();
  assert.deepEqual(titleOf(bench, 101), ['newer']);
});

test('a state that was put back refuses an export that is asked for by itself', async (context) => {
  const bench = await restored(context);
  const run = (profile: RunProfile, connector: string): Promise<CycleRecord> =>
    bench.cycle({ only: { profile, connector } });
  const operations = bench.cloud.operations.length;
  await run('Full Synchronization', 'corp');
  assert.equal((await run('Export', cloud)).result, 'stopped-import-read');
  for (const [connector, owed] of [
    ['corp', ['other', cloud]],
    ['other', [cloud]],
  ] as const) {
    await run('Full Import', connector);
    assert.deepEqual(owedImports(bench.engine), owed);
    assert.equal((await run('Export', cloud)).result, 'stopped-import-read');
  }
  await run('Full Import', cloud);
  assert.equal(bench.cloud.operations.length, operations);
  assert.equal((await run('Export', cloud)).result, 'success');
});

test('an import that the source stopped does not count as done after a state was put back', async (context) => {
  const bench = await restored(context);
  bench.directory('other').entries.clear();
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'other', 'Full Import').result, 'stopped-import-read');
  assert.equal(stepOf(cycle, cloud, 'Export').result, 'stopped-import-read');
  assert.deepEqual(titleOf(bench, 101), ['new']);
});

test('an import that could not read every entry does not count as done after a state was put back', async (context) => {
  const bench = await restored(context);
  // It came in part only.
  bench.directory('other').put(ofOther(101, { 'title;range=0-1': 'newest' }));
  for (let round = 0; round < 2; round++) {
    const cycle = await bench.cycle();
    assert.equal(stepOf(cycle, 'other', 'Full Import').result, 'completed-discovery-errors');
    assert.match(stepOf(cycle, cloud, 'Export').detail!, /before other was imported again, whole/);
    assert.deepEqual(titleOf(bench, 101), ['new']);
  }
  bench.directory('other').put(ofOther(102));
  await bench.cycle({ acceptsUnread: true });
  assert.equal(inCloud(bench, anchor(102))?.objectType, 'user', 'a person may go on without them');
  bench.directory('other').put(ofOther(101, { title: 'newest' }));
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(titleOf(bench, 101), ['newest']);
});

test('what a fed directory told reaches the cloud while another directory is down', async () => {
  const bench = twoForests(bothProject, { corp: [user(1, { title: 'old' })], other: [ofOther(101)] });
  await bench.cycle();
  goesDown(bench, 'other');
  const corp = bench.engine.directories[0]!;
  const fed = new DirectoryImport(bench.engine, corp, everything, new Counters(), 'followed');
  fed.entry(encodeEntry(user(1, { title: 'new' })));
  fed.page(Buffer.from('after'));
  const cycle = await bench.cycle({ kind: 'continuous', fed: new Set(['corp']) });
  assert.ok(!cycle.steps.some(({ connector, profile }) => connector === 'corp' && profile.endsWith('Import')));
  assert.ok(hasExport(cycle));
  assert.deepEqual(titleOf(bench, 1), ['new']);
});

test('an object that was gone and came back before its change was synchronised brings the change', async () => {
  const bench = twoForests(bothProject, { corp: [user(1, { title: 'old' }), user(2)], other: [ofOther(101)] });
  await bench.cycle();
  const imported = (): Promise<CycleRecord> => bench.cycle({ only: { profile: 'Full Import', connector: 'corp' } });
  bench.put(user(1, { title: 'new' }));
  await imported();
  bench.drop(inCorp(1));
  await imported();
  bench.put(user(1, { title: 'new' }));
  await imported();
  await bench.cycle();
  assert.deepEqual(titleOf(bench, 1), ['new']);
});

/** A rule for the cloud that gives `department` by one flow more. */
const department = (flow: Record<string, unknown>): ReturnType<typeof ruleSetOf> =>
  ruleSetOf([
    peopleOfCorp,
    provisionUsers(['title']),
    outbound('Out - Department', 910, { flows: [{ target: 'department', ...flow }] }),
  ]);

test('IgnoreThisFlow keeps what the cloud has when the store was built anew', async () => {
  const first = twoForests(department({ expression: '"by hand"' }), { corp: [user(1)], other: [] });
  await first.cycle();
  const ignoring = department({ expression: 'IgnoreThisFlow' });
  const again = twoForests(ignoring, { corp: [user(1, { title: 'new' })], other: [] }, { cloud: first.cloud });
  assert.equal((await again.cycle()).result, 'success');
  assert.deepEqual(inCloud(again, anchor(1))?.attributes, { department: ['by hand'], title: ['new'] });
});

test('a flow that is executed once keeps what the cloud has when the store was built anew', async () => {
  const rules = department({ expression: '"first " & [title]', executeOnce: true });
  const first = twoForests(rules, { corp: [user(1, { title: 'A' })], other: [] });
  await first.cycle();
  const again = twoForests(rules, { corp: [user(1, { title: 'B' })], other: [] }, { cloud: first.cloud });
  await again.cycle();
  assert.deepEqual(inCloud(again, anchor(1))?.attributes, { department: ['first A'], title: ['B'] });
});

const noText = new Uint8Array([0xff, 0xfe]);
const titled = { scope: [[{ attribute: 'title', operator: 'NOTEQUAL', value: 'hidden' }]] };

test('a value that is no text fails the object that has it, and no other', async () => {
  const ruleSet = ruleSetOf([{ ...peopleOfCorp, ...titled }, provisionUsers(['title'])]);
  const bench = twoForests(ruleSet, { corp: [user(1, { title: noText }), user(2, { title: 'B' })], other: [] });
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'completed-sync-errors');
  assert.deepEqual(cloudAnchors(bench), [anchor(2)]);
  assert.equal(faultCodes(bench).length, 1);
  assert.notEqual(rowOf(bench, 'corp', inCorp(1))?.fault, null);
  bench.put(user(1, { title: 'A' }));
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual([titleOf(bench, 1), faultCodes(bench)], [['A'], []]);
});

test('an object keeps its last state in the cloud while a value of it is no text', async () => {
  const ruleSet = ruleSetOf([{ ...peopleOfCorp, ...titled }, provisionUsers(['title'])]);
  const bench = twoForests(ruleSet, { corp: [user(1, { title: 'A' }), user(2, { title: 'B' })], other: [] });
  await bench.cycle();
  bench.put(user(1, { title: noText }), user(2, { title: 'C' }));
  await bench.cycle();
  assert.deepEqual([titleOf(bench, 1), titleOf(bench, 2)], [['A'], ['C']]);
  assert.equal(faultCodes(bench).length, 1);
});

test('a deleted object goes, and its person stays as it is until what is joined to it can be read again', async () => {
  const find = inbound('Other - find', 110, { connector: 'other', join: [[same('mail')]], ...titled });
  const mail = 'a@corp.example';
  const bench = twoForests(ruleSetOf([peopleOfCorp, find, provisionUsers(['title'])]), {
    corp: [user(1, { mail }), user(2), user(3), user(4)],
    other: [ofOther(101, { mail, title: 'A' })],
  });
  await bench.cycle();
  bench.directory('other').put(ofOther(101, { mail, title: noText }));
  await bench.cycle();
  bench.drop(inCorp(1));
  await bench.cycle();
  await bench.cycle();
  assert.equal(rowOf(bench, 'corp', inCorp(1)), undefined);
  assert.ok(cloudAnchors(bench).includes(anchor(1)));
  bench.directory('other').put(ofOther(101, { mail, title: 'A' }));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(2), anchor(3), anchor(4)]);
  assert.deepEqual(faultCodes(bench), []);
});

test('a person of two forests is still made of both when one of them is not read', async () => {
  const mail = 'a@corp.example';
  const bench = twoForests(joinedBy([same('mail')]), { corp: [user(1, { mail })], other: [ofOther(101, { mail })] });
  await bench.cycle();
  goesDown(bench, 'other');
  bench.put(user(1, { mail, title: 'new' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes, { info: ['joined user101'], title: ['new'] });
  assert.notEqual(rowOf(bench, 'other', other.dnOf(101))?.mv, null);
});
