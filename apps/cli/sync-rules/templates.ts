/** `sync rules new`: rule files to start from, for the usual cases. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestName } from '@springline/connect-sync/rules/expression/functions/lookup';
import { writeFileAtomic } from '@springline/ports/files';
import type { Command } from 'commander';
import { requireNewFile } from '../new-file.ts';
import { CommandError, oneLine, print, printJson, table } from '../output.ts';

interface Template {
  readonly name: string;
  /** The comment at the head of the file: what it is for, and what to put in. */
  readonly purpose: string;
  readonly text: string;
}

interface Words {
  readonly to?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const fileMode = 0o644;

export function registerNew(rules: Command): void {
  rules
    .command('new')
    .description('write a rule file from a template; without a name say which templates there are')
    .argument('[template]', 'name of the template')
    .option('--to <file>', 'where to, - for standard output (default: a file named after the template, here)')
    .option('--dry-run', 'say what would be written, write nothing')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline sync rules new
  springline sync rules new pilot-group --to pilot.yaml
  springline sync rules import pilot.yaml --dry-run`,
    )
    .action((name: string | undefined, words: Words) => {
      const templates = readTemplates();
      if (name === undefined) {
        list(templates, words);
        return;
      }
      const template = findTemplate(templates, name);
      if (words.to === '-') {
        process.stdout.write(template.text);
        return;
      }
      const path = words.to ?? `${template.name}.yaml`;
      requireNewFile(path, '--to');
      if (words.dryRun !== true) writeFileAtomic(path, template.text, fileMode);
      if (words.json === true) printJson({ template: template.name, file: path, dryRun: words.dryRun === true });
      else print(`${words.dryRun === true ? 'would write' : 'written'}: ${path}\n\n${template.purpose}`);
    });
}

function readTemplates(): readonly Template[] {
  const anyOne = fileURLToPath(import.meta.resolve('@springline/connect-sync/rules/templates/pilot-group.yaml'));
  const folder = dirname(anyOne);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return { name: basename(file, '.yaml'), purpose: purposeOf(text), text };
  });
}

function purposeOf(text: string): string {
  const [head = ''] = /^(?:#.*\n)*/.exec(text) ?? [];
  return head
    .replaceAll(/^# ?/gm, '')
    .replace(/^Template: /, '')
    .trim();
}

function findTemplate(templates: readonly Template[], name: string): Template {
  const names = templates.map((each) => each.name);
  const found = templates.find((each) => each.name === name.replace(/\.yaml$/, ''));
  if (found !== undefined) return found;
  const nearest = nearestName(name.slice(0, 64), names);
  const advice = nearest === undefined ? `one of ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new CommandError(`there is no template “${oneLine(name)}”; ${advice}`);
}

function list(templates: readonly Template[], { json }: Words): void {
  const rows = templates.map(({ name, purpose }) => [name, shortly(purpose)]);
  if (json === true) printJson({ templates: templates.map(({ name, purpose }) => ({ name, purpose })) });
  else print(table([['TEMPLATE', 'FOR'], ...rows]));
}

/** The first sentences, enough of them to know what it is about. */
function shortly(purpose: string): string {
  return oneLine(/^.{20,}?[.](?=\s|$)/s.exec(purpose)?.[0] ?? purpose);
}
