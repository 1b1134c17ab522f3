/**
 * Imports that break off, run beside each other or meet an entry that cannot be read: nobody is deleted, and nothing that
 * was told is lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, type Directory } from '@springline/connect-sync/run-profile/engine';
import { DirectoryImport, type ImportMode } from '@springline/connect-sync/run-profile/import-directory';
import { cookieSetting } from '@springline/connect-sync/run-profile/import-state';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import { DirectoryError } from '@springline/directory/error';
import { changed, guid } from '../../testing/bench-entries.ts';
import { rowOf } from '../../testing/bench-looks.ts';
import { baseDn, group, SyncBench, user } from '../../testing/sync-bench.ts';
import { everything, inCorp, joinedBy, ofOther, other, same, twoForests } from '../../testing/two-forests.ts';

const byMail = joinedBy([same('mail')]);

interface Running {
  readonly run: DirectoryImport;
  readonly counters: Counters;
}

function directoryOf(bench: SyncBench, name: string): Directory {
  return bench.engine.directories.find((directory) => directory.name === name)!;
}

function begin(bench: SyncBench, name: string, mode: ImportMode): Running {
  const counters = new Counters();
  return { run: new DirectoryImport(bench.engine, directoryOf(bench, name), everything, counters, mode), counters };
}

function cookieOf(bench: SyncBench, name: string): string | undefined {
  const kept = bench.store.setting(cookieSetting(directoryOf(bench, name)));
  return kept === undefined ? undefined : Buffer.from(kept, 'base64').toString();
}

function setCookie(bench: SyncBench, name: string, cookie: string): void {
  bench.store.setSetting(cookieSetting(directoryOf(bench, name)), Buffer.from(cookie).toString('base64'));
}

function pendingOf(bench: SyncBench, name: string, dn: string): string | undefined {
  return rowOf(bench, name, dn)?.pendingImport;
}

/** Read and synchronised, with the cookie `start`. */
async function settled(): Promise<SyncBench> {
  const bench = twoForests(byMail, {
    corp: [user(1, { title: 'old' }), user(2), user(3)],
    other: [ofOther(101), ofOther(102)],
  });
  await bench.cycle();
  setCookie(bench, 'corp', 'start');
  setCookie(bench, 'other', 'start');
  return bench;
}

test('an import that breaks off takes back nothing that another one staged', async () => {
  const bench = await settled();
  const followed = begin(bench, 'corp', 'followed').run;
  const broken = begin(bench, 'other', 'delta').run;
  followed.entry(encodeEntry(user(1, { title: 'new' })));
  broken.abandon();
  followed.page(Buffer.from('after'));
  assert.equal(cookieOf(bench, 'corp'), 'after');
  assert.equal(pendingOf(bench, 'corp', inCorp(1)), 'update');
});

test('an object that came while another import broke off is known once, and under no number of another', async () => {
  const bench = await settled();
  const followed = begin(bench, 'corp', 'followed').run;
  const broken = begin(bench, 'other', 'delta').run;
  followed.entry(encodeEntry(user(5)));
  broken.abandon();
  followed.entry(encodeEntry(user(6)));
  followed.page(Buffer.from('one'));
  followed.entry(encodeEntry(user(5, { title: 'new' })));
  followed.page(Buffer.from('two'));
  const [five, six] = [rowOf(bench, 'corp', inCorp(5)), rowOf(bench, 'corp', inCorp(6))];
  assert.deepEqual([five?.anchor, six?.anchor], [guid(5), guid(6)]);
  assert.notEqual(five?.id, six?.id);
});

test('what was undone during a full import deletes nobody', async () => {
  const bench = await settled();
  const { run, counters } = begin(bench, 'corp', 'full');
  run.entry(encodeEntry(user(1, { title: 'new' })));
  bench.store.rollBackBatch();
  run.entry(encodeEntry(user(2)));
  run.entry(encodeEntry(user(3)));
  const outcome = run.finish({ unmentionedAreGone: true });
  assert.equal(outcome.result, 'stopped-import-read');
  assert.equal(counters.get('stage-delete'), 0);
  assert.equal(pendingOf(bench, 'corp', inCorp(1)), 'none');
});

test('the cookie of a delta does not pass what was undone meanwhile', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'delta');
  run.entry(encodeEntry(user(1, { title: 'new' })));
  run.page(Buffer.from('one'));
  bench.store.rollBackBatch();
  run.entry(encodeEntry(user(4)));
  run.page(Buffer.from('two'));
  run.page(Buffer.from('three'));
  assert.equal(run.finish({ unmentionedAreGone: false }).result, 'stopped-import-read');
  assert.equal(cookieOf(bench, 'corp'), 'start');
});

test('members of a group that was undone are given to no other object', async () => {
  const bench = new SyncBench('active-directory');
  bench.put(user(1), user(2));
  await bench.cycle();
  const { run } = begin(bench, 'corp', 'delta');
  run.entry(encodeEntry(group(7, [inCorp(1), inCorp(2)])));
  bench.store.rollBackBatch();
  run.entry(encodeEntry(group(8, [])));
  run.finish({ unmentionedAreGone: false });
  const row = rowOf(bench, 'corp', `CN=group8,OU=Groups,${baseDn}`)!;
  assert.equal(bench.store.countReferences(row.id, 'member'), 0);
});

