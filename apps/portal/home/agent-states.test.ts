import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentView } from '@springline/api/shapes/agent';
import { agent, component, watcher } from '../testing/home-fixtures.ts';
import { componentTone, componentWords, filterAgents, sortAgents } from './agent-states.ts';

const hosts = (agents: readonly AgentView[]): string[] => agents.map((each) => each.hostName);
const named = (hostName: string, changes: Partial<AgentView> = {}): AgentView => watcher({ hostName, ...changes });

test('hosts sort as people count, whatever their case', () => {
  assert.deepEqual(hosts(sortAgents([named('dc-10'), named('DC-9'), named('dc-1')], 'host', false)), [
    'dc-1',
    'DC-9',
    'dc-10',
  ]);
});

test('versions sort by their fields as numbers, a missing one being 0', () => {
  const agents = ['1.10.0.0', '1.9.5', '1.9.5.1', '2.0'].map((version) => named(version, { version }));
  assert.deepEqual(hosts(sortAgents(agents, 'version', false)), ['1.9.5', '1.9.5.1', '1.10.0.0', '2.0']);
});

test('states sort from the worst, and equals by host', () => {
  const agents = [named('c'), named('b', { state: 'revoked' }), named('a', { state: 'offline' }), named('d')];
  assert.deepEqual(hosts(sortAgents(agents, 'state', false)), ['a', 'c', 'd', 'b']);
});

test('an agent that was never seen comes before those of long ago', () => {
  const { lastSeenAt: _, ...never } = named('never');
  assert.deepEqual(hosts(sortAgents([named('seen'), never], 'seen', false)), ['never', 'seen']);
});

test('a component of a silent agent was running, and nobody knows whether it does', () => {
  const silent = agent({ state: 'offline' });
  assert.equal(componentWords(silent, component()), 'was running');
  assert.equal(componentTone(silent, component()), 'none');
});

test('the filter looks at host, state, version and components', () => {
  const agents = [agent(), watcher({ state: 'offline' })];
  for (const text of ['sync-01', 'ONLINE', '1.0.0', 'connect sync']) {
    assert.deepEqual(hosts(filterAgents(agents, text)), ['SYNC-01.contoso.example'], text);
  }
});
