/**
 * Where rules come from: the files that come with the product, the folder of a home, files and folders that a person
 * names. Read whole and in the order of their names, as Connect Sync itself does.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { componentHome } from '@springline/agent/home';
import type { RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { CommandError } from '../output.ts';
import { fileTrouble, readSmallFile } from '../small-file.ts';

const fileLimitBytes = 4 * 1024 * 1024;
const filesLimit = 1_000;

/** The administrator's own rules of a home; the folder need not be there. */
export function ownRulesFolder(home: string): string {
  return join(componentHome(resolve(home), 'connect-sync').folder, 'rules');
}

/** Every rule file of a folder, or the one file. @throws {CommandError} when there is nothing of that name. */
export function ruleFilesIn(path: string): readonly RuleFile[] {
  return filePathsIn(path).map((file) => ({ name: file, text: readSmallFile(file, fileLimitBytes) }));
}

/** The files of `--rules`, otherwise those of the home; a home without a folder has no rules of its own. */
export function ownRuleFiles({ rules, home }: { readonly rules?: string; readonly home: string }): readonly RuleFile[] {
  if (rules !== undefined) return ruleFilesIn(rules);
  const folder = ownRulesFolder(home);
  return existsSync(folder) ? ruleFilesIn(folder) : [];
}

/** Paths of the YAML files in a folder, in the order of their names; a file stands for itself. */
export function filePathsIn(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
      .map(({ name }) => name);
    if (names.length > filesLimit) throw new CommandError(`${path} holds more than ${filesLimit} rule files`);
    return names.sort().map((name) => join(path, name));
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`${path} cannot be read: ${fileTrouble(cause)}`, 2, { cause });
  }
}
