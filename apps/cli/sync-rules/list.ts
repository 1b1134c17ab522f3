/** `sync rules list` and `sync rules show`. */
import { plainRule } from '@springline/connect-sync/rules/diff/plain-rule';
import { flowText, joinText, scopeText } from '@springline/connect-sync/rules/diff/rule-text';
import { yamlFromRules } from '@springline/connect-sync/rules/diff/rule-yaml';
import { nearestName } from '@springline/connect-sync/rules/expression/functions/lookup';
import { connectorKinds, directions, type SyncRule } from '@springline/connect-sync/rules/rule';
import { readsOfRule } from '@springline/connect-sync/rules/rule-reads';
import { type Command, Option } from 'commander';
import { CommandError, oneLine, print, printJson, table } from '../output.ts';
import { everyRule, loadRules, type RuleWords, ruleCommand } from './rule-command.ts';

interface ListWords extends RuleWords {
  readonly direction?: string;
  readonly type?: string;
  readonly connectorKind?: string;
  readonly attribute?: string;
  readonly standard?: boolean;
  readonly custom?: boolean;
}

export function registerList(rules: Command): void {
  ruleCommand(rules, 'list', 'rules by precedence: those that come with the product and your own', [
    'sync rules list',
    'sync rules list --direction inbound --type user --attribute department',
    'sync rules list --custom --rules ./my-rules --json',
  ])
    .addOption(new Option('--direction <word>', 'only these').choices(directions))
    .option('--type <name>', 'only rules with this source or target type')
    .addOption(new Option('--connector-kind <kind>', 'only rules for such a system').choices(connectorKinds))
    .option('--attribute <name>', 'only rules that read or write the attribute, in any case')
    .addOption(new Option('--standard', 'only rules that come with the product').conflicts('custom'))
    .option('--custom', 'only your own')
    .action((words: ListWords) => {
      const found = everyRule(loadRules(words)).filter((rule) => isAsked(rule, words));
      if (words.json === true) printJson({ rules: found.map(plainRule) });
      else print(found.length === 0 ? 'no rule' : describeRules(found));
    });
}

export function registerShow(rules: Command): void {
  ruleCommand(rules, 'show', 'one rule with all its fields', [
    'sync rules show "In from AD - User Join"',
    'sync rules show "In from AD - User Common" --yaml > mine.yaml',
  ])
    .argument('<rule>', 'name or id')
    .option('--yaml', 'as the text of a rule file')
    .action((name: string, words: RuleWords & { readonly yaml?: boolean }) => {
      const rule = findRule(everyRule(loadRules(words)), name);
      if (words.json === true) printJson(plainRule(rule));
      else if (words.yaml === true) process.stdout.write(yamlFromRules([rule]));
      else print(describeRule(rule));
    });
}

/** By name or id; case matters only between rules that differ in nothing else. @throws {CommandError} */
export function findRule(rules: readonly SyncRule[], name: string): SyncRule {
  const same = rules.find((rule) => rule.name === name || rule.id === name);
  if (same !== undefined) return same;
  const lower = name.toLowerCase();
  const alike = rules.filter((rule) => rule.name.toLowerCase() === lower || rule.id.toLowerCase() === lower);
  if (alike.length === 1) return alike[0]!;
  const names = rules.map((rule) => rule.name);
  const meant =
    nearestName(name.slice(0, 256), names) ?? names.find((each) => each.toLowerCase().includes(lower.slice(0, 256)));
  const advice = meant === undefined ? 'springline sync rules list shows what there is' : `did you mean “${meant}”?`;
  throw new CommandError(`there is no rule “${oneLine(name)}”; ${advice}`);
}

function isAsked(rule: SyncRule, words: ListWords): boolean {
  const { direction, type, connectorKind, attribute, standard, custom } = words;
  return (
    (direction === undefined || rule.direction === direction) &&
    (type === undefined || [rule.sourceObjectType, rule.targetObjectType].some((each) => isAlike(each, type))) &&
    (connectorKind === undefined || rule.connectorKind === connectorKind) &&
    (attribute === undefined || attributesOf(rule).some((each) => isAlike(each, attribute))) &&
    (standard !== true || rule.standard) &&
    (custom !== true || !rule.standard)
  );
}

function isAlike(name: string, asked: string): boolean {
  return name.toLowerCase() === asked.toLowerCase();
}

/** What the rule reads, writes and joins by. */
function attributesOf(rule: SyncRule): readonly string[] {
  const { values, imported, counted } = readsOfRule(rule);
  const joined = rule.join.flat().flatMap(({ csAttribute, mvAttribute }) => [csAttribute, mvAttribute]);
  return [...values, ...imported, ...counted, ...joined, ...rule.flows.map(({ target }) => target)];
}

function describeRules(rules: readonly SyncRule[]): string {
  const rows = rules.map((rule) => [
    `${rule.precedence}`,
    rule.direction,
    rule.connector === undefined ? rule.connectorKind : `${rule.connectorKind} ${rule.connector}`,
    `${rule.sourceObjectType} -> ${rule.targetObjectType}`,
    rule.linkType,
    `${rule.flows.length}`,
    `${rule.standard ? 'standard' : 'own'}${rule.disabled ? ', off' : ''}`,
    rule.name,
  ]);
  return table([['PRECEDENCE', 'DIRECTION', 'CONNECTOR', 'TYPES', 'LINK', 'FLOWS', 'ORIGIN', 'NAME'], ...rows]);
}

function describeRule(rule: SyncRule): string {
  const fields: [string, string | undefined][] = [
    ['name', rule.name],
    ['id', rule.id === rule.name ? undefined : rule.id],
    ['description', rule.description],
    ['origin', rule.standard ? `comes with the product${tagOf(rule)}` : 'your own'],
    ['state', rule.disabled ? 'switched off' : undefined],
    ['precedence', `${rule.precedence}`],
    ['direction', rule.direction],
    ['connector', `${rule.connector ?? 'every one'} of kind ${rule.connectorKind}`],
    ['requires', rule.requires],
    ['types', `${rule.sourceObjectType} -> ${rule.targetObjectType}`],
    ['link type', rule.linkType],
    ['passwords', rule.enablePasswordSync ? 'synchronised' : undefined],
    ['scope', scopeText(rule.scope)],
    ['join', joinText(rule.join)],
  ];
  const rows = fields.flatMap(([field, text]) => (text === undefined ? [] : [`${field.padEnd(12)}${table([[text]])}`]));
  if (rule.flows.length === 0) return rows.join('\n');
  const flows = rule.flows.map((flow) => [flow.target, flowText(flow)]);
  return [...rows, '', table([['TARGET', 'SOURCE'], ...flows])].join('\n');
}

function tagOf({ immutableTag }: SyncRule): string {
  return immutableTag === undefined ? '' : ` (${immutableTag})`;
}
