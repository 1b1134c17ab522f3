import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectors } from '../testing/sync-fixtures.ts';
import { objectsByType, partitionWords, requiredWords } from './connector-words.ts';

test('objects of a connector are counted by type, the most first', () => {
  const objects = { total: 6, byType: { group: 2, user: 3, contact: 1 } };
  assert.deepEqual(
    objectsByType({ objects }).map(({ type }) => type),
    ['user', 'group', 'contact'],
  );
});

test('many partitions are counted after the first two', () => {
  assert.equal(partitionWords([]), 'none');
  assert.equal(partitionWords(['a', 'b', 'c']), 'a · b · c');
  assert.equal(partitionWords(['a', 'b', 'c', 'd']), 'a · b and 2 more');
});

test('a full import or synchronisation that is due is said, each by itself', () => {
  const [connector] = connectors();
  assert.deepEqual(requiredWords({ ...connector!, fullImportRequired: false, fullSyncRequired: false }), []);
  const both = requiredWords({ ...connector!, fullImportRequired: true, fullSyncRequired: true });
  assert.match(both.join(' '), /Full import.*Full synchronisation/);
});
