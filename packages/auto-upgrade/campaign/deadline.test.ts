import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { addMonths, dateFromDay, dayFromDate } from './calendar.ts';
import { daysLeft, deadlineOf, longDate } from './deadline.ts';
import { CampaignError } from './error.ts';

for (const [name, date, zone, endsAt] of [
  ['the date itself is in time', '2024-09-16', 'UTC', '2024-09-17T00:00:00.000Z'],
  ['summer time counts', '2024-09-16', 'Europe/Berlin', '2024-09-16T22:00:00.000Z'],
  ['a day on which clocks go back has 25 hours', '2024-10-27', 'Europe/Berlin', '2024-10-27T23:00:00.000Z'],
  ['west of Greenwich it ends later', '2024-09-16', 'America/Los_Angeles', '2024-09-17T07:00:00.000Z'],
  ['half hours count', '2024-09-16', 'Asia/Kolkata', '2024-09-16T18:30:00.000Z'],
  ['a next day without midnight begins at one', '2018-11-03', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  [
    'a next day that was left out begins with the one after it',
    '2011-12-29',
    'Pacific/Apia',
    '2011-12-30T10:00:00.000Z',
  ],
] as const) {
  test(`a deadline ends with its date in its zone: ${name}`, () => {
    const deadline = deadlineOf(date, zone);
    assert.equal(new Date(deadline.endsAt).toISOString(), endsAt);
    assert.equal(daysLeft(deadline, (deadline.endsAt - 1) as EpochMs) >= 0, true);
    assert.equal(daysLeft(deadline, deadline.endsAt) < 0, true);
  });
}

test('days left change at midnight of the zone of the deadline', () => {
  const deadline = deadlineOf('2024-09-16', 'Europe/Berlin');
  const left = (at: string): number => daysLeft(deadline, Date.parse(at) as EpochMs);
  assert.deepEqual(['2024-09-02T21:59:59Z', '2024-09-02T22:00:00Z', '2024-09-16T21:59:59Z'].map(left), [14, 13, 0]);
});

test('a zone or date that does not exist is refused, also an offset in place of a zone', () => {
  for (const zone of ['Mars/Olympus', '+02:00', '', 'x'.repeat(100), '__proto__']) {
    assert.throws(() => deadlineOf('2024-09-16', zone), refusedAs('unknown-zone'));
  }
  for (const date of ['2024-02-30', '2023-02-29', '2024-9-16', '1969-12-31', '2200-01-01', '', 'soon']) {
    assert.throws(() => deadlineOf(date, 'UTC'), refusedAs('malformed-campaign'));
  }
});

function refusedAs(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CampaignError && error.code === code;
}

test('every day is read as it is written', () => {
  fc.assert(fc.property(fc.nat({ max: 84_000 }), (day) => assert.equal(dayFromDate(dateFromDay(day)), day)));
});

test('months later is the same day, or the last of a shorter month', () => {
  assert.equal(addMonths('2024-02-29', 12), '2025-02-28');
  assert.equal(addMonths('2024-08-31', 18), '2026-02-28');
  assert.equal(addMonths('2025-11-19', 12), '2026-11-19');
  assert.equal(longDate('2024-09-16'), '16 September 2024');
});
