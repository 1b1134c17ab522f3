import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fleet, fleetPageOf } from '../testing/fleet-stand-in.ts';
import { fleet, fleetAgent } from '../testing/upgrade-fixtures.ts';
import { fleetCsv, fleetRows, fleetSearchFrom, isFiltered } from './fleet-rows.ts';

const rowsOf = (of: Fleet, words: Record<string, string> = {}) =>
  fleetRows(fleetPageOf(of, new URLSearchParams(words)));

test('each row of the page is one component of one host, in the order of the service', () => {
  const rows = rowsOf(fleet());
  assert.equal(rows.length, 8);
  assert.equal(new Set(rows.map(({ key }) => key)).size, 8);
  const [first, ...others] = fleet().agents;
  const page = fleetPageOf({ ...fleet(), agents: [first!, ...others] }, new URLSearchParams({ order: 'descending' }));
  assert.deepEqual(
    fleetRows(page).map(({ agent }) => agent.agentId),
    page.rows.map(({ agentId }) => agentId),
  );
});

test('a host that knows nothing of auto-upgrade is a row of its Agent Updater', () => {
  const { autoUpgrade: _, ...silent } = fleetAgent();
  const [row] = rowsOf({ agents: [silent], releases: [] });
  assert.deepEqual(
    [row?.title, row?.version, row?.state, row?.channel],
    ['Agent Updater', '1.0.0.0', 'unknown', 'unknown'],
  );
});

test('an address is read as far as it can be meant, and the rest of it is left out', () => {
  assert.deepEqual(
    fleetSearchFrom({
      text: 'sync',
      component: 'connect-sync',
      version: '2.3.2.0',
      group: 'failed',
      sort: 'version',
      order: 'descending',
    }),
    {
      text: 'sync',
      component: 'connect-sync',
      version: '2.3.2.0',
      group: 'failed',
      sort: 'version',
      order: 'descending',
    },
  );
  assert.deepEqual(
    fleetSearchFrom({
      text: '',
      component: 'word',
      version: 'x',
      state: '__proto__',
      ring: 'A',
      reason: 'a b',
      sort: 1,
      agent: {},
    }),
    {},
  );
  // An address that reads as a number.
  assert.deepEqual(fleetSearchFrom({ version: 1.5, text: 42 }), { version: '1.5', text: '42' });
});

test('an order and an open host are no filter', () => {
  assert.equal(isFiltered({ agent: 'a', sort: 'version', order: 'ascending' }), false);
  assert.equal(isFiltered({ group: 'failed' }), true);
});

test('a host that calls itself a formula is text to a spreadsheet', () => {
  const csv = fleetCsv(rowsOf(fleet(), { channel: 'PKS' }));
  assert.match(csv, /\r\n"'=cmd\|calc",Connect Sync,0\.9\.0\.0,/);
});
