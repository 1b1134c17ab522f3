/** `sync rules export` and `sync rules import`: rule files out of a home or out of the product, and into a home. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { outOfBoxRuleFiles, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { writeFileAtomic } from '@springline/ports/files';
import type { Command } from 'commander';
import { homeCommand, requireHome } from '../home-command.ts';
import { CommandError, print, printJson } from '../output.ts';
import { describeFindings, lintFiles } from './lint.ts';
import { ownRuleFiles, ownRulesFolder, ruleFilesIn } from './rule-files.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const fileMode = 0o644;

export function registerExport(rules: Command): void {
  homeCommand(rules, 'export', 'write rule files to a folder: your own, or those that come with the product', [
    'sync rules export --standard --to ./standard-rules',
    'sync rules export --to ./backup --dry-run',
  ])
    .option('--standard', 'the rules that come with the product, to read and to copy from')
    .option('--to <folder>', 'where to; made when it is not there', 'rules')
    .option('--dry-run', 'say what would be written, write nothing')
    .action((words: Words & { readonly standard?: boolean; readonly to: string }) => {
      const files = words.standard === true ? outOfBoxRuleFiles : ownRuleFiles(words);
      if (files.length === 0) throw new CommandError('there are no rules of your own to export');
      const written = files.map(({ name, text }) => ({ path: join(words.to, basename(name)), text }));
      for (const { path } of written) {
        if (existsSync(path)) throw new CommandError(`${path} is there already; choose another folder by --to`);
      }
      write(written, words);
      if (words.standard !== true || words.json === true) return;
      print(
        'To change one: switch it off by name under disable: in a file of your own, and copy it there with a name of',
      );
      print('its own and a precedence from 1 to 99. A small rule with only the changed flow is better still.');
    });
}

export function registerImport(rules: Command): void {
  homeCommand(rules, 'import', 'check rule files and put them among the own rules of a home', [
    'sync rules import ./my-rules --dry-run',
    'sync rules import contoso.yaml --replace',
  ])
    .argument('<path>', 'rule file or folder')
    .option('--replace', 'overwrite own rule files that have the same names')
    .option('--dry-run', 'check, say what would be written, write nothing')
    .action((path: string, words: Words & { readonly replace?: boolean }) => {
      requireHome(words.home);
      const folder = ownRulesFolder(words.home);
      const added = ruleFilesIn(path).map(({ name, text }) => ({ path: join(folder, basename(name)), text }));
      if (added.length === 0) throw new CommandError(`${path} holds no rule file: their names end with .yaml or .yml`);
      const there = added.filter((file) => existsSync(file.path));
      if (there.length > 0 && words.replace !== true) {
        throw new CommandError(`${there[0]!.path} is there already; --replace overwrites it`);
      }
      refuseFaults(added, ownRuleFiles(words));
      write(added, words);
      if (words.json !== true && words.dryRun !== true) print('They hold from the next start of Connect Sync on.');
    });
}

interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** The files are checked as they will lie: beside those of the home that stay. */
function refuseFaults(added: readonly WrittenFile[], own: readonly RuleFile[]): void {
  const names = new Set(added.map(({ path }) => path));
  const files = [
    ...own.filter(({ name }) => !names.has(name)),
    ...added.map(({ path, text }) => ({ name: path, text })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const errors = lintFiles(files).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CommandError(`nothing was written:\n${describeFindings(errors)}`);
}

function write(files: readonly WrittenFile[], { json, dryRun }: Words): void {
  if (dryRun !== true) for (const { path, text } of files) writeFileAtomic(path, text, fileMode);
  const paths = files.map(({ path }) => path);
  if (json === true) printJson({ dryRun: dryRun === true, files: paths });
  else print(`${dryRun === true ? 'would write' : 'written'}:\n${paths.map((path) => `  ${path}`).join('\n')}`);
}
