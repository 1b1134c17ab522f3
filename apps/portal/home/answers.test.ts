import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, component, emptyHome, home, syncStatus, troubledHome, watcher } from '../testing/home-fixtures.ts';
import { agentsAnswer, errorsAnswer, syncAnswer } from './answers.ts';

test('agents are well when each is online and each component runs', () => {
  const { tone, online, active } = agentsAnswer(home());
  assert.deepEqual({ tone, online, active }, { tone: 'good', online: 2, active: 2 });
});

test('a revoked agent is counted apart and worries nobody', () => {
  const answer = agentsAnswer(home({ agents: [agent(), watcher({ state: 'revoked' })] }));
  assert.deepEqual([answer.tone, answer.online, answer.active, answer.revoked], ['good', 1, 1, 1]);
});

test('a component that fails on an online agent makes the agents bad', () => {
  const answer = agentsAnswer(home({ agents: [agent({ components: [component({ state: 'failing' })] })] }));
  assert.equal(answer.tone, 'bad');
  assert.equal(answer.unwell.length, 1);
});

test('what the components of an offline agent last said counts for nothing', () => {
  const answer = agentsAnswer(
    home({ agents: [agent({ state: 'offline', components: [component({ state: 'failing' })] })] }),
  );
  assert.equal(answer.unwell.length, 0);
  assert.equal(answer.offline.length, 1);
});

test('a tenant without agents is neither well nor unwell, and its sync has not begun', () => {
  assert.equal(agentsAnswer(emptyHome()).tone, 'none');
  const { tone, connectors, lastEndedAt, result, nextCycleAt } = syncAnswer(emptyHome());
  assert.deepEqual(
    { tone, connectors, lastEndedAt, result, nextCycleAt },
    { tone: 'none', connectors: 0, lastEndedAt: undefined, result: undefined, nextCycleAt: undefined },
  );
});

test('sync shows what the exports of the last cycle brought', () => {
  assert.deepEqual(syncAnswer(home()).exported, { added: 12, updated: 3, deleted: 1, failed: 0 });
});

test('held deletes make a successful sync a warning', () => {
  const answer = syncAnswer(home({ agents: [agent({ sync: syncStatus({ heldDeletes: 1 }) })] }));
  assert.equal(answer.tone, 'warn');
  assert.equal(answer.held.length, 1);
});

test('among several connectors the worst result, the latest end and the soonest start show', () => {
  const cycle = syncStatus().lastCycle!;
  const answer = syncAnswer(
    home({
      agents: [
        agent({
          sync: syncStatus({
            lastCycle: { ...cycle, endedAt: '2026-11-22T13:00:00.000Z', result: 'completed-export-errors' },
            nextCycleAt: '2026-11-22T15:00:00.000Z',
          }),
        }),
        watcher({
          sync: syncStatus({
            lastCycle: { ...cycle, endedAt: '2026-11-22T13:30:00.000Z' },
            nextCycleAt: '2026-11-22T14:00:00.000Z',
          }),
        }),
      ],
    }),
  );
  assert.equal(answer.result, 'completed-export-errors');
  assert.equal(answer.lastEndedAt, '2026-11-22T13:30:00.000Z');
  assert.equal(answer.nextCycleAt, '2026-11-22T14:00:00.000Z');
});

test('an offline agent is not shown as syncing, and its next cycle is unknown', () => {
  const answer = syncAnswer(
    home({ agents: [agent({ state: 'offline', sync: syncStatus({ cycleInProgress: true }) })] }),
  );
  assert.equal(answer.inProgress, false);
  assert.equal(answer.nextCycleAt, undefined);
  assert.equal(answer.tone, 'bad');
});

test('a revoked agent has no part in sync', () => {
  assert.equal(syncAnswer(home({ agents: [agent({ state: 'revoked' })] })).connectors, 0);
});

test('errors are counted by code, the most frequent first, with the oldest instant', () => {
  const view = troubledHome();
  const answer = errorsAnswer(view);
  assert.deepEqual(answer.codes, [
    { code: 'AttributeValueMustBeUnique', count: 2 },
    { code: 'InvalidSoftMatch', count: 1 },
  ]);
  assert.equal(answer.oldestAt, view.errors.find((error) => error.code === 'InvalidSoftMatch')?.firstSeenAt);
  assert.equal(answer.tone, 'bad');
});
