import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import {
  type Lifecycle,
  lifecycleHeaders,
  phaseAt,
  phaseRules,
  phases,
  scheduleRefusal,
  shortestNoticeMs,
} from './lifecycle.ts';

const at = (text: string): EpochMs => Date.parse(text) as EpochMs;
const lifecycle: Lifecycle = {
  announcedAt: at('2023-11-06T00:00:00Z'),
  deprecatedAt: at('2024-01-01T00:00:00Z'),
  sunsetAt: at('2024-09-17T00:00:00Z'),
};

for (const [now, phase] of [
  ['2023-11-06T00:00:00.000Z', 'announced'],
  ['2023-12-31T23:59:59.999Z', 'announced'],
  ['2024-01-01T00:00:00.000Z', 'deprecated'],
  ['2024-09-16T23:59:59.999Z', 'deprecated'],
  ['2024-09-17T00:00:00.000Z', 'sunset'],
  ['2024-12-15T23:59:59.999Z', 'sunset'],
  ['2024-12-16T00:00:00.000Z', 'off'],
] as const) {
  test(`at ${now} PKS is ${phase}`, () => assert.equal(phaseAt(lifecycle, at(now)), phase));
}

test('without dates PKS is announced and says nothing of its end', () => {
  assert.equal(phaseAt(undefined, at('2030-01-01T00:00:00Z')), 'announced');
  const headers = lifecycleHeaders(undefined, { notice: '/docs', successor: '/repository' });
  assert.deepEqual(Object.keys(headers), ['link']);
});

test('the end is told as RFC 9745 and RFC 8594 have it: a structured date, an HTTP-date, three links', () => {
  assert.deepEqual(lifecycleHeaders(lifecycle, { notice: 'https://up.example/docs', successor: '/r/timestamp.json' }), {
    deprecation: '@1704067200',
    sunset: 'Tue, 17 Sep 2024 00:00:00 GMT',
    link: '<https://up.example/docs>; rel="deprecation"; type="text/html", <https://up.example/docs>; rel="sunset"; type="text/html", </r/timestamp.json>; rel="successor-version"',
  });
});

test('time only leads from one phase to a later one, and who was refused is never bridged again', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 40),
      fc.nat(2 ** 40),
      fc.nat(2 ** 40),
      fc.nat(2 ** 40),
      (deprecated, length, now, later) => {
        const dates = {
          announcedAt: 0 as EpochMs,
          deprecatedAt: deprecated as EpochMs,
          sunsetAt: (deprecated + length) as EpochMs,
        };
        const before = phaseAt(dates, now as EpochMs);
        const after = phaseAt(dates, (now + later) as EpochMs);
        assert.ok(phases.indexOf(after) >= phases.indexOf(before));
        if (phaseRules[before].answers === 'gone') assert.equal(phaseRules[after].answers, 'gone');
      },
    ),
  );
});

const now = at('2024-08-01T00:00:00Z');
const day = 24 * 60 * 60_000;
const dates = (deprecatedAt: number, sunsetAt: number) => ({
  deprecatedAt: deprecatedAt as EpochMs,
  sunsetAt: sunsetAt as EpochMs,
});

const schedules: readonly {
  readonly name: string;
  readonly before?: Lifecycle;
  readonly wanted: Pick<Lifecycle, 'deprecatedAt' | 'sunsetAt'>;
  readonly refusal?: string;
}[] = [
  { name: 'first dates with seven days of notice are taken', wanted: dates(now, now + shortestNoticeMs) },
  {
    name: 'first dates with less are refused',
    wanted: dates(now, now + shortestNoticeMs - 1),
    refusal: 'sunset-too-soon',
  },
  { name: 'a sunset is put off at any time', before: lifecycle, wanted: dates(now, lifecycle.sunsetAt + day) },
  { name: 'a sunset comes nearer with notice', before: lifecycle, wanted: dates(now, now + 8 * day) },
  {
    name: 'a sunset comes no nearer than that',
    before: lifecycle,
    wanted: dates(now, now + 6 * day),
    refusal: 'sunset-too-soon',
  },
  {
    name: 'a sunset that is near and stays where it is refuses nothing else',
    before: { ...lifecycle, sunsetAt: (now + day) as EpochMs },
    wanted: dates(now, now + day),
  },
  {
    name: 'a sunset before the deprecation is refused',
    wanted: dates(now + 30 * day, now + 20 * day),
    refusal: 'dates-out-of-order',
  },
];
for (const { name, before, wanted, refusal } of schedules) {
  test(name, () => assert.equal(scheduleRefusal(before, wanted, now), refusal));
}
