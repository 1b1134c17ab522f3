import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryEntry } from './entry.ts';
import { EntrySource } from './entry-source.ts';
import { decodeEntry } from './ldap/decode-entry.ts';
import type { ImportSink } from './source.ts';

const request = { cookie: undefined, attributes: new Set<string>() };
const never = new AbortController().signal;

interface Told {
  readonly entries: DirectoryEntry[];
  readonly pages: (Uint8Array | undefined)[];
}

function recorder(): { told: Told; sink: ImportSink } {
  const told: Told = { entries: [], pages: [] };
  const unexpected = (): never => assert.fail('a source of entries tells entries only');
  return {
    told,
    sink: {
      entry: (raw, anchor) => {
        assert.equal(anchor, undefined);
        told.entries.push(decodeEntry(raw));
      },
      changes: unexpected,
      gone: unexpected,
      present: unexpected,
      page: (cookie) => void told.pages.push(cookie),
    },
  };
}

const entryOf = (n: number): DirectoryEntry => ({ dn: `CN=${n},DC=a`, attributes: new Map([['sn', [`${n}`]]]) });

async function* entries(count: number): AsyncIterable<DirectoryEntry> {
  for (let n = 0; n < count; n++) yield entryOf(n);
}

test('every entry is handed over as it was given, and the read is whole', async () => {
  const { told, sink } = recorder();
  const end = await new EntrySource(() => entries(3)).read(request, sink, never);
  assert.deepEqual(told.entries, [0, 1, 2].map(entryOf));
  assert.deepEqual(told.pages, [undefined], 'a file has no cookie to give');
  assert.deepEqual(end, { unmentionedAreGone: true });
});

test('a source without entries is read whole too; whether that can be is not its business', async () => {
  const { told, sink } = recorder();
  const end = await new EntrySource(() => entries(0)).read(request, sink, never);
  assert.deepEqual([told.entries, end], [[], { unmentionedAreGone: true }]);
});

test('a cookie of before changes nothing: it is read from the start', async () => {
  const { told, sink } = recorder();
  const source = new EntrySource(() => entries(2));
  await source.read({ ...request, cookie: new Uint8Array([1]) }, sink, never);
  await source.read(request, sink, never);
  assert.equal(told.entries.length, 4);
});

test('a source that breaks off ends with its error: nothing is told to be whole', async () => {
  const { told, sink } = recorder();
  const trouble = new Error('line 7');
  const source = new EntrySource(async function* () {
    yield entryOf(1);
    throw trouble;
  });
  await assert.rejects(source.read(request, sink, never), trouble);
  assert.deepEqual([told.entries.length, told.pages], [1, []]);
});

test('reading ends at once when it is given up, and the source is told', async () => {
  const { told, sink } = recorder();
  const giveUp = new AbortController();
  let isClosed = false;
  const source = new EntrySource(async function* (signal) {
    assert.equal(signal, giveUp.signal);
    try {
      for (let n = 0; ; n++) {
        if (n === 2) giveUp.abort();
        yield entryOf(n);
      }
    } finally {
      isClosed = true;
    }
  });
  await assert.rejects(source.read(request, sink, giveUp.signal), { name: 'AbortError' });
  assert.deepEqual([told.entries.length, told.pages, isClosed], [2, [], true]);
});

test('others get their turn while many entries are read', async () => {
  const { told, sink } = recorder();
  let turns = 0;
  let timer = setImmediate(function turn() {
    turns += 1;
    timer = setImmediate(turn);
  });
  await new EntrySource(() => entries(5_000)).read(request, sink, never);
  clearImmediate(timer);
  assert.equal(told.entries.length, 5_000);
  assert.ok(turns >= 9, `${turns} turns`);
});
