/** `springline sync preview …`: what a run would export, before it does; plans compared; one object done now. */
import { writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { PreviewView, RunRecordView } from '@springline/api/shapes/sync';
import { diffPlans, type PlanDifference } from '@springline/connect-sync/preview/diff';
import { planCsvHeading, planCsvLines } from '@springline/connect-sync/preview/plan-csv';
import { planHtml } from '@springline/connect-sync/preview/plan-html';
import type { Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { nestedWords } from '../nested-words.ts';
import { requireNewFile } from '../new-file.ts';
import { CommandError, oneLine, print, printJson, table } from '../output.ts';
import { callSync } from '../sync-call.ts';
import { ruleFilesIn } from '../sync-rules/rule-files.ts';
import { describeChanges } from './sync-pending.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}
interface PreviewWords extends Common {
  readonly object?: string;
  readonly rules?: string;
  readonly full?: boolean;
  readonly export?: string;
}

/** A plan with all its pages. */
type Plan = Pick<PreviewView, 'plan' | 'totals' | 'items' | 'joins' | 'errors'>;

const pageLimit = 200;
/** What is shown to people; everything is in the file of `--export` and in `--json`. */
const shownChanges = 50;
const formats = ['.csv', '.json', '.html'];

/** Makes a plan of what the next run would export, and shows it. */
export async function showPreview({ home, json, ...words }: PreviewWords): Promise<void> {
  if (words.export !== undefined) checkExport(words.export);
  const rules = words.rules === undefined ? undefined : rulesIn(words.rules);
  const first = await callSync(home, 'preview', {
    mode: words.full === true ? 'full' : 'delta',
    limit: pageLimit,
    ...(words.object === undefined ? {} : { object: words.object }),
    ...(rules === undefined ? {} : { rules }),
  });
  await showPlan(home, await wholePlan(home, first), json, words.export);
}

export function registerPreview(sync: Command): void {
  const preview = homeCommand(
    sync,
    'preview',
    'what the next run would export, with these or other rules; changes nothing',
    [
      'sync preview',
      'sync preview --rules ./my-rules --export plan.html',
      'sync preview --object "CN=Ada Okonkwo,OU=Staff,DC=contoso,DC=example" --full',
      'sync preview diff 20260101120000-1a2b3c4d 20260101121500-5e6f7a8b',
    ],
  )
    .option('--object <object>', 'only this object: DN, anchor, sourceAnchor or id')
    .option('--rules <path>', 'rule file or folder, tried in place of the own rules of this host')
    .option('--full', 'evaluate every object again')
    .option('--export <file>', 'write the whole plan; the name ends in .csv, .json or .html')
    .action(showPreview);
  homeCommand(preview, 'show', 'a plan that was made before; the last five are kept', [
    'sync preview show 20260101120000-1a2b3c4d',
    'sync preview show 20260101120000-1a2b3c4d --export plan.csv',
  ])
    .argument('<plan>', 'its name')
    .option('--export <file>', 'write the whole plan; the name ends in .csv, .json or .html')
    .action(async (plan: string, _: PreviewWords, command: Command) => {
      const words = nestedWords<PreviewWords>(command);
      if (words.export !== undefined) checkExport(words.export);
      await showPlan(words.home, await planNamed(words.home, plan), words.json, words.export);
    });
  homeCommand(preview, 'diff', 'what differs between two plans; exit code 1 when something does', [
    'sync preview diff 20260101120000-1a2b3c4d 20260101121500-5e6f7a8b',
  ])
    .argument('<first>', 'name of a plan')
    .argument('<second>', 'the other one')
    .action(async (first: string, second: string, _: Common, command: Command) => {
      const { home, json } = nestedWords<Common>(command);
      const [before, after] = [await planNamed(home, first), await planNamed(home, second)];
      const differences = diffPlans(before.items, after.items);
      if (json === true) printJson(differences);
      else print(differences.length === 0 ? 'the plans say the same' : differences.map(describeDifference).join('\n'));
      if (differences.length > 0) process.exitCode = 1;
    });
  homeCommand(preview, 'commit', 'read, synchronise and export one object now; everything else waits for its run', [
    'sync preview commit "CN=Ada Okonkwo,OU=Staff,DC=contoso,DC=example"',
    'sync preview commit i7Lm0aQfT0mCq8T2Jt3uVg== --dry-run',
  ])
    .argument('<object>', 'DN, anchor, sourceAnchor or id')
    .option('--dry-run', 'say what would be exported for it as it was last imported, change nothing')
    .action(async (object: string, _: Common, command: Command) => {
      const { home, json, dryRun } = nestedWords<Common & { dryRun?: boolean }>(command);
      if (dryRun === true) {
        await showPlan(home, await wholePlan(home, await callSync(home, 'preview', { object })), json, undefined);
        return;
      }
      const record = await callSync(home, 'preview.commit', { object });
      if (json === true) printJson(record);
      else print(describeRun(record));
      if (record.result !== 'success') process.exitCode = 1;
    });
}

function checkExport(file: string): void {
  if (!formats.includes(extname(file).toLowerCase())) {
    throw new CommandError(`--export: the name must end in one of ${formats.join(', ')}`, 2);
  }
  requireNewFile(file, '--export');
}

function rulesIn(path: string): { name: string; text: string }[] {
  const files = ruleFilesIn(path).map(({ name, text }) => ({ name: basename(name), text }));
  if (files.length > 50 || files.some(({ text }) => text.length > 256 * 1024)) {
    throw new CommandError(`${path}: a preview takes 50 rule files of 256 KiB each at most`, 2);
  }
  return files;
}

function planNamed(home: string, plan: string): Promise<Plan> {
  return callSync(home, 'preview.get', { plan, limit: pageLimit }).then((first) => wholePlan(home, first));
}

async function wholePlan(home: string, first: PreviewView): Promise<Plan> {
  const { plan, totals } = first;
  const [items, joins, errors] = [[...first.items], [...first.joins], [...first.errors]];
  for (let after = first.next; after !== undefined; ) {
    const page = await callSync(home, 'preview.get', { plan, limit: pageLimit, after });
    items.push(...page.items);
    joins.push(...page.joins);
    errors.push(...page.errors);
    after = page.next;
  }
  return { plan, totals, items, joins, errors };
}

async function showPlan(_home: string, plan: Plan, json: boolean | undefined, file: string | undefined): Promise<void> {
  if (file !== undefined)
    writeFileSync(file, formatted(plan, extname(file).toLowerCase()), { mode: 0o600, flag: 'wx' });
  if (json === true) printJson(plan);
  else print(describePlan(plan, file));
  if (plan.errors.length > 0) process.exitCode = 1;
}

function formatted(plan: Plan, format: string): string {
  if (format === '.json') return `${JSON.stringify(plan, null, 2)}\n`;
  if (format === '.html') return [...planHtml(plan)].join('');
  return `${planCsvHeading()}${plan.items.map(planCsvLines).join('')}`;
}

function describePlan({ plan, totals, items, joins, errors }: Plan, file: string | undefined): string {
  const lines = [`plan ${plan}: ${totals.add} to add, ${totals.update} to update, ${totals.delete} to delete`];
  if (items.length > 0) {
    const shown = items.slice(0, shownChanges);
    lines.push('', ...shown.map((item) => describeChanges([item], 1)));
    if (items.length > shown.length) {
      lines.push(`… ${items.length - shown.length} more: springline sync preview show ${plan} --export plan.html`);
    }
  }
  if (joins.length > 0) {
    const rows = joins
      .slice(0, shownChanges)
      .map((join) => [join.action, join.connector, join.dn, join.metaverseObject, join.rule]);
    lines.push('', table([['LINK', 'CONNECTOR', 'OBJECT', 'METAVERSE OBJECT', 'RULE'], ...rows]));
    if (joins.length > rows.length) lines.push(`… ${joins.length - rows.length} more`);
  }
  if (errors.length > 0) {
    const rows = errors
      .slice(0, shownChanges)
      .map(({ object, code, message, rule }) => [object, code, rule ?? '', message]);
    lines.push('', table([['FAILS', 'CODE', 'RULE', 'MESSAGE'], ...rows]));
    if (errors.length > rows.length) lines.push(`… ${errors.length - rows.length} more`);
  }
  if (file !== undefined) lines.push('', `written to ${file}`);
  return lines.join('\n');
}

function describeDifference(difference: PlanDifference): string {
  if (difference.kind === 'different') {
    const { first, second } = difference;
    return `different: ${first.operation} ${first.objectType} ${oneLine(first.name)} (${first.sourceAnchor})\n${[
      ...[...new Set([...first.attributes, ...second.attributes].map(({ name }) => name))].flatMap((name) => {
        const [one, other] = [first, second].map(({ attributes }) => {
          const found = attributes.find((each) => each.name === name);
          return found === undefined ? '(unchanged)' : found.new.map(oneLine).join(' | ') || '(none)';
        });
        return one === other ? [] : [`  ${name}: ${one} / ${other}`];
      }),
      ...(first.operation === second.operation ? [] : [`  operation: ${first.operation} / ${second.operation}`]),
    ].join('\n')}`;
  }
  const { operation, objectType, name, sourceAnchor } = difference.change;
  const side = difference.kind === 'only-first' ? 'first' : 'second';
  return `only in the ${side}: ${operation} ${objectType} ${oneLine(name)} (${sourceAnchor})`;
}

function describeRun({ number, result, steps }: RunRecordView): string {
  const rows = steps.map((step) => [
    step.connector,
    step.profile,
    step.result,
    Object.entries(step.counters)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    step.detail ?? '',
  ]);
  return [`run ${number}: ${result}`, table([['CONNECTOR', 'PROFILE', 'RESULT', 'COUNTERS', 'DETAIL'], ...rows])].join(
    '\n',
  );
}
