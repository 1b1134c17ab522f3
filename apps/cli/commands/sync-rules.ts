/** `springline sync rules …`: rules of Connect Sync, tried and compared without an agent. */
import type { Command } from 'commander';
import { registerDiff } from '../sync-rules/diff.ts';
import { registerEval } from '../sync-rules/eval.ts';
import { registerExport, registerImport } from '../sync-rules/export.ts';
import { registerLint } from '../sync-rules/lint.ts';
import { registerList, registerShow } from '../sync-rules/list.ts';
import { registerTest } from '../sync-rules/rule-tests.ts';
import { registerNew } from '../sync-rules/templates.ts';

export function registerSyncRules(sync: Command): void {
  const rules = sync.command('rules').description('rules: look at them, try them, compare them; needs no agent');
  registerList(rules);
  registerShow(rules);
  registerEval(rules);
  registerDiff(rules);
  registerLint(rules);
  registerTest(rules);
  registerNew(rules);
  registerExport(rules);
  registerImport(rules);
}
