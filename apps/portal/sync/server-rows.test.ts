import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, component, home, syncStatus, watcher } from '../testing/home-fixtures.ts';
import { filterServers, modeOf, serverRows } from './server-rows.ts';

test('servers are the hosts that run Connect Sync, by name, without the revoked', () => {
  const agents = [
    agent({ hostName: 'SYNC-10' }),
    agent({ hostName: 'SYNC-2' }),
    agent({ hostName: 'SYNC-1', state: 'revoked' }),
    watcher(),
  ];
  const names = serverRows(home({ agents })).map((row) => row.agent.hostName);
  assert.deepEqual(names, ['SYNC-2', 'SYNC-10']);
});

test('what a silent host last said of itself is said as of then', () => {
  const [row] = serverRows(home({ agents: [agent({ state: 'offline' })] }));
  assert.deepEqual(row!.state, { tone: 'none', words: 'was running' });
});

test('the last cycle has its result in words and when it ended', () => {
  const [row] = serverRows(home());
  assert.deepEqual(row!.lastCycle, { tone: 'good', words: 'Success', at: '2026-11-22T13:58:00.000Z' });
});

for (const row of [
  { name: 'a server that exports is active', agent: agent(), words: 'Active' },
  {
    name: 'a server that only stages says so',
    agent: agent({ sync: syncStatus({ staging: true }) }),
    words: 'Staging',
  },
  {
    name: 'a server whose export is refused says why',
    agent: agent({ sync: syncStatus({ exportRefused: { code: 'export-lease-held', message: 'SYNC-02 exports' } }) }),
    words: 'Does not export',
    detail: 'SYNC-02 exports',
  },
  {
    name: 'a server whose identity two hosts use exports nothing',
    agent: agent({ conflictedSince: '2026-11-22T13:00:00.000Z' }),
    words: 'Does not export',
    detail: 'Two hosts use its identity: stop one of them.',
  },
]) {
  test(row.name, () => {
    const { words, detail } = modeOf(row.agent);
    assert.deepEqual({ words, detail }, { words: row.words, detail: row.detail });
  });
}

test('what the consent file allows from afar is known of each server', () => {
  const agents = [
    agent({ hostName: 'A', remote: { read: true, decide: true } }),
    agent({ hostName: 'B', remote: { read: true, decide: false } }),
    agent({ hostName: 'C', remote: { read: false, decide: false } }),
    agent({ hostName: 'D' }),
  ];
  assert.deepEqual(
    serverRows(home({ agents })).map(({ remote }) => remote),
    ['decide', 'look', 'closed', 'unknown'],
  );
});

test('servers are filtered by host, source, version and mode', () => {
  const agents = [
    agent({ hostName: 'SYNC-01', sync: syncStatus({ staging: true }) }),
    agent({ hostName: 'SYNC-02', components: [component({ version: '1.2.0.0' })] }),
  ];
  const found = (text: string) => filterServers(serverRows(home({ agents })), text).map((row) => row.agent.hostName);
  assert.deepEqual(found(' sync-02 '), ['SYNC-02']);
  assert.deepEqual(found('1.2'), ['SYNC-02']);
  assert.deepEqual(found('staging'), ['SYNC-01']);
  assert.deepEqual(found('ldaps://'), ['SYNC-01', 'SYNC-02']);
  assert.equal(found('').length, 2);
});
