import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTrail, uuidOf } from '../testing/upgrade-fixtures.ts';
import { checkChain, filterAudit } from './audit-chain.ts';

const tenantId = uuidOf(2);
const trail = auditTrail(12);

test('a trail from its start is whole, however much of it is loaded', () => {
  for (const count of [0, 1, 5, 12]) {
    assert.deepEqual(checkChain(tenantId, trail.slice(0, count)), { kind: 'whole', count });
  }
});

for (const [name, broken, sequence] of [
  ['altered', trail.map((entry) => (entry.sequence === 4 ? { ...entry, subject: 'x' } : entry)), 4],
  ['removed', trail.filter((entry) => entry.sequence !== 4), 5],
  ['slipped in', trail.toSpliced(4, 0, trail[3]!), 4],
  ['moved', [trail[1]!, trail[0]!, ...trail.slice(2)], 2],
] as const) {
  test(`an entry that was ${name} breaks the chain, and the first that does not belong is named`, () => {
    assert.deepEqual(checkChain(tenantId, broken), { kind: 'broken', sequence });
  });
}

test('the trail of another tenant does not begin here', () => {
  assert.deepEqual(checkChain(uuidOf(3), trail), { kind: 'broken', sequence: 1 });
});

test('the filter looks at actor, action, subject and detail', () => {
  for (const text of ['ADA', 'approval', uuidOf(22), 'disabled']) assert.notEqual(filterAudit(trail, text).length, 0);
  assert.equal(filterAudit(trail, 'wish.changed').length, 3);
});
