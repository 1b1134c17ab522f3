/**
 * The rules that come with Connect Sync. The text stays in YAML files that people can read; the bundler of the agent
 * puts it in the place of these reads, so that a component is one file.
 */
import { readFileSync } from 'node:fs';
import { RuleError, type RulePlace, RuleSetError } from '../error.ts';
import { nearestName } from '../expression/functions/lookup.ts';
import { checkRules } from '../lint/check-rules.ts';
import { parseRuleFile, type RuleFileContents } from '../parse.ts';
import type { SyncRule } from '../rule.ts';
import { RuleSet } from '../rule-set.ts';

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

export const outOfBoxRuleFiles: readonly RuleFile[] = [
  { name: 'active-directory.yaml', text: readFileSync(new URL('./active-directory.yaml', import.meta.url), 'utf8') },
  { name: 'openldap.yaml', text: readFileSync(new URL('./openldap.yaml', import.meta.url), 'utf8') },
  { name: 'ldap.yaml', text: readFileSync(new URL('./ldap.yaml', import.meta.url), 'utf8') },
  { name: 'cloud.yaml', text: readFileSync(new URL('./cloud.yaml', import.meta.url), 'utf8') },
];

let parsedStandard: readonly RuleFileContents[] | undefined;

/** Parsed once: what comes with the product never changes while it runs. */
function standardContents(): readonly RuleFileContents[] {
  parsedStandard ??= outOfBoxRuleFiles.map(({ name, text }) => parseRuleFile(text, name, { standard: true }));
  return parsedStandard;
}

/**
 * The out-of-box rules with an administrator's own files after them. A file of one's own may switch standard rules off.
 *
 * @throws {RuleError | RuleSetError}
 */
export function loadRuleSet(ownFiles: readonly RuleFile[] = []): RuleSet {
  const standard = standardContents();
  const own = ownFiles.map(({ name, text }) => parseRuleFile(text, name));
  const files = [...standard, ...own];
  const off = switchedOff(
    standard.flatMap(({ rules }) => rules),
    own.flatMap(({ disable }) => disable),
  );
  const places = new Map<object, RulePlace>(files.flatMap((file) => [...file.places]));
  const rules = files
    .flatMap((file) => file.rules)
    .map((rule) => {
      if (!off.has(rule)) return rule;
      const disabled = { ...rule, disabled: true };
      places.set(disabled, places.get(rule)!);
      return disabled;
    });
  const texts = [...outOfBoxRuleFiles, ...ownFiles].map(({ text }) => text);
  const set = new RuleSet(rules, texts, places);
  const fault = checkRules(set.rules, places).find(({ severity }) => severity === 'error');
  if (fault !== undefined) throw new RuleSetError(`“${fault.rule}”: ${fault.message}`, fault.place);
  return set;
}

/** The standard rules that are named by id or name. @throws {RuleError} when a name means none of them. */
function switchedOff(
  standard: readonly SyncRule[],
  named: readonly { readonly rule: string; readonly place: RulePlace }[],
): ReadonlySet<SyncRule> {
  const byName = new Map(standard.flatMap((rule) => [[rule.id, rule] as const, [rule.name, rule] as const]));
  return new Set(
    named.map(({ rule, place }) => {
      const found = byName.get(rule);
      if (found !== undefined) return found;
      const nearest = rule.length > 128 ? undefined : nearestName(rule, byName.keys());
      const advice = nearest === undefined ? '' : `; did you mean “${nearest}”?`;
      throw new RuleError(place, `there is no standard rule “${rule.slice(0, 128)}”${advice}`);
    }),
  );
}
