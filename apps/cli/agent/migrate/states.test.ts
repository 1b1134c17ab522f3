import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MigrationEvent, type MigrationState, migrationStates, nextState } from './states.ts';

const events: readonly MigrationEvent[] = ['passed', 'failed'];
/** In these, the old server has been or is being told to give up exporting, and the new one does not export for certain. */
const between: ReadonlySet<MigrationState> = new Set(['demoting', 'rechecking', 'promoting']);

test('rule S16: the new server is promoted only after the old one gave up exporting, by every way through the table', () => {
  const ways = migrationStates.flatMap((from) => events.map((event) => [from, event, nextState[from][event]] as const));
  assert.deepEqual(
    ways.filter(([, , to]) => to === 'promoting').map(([from, event]) => [from, event]),
    [['rechecking', 'passed']],
  );
  assert.deepEqual(
    ways.filter(([, , to]) => to === 'rechecking').map(([from, event]) => [from, event]),
    [['demoting', 'passed']],
  );
});

test('whatever fails between the two servers leads back to the old one, and only that it exports again leads out of there', () => {
  for (const state of between) assert.equal(nextState[state].failed, 'going-back', state);
  assert.equal(nextState['going-back'].failed, 'going-back');
  assert.ok(!between.has(nextState['going-back'].passed));
});

test('a step that fails before or after is begun again', () => {
  for (const state of ['installing', 'synchronising', 'comparing', 'verifying', 'retiring'] as const) {
    assert.equal(nextState[state].failed, state);
  }
});

test('steps that all pass end', () => {
  const seen: MigrationState[] = [];
  for (let state: MigrationState = 'installing'; state !== 'done'; state = nextState[state].passed) {
    assert.ok(!seen.includes(state));
    seen.push(state);
  }
  assert.equal(seen.length, migrationStates.length - 2);
});
