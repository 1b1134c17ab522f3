import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldDeleteView } from '@springline/api/shapes/sync';
import { heldDeletes } from '../testing/sync-fixtures.ts';
import { decisionWords, heldAct, heldSum, heldWords } from './delete-words.ts';

test('what is held is summed up by type, members apart from objects', () => {
  assert.equal(heldWords(heldSum(heldDeletes())), '3 objects (2 users, 1 group) and 54 members of 1 group');
  assert.equal(heldWords(heldSum([])), 'nothing');
});

const withValues: HeldDeleteView[] = [
  ...heldDeletes(),
  ...['mail', 'title'].map((name) => ({
    kind: 'values' as const,
    ...{ objectType: 'user', name: 'Ada Okonkwo', sourceAnchor: `${name}==`, cleared: [name] },
  })),
];

test('a row says what it would do', () => {
  assert.deepEqual(withValues.map(heldAct), [
    ...['delete user', 'delete user', 'delete group', 'remove 54 members'],
    ...['clear mail', 'clear title'],
  ]);
});

test('values that would be lost are named with the number of objects', () => {
  const sum = heldSum(withValues);
  assert.equal(heldWords(sum), '3 objects (2 users, 1 group), 54 members of 1 group and mail, title of 2 objects');
  assert.match(decisionWords('approve', sum).join(' '), /and clears mail, title of 2 objects\./);
});

test('an approval says that it deletes, a rejection that it does not', () => {
  const sum = heldSum(heldDeletes());
  assert.match(
    decisionWords('approve', sum).join(' '),
    /deletes 3 objects .* and removes 54 members of 1 group\. .* recycle bin for 30 days/,
  );
  assert.match(decisionWords('reject', sum).join(' '), /Nothing is deleted: 3 objects .* disconnected/);
});
