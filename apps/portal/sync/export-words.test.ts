import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingExports } from '../testing/sync-fixtures.ts';
import { exportsCsv } from './export-csv.ts';
import { changeWords, cutValues, valueDiff } from './export-words.ts';

test('values compare as sets: what is in both is kept, whatever its place', () => {
  assert.deepEqual(valueDiff({ old: ['a', 'b', 'c'], new: ['c', 'd', 'a'] }), {
    removed: ['b'],
    added: ['d'],
    kept: 2,
  });
});

test('a change is summed up by its attributes and references', () => {
  const [add, update, , members] = pendingExports();
  assert.equal(changeWords(add!), '4 attributes');
  assert.equal(changeWords(update!), '3 attributes');
  assert.equal(changeWords(members!), 'member: 120 added, 2 removed');
  assert.equal(changeWords({ ...add!, attributes: [], references: [] }), 'nothing but the object');
});

test('a delete is of the whole object', () => {
  assert.equal(changeWords(pendingExports()[2]!), 'the whole object');
});

test('values that the host left out are counted', () => {
  const change = { name: 'proxyAddresses', type: 'string' as const, old: ['a'], new: ['b'] };
  assert.equal(cutValues(change), 0);
  assert.equal(cutValues({ ...change, oldCount: 4, newCount: 1 }), 3);
});

test('the file has a row for each change of an attribute, with what it was and what it will be', () => {
  const rows = exportsCsv(pendingExports()).trim().split('\r\n');
  assert.match(rows[0]!, /^\ufeff?Operation,Connector,Object type,Name,Source anchor,Held,Change,Attribute/);
  assert.ok(
    rows.some((row) => row.startsWith('update,') && row.includes('change,jobTitle,Engineer,Principal engineer,')),
  );
  assert.ok(rows.some((row) => row.startsWith('delete,') && row.includes(',yes,')));
  assert.ok(rows.some((row) => row.includes('references,member,')));
});

test('a value of a directory that a spreadsheet would run is text in the file', () => {
  const [add] = pendingExports();
  const attributes = [{ name: 'displayName', type: 'string' as const, old: [], new: ['=HYPERLINK("http://x")'] }];
  assert.match(exportsCsv([{ ...add!, attributes }]), /"'=HYPERLINK/);
});
