import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, failsAll, givesAll } from '../expression-table.ts';
import { DateTime } from '../value.ts';
import { maxTicks } from './instant.ts';

const values = { instant: DateTime.fromEpochMs(Date.UTC(2025, 0, 2, 3, 4, 5, 678) as never), text: '2024-03-05' };
const iso = (expression: string) => `FormatDateTime(${expression}, "yyyy-MM-ddTHH:mm:ss.fffffff")`;
const cdate = (text: string, gives: string, because: string) =>
  [iso(`CDate("${text}")`), gives.padEnd(27, gives.length === 19 ? '.0000000' : '0'), because] as const;

givesAll(
  [
    cdate('2024-03-05 6:30 PM -5', '2024-03-05T23:30:00', 'date, time and zone'),
    cdate('2024-03-05', '2024-03-05T00:00:00', 'a date starts at midnight'),
    cdate('2024-3-5', '2024-03-05T00:00:00', 'without leading zeros'),
    cdate('2024/03/05', '2024-03-05T00:00:00', 'with slashes'),
    cdate('3/5/2024', '2024-03-05T00:00:00', 'month first when the year is last'),
    cdate('5 March 2024', '2024-03-05T00:00:00', 'a month by its name'),
    cdate('5-Mar-2024', '2024-03-05T00:00:00', 'or its short form'),
    cdate('March 5, 2024 18:30', '2024-03-05T18:30:00', 'month first by name'),
    cdate('Tue, 05 Mar 2024 18:30:15 GMT', '2024-03-05T18:30:15', 'as mail and HTTP write it'),
    cdate('2024-03-05T18:30:15.1234567Z', '2024-03-05T18:30:15.1234567', 'ISO 8601 with ticks'),
    cdate('2024-03-05T18:30:15+05:30', '2024-03-05T13:00:15', 'zones with minutes'),
    cdate('2024-03-05 00:30 +0100', '2024-03-04T23:30:00', 'the day before in UTC'),
    cdate('2024-03-05 12:00 AM', '2024-03-05T00:00:00', 'twelve in the morning is midnight'),
    cdate('2024-03-05 12:00 pm', '2024-03-05T12:00:00', 'twelve in the afternoon is noon'),
    cdate(' 2024-03-05 ', '2024-03-05T00:00:00', 'spaces around'),
    cdate('20240305183000.0Z', '2024-03-05T18:30:00', 'as a directory writes it'),
    cdate('2024-02-29', '2024-02-29T00:00:00', 'a leap day'),
    cdate('1601-01-01', '1601-01-01T00:00:00', 'the first day'),
    cdate('9999-12-31 23:59:59', '9999-12-31T23:59:59', 'the last day'),
    ['CDate([absent])', null, 'NULL stays NULL'],
    [iso('DateFromNum(133801632000000000)'), '2025-01-01T00:00:00.0000000', 'ticks since 1601'],
    [iso('DateFromNum(133801632000000001)'), '2025-01-01T00:00:00.0000001', 'to the tick'],
    ['DateFromNum([absent])', null, 'NULL stays NULL'],
    ['NumFromDate(DateFromNum(133801632000000001))', 133801632000000001n, 'and back'],
    ['NumFromDate(CDate("1601-01-01"))', 0n, 'from the start of time'],
    ['NumFromDate([absent])', null, 'NULL stays NULL'],
    [iso('Now()'), '2025-03-05T18:30:00.0000000', 'the clock, in UTC'],
    ['Now() > CDate([text])', true, 'instants are compared'],
    [
      'FormatDateTime(DateFromNum(133801632000000000), "yyyyMMddHHmmss.0Z")',
      '20250101000000.0Z',
      'as a directory writes it',
    ],
    ['FormatDateTime([instant], "yyyy yy M MM MMM MMMM")', '2025 25 1 01 Jan January', 'years and months'],
    ['FormatDateTime([instant], "d dd ddd dddd")', '2 02 Thu Thursday', 'days'],
    ['FormatDateTime([instant], "H HH h hh m mm s ss")', '3 03 3 03 4 04 5 05', 'times'],
    ['FormatDateTime([instant], "f ff fff ffff fffffff")', '6 67 678 6780 6780000', 'fractions'],
    ['FormatDateTime([instant], "FFFFFFF")', '678', 'fractions without zeros at the end'],
    ['FormatDateTime(CDate("2024-01-01 00:05"), "h:mm tt t")', '12:05 AM A', 'the first half of the day'],
    ['FormatDateTime(CDate("2024-01-01 12:05"), "h:mm tt")', '12:05 PM', 'the second half of the day'],
    ['FormatDateTime([instant], "\'day\' d \\d")', 'day 2 d', 'quoted letters stand for themselves'],
    ['FormatDateTime([instant], "")', '', 'an empty format'],
    ['FormatDateTime([absent], "yyyy")', null, 'NULL stays NULL'],
    [
      iso('DateAdd("yyyy", 1, CDate("2024-02-29"))'),
      '2025-02-28T00:00:00.0000000',
      'years end at the end of the month',
    ],
    [iso('DateAdd("q", 1, CDate("2024-11-30"))'), '2025-02-28T00:00:00.0000000', 'so do quarters'],
    [iso('DateAdd("m", 1, CDate("2024-01-31"))'), '2024-02-29T00:00:00.0000000', 'so do months'],
    [iso('DateAdd("m", -1, CDate("2024-01-15 10:20"))'), '2023-12-15T10:20:00.0000000', 'a negative count goes back'],
    [iso('DateAdd("d", 30, CDate("2024-02-01"))'), '2024-03-02T00:00:00.0000000', 'days'],
    [iso('DateAdd("y", 1, CDate("2024-12-31"))'), '2025-01-01T00:00:00.0000000', 'days of the year are days'],
    [iso('DateAdd("w", 1, CDate("2024-03-08"))'), '2024-03-09T00:00:00.0000000', 'so are weekdays'],
    [iso('DateAdd("ww", 1, CDate("2024-03-08"))'), '2024-03-15T00:00:00.0000000', 'weeks'],
    [iso('DateAdd("h", -1, CDate("2024-03-08"))'), '2024-03-07T23:00:00.0000000', 'hours'],
    [iso('DateAdd("n", 90, CDate("2024-03-08"))'), '2024-03-08T01:30:00.0000000', 'minutes'],
    [iso('DateAdd("s", 61, [instant])'), '2025-01-02T03:05:06.6780000', 'seconds keep the fraction'],
    ['DateAdd("d", 1, [absent])', null, 'NULL stays NULL'],
  ],
  values,
);

