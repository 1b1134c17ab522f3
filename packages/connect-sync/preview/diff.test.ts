import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffPlans } from './diff.ts';
import type { PendingChange } from './pending-change.ts';

const change = (n: number, more: Partial<PendingChange> = {}): PendingChange => ({
  ...{ id: `${n}`, connector: 'Cloud directory', objectType: 'user', name: `User ${n}`, sourceAnchor: `anchor ${n}` },
  ...{ operation: 'update', references: [], why: [], held: false },
  attributes: [{ name: 'title', type: 'string', old: [], new: ['Chief'] }],
  ...more,
});

test('a plan does not differ from itself, whatever its ids, rules and order of values', () => {
  const many = change(1, { attributes: [{ name: 'mail', type: 'string', old: [], new: ['a', 'b'] }] });
  const other = change(1, {
    id: '9',
    why: ['x'],
    attributes: [{ name: 'mail', type: 'string', old: ['z'], new: ['b', 'a'] }],
  });
  assert.deepEqual(diffPlans([many, change(2)], [change(2), other]), []);
});

test('what one plan has alone, and what is different in both, is told', () => {
  const chief = change(2);
  const clerk = change(2, { attributes: [{ name: 'title', type: 'string', old: [], new: ['Clerk'] }] });
  assert.deepEqual(diffPlans([change(1), chief], [clerk, change(3)]), [
    { kind: 'only-first', change: change(1) },
    { kind: 'different', first: chief, second: clerk },
    { kind: 'only-second', change: change(3) },
  ]);
});
