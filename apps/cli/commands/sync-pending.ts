/** `springline sync pending`, `approve`, `reject`, `deletes`: what waits for its export, and what waits for a person. */
import type { HeldDeleteView, SyncAnswer } from '@springline/api/shapes/sync';
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { planCsvHeading, planCsvLines } from '@springline/connect-sync/preview/plan-csv';
import { type Command, Option } from 'commander';
import { approveInCloud } from '../deletion-approval.ts';
import { homeCommand } from '../home-command.ts';
import { nestedWords } from '../nested-words.ts';
import { CommandError, oneLine, print, printJson, table } from '../output.ts';
import { callSync } from '../sync-call.ts';
import { wholeNumber } from '../whole-number.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}
interface PendingWords extends Common {
  readonly connector?: string;
  readonly kind?: PendingExportView['operation'];
  readonly limit: number;
  readonly csv?: boolean;
}

const pageLimit = 200;

export function registerPending(sync: Command): void {
  homeCommand(sync, 'pending', 'what waits to be exported: each object with what changes, and the rules that want it', [
    'sync pending',
    'sync pending --kind delete',
    'sync pending --limit 100000 --csv > pending.csv',
  ])
    .option('--connector <name>', 'only of this connector')
    .addOption(new Option('--kind <kind>', 'only these operations').choices(['add', 'update', 'delete']))
    .option('--limit <count>', 'how many objects', wholeNumber, 50)
    .option('--csv', 'as CSV, one line for each attribute')
    .action(showPending);
  registerDecisions(sync, '');
  const deletes = homeCommand(sync, 'deletes', 'deletes that the delete guard holds until a person decides', [
    'sync deletes',
    'sync deletes approve --dry-run',
    'sync deletes reject',
  ]).action(async ({ home, json }: Common) => {
    const { list, held } = await allHeld(home);
    if (json === true) printJson({ list, held });
    else
      print(
        held.length === 0
          ? describeHeld(held)
          : `${describeHeld(held)}\n\napprove or reject just these: springline sync approve --list ${list}`,
      );
  });
  registerDecisions(deletes, 'deletes ');
}

async function showPending({ home, json, csv, connector, kind, limit }: PendingWords): Promise<void> {
  if (json === true && csv === true) throw new CommandError('choose one of --json and --csv', 2);
  const items: PendingExportView[] = [];
  let total = 0;
  if (csv === true) process.stdout.write(planCsvHeading());
  for (let after: string | undefined; ; ) {
    const page = await callSync(home, 'pending', {
      ...(connector === undefined ? {} : { connector }),
      ...(kind === undefined ? {} : { kind }),
      ...(after === undefined ? {} : { after }),
      limit: Math.min(pageLimit, limit - items.length),
    });
    total = page.total;
    items.push(...page.items);
    if (csv === true) for (const item of page.items) process.stdout.write(planCsvLines(item));
    after = page.next;
    if (after === undefined || items.length >= limit) break;
  }
  if (csv === true) return;
  if (json === true) printJson({ total, items });
  else print(items.length === 0 ? 'nothing waits to be exported' : describeChanges(items, total));
}

/** Changes object by object, each with its lines. */
export function describeChanges(items: readonly PendingExportView[], total: number): string {
  const rest = total > items.length ? [`… ${total - items.length} more; see them all: --limit ${total}`] : [];
  return [...items.map(describeChange), ...rest].join('\n');
}

function describeChange({
  operation,
  objectType,
  name,
  sourceAnchor,
  held,
  attributes,
  references,
  why,
}: PendingExportView): string {
  const lines = [
    `${operation} ${objectType} ${oneLine(name)} (${oneLine(sourceAnchor)})${held ? '  held by the delete guard' : ''}`,
  ];
  for (const { name: attribute, old, new: wanted, oldCount, newCount } of attributes) {
    const before = words(old, oldCount);
    const after = words(wanted, newCount);
    lines.push(
      operation === 'add'
        ? `  ${attribute}: ${after}`
        : `  ${attribute}: ${before || '(none)'} -> ${after || '(none)'}`,
    );
  }
  for (const { attribute, added, removed, addedCount, removedCount } of references) {
    if (addedCount > 0) lines.push(`  ${attribute} +${addedCount}: ${words(added, addedCount)}`);
    if (removedCount > 0) lines.push(`  ${attribute} -${removedCount}: ${words(removed, removedCount)}`);
  }
  if (why.length > 0) lines.push(`  by ${why.map(oneLine).join('; ')}`);
  return lines.join('\n');
}

const shownValues = 10;

function words(values: readonly string[], count = values.length): string {
  const shown = values.slice(0, shownValues).map((value) => oneLine(value).slice(0, 200));
  return count > shown.length ? `${shown.join(' | ')} | … ${count - shown.length} more` : shown.join(' | ');
}

const decisions = {
  approve: 'carry the held deletes out',
  reject: 'never send the held deletes: the objects stay in the cloud directory',
} as const;

/** @param prefix the words before the decision. */
function registerDecisions(parent: Command, prefix: string): void {
  for (const [decision, summary] of Object.entries(decisions) as ['approve' | 'reject', string][]) {
    homeCommand(parent, decision, summary, [`sync ${prefix}${decision}`, `sync ${prefix}${decision} --dry-run`])
      .option('--list <name>', 'decide only if still just this list is held; `sync deletes` names it')
      .option('--dry-run', 'say what would be decided on, change nothing')
      .action(async (_: Common, command: Command) => {
        // The parent command takes the same options, and commander gives each to the first that knows it.
        const { home, json, dryRun, list } = nestedWords<Common & { dryRun?: boolean; list?: string }>(command);
        const now = await allHeld(home);
        const { held } = now;
        if (held.length === 0) throw new CommandError('the delete guard holds nothing');
        if (dryRun !== true) {
          const objects = held.filter(({ kind }) => kind === 'object').length;
          if (decision === 'approve') await approveInCloud(home, objects);
          await callSync(home, `deletes.${decision}`, { list: list ?? now.list });
        }
        if (json === true) printJson({ decision, dryRun: dryRun === true, held });
        else print(`${dryRun === true ? `would ${decision}` : past[decision]}:\n${describeHeld(held)}`);
      });
  }
}

const past = { approve: 'approved', reject: 'rejected' } as const;

/** Everything that is held. A list that changes between two of its pages is read again. */
async function allHeld(home: string): Promise<{ readonly list: string; readonly held: readonly HeldDeleteView[] }> {
  const held: HeldDeleteView[] = [];
  let list: string | undefined;
  for (let after: string | undefined; ; ) {
    const page: SyncAnswer<'deletes.list'> = await callSync(home, 'deletes.list', {
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    if (list !== undefined && page.list !== list) {
      held.length = 0;
      list = undefined;
      after = undefined;
      continue;
    }
    list = page.list;
    held.push(...page.held);
    after = page.next;
    if (after === undefined) return { list, held };
  }
}

function heldAct({ kind, objectType, removedMembers, cleared = [] }: HeldDeleteView): string {
  if (kind === 'values') return `clear ${cleared.join(', ')}`;
  return kind === 'object' ? `delete ${objectType}` : `remove ${removedMembers} members`;
}

function describeHeld(held: readonly HeldDeleteView[]): string {
  if (held.length === 0) return 'the delete guard holds nothing';
  const rows = held.map((each) => [heldAct(each), each.name, each.sourceAnchor]);
  return table([['WHAT', 'NAME', 'SOURCE ANCHOR'], ...rows]);
}
