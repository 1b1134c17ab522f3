import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isResultCode, resultCodes } from './result-code.ts';
import type { ResultMeaning } from './result-entry.ts';

const codes = Object.entries(resultCodes) as [string, ResultMeaning][];

test('the prefix of a result says who acts', () => {
  for (const [code, { retry }] of codes) {
    if (code === 'Success') assert.equal(retry, 'never');
    else if (code.startsWith('UpgradeFailed')) assert.equal(retry, 'back-off', code);
    else assert.notEqual(retry, 'never', `${code} is tried again by itself`);
  }
});

test('a result that ends a rollback names the step that failed', () => {
  for (const [code] of codes.filter(([name]) => name.startsWith('UpgradeFailed'))) {
    assert.match(code, /^UpgradeFailedRollback(Success|Failed)-(Activation|Probation)$/);
  }
});

test('each result has its meaning and its remedy in whole sentences', () => {
  for (const [code, { meaning, remedy }] of codes) {
    for (const words of [meaning, remedy]) assert.match(words, /^[A-Z].{8,}\.$/, code);
  }
});

test('a result fits into what agents report', () => {
  for (const [code] of codes) assert.match(code, /^[A-Za-z-]{1,64}$/);
});

test('only own codes are codes', () => {
  assert.ok(isResultCode('Success'));
  for (const text of ['', 'success', 'constructor', '__proto__', 'hasOwnProperty'])
    assert.ok(!isResultCode(text), text);
});
