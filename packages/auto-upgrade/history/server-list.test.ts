import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CheckServersError } from './check-servers-error.ts';
import { formatCsvRow } from './csv.ts';
import { parseServerList, parseServersToRecord } from './server-list.ts';

test('a list to be recorded says the result of the last upgrade, whom to ask, and where a server moved', () => {
  const csv = [
    'Server;Product;Version;State;Channel;Last seen;Last result;Owner;Moved to',
    'dr1;Entra Connect;2.2.1.0;;;2023-12-20;;"Robin Ashe, proseware operations";',
    'sync1;connect-sync;2.2.1.0;Disabled;PKS;;UpgradeAbortedInsufficientDiskSpace;;Cloud Sync',
    'sync1;Health for AD DS;3.2.2256.26;;;;;;',
  ].join('\r\n');
  assert.deepEqual(parseServersToRecord(csv), [
    {
      ...{ row: 2, server: 'dr1', component: 'connect-sync', isMicrosoft: true, version: '2.2.1.0' },
      lastSeenAt: Date.UTC(2023, 11, 21) - 1,
      owner: 'Robin Ashe, proseware operations',
    },
    {
      ...{ row: 3, server: 'sync1', component: 'connect-sync', isMicrosoft: false, version: '2.2.1.0' },
      ...{
        state: 'Disabled',
        channel: 'PKS',
        lastResult: 'UpgradeAbortedInsufficientDiskSpace',
        movedTo: 'cloud-sync',
      },
    },
    { row: 4, server: 'sync1', component: 'health-ad-ds', isMicrosoft: false, version: '3.2.2256.26' },
  ]);
});

for (const { name, lines, row, column, says } of [
  { name: 'a server without a version', lines: ['a,'], row: 2, column: 2, says: /has no version/ },
  {
    name: 'a result that is no code',
    lines: ['a,1.0,no room left'],
    row: 2,
    column: 3,
    says: /a code such as Success/,
  },
  { name: 'a long owner', lines: [`a,1.0,,${'x'.repeat(201)}`], row: 2, column: 4, says: /at most 200 characters/ },
  { name: 'an owner with a line break', lines: ['a,1.0,,"x\ny"'], row: 2, column: 4, says: /no control characters/ },
  { name: 'a long name of a server', lines: [`${'x'.repeat(254)},1.0`], row: 2, column: 1, says: /at most 253/ },
  { name: 'a move to nothing we know', lines: ['a,1.0,,,Exchange'], row: 2, column: 5, says: /a component such as/ },
  {
    name: 'a component that is listed twice',
    lines: ['a,1.0', 'b,1.0', 'A,2.0'],
    row: 4,
    column: 1,
    says: /is in row 2/,
  },
]) {
  test(`${name} is refused with the place where a list is to be recorded`, () => {
    const csv = ['server,version,result,owner,moved to', ...lines].join('\n');
    assert.throws(
      () => parseServersToRecord(csv),
      (error) => {
        assert.ok(error instanceof CheckServersError);
        assert.deepEqual([error.row, error.column], [row, column], error.message);
        assert.match(error.message, says);
        assert.ok(error.message.startsWith(`row ${row}, column ${column}: `), error.message);
        return true;
      },
    );
  });
}

test('a list that is only checked may have columns of those names with anything in them', () => {
  const csv = 'server,version,result,owner,contact\na,1.0,no room left,"x\ny",z\na,1.0,,,';
  assert.deepEqual(
    parseServerList(csv).map(({ server }) => server),
    ['a', 'a'],
  );
});

test('any text is a list to be recorded or is refused as a CheckServersError', () => {
  const cell = fc.oneof(fc.constantFrom('', 'a', '1.0', 'connect-sync', '__proto__', '2024-01-01'), fc.string());
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { maxLength: 5 }), (rows) => {
      const csv = ['server,version,result,owner,moved to\n', ...rows.map(formatCsvRow)].join('');
      try {
        for (const { server, version } of parseServersToRecord(csv)) assert.ok(server !== '' && version !== '');
      } catch (error) {
        assert.ok(error instanceof CheckServersError, String(error));
      }
    }),
  );
});
