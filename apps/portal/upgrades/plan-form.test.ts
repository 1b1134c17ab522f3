import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRolloutBody } from '@springline/api/shapes/rollout';
import { bodyOf, type PlanForm, previewDates, ringProblems, safetyProblems, usualPlan, withRing } from './plan-form.ts';

const now = Date.parse('2026-11-22T14:00:00.000Z');
const hour = 3_600_000;
const form = (changes: Partial<PlanForm> = {}): PlanForm => ({
  component: 'connect-sync',
  version: '1.1.0.0',
  ...usualPlan,
  ...changes,
});
const ringOf = (changes: Partial<PlanForm['rings'][number]>) =>
  form({ rings: [{ ...usualPlan.rings[0]!, ...changes }, ...usualPlan.rings.slice(1)] });

test('the usual plan is one that the service takes', () => {
  const body = createRolloutBody.parse(bodyOf(form()));
  assert.deepEqual(
    body.rings?.map(({ name, startPpm, rampPpmPerHour, soakMinutes }) => [name, startPpm, rampPpmPerHour, soakMinutes]),
    [
      ['canary', 1_000_000, 0, 1_440],
      ['early', 0, 41_667, 1_440],
      ['broad', 0, 10_000, 1_440],
    ],
  );
  assert.equal(body.notBefore, undefined);
});

test('each ring opens no sooner than a soak after the one before is open', () => {
  const dates = previewDates(form(), now)!.map(({ opensMs, fullMs }) => [
    (opensMs - now) / hour,
    (fullMs - now) / hour,
  ]);
  assert.deepEqual(dates[0], [0, 0]);
  assert.equal(dates[1]?.[0], 24);
  assert.ok(Math.abs(dates[1]![1]! - 48) < 0.001);
  assert.ok(Math.abs(dates[2]![0]! - 72) < 0.001);
  assert.ok(Math.abs(dates[2]![1]! - 172) < 0.001);
});

test('a start in the future moves every date', () => {
  const dates = previewDates(form({ notBefore: '2026-12-01T08:00' }), now)!;
  assert.equal(dates[0]?.opensMs, new Date('2026-12-01T08:00').getTime());
});

test('a ring without a ramp stays at the share with which it begins', () => {
  const [canary] = previewDates(ringOf({ startPercent: '10', rampPercent: '0' }), now)!;
  assert.deepEqual([canary?.finalPpm, canary?.fullMs], [100_000, now]);
});

for (const [name, changes, field] of [
  ['a name with a space', { name: 'my ring' }, 'name'],
  ['the name of another ring', { name: 'broad' }, 'name'],
  ['a share above 100', { startPercent: '101' }, 'startPercent'],
  ['a ring that never opens', { startPercent: '0', rampPercent: '0' }, 'rampPercent'],
  ['a soak of half a year', { soakHours: '4000' }, 'soakHours'],
  ['half a host', { minCommitted: '0.5' }, 'minCommitted'],
] as const) {
  test(`${name} is refused beside its field, and nothing is sent`, () => {
    const wrong = ringOf(changes);
    assert.deepEqual(Object.keys(ringProblems(wrong, 1)), [field]);
    assert.equal(bodyOf(wrong), undefined);
    assert.equal(previewDates(wrong, now), undefined);
  });
}

test('a start in the past is refused', () => {
  assert.deepEqual(Object.keys(safetyProblems(form({ notBefore: '2026-01-01T00:00' }), now)), ['notBefore']);
  assert.deepEqual(safetyProblems(form(), now), {});
});

test('a further ring has a name of its own', () => {
  const more = withRing(withRing(form()));
  assert.deepEqual(
    more.rings.map(({ name }) => name),
    ['canary', 'early', 'broad', 'ring-4', 'ring-5'],
  );
  assert.notEqual(bodyOf(more), undefined);
});
