import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anchorKey, FlatIndex, keyLength } from './flat-index.ts';
import type { CsId } from './store.ts';

const id = (n: number): CsId => n as CsId;

/** Keys as one maker makes them: they differ in few bits, which lie anywhere. */
function keyOf(n: number): Uint8Array {
  const key = new Uint8Array(keyLength).fill(0x42);
  key[n % keyLength] = n & 0xff;
  key[(n * 7) % keyLength]! ^= n >> 8;
  key[15]! ^= n >> 3;
  key[0] = n >> 8;
  key[1] = n & 0xff;
  return key;
}

const printOf = (n: number): Uint8Array => new Uint8Array(keyLength).fill((n % 255) + 1);

test('an anchor of 16 bytes is its key, and any other is known by its hash', () => {
  const guid = Uint8Array.from({ length: 16 }, (_, at) => at);
  assert.equal(anchorKey(guid), guid);
  const texts = ['', 'a', 'b', 'x'.repeat(15), 'x'.repeat(17), 'x'.repeat(5_000)];
  const keys = texts.map((text) => Buffer.from(anchorKey(Buffer.from(text))).toString('hex'));
  assert.ok(keys.every((key) => key.length === 2 * keyLength));
  assert.equal(new Set(keys).size, texts.length);
  assert.deepEqual(anchorKey(Buffer.from('a')), anchorKey(Buffer.from('a')));
});

test('what was never added is not there', () => {
  const index = new FlatIndex();
  assert.deepEqual([index.size, index.find(keyOf(1)), index.countSeen(), [...index.unseen()]], [0, -1, 0, []]);
  index.delete(keyOf(1));
  assert.equal(index.size, 0);
});

test('a key leads to its row, and to another once it was given another', () => {
  const index = new FlatIndex();
  index.set(keyOf(1), id(10), null);
  index.set(keyOf(2), id(20), null);
  assert.equal(index.idAt(index.find(keyOf(1))), 10);
  index.set(keyOf(1), id(11), null);
  assert.equal(index.idAt(index.find(keyOf(1))), 11);
  assert.equal(index.size, 2);
});

test('keys that differ in one byte only, whichever, are different keys', () => {
  const index = new FlatIndex();
  const keys = Array.from({ length: keyLength }, (_, at) => {
    const key = new Uint8Array(keyLength);
    key[at] = 1;
    return key;
  });
  for (const [at, key] of keys.entries()) index.set(key, id(at + 1), null);
  assert.deepEqual(
    keys.map((key) => index.idAt(index.find(key))),
    keys.map((_, at) => at + 1),
  );
});

test('a fingerprint is that of its object only, and of none once it was taken away', () => {
  const index = new FlatIndex();
  index.set(keyOf(1), id(1), printOf(1));
  index.set(keyOf(2), id(2), null);
  const [one, two] = [index.find(keyOf(1)), index.find(keyOf(2))];
  assert.deepEqual([index.hasFingerprint(one, printOf(1)), index.hasFingerprint(two, printOf(1))], [true, false]);
  index.setFingerprint(two, printOf(2));
  assert.equal(index.hasFingerprint(two, printOf(2)), true);
  index.setFingerprint(one, null);
  assert.equal(index.hasFingerprint(one, printOf(1)), false);
  index.forgetFingerprints();
  assert.equal(index.hasFingerprint(two, printOf(2)), false);
  assert.equal(index.idAt(two), 2);
});

test('a fingerprint that differs in one byte only, whichever, is another', () => {
  const index = new FlatIndex();
  index.set(keyOf(1), id(1), printOf(1));
  for (let at = 0; at < keyLength; at++) {
    const other = printOf(1);
    other[at] = 0xee;
    assert.equal(index.hasFingerprint(index.find(keyOf(1)), other), false, `byte ${at}`);
  }
});

test('a read knows what it has met, and forgets it when the next begins', () => {
  const index = new FlatIndex();
  index.beginRead();
  for (let n = 1; n <= 3; n++) index.set(keyOf(n), id(n), null);
  assert.deepEqual([index.countSeen(), [...index.unseen()]], [3, []], 'what was added was met');
  index.beginRead();
  assert.deepEqual([index.countSeen(), [...index.unseen()].sort()], [0, [1, 2, 3]]);
  index.markSeen(index.find(keyOf(2)));
  assert.equal(index.wasSeen(index.find(keyOf(2))), true);
  assert.equal(index.wasSeen(index.find(keyOf(1))), false);
  index.delete(keyOf(1));
  assert.deepEqual([index.countSeen(), [...index.unseen()]], [1, [3]]);
});

