import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultTone, resultWords } from './result-words.ts';

for (const [result, tone, words] of [
  ['success', 'good', 'Success'],
  ['completed-no-objects', 'good', 'Completed: no objects'],
  ['in-progress', 'busy', 'In progress'],
  ['completed-sync-errors', 'warn', 'Completed: sync errors'],
  ['no-start-connection', 'bad', 'Not started: connection'],
  ['stopped-deletion-threshold-exceeded', 'bad', 'Stopped: deletion threshold exceeded'],
  ['call-failure', 'bad', 'Call failure'],
  ['stopped-', 'bad', 'Stopped '],
] as const) {
  test(`the result ${result} is ${tone} and reads “${words}”`, () => {
    assert.equal(resultTone(result), tone);
    assert.equal(resultWords(result), words);
  });
}
