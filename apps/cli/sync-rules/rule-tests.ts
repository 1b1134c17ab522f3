/** `sync rules test`: objects that an administrator wrote down, through the rules, against what should come of them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import { judge, type Mismatch } from '@springline/connect-sync/rules/trial/judge';
import { parseRuleTests, type RuleTest } from '@springline/connect-sync/rules/trial/rule-test';
import { tryObject } from '@springline/connect-sync/rules/trial/try-object';
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import type { Command } from 'commander';
import { CommandError, green, print, printJson, red, table } from '../output.ts';
import { loadRules, type RuleWords, ruleCommand, withRuleErrors } from './rule-command.ts';
import { filePathsIn, ownRulesFolder, ruleFilesIn } from './rule-files.ts';

interface Judged {
  readonly test: RuleTest;
  readonly mismatches: readonly Mismatch[];
}

export function registerTest(rules: Command): void {
  ruleCommand(rules, 'test', 'run tests of rules; exit code 1 when something is otherwise than expected', [
    'sync rules test',
    'sync rules test ./my-rules/tests/leavers.yaml --rules ./my-rules',
    'sync rules test ./my-rules/tests --rules ./my-rules --json',
  ])
    .argument('[paths...]', 'test files or folders of them; the folder tests beside the rules when there is none')
    .action((paths: readonly string[], words: RuleWords) => {
      const files = (paths.length === 0 ? [testsFolder(words)] : paths).flatMap(ruleFilesIn);
      const tests = files.flatMap(({ name, text }) => withRuleErrors(() => parseRuleTests(text, name)));
      if (tests.length === 0) throw new CommandError('there is no test in what was named');
      const set = loadRules(words);
      const judged = tests.map((test) => ({ test, mismatches: judge(run(set, test), test, set) }));
      const failed = judged.filter(({ mismatches }) => mismatches.length > 0);
      if (words.json === true) printJson(plain(judged));
      else print(describe(judged, failed));
      if (failed.length > 0) process.exitCode = 1;
    });
}

/** The folder `tests` of the rules: Connect Sync reads rules from the files of the folder itself and no deeper. */
function testsFolder(words: RuleWords): string {
  const beside = words.rules === undefined ? ownRulesFolder(words.home) : words.rules;
  const folder = join(isFile(beside) ? dirname(beside) : beside, 'tests');
  if (existsSync(folder)) return folder;
  throw new CommandError(`there is no folder ${folder}; write tests there, or name a file of tests`);
}

function isFile(path: string): boolean {
  return existsSync(path) && filePathsIn(path)[0] === path;
}

function run(set: RuleSet, { object, parameters }: RuleTest): ReturnType<typeof tryObject> {
  return tryObject(set, object, { parameters, clock: systemClock, random: systemRandom });
}

function plain(judged: readonly Judged[]): object {
  const tests = judged.map(({ test: { name, place }, mismatches }) => ({
    ...{ name, file: place.file, line: place.line, passed: mismatches.length === 0, mismatches },
  }));
  return { tests, failed: tests.filter(({ passed }) => !passed).length };
}

function describe(judged: readonly Judged[], failed: readonly Judged[]): string {
  const lines = failed.flatMap(({ test: { name, place }, mismatches }) => [
    `${red('failed')}  ${shown(name)}  (${place.file}:${place.line})`,
    ...mismatches.flatMap(({ what, expected, actual, rule }) => [
      `    ${shown(what)}`,
      `      expected  ${shown(expected)}`,
      `      is        ${shown(actual)}${rule === undefined ? '' : `  by “${shown(rule)}”`}`,
    ]),
  ]);
  const passed = judged.length - failed.length;
  return [...lines, `${green(`${passed} passed`)}, ${failed.length} failed`].join('\n');
}

function shown(text: string): string {
  return table([[text]]);
}
