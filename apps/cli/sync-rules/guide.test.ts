import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import { judge } from '@springline/connect-sync/rules/trial/judge';
import { parseRuleTests } from '@springline/connect-sync/rules/trial/rule-test';
import { tryObject } from '@springline/connect-sync/rules/trial/try-object';
import { FakeClock } from '@springline/ports/clock';
import { SeededRandom } from '@springline/ports/random';
import { codeBlocksIn } from '@springline/tools/docs/markdown';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/rules.md'), 'utf8');
const examples = codeBlocksIn(guide)
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => text);

test('the rules that the guide shows may stand together, and the test that it shows passes with them', () => {
  const isTest = (text: string): boolean => /^tests:/m.test(text);
  const set = loadRuleSet(examples.filter((text) => !isTest(text)).map((text, at) => ({ name: `${at}.yaml`, text })));
  const tests = examples.filter(isTest).flatMap((text) => parseRuleTests(text, 'guide.yaml'));
  assert.ok(tests.length > 0);
  for (const each of tests) {
    const context = { parameters: each.parameters, clock: new FakeClock(0), random: new SeededRandom(1) };
    assert.deepEqual(judge(tryObject(set, each.object, context), each, set), []);
  }
});
