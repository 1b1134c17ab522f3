import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollout, rollouts } from '../testing/upgrade-fixtures.ts';
import { freezeRefusal } from './freeze-form.ts';
import { actorWords, actRefusal, actWords, minutesWords, pendingWords, rampWords } from './rollout-words.ts';

test('what can be done follows the state', () => {
  const can = (state: 'waiting' | 'running' | 'halted' | 'aborted' | 'complete') =>
    (['halt', 'resume', 'advance', 'abort'] as const).filter(
      (action) => actRefusal(action, rollout({ state })) === undefined,
    );
  assert.deepEqual(can('waiting'), ['abort']);
  assert.deepEqual(can('running'), ['halt', 'advance', 'abort']);
  assert.deepEqual(can('halted'), ['resume', 'abort']);
  assert.deepEqual(can('aborted'), []);
  assert.deepEqual(can('complete'), ['halt', 'abort']);
});

test('a question names the release, and the ring that would open', () => {
  assert.equal(actWords('halt', rollout()).title, 'Halt Connect Sync 1.1.0.0?');
  assert.match(actWords('advance', rollout()).says, /^Ring broad opens now/);
  assert.match(actWords('halt', rollout()).says, /3 hosts in the middle of it may finish/);
});

test('shares and times read as people say them', () => {
  assert.equal(rampWords({ startPpm: 1_000_000, rampPpmPerHour: 0 }), 'At once');
  assert.equal(rampWords({ startPpm: 100_000, rampPpmPerHour: 0 }), '10%, and no more by itself');
  assert.deepEqual([90, 120, 2_880].map(minutesWords), ['90 minutes', '2 hours', '2 days']);
  assert.deepEqual(['person:Ada', 'token:deploys', 'system'].map(actorWords), ['Ada', 'token deploys', 'system']);
});

test('what waits says for how many', () => {
  const { pending } = rollouts();
  assert.match(pendingWords(pending), /waits for 1 approval /);
  assert.equal(pendingWords([]), 'It is signed and in force.');
});

test('a freeze has a name of its own and ends after it begins', () => {
  assert.equal(freezeRefusal('Move', 1, 2, [{ name: 'Year end' }]), undefined);
  for (const wrong of [
    freezeRefusal('', 1, 2, []),
    freezeRefusal('Move', 1, 2, [{ name: 'Move' }]),
    freezeRefusal('Move', Number.NaN, 2, []),
    freezeRefusal('Move', 2, 2, []),
  ]) {
    assert.equal(typeof wrong, 'string');
  }
});
