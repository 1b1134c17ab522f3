/** `sync rules diff`: what differs between two lots of rules, by rule, field and flow. */
import { diffRules, isSame, type RuleDiff, type RuleDifference } from '@springline/connect-sync/rules/diff/diff';
import { plainRule } from '@springline/connect-sync/rules/diff/plain-rule';
import { outOfBoxRuleFiles, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { parseRuleFile } from '@springline/connect-sync/rules/parse';
import type { Command } from 'commander';
import { CommandError, green, print, printJson, red, table, yellow } from '../output.ts';
import { withRuleErrors } from './rule-command.ts';
import { ruleFilesIn } from './rule-files.ts';

interface Words {
  readonly againstStandard?: boolean;
  readonly json?: boolean;
}

/** Rules of one side, and the standard rules that its files switch off. */
interface Side {
  readonly rules: RuleDiffSide;
  readonly disable: readonly string[];
}
type RuleDiffSide = Parameters<typeof diffRules>[0];

export function registerDiff(rules: Command): void {
  rules
    .command('diff')
    .description('what differs between two files or folders of rules; exit code 1 when something does')
    .argument('<before>', 'rule file or folder')
    .argument('[after]', 'the other one')
    .option('--against-standard', 'compare the rules that come with the product with the one that is named')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
A rule is the same one when it has the same id, otherwise the same name. With --against-standard a rule of the product
that is not in the files counts as removed only when the files hold a copy of some other one.

Examples:
  springline sync rules diff ./rules-before ./rules-after
  springline sync rules diff --against-standard ./copied-rules --json`,
    )
    .action((before: string, after: string | undefined, words: Words) => {
      if ((after === undefined) !== (words.againstStandard === true)) {
        throw new CommandError('two files or folders are needed, or one with --against-standard', 2);
      }
      const [then, now] = after === undefined ? againstStandard(before) : [sideOf(before), sideOf(after)];
      const diff = diffRules(then.rules, now.rules);
      const disable = { added: without(now.disable, then.disable), removed: without(then.disable, now.disable) };
      if (words.json === true) printJson(plainDiff(diff, disable));
      else print(describeDiff(diff, disable));
      if (!isSame(diff) || disable.added.length + disable.removed.length > 0) process.exitCode = 1;
    });
}

type Disable = Readonly<Record<'added' | 'removed', readonly string[]>>;

function sideOf(path: string): Side {
  return sideFrom(ruleFilesIn(path), false);
}

function sideFrom(files: readonly RuleFile[], standard: boolean): Side {
  const contents = withRuleErrors(() => files.map(({ name, text }) => parseRuleFile(text, name, { standard })));
  return {
    rules: contents.flatMap((each) => each.rules),
    disable: contents.flatMap((each) => each.disable.map(({ rule }) => rule)),
  };
}

function againstStandard(path: string): readonly [Side, Side] {
  const standard = sideFrom(outOfBoxRuleFiles, true);
  const own = sideOf(path);
  const names = new Set(own.rules.flatMap(({ id, name }) => [id, name]));
  const copied = standard.rules.filter(({ id, name }) => names.has(id) || names.has(name));
  // Own rules alone stand beside the standard ones; they take the place of none.
  return [copied.length === 0 ? { rules: [], disable: [] } : standard, own];
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return [...new Set(names)].filter((name) => !known.has(name));
}

function plainDiff({ added, removed, changed, unchangedCount }: RuleDiff, disable: Disable): object {
  return { added: added.map(plainRule), removed: removed.map(plainRule), changed, unchangedCount, disable };
}

function describeDiff(diff: RuleDiff, disable: Disable): string {
  const { added, removed, changed, unchangedCount } = diff;
  const names = (rules: RuleDiff['added'], sign: string): string[] =>
    rules.map(
      ({ name, precedence, flows }) => `${sign} ${shown(name)}  precedence ${precedence}, ${flows.length} flows`,
    );
  const sum = `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchangedCount} the same`;
  return [
    ...names(added, '+').map(green),
    ...names(removed, '-').map(red),
    ...changed.flatMap(describeChange),
    ...disable.added.map((name) => red(`- standard rule “${shown(name)}” is switched off`)),
    ...disable.removed.map((name) => green(`+ standard rule “${shown(name)}” is switched off no more`)),
    sum,
  ].join('\n');
}

function describeChange({ name, fields, flows }: RuleDifference): readonly string[] {
  return [
    yellow(`~ ${shown(name)}`),
    ...fields.flatMap(({ field, before, after }) => [
      `    ${field}`,
      ...(before === '' ? [] : [red(`      - ${shown(before)}`)]),
      ...(after === '' ? [] : [green(`      + ${shown(after)}`)]),
    ]),
    ...flows.flatMap(({ target, kind, before, after }) => [
      `    flow to ${shown(target)} ${kind}`,
      ...(before === undefined ? [] : [red(`      - ${shown(before)}`)]),
      ...(after === undefined ? [] : [green(`      + ${shown(after)}`)]),
    ]),
  ];
}

/** Text of others without what moves the cursor; its spaces stay, because they mean something in expressions. */
function shown(text: string): string {
  return table([[text]]);
}
