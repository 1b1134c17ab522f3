import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csObject, csRow } from '../testing/sync-fixtures.ts';
import { csSearchOf, linkWords, rowName, stateWords } from './cs-words.ts';
import { hologramTable } from './hologram-rows.ts';
import type { CsLook } from './sync-search.ts';

const connector = 'contoso.example';

for (const [look, words, asked] of [
  ['text', ' ada ', { connector, text: 'ada' }],
  ['text', '', { connector }],
  ['dn', 'CN=A', { connector, dn: 'CN=A' }],
  ['dn', '', undefined],
  ['anchor', 'b8c3', { connector, anchor: 'b8c3' }],
  ['subtree', 'OU=People', { connector, dn: 'OU=People', scope: 'subtree' }],
  ['subtree', '', undefined],
  ['error', 'left over', { connector, scope: 'error' }],
  ['transient', '', { connector, scope: 'transient' }],
] as const) {
  test(`a look by ${look} for “${words}” asks ${JSON.stringify(asked) ?? 'nothing'}`, () => {
    assert.deepEqual(csSearchOf({ connector, look: look as CsLook, words }), asked);
  });
}

test('without a connector nothing is asked', () => {
  assert.equal(csSearchOf({ words: 'ada' }), undefined);
});

for (const [changes, words] of [
  [{ linked: true, link: 'joined' }, 'Joined'],
  [{ linked: false }, 'Disconnected'],
  [{ placeholder: true }, 'Placeholder: only its DN is known'],
  [{ transient: true }, 'Transient: another object took its DN'],
] as const) {
  test(`a row that is so is called “${words}”`, () => {
    const { link: _, ...plain } = csRow();
    assert.equal(linkWords({ ...plain, ...changes }).words, words);
  });
}

test('a row says what waits and what went wrong, and nothing when all is done', () => {
  assert.deepEqual(stateWords(csRow({ pendingImport: 'none', pendingExport: 'none' })), []);
  const said = stateWords(csRow({ pendingImport: 'update', pendingExport: 'add', awaitingConfirmation: true }));
  assert.deepEqual(
    said.map(({ words }) => words),
    ['Pending import: update', 'Pending export: add', 'Awaits confirmation'],
  );
});

test('a row without a name is called by its first RDN', () => {
  assert.equal(rowName({ dn: 'CN=Smith\\, Ann,OU=People' }), 'Smith, Ann');
  assert.equal(rowName({ dn: 'CN=Smith,OU=People', displayName: 'Ann Smith' }), 'Ann Smith');
  assert.equal(rowName({ dn: 'nothing' }), 'nothing');
});

test('holograms stand side by side, those that differ first, marked by what they do', () => {
  const { columns, rows, different } = hologramTable(csObject());
  assert.deepEqual(columns, ['synchronized', 'pendingImport']);
  assert.deepEqual(
    rows.slice(0, different).map(({ name, cells }) => [name, cells[1]!.state]),
    [
      ['department', 'new'],
      ['jobTitle', 'changed'],
      ['pager', 'gone'],
    ],
  );
  assert.ok(rows.slice(different).every(({ cells }) => cells[1]!.state === 'same'));
});

test('another order of values is no difference, another number of them is', () => {
  const values = (list: string[], count?: number) => [
    { name: 'proxyAddresses', type: 'string' as const, values: list, ...(count === undefined ? {} : { count }) },
  ];
  const stateOf = (pendingImport: ReturnType<typeof values>) =>
    hologramTable({ ...csObject(), synchronized: values(['a', 'b']), pendingImport }).rows[0]!.cells[1]!.state;
  assert.equal(stateOf(values(['b', 'a'])), 'same');
  assert.equal(stateOf(values(['b', 'a'], 300)), 'changed');
});

test('an object that was never synchronized has one column and no differences', () => {
  const table = hologramTable({ ...csObject(), synchronized: null });
  assert.deepEqual(table.columns, ['pendingImport']);
  assert.equal(table.different, 0);
});
