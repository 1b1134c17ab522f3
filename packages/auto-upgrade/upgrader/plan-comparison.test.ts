import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExportPlan, refusedPlan } from './plan-comparison.ts';

const operations = (count: number, prefix = 'op'): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

function plan(adds: number, more: Partial<ExportPlan> = {}): ExportPlan {
  return { adds, updates: 0, deletes: 0, result: 'success', operations: operations(adds), ...more };
}

for (const row of [
  { name: 'the same plan goes on', before: plan(20), after: plan(20) },
  {
    name: 'the order of operations does not count',
    before: plan(20),
    after: plan(20, { operations: operations(20).toReversed() }),
  },
  { name: '500 differences may come from a directory that changed in between', before: plan(0), after: plan(500) },
  {
    name: '501 differences do not',
    before: plan(0),
    after: plan(501),
    refusal: 'its plan differs from the running build’s in 501 operations',
  },
  {
    name: 'what is no longer planned counts as much as what is new',
    before: plan(300),
    after: plan(300, { operations: operations(300, 'other') }),
    refusal: 'its plan differs from the running build’s in 600 operations',
  },
  { name: 'ten more deletes go on', before: plan(0), after: plan(0, { deletes: 10, operations: operations(10) }) },
  {
    name: 'eleven more deletes do not',
    before: plan(0),
    after: plan(0, { deletes: 11, operations: operations(11) }),
    refusal: 'it would delete 11 objects more than the running build',
  },
  {
    name: 'fewer deletes go on',
    before: plan(0, { deletes: 100, operations: operations(100) }),
    after: plan(0),
  },
  {
    name: 'a trial cycle that ends worse is refused',
    before: plan(5),
    after: plan(5, { result: 'stopped-error-limit' }),
    refusal: 'its trial cycle ended with stopped-error-limit, where the running build’s ended with success',
  },
  {
    name: 'a trial cycle that ends as badly as the running build’s goes on',
    before: plan(5, { result: 'completed-export-errors' }),
    after: plan(5, { result: 'completed-export-errors' }),
  },
  {
    name: 'a trial cycle that ends better goes on',
    before: plan(5, { result: 'completed-export-errors' }),
    after: plan(5),
  },
  {
    name: 'of plans that were cut the counts are compared, and go on when they are close',
    before: plan(200_000, { operations: operations(100) }),
    after: plan(200_500, { operations: operations(100, 'other') }),
  },
  {
    name: 'of plans that were cut the counts are compared, and refused when they are not',
    before: plan(200_000, { operations: operations(100) }),
    after: plan(250_000, { operations: operations(100) }),
    refusal: 'its plan differs from the running build’s in 50000 operations',
  },
] as const) {
  test(row.name, () => {
    assert.equal(refusedPlan(row.before, row.after), 'refusal' in row ? row.refusal : undefined);
  });
}
