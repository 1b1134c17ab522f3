/**
 * The rules that come with Connect Sync. The text stays in YAML files that people can read; the bundler of the agent
 * puts it in the place of these reads, so that a component is one file.
 */
import { readFileSync } from 'node:fs';
import { parseRules } from '../parse.ts';
import { RuleSet } from '../rule-set.ts';

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

export const outOfBoxRuleFiles: readonly RuleFile[] = [
  { name: 'active-directory.yaml', text: readFileSync(new URL('./active-directory.yaml', import.meta.url), 'utf8') },
  { name: 'openldap.yaml', text: readFileSync(new URL('./openldap.yaml', import.meta.url), 'utf8') },
  { name: 'cloud.yaml', text: readFileSync(new URL('./cloud.yaml', import.meta.url), 'utf8') },
];

/**
 * The out-of-box rules with an administrator's own files after them.
 *
 * @throws {RuleError | RuleSetError}
 */
export function loadRuleSet(ownFiles: readonly RuleFile[] = []): RuleSet {
  const files = [...outOfBoxRuleFiles, ...ownFiles];
  return new RuleSet(
    files.flatMap(({ name, text }) => parseRules(text, name)),
    files.map(({ text }) => text),
  );
}