test('what is followed ends when what it staged was undone, and its cookie stays before it', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'followed');
  run.entry(encodeEntry(user(1, { title: 'new' })));
  bench.store.rollBackBatch();
  assert.throws(() => run.page(Buffer.from('one')), /had to be undone/);
  assert.equal(cookieOf(bench, 'corp'), 'start');
});

test('what was undone during a full import is read by the next one', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'full');
  const read = (into: DirectoryImport): void => {
    for (const entry of [user(1, { title: 'new' }), user(2), user(3)]) into.entry(encodeEntry(entry));
  };
  read(run);
  bench.store.rollBackBatch();
  run.finish({ unmentionedAreGone: true });
  const again = begin(bench, 'corp', 'full').run;
  read(again);
  assert.equal(again.finish({ unmentionedAreGone: true }).result, 'success');
  assert.equal(pendingOf(bench, 'corp', inCorp(1)), 'update');
});

test('what is followed from the middle of a delta on makes the delta delete nobody', async () => {
  const bench = await settled();
  const { run, counters } = begin(bench, 'other', 'delta');
  run.present(guid(101));
  begin(bench, 'other', 'followed');
  run.present(guid(102));
  assert.equal(run.finish({ unmentionedAreGone: true }).result, 'success');
  assert.equal(counters.get('stage-delete'), 0);
  assert.deepEqual(
    [101, 102].map((n) => pendingOf(bench, 'other', other.dnOf(n))),
    ['none', 'none'],
  );
});

/** The account lost the right to see what it is. */
const unreadable = encodeEntry(changed(user(1, { title: 'new' }), { objectClass: undefined }));

test('the cookie of a delta does not pass an entry that could not be read', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'delta');
  run.entry(unreadable);
  for (const [page, n] of [
    ['one', 4],
    ['two', 5],
    ['three', 6],
  ] as const) {
    run.page(Buffer.from(page));
    run.entry(encodeEntry(user(n)));
  }
  const outcome = run.finish({ unmentionedAreGone: false });
  assert.equal(outcome.result, 'completed-discovery-errors');
  assert.equal(cookieOf(bench, 'corp'), 'start');
  assert.equal(pendingOf(bench, 'corp', inCorp(5)), 'add', 'what could be read is brought over');
});

test('the cookie of a delta stands where the last page before an entry that could not be read ended', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'delta');
  run.entry(encodeEntry(user(4)));
  run.page(Buffer.from('one'));
  run.entry(encodeEntry(user(5)));
  run.page(Buffer.from('two'));
  run.entry(unreadable);
  run.page(Buffer.from('three'));
  run.page(Buffer.from('four'));
  run.finish({ unmentionedAreGone: false });
  assert.equal(cookieOf(bench, 'corp'), 'one');
});

test('what is followed ends at an entry that could not be read, and its cookie stays before it', async () => {
  const bench = await settled();
  const { run } = begin(bench, 'corp', 'followed');
  run.entry(encodeEntry(user(4)));
  run.page(Buffer.from('one'));
  run.entry(unreadable);
  assert.throws(() => run.page(Buffer.from('two')), DirectoryError);
  run.abandon();
  assert.equal(cookieOf(bench, 'corp'), 'one');
});

test('a delta of Active Directory that is cut off between pages loses no member of a new group', async () => {
  const bench = new SyncBench('active-directory');
  bench.put(user(1), user(2));
  await bench.cycle();
  setCookie(bench, 'corp', 'start');
  const team = group(7, [inCorp(1), inCorp(2)]);
  const cut = begin(bench, 'corp', 'delta').run;
  cut.entry(encodeEntry(team));
  // Pages of one answer have the cookie that it began with.
  cut.page(Buffer.from('start'));
  cut.page(Buffer.from('start'));
  cut.abandon();
  const again = begin(bench, 'corp', 'delta').run;
  again.entry(encodeEntry(team));
  again.page(Buffer.from('end'));
  assert.equal(again.finish({ unmentionedAreGone: false }).result, 'success');
  const row = rowOf(bench, 'corp', `CN=group7,OU=Groups,${baseDn}`)!;
  assert.equal(bench.store.countReferences(row.id, 'member'), 2);
});

test('a delta of Active Directory that is cut off between pages loses no change of the members of a group', async () => {
  const bench = new SyncBench('active-directory');
  bench.put(user(1), user(2), group(7, [inCorp(1)]));
  await bench.cycle();
  setCookie(bench, 'corp', 'start');
  const team = group(7, [inCorp(1), inCorp(2)], { displayName: 'Team' });
  const cut = begin(bench, 'corp', 'delta').run;
  cut.entry(encodeEntry(team));
  cut.page(Buffer.from('start'));
  cut.page(Buffer.from('start'));
  cut.abandon();
  const again = begin(bench, 'corp', 'delta').run;
  again.entry(encodeEntry(team));
  again.finish({ unmentionedAreGone: false });
  const row = rowOf(bench, 'corp', `CN=group7,OU=Groups,${baseDn}`)!;
  assert.equal(bench.store.countReferences(row.id, 'member'), 2);
});
