import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterWords } from './counter-words.ts';
import { isProfile, kindWords, runChoices, runParameters, runWords, tookWords } from './run-words.ts';

const run = { number: 1, startedAt: '2026-11-22T14:00:00.000Z', result: 'success', steps: [] };

test('a run of an agent that does not say which kind is a cycle', () => {
  assert.equal(kindWords(run), 'Cycle');
  assert.equal(kindWords({ ...run, kind: 'single-object' }), 'One object');
});

test('a run takes from its start to its end, and runs until then', () => {
  assert.equal(tookWords(run), 'running');
  assert.equal(tookWords({ ...run, endedAt: '2026-11-22T14:00:04.100Z' }), '4.1 s');
});

test('a cycle names no connector, and a profile names its own', () => {
  assert.deepEqual(runParameters('delta', 'a'), {});
  assert.deepEqual(runParameters('full', 'a'), { full: true });
  assert.deepEqual(runParameters('Full Import', 'a'), { profile: 'Full Import', connector: 'a' });
});

test('every run that may be started says what it exports, or that it exports nothing', () => {
  for (const { id } of runChoices) assert.match(runWords(id, { name: 'a' }), /export/, id);
  assert.deepEqual(
    runChoices.filter(({ id }) => isProfile(id)).map(({ id }) => runWords(id, { name: 'contoso' }).includes('contoso')),
    Array.from({ length: 5 }, () => true),
  );
});

for (const [counter, expected] of [
  ['stage-add', { words: 'new, staged', look: 'pending-import' }],
  ['export-failure', { words: 'the target refused', look: 'error' }],
  ['provisioned-add-flow', { words: 'to be added', isPending: true }],
  ['disconnector-remains', { words: 'in no rule’s scope', look: 'disconnected' }],
  ['a-counter-of-later', { words: 'a counter of later' }],
] as const) {
  test(`the counter ${counter} leads to the objects that are so now`, () => {
    assert.deepEqual(counterWords(counter), expected);
  });
}