test('what a read met long ago does not count as met, after however many reads', () => {
  const index = new FlatIndex();
  index.beginRead();
  index.set(keyOf(1), id(1), null);
  for (let read = 0; read < 600; read++) {
    index.beginRead();
    assert.equal(index.wasSeen(index.find(keyOf(1))), false, `read ${read}`);
    if (read % 100 === 50) index.markSeen(index.find(keyOf(1)));
  }
});

test('keys that come and go without end leave those that are there to be found', () => {
  const index = new FlatIndex();
  for (let n = 0; n < 100_000; n++) {
    index.set(keyOf(n % 60_000), id(n + 1), null);
    index.delete(keyOf((n + 59_900) % 60_000));
    assert.ok(index.size <= 101);
  }
  assert.equal([...index.unseen()].length + index.countSeen(), index.size);
});

interface Model {
  readonly id: number;
  readonly print: number | undefined;
  readonly isSeen: boolean;
}

type Step =
  | { readonly does: 'set'; readonly from: number; readonly count: number; readonly print: boolean }
  | { readonly does: 'delete'; readonly from: number; readonly count: number }
  | { readonly does: 'meet'; readonly from: number; readonly count: number }
  | { readonly does: 'begin' }
  | { readonly does: 'forget' };

/** Enough keys that the table grows and is made anew several times. */
const keyCount = 4_000;
const range = { from: fc.nat(keyCount), count: fc.oneof(fc.nat(3), fc.nat(2_000)) };
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('set' as const), ...range, print: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('delete' as const), ...range }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('meet' as const), ...range }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('begin' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('forget' as const) }) },
);

test('it says what a map would say, whatever was done before', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1_500), fc.array(steps, { maxLength: 12 }), (expected, list) => {
      const index = new FlatIndex(expected);
      index.beginRead();
      const model = new Map<number, Model>();
      let given = 0;
      for (const step of list) {
        if (step.does === 'begin') index.beginRead();
        if (step.does === 'forget') index.forgetFingerprints();
        if (step.does === 'begin') for (const [n, was] of model) model.set(n, { ...was, isSeen: false });
        if (step.does === 'forget') for (const [n, was] of model) model.set(n, { ...was, print: undefined });
        if (step.does === 'begin' || step.does === 'forget') continue;
        for (let n = step.from; n < step.from + step.count; n++) {
          if (step.does === 'delete') {
            index.delete(keyOf(n));
            model.delete(n);
          } else if (step.does === 'meet') {
            const slot = index.find(keyOf(n));
            if (slot >= 0) index.markSeen(slot);
            const was = model.get(n);
            if (was !== undefined) model.set(n, { ...was, isSeen: true });
          } else {
            given += 1;
            index.set(keyOf(n), id(given), step.print ? printOf(given) : null);
            model.set(n, { id: given, print: step.print ? given : undefined, isSeen: true });
          }
        }
      }
      check(index, model);
    }),
    { numRuns: 40 },
  );
});

function check(index: FlatIndex, model: ReadonlyMap<number, Model>): void {
  assert.equal(index.size, model.size);
  const seen = [...model.values()].filter(({ isSeen }) => isSeen);
  assert.equal(index.countSeen(), seen.length);
  const unseen = [...model.values()].filter(({ isSeen }) => !isSeen).map((one) => one.id);
  assert.deepEqual([...index.unseen()].sort(), unseen.sort());
  for (let n = 0; n < keyCount + 2_000; n++) {
    const slot = index.find(keyOf(n));
    const wanted = model.get(n);
    assert.equal(slot >= 0, wanted !== undefined, `key ${n}`);
    if (wanted === undefined) continue;
    assert.equal(index.idAt(slot), wanted.id);
    assert.equal(index.wasSeen(slot), wanted.isSeen);
    assert.equal(index.hasFingerprint(slot, printOf(wanted.print ?? wanted.id)), wanted.print !== undefined);
  }
}
