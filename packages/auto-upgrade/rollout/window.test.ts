import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { at } from './testing/hand-cases.ts';
import { isWindowOpen, type MaintenanceWindow, nextCommonOpening, nextOpening } from './window.ts';
import { zoneTransitions } from './zone-transitions.ts';

const minuteMs = 60_000;
const start = at('2026-01-01T00:00:00Z');

const windows: fc.Arbitrary<MaintenanceWindow> = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
  fromMinute: fc.integer({ min: 0, max: 1_439 }),
  untilMinute: fc.integer({ min: 1, max: 1_440 }),
  transitions: fc
    .array(fc.record({ day: fc.integer({ min: 0, max: 20 }), offsetMinutes: fc.integer({ min: -840, max: 840 }) }), {
      maxLength: 4,
    })
    .map((list) => [
      { from: (start - 1) as EpochMs, offsetMinutes: 60 },
      ...[...new Map(list.map((each) => [each.day, each])).values()]
        .sort((a, b) => a.day - b.day)
        .map(({ day, offsetMinutes }) => ({ from: (start + (day * 24 + 1) * 3_600_000) as EpochMs, offsetMinutes })),
    ]),
});
const instants = fc.integer({ min: 0, max: 22 * 1_440 }).map((minute) => (start + minute * minuteMs) as EpochMs);

test('the next opening is the first minute that is open, found by looking at each', () => {
  fc.assert(
    fc.property(windows, instants, (window, from) => {
      let expected = from;
      const limit = from + 10 * 86_400_000;
      while (!isWindowOpen(window, expected) && expected < limit) expected = (expected + minuteMs) as EpochMs;
      const found = nextOpening(window, from);
      if (expected >= limit) return assert.ok(found === undefined || found >= limit);
      assert.equal(found, expected);
    }),
    { numRuns: 500 },
  );
});

test('several windows open together at the first minute in which all are open', () => {
  fc.assert(
    fc.property(windows, windows, instants, (a, b, from) => {
      let expected = from;
      const limit = from + 10 * 86_400_000;
      const isOpen = () => isWindowOpen(a, expected) && isWindowOpen(b, expected);
      while (!isOpen() && expected < limit) expected = (expected + minuteMs) as EpochMs;
      const found = nextCommonOpening([[a], [b]], from);
      if (expected >= limit) return assert.ok(found === undefined || found >= limit);
      assert.equal(found, expected);
    }),
    { numRuns: 300 },
  );
});

test('no windows are always open, and no window in a list never', () => {
  assert.equal(nextCommonOpening([], start), start);
  assert.equal(nextCommonOpening([[]], start), undefined);
});

test('before its first transition nobody knows what time it is, so a window is closed', () => {
  const window = {
    days: [0, 1, 2, 3, 4, 5, 6],
    fromMinute: 0,
    untilMinute: 1_440,
    transitions: [{ from: start, offsetMinutes: 0 }],
  };
  assert.equal(isWindowOpen(window, (start - 1) as EpochMs), false);
  assert.equal(nextOpening(window, (start - 5) as EpochMs), start);
});

for (const row of [
  {
    name: 'Berlin changes on the last Sundays of March and October',
    zone: 'Europe/Berlin',
    expected: [
      { from: start, offsetMinutes: 60 },
      { from: at('2026-03-29T01:00:00Z'), offsetMinutes: 120 },
      { from: at('2026-10-25T01:00:00Z'), offsetMinutes: 60 },
      { from: at('2027-03-28T01:00:00Z'), offsetMinutes: 120 },
      { from: at('2027-10-31T01:00:00Z'), offsetMinutes: 60 },
    ],
  },
  { name: 'India never changes', zone: 'Asia/Kolkata', expected: [{ from: start, offsetMinutes: 330 }] },
  { name: 'UTC is UTC', zone: 'UTC', expected: [{ from: start, offsetMinutes: 0 }] },
  {
    name: 'Lord Howe Island changes by half an hour',
    zone: 'Australia/Lord_Howe',
    expected: [
      { from: start, offsetMinutes: 660 },
      { from: at('2026-04-04T15:00:00Z'), offsetMinutes: 630 },
      { from: at('2026-10-03T15:30:00Z'), offsetMinutes: 660 },
      { from: at('2027-04-03T15:00:00Z'), offsetMinutes: 630 },
      { from: at('2027-10-02T15:30:00Z'), offsetMinutes: 660 },
    ],
  },
]) {
  test(row.name, () => assert.deepEqual(zoneTransitions(row.zone, start), row.expected));
}

test('an unknown zone is refused by name', () => {
  assert.throws(() => zoneTransitions('Mars/Olympus', start), { code: 'unknown-zone', message: /"Mars\/Olympus"/ });
});
