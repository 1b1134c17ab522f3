import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoUpgrade, componentUpgrade } from '../testing/home-fixtures.ts';
import { fleet, fleetAgent } from '../testing/upgrade-fixtures.ts';
import { filterRows, fleetCsv, fleetRows, noFilter, sortRows } from './fleet-rows.ts';

const rows = fleetRows(fleet());
const hosts = (found: readonly { agent: { hostName: string } }[]) =>
  found.map(({ agent }) => agent.hostName.split('.')[0]);

test('each component of each host is a row', () => {
  assert.equal(rows.length, 8);
  assert.equal(new Set(rows.map(({ key }) => key)).size, 8);
});

test('a host that knows nothing of auto-upgrade is a row of its Agent Updater', () => {
  const { autoUpgrade: _, ...silent } = fleetAgent();
  const [row] = fleetRows({ agents: [silent] });
  assert.deepEqual(
    [row?.title, row?.version, row?.state, row?.channel],
    ['Agent Updater', '1.0.0.0', 'unknown', 'unknown'],
  );
});

test('filters narrow together', () => {
  assert.deepEqual(hosts(filterRows(rows, { ...noFilter, state: 'Suspended' })), ['SYNC-05']);
  assert.deepEqual(
    hosts(filterRows(rows, { ...noFilter, channel: 'HUS', text: ' sync-0', title: 'Connect Sync' })).length,
    5,
  );
  assert.deepEqual(filterRows(rows, { ...noFilter, channel: 'PKS', state: 'Disabled' }), []);
  assert.equal(filterRows(rows, noFilter).length, 8);
});

test('versions sort by their fields as numbers, a missing one being 0', () => {
  const agents = ['1.10.0.0', '1.9', '1.9.0.1', '1.9.0.0'].map((version, at) =>
    fleetAgent({
      agentId: `${at}`,
      hostName: `h${at}`,
      autoUpgrade: autoUpgrade({ components: [componentUpgrade({ version })] }),
    }),
  );
  const sorted = sortRows(fleetRows({ agents }), 'version', false).map(({ version }) => version);
  assert.deepEqual(sorted, ['1.9', '1.9.0.0', '1.9.0.1', '1.10.0.0']);
});

test('equals keep the order of hosts and components', () => {
  assert.deepEqual(
    sortRows(rows, 'channel', false)
      .slice(0, 2)
      .map(({ title }) => title),
    ['Agent Updater', 'Connect Health for AD DS'],
  );
});

test('a host that calls itself a formula is text to a spreadsheet', () => {
  const csv = fleetCsv(filterRows(rows, { ...noFilter, channel: 'PKS' }));
  assert.match(csv, /\r\n"'=cmd\|calc",Connect Sync,0\.9\.0\.0,/);
});
