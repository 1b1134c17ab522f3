import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { differencesBetween, totalsOf } from './differences.ts';

const update: PendingExportView = {
  ...{ id: '12', connector: 'Cloud directory', objectType: 'user', name: 'Ada', sourceAnchor: 'anchor-1' },
  operation: 'update',
  attributes: [{ name: 'title', type: 'string', old: ['a'], new: ['b', 'c'] }],
  references: [{ attribute: 'member', added: ['CN=B', 'CN=A'], removed: [], addedCount: 2, removedCount: 0 }],
  why: ['Out to Cloud'],
  held: false,
};

const [title] = update.attributes;
const [members] = update.references;

test('what both servers would export alike is no difference, in whichever row and order they have it', () => {
  const alike: PendingExportView = {
    ...{ ...update, id: '99', why: ['By another rule'], held: true },
    attributes: [{ ...title!, old: ['x'], new: ['c', 'b'] }],
    references: [{ ...members!, added: ['CN=A', 'CN=B'] }],
  };
  assert.deepEqual(differencesBetween([update], [alike]), []);
});

for (const { what, other } of [
  { what: 'another value', other: { ...update, attributes: [{ ...title!, new: ['b'] }] } },
  { what: 'another attribute', other: { ...update, attributes: [{ ...title!, name: 'mail' }] } },
  { what: 'another member', other: { ...update, references: [{ ...members!, added: ['CN=A', 'CN=C'] }] } },
  { what: 'more members than are listed', other: { ...update, references: [{ ...members!, addedCount: 3 }] } },
  { what: 'another operation', other: { ...update, operation: 'add' as const } },
  { what: 'another type', other: { ...update, objectType: 'contact' } },
]) {
  test(`${what} of one object is one difference, and the new server's`, () => {
    assert.deepEqual(differencesBetween([update], [other]), [{ ...update, by: 'new' }]);
  });
}

test('what only one of the two would export is a difference that says whose it is', () => {
  const removal: PendingExportView = { ...update, sourceAnchor: 'anchor-2', operation: 'delete' };
  assert.deepEqual(
    differencesBetween([update], [removal]).map(({ by, sourceAnchor }) => [by, sourceAnchor]),
    [
      ['new', 'anchor-1'],
      ['old', 'anchor-2'],
    ],
  );
  assert.deepEqual(totalsOf([update, removal, removal]), { add: 0, update: 1, delete: 2 });
});