failsAll(
  [
    ['CDate("soon")', 'expression-bad-value', 'no date'],
    ['CDate("")', 'expression-bad-value', 'nothing'],
    ['CDate("2024-02-30")', 'expression-bad-value', 'no such day'],
    ['CDate("2023-02-29")', 'expression-bad-value', 'no leap year'],
    ['CDate("2024-13-01")', 'expression-bad-value', 'no such month'],
    ['CDate("13/01/2024")', 'expression-bad-value', 'the month is first'],
    ['CDate("2024-03-05 24:00")', 'expression-bad-value', 'no such hour'],
    ['CDate("2024-03-05 13:00 PM")', 'expression-bad-value', 'no such hour of half a day'],
    ['CDate("2024-03-05 12:60")', 'expression-bad-value', 'no such minute'],
    ['CDate("2024-03-05 12:00 +15")', 'expression-bad-value', 'no such zone'],
    ['CDate("2024-03-05 12:00 CEST")', 'expression-bad-value', 'zones are numbers'],
    ['CDate("3/5/24")', 'expression-bad-value', 'the century is missing'],
    ['CDate("1600-12-31")', 'expression-bad-value', 'before time'],
    ['CDate("2024-03-05 x")', 'expression-bad-value', 'something follows'],
    ['CDate(5)', 'expression-type-mismatch', 'a number needs DateFromNum'],
    ['DateFromNum(0)', 'expression-out-of-range', '0 means never'],
    ['DateFromNum(9223372036854775807)', 'expression-out-of-range', 'so does the largest number'],
    ['DateFromNum(-1)', 'expression-out-of-range', 'before time'],
    ['DateAdd("x", 1, [instant])', 'expression-bad-value', 'no such unit'],
    ['DateAdd("yyyy", 8000, [instant])', 'expression-out-of-range', 'after time'],
    ['DateAdd("m", -9223372036854775808, [instant])', 'expression-out-of-range', 'before time'],
    ['DateAdd("s", 9223372036854775807, [instant])', 'expression-out-of-range', 'after time'],
    ['DateAdd("d", 1, "2024-01-01")', 'expression-type-mismatch', 'a text needs CDate'],
    ['FormatDateTime([text], "yyyy")', 'expression-type-mismatch', 'a text is no date-time'],
  ],
  values,
);

test('what is formatted as ISO 8601 is read back to the tick', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, maxTicks), (ticks) => {
      const instant = new DateTime(ticks);
      assert.deepEqual(evaluate(`CDate(${iso('[i]')} & "Z")`, { i: instant }), instant);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('adding months and taking them away comes back to the same month', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000, max: 2_000 }), fc.integer({ min: 1, max: 31 }), (count, day) => {
      const instant = DateTime.fromEpochMs(Date.UTC(2024, 4, day) as never);
      const back = evaluate('FormatDateTime(DateAdd("m", 0 - [n], DateAdd("m", [n], [i])), "yyyyMM")', {
        n: BigInt(count),
        i: instant,
      });
      assert.equal(back, '202405');
    }),
    { numRuns: 300, seed: 1 },
  );
});
