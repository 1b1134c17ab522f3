/** What the commands about rules have in common: whose rules, and how a fault in them is told. */
import { RuleError, RuleSetError } from '@springline/connect-sync/rules/error';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import type { SyncRule } from '@springline/connect-sync/rules/rule';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { CommandError } from '../output.ts';
import { ownRuleFiles } from './rule-files.ts';

export interface RuleWords {
  readonly home: string;
  readonly json?: boolean;
  readonly rules?: string;
}

/** `homeCommand` with `--rules`. */
export function ruleCommand(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  return homeCommand(parent, name, summary, examples).option(
    '--rules <path>',
    'rule file or folder in place of the own rules of the home',
  );
}

/** The rules that come with the product and the own ones. @throws {CommandError} with file, line and column. */
export function loadRules(words: RuleWords): RuleSet {
  return withRuleErrors(() => loadRuleSet(ownRuleFiles(words)));
}

/** Every rule by precedence, those that are switched off too. */
export function everyRule({ rules, disabled }: RuleSet): readonly SyncRule[] {
  return [...rules, ...disabled].sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
}

/** A fault in a rule file is one sentence. */
export function withRuleErrors<T>(load: () => T): T {
  try {
    return load();
  } catch (cause) {
    if (!(cause instanceof RuleError || cause instanceof RuleSetError)) throw cause;
    throw new CommandError(cause.message, 1, { cause });
  }
}
