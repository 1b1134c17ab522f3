import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ResultCode, resultCodes } from '../eligibility/result-code.ts';
import { formatRecord, JournalError, type JournalRecord, parseJournal } from './journal-record.ts';
import { recoveryOf, type UpgradeStep } from './upgrade-step.ts';

const record: JournalRecord = {
  at: '2026-11-22T14:00:00.000Z',
  attempt: '0b9c3a52-6d6c-4a53-9d9c-6f1d3f8a2b10',
  component: 'connect-sync',
  step: 'downloading',
  from: { version: '2.5.0.0', releaseNumber: 1, sha256: 'a'.repeat(64), slot: 'a' },
  to: { version: '2.6.0.0', releaseNumber: 2, sha256: 'b'.repeat(64), slot: 'b' },
};

const builds = fc.record(
  {
    version: fc.string({ maxLength: 40 }),
    releaseNumber: fc.nat(),
    sha256: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
    slot: fc.constantFrom('a' as const, 'b' as const),
  },
  { noNullPrototype: true },
);
const records: fc.Arbitrary<JournalRecord> = fc.record(
  {
    at: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') })
      .map((date) => date.toISOString()),
    attempt: fc.uuid(),
    component: fc.string({ maxLength: 40 }),
    step: fc.constantFrom(...(Object.keys(recoveryOf) as UpgradeStep[])),
    from: builds,
    to: builds,
    result: fc.constantFrom(...(Object.keys(resultCodes) as ResultCode[])),
    reason: fc.string({ unit: 'binary', maxLength: 500 }),
    gapMs: fc.nat(),
    tries: fc.nat(),
    blocks: fc.constant(true),
    byHand: fc.constant(true as const),
  },
  { requiredKeys: ['at', 'attempt', 'component', 'step', 'from', 'to'], noNullPrototype: true },
);

const journal = (list: readonly JournalRecord[]): string => list.map(formatRecord).join('');

test('what is written comes back as it was, each record on its own line', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 8 }), (list) => {
      assert.deepEqual(parseJournal(journal(list)), list);
      assert.equal(journal(list).split('\n').length, list.length + 1);
    }),
  );
});

test('a last line that a power cut tore anywhere is dropped, and everything before it counts', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 4 }), records, fc.nat(), (list, torn, at) => {
      const line = formatRecord(torn);
      const cut = line.slice(0, at % line.length);
      assert.deepEqual(parseJournal(journal(list) + cut), list);
    }),
  );
});

test('a last line with a hole is dropped: its blocks reached the disk in another order', () => {
  const line = formatRecord(record);
  const spoiled = `${line.slice(0, 40)}${'\0'.repeat(20)}${line.slice(60)}`;
  assert.deepEqual(parseJournal(formatRecord(record) + spoiled), [record]);
});

test('zeros that a power cut left at the end are dropped', () => {
  assert.deepEqual(parseJournal(`${formatRecord(record)}${'\0'.repeat(300)}`), [record]);
});

test('an empty journal has no records', () => {
  assert.deepEqual(parseJournal(''), []);
});

test('a damaged line that is not the last is told by its number', () => {
  const damaged = formatRecord(record).replace('connect', '"');
  const text = journal([record]) + damaged + journal([record]);
  assert.throws(
    () => parseJournal(text),
    (error: unknown) => {
      assert.ok(error instanceof JournalError);
      assert.equal(error.code, 'journal-damaged');
      assert.equal(error.message, 'line 2 of the journal is damaged');
      return true;
    },
  );
});

test('a damaged line before a torn one is told: one power cut does not spoil two', () => {
  assert.throws(() => parseJournal(`${formatRecord(record)}{}\n{"at":`), { code: 'journal-damaged' });
});

const change = (changes: Record<string, unknown>): string => JSON.stringify({ ...record, ...changes });

for (const [name, line] of [
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '7'],
  ['an empty line', ''],
  ['a line of 8,193 characters', change({ reason: 'x'.repeat(8_192) })],
  ['a nest of 100,000 lists', '['.repeat(100_000)],
  ['a step that does not exist', change({ step: 'exploding' })],
  ['a step named like a member of every object', change({ step: 'constructor' })],
  ['a step named __proto__', change({ step: '__proto__' })],
  ['a result that is a number', change({ result: 7 })],
  ['a reason that is a list', change({ reason: ['x'] })],
  ['a gap below zero', change({ gapMs: -1 })],
  ['a broken count of tries', change({ tries: 1.5 })],
  ['no time', change({ at: undefined })],
  ['no component', change({ component: undefined })],
  ['no old build', change({ from: undefined })],
  ['a slot that leads elsewhere', change({ to: { ...record.to, slot: '../../etc' } })],
  ['a release number as text', change({ to: { ...record.to, releaseNumber: '2' } })],
] as const) {
  test(`a line is refused: ${name}`, () => {
    assert.throws(() => parseJournal(`${line}\n${formatRecord(record)}`), { code: 'journal-damaged' });
  });
}

test('fields that a line has beside the known ones do not come in', () => {
  const [parsed] = parseJournal(`${change({ surprise: 1, blocks: 'yes' })}\n`);
  assert.deepEqual(parsed, record);
  const [polluted] = parseJournal(`${JSON.stringify(record).replace('{', '{"__proto__":{"blocks":true},')}\n`);
  assert.deepEqual(polluted, record);
});

test('a result that a newer version gave is passed on: the one before must be able to read its journal', () => {
  const [record] = parseJournal(`${change({ result: 'UpgradeFailedInANewWay' })}\n`);
  assert.equal(record?.result, 'UpgradeFailedInANewWay');
});
