/** `springline sync …`: Connect Sync on this host. */

import type { SyncCycle, SyncStatus } from '@springline/api/shapes/agent';
import { type Command, InvalidArgumentError } from 'commander';
import { callConnectSync } from '../agent-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';
import { changesOf } from '../up/watch.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

export function registerSync(program: Command): void {
  const sync = program.command('sync').description('Connect Sync on this host');
  homeCommand(sync, 'status', 'what is in step, what is pending, what failed', [
    'sync status',
    'sync status --json',
  ]).action(async ({ home, json }: Common) => {
    const status = (await callConnectSync(home, 'status')) as SyncStatus;
    if (json === true) printJson(status);
    else print(describeStatus(status));
  });
  homeCommand(sync, 'run', 'run a cycle now and wait for its end', ['sync run', 'sync run --full'])
    .option('--full', 'read the cloud directory from the start and evaluate every object again')
    .action(async ({ home, json, full }: Common & { full?: boolean }) => {
      const status = (await callConnectSync(home, 'run', { full: full === true })) as SyncStatus;
      if (json === true) printJson(status.lastCycle);
      else if (status.lastCycle !== undefined) print(describeCycle(status.lastCycle));
      if (status.lastCycle?.result !== 'success') process.exitCode = 1;
    });
  homeCommand(sync, 'history', 'the last cycles with their results', ['sync history --limit 50', 'sync history --json'])
    .option('--limit <count>', 'how many, 500 at most', wholeNumber, 20)
    .action(async ({ home, json, limit }: Common & { limit: number }) => {
      const cycles = (await callConnectSync(home, 'history', { limit })) as SyncCycle[];
      if (json === true) printJson(cycles);
      else print(describeHistory(cycles));
    });
  homeCommand(sync, 'search', 'objects by any text in their attributes, with where each value comes from', [
    'sync search "ada okonkwo"',
    'sync search ada.okonkwo@contoso.example --json',
  ])
    .argument('<text>', 'a part of a name, address or anchor')
    .option('--limit <count>', 'how many, 100 at most', wholeNumber, 20)
    .action(async (text: string, { home, json, limit }: Common & { limit: number }) => {
      const objects = (await callConnectSync(home, 'search', { text, limit })) as FoundObject[];
      if (json === true) printJson(objects);
      else print(objects.length === 0 ? `nothing holds ${text}` : objects.map(describeObject).join('\n\n'));
      if (objects.length === 0) process.exitCode = 1;
    });
  registerDeletes(sync);
}

function registerDeletes(sync: Command): void {
  const deletes = homeCommand(sync, 'deletes', 'deletes that the delete guard holds until a person decides', [
    'sync deletes',
    'sync deletes approve --dry-run',
    'sync deletes reject',
  ]).action(async ({ home, json }: Common) => {
    const { list, held } = (await callConnectSync(home, 'deletes.list')) as HeldList;
    if (json === true) printJson({ list, held });
    else
      print(
        held.length === 0
          ? describeHeld(held)
          : `${describeHeld(held)}\n\napprove or reject just these: springline sync deletes approve --list ${list}`,
      );
  });
  const decisions = {
    approve: 'carry the held deletes out',
    reject: 'never send the held deletes: the objects stay in the cloud directory',
  };
  for (const [decision, summary] of Object.entries(decisions)) {
    homeCommand(deletes, decision, summary, [`sync deletes ${decision}`, `sync deletes ${decision} --dry-run`])
      .option('--list <name>', 'decide only if still just this list is held; `sync deletes` names it')
      .option('--dry-run', 'say what would be decided on, change nothing')
      .action(async (_: Common, words: Command) => {
        // The parent command takes the same options, and commander gives each to the first that knows it.
        const { home, json, dryRun, list } = words.optsWithGlobals<Common & { dryRun?: boolean; list?: string }>();
        const now = (await callConnectSync(home, 'deletes.list')) as HeldList;
        const { held } = now;
        if (held.length === 0) throw new CommandError('the delete guard holds nothing');
        if (dryRun !== true) await callConnectSync(home, `deletes.${decision}`, { list: list ?? now.list });
        if (json === true) printJson({ decision, dryRun: dryRun === true, held });
        else
          print(
            `${dryRun === true ? `would ${decision}` : `${decision}ed`.replace('eed', 'ed')}:\n${describeHeld(held)}`,
          );
      });
  }
}

interface FoundObject {
  readonly id: string;
  readonly type: string;
  readonly attributes: readonly { name: string; values: readonly string[]; rule: string; from: string }[];
  readonly links: readonly {
    connector: string;
    dn: string;
    link: string | null;
    pendingExport: string;
    error?: { code: string };
  }[];
}

interface HeldList {
  readonly list: string;
  readonly held: readonly HeldDelete[];
}

interface HeldDelete {
  readonly kind: 'object' | 'members';
  readonly objectType: string;
  readonly name: string;
  readonly sourceAnchor: string;
  readonly removedMembers?: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

function describeStatus(status: SyncStatus): string {
  const { objects, lastCycle } = status;
  const lines = [
    `source           ${status.source}`,
    `in the cloud     ${objects.users} users, ${objects.groups} groups, ${objects.contacts} contacts`,
    `last cycle       ${lastCycle === undefined ? 'none yet' : `${relativeTime(lastCycle.endedAt)}, ${lastCycle.result}`}`,
    `next cycle       ${status.cycleInProgress ? 'runs now' : relativeTime(status.nextCycleAt)}`,
    `last change      ${relativeTime(status.lastChangeAt)}`,
    `pending exports  ${status.pendingExports}`,
    `held deletes     ${status.heldDeletes}${status.heldDeletes > 0 ? '  look: springline sync deletes' : ''}`,
    `errors           ${status.errorCount}`,
  ];
  const detail = lastCycle?.steps.find((step) => step.detail !== undefined)?.detail;
  if (detail !== undefined) lines.push('', detail);
  if (status.errors.length > 0) {
    const rows = status.errors.map(({ displayName, code, message, retryCount }) => [
      displayName,
      code,
      `${retryCount}`,
      message,
    ]);
    lines.push('', table([['OBJECT', 'ERROR', 'RETRIES', 'MESSAGE'], ...rows]));
  }
  return lines.join('\n');
}

function describeCycle(cycle: SyncCycle): string {
  const rows = cycle.steps.map((step) => [
    step.connector,
    step.profile,
    step.result,
    Object.entries(step.counters)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  ]);
  const details = cycle.steps.flatMap(({ detail }) => (detail === undefined ? [] : ['', detail]));
  return [
    `cycle ${cycle.number}: ${cycle.result}`,
    table([['CONNECTOR', 'PROFILE', 'RESULT', 'COUNTERS'], ...rows]),
    ...details,
  ].join('\n');
}

function describeHistory(cycles: readonly SyncCycle[]): string {
  const rows = cycles.map((cycle) => [
    String(cycle.number),
    cycle.startedAt,
    cycle.endedAt === undefined
      ? ''
      : `${((Date.parse(cycle.endedAt) - Date.parse(cycle.startedAt)) / 1000).toFixed(1)} s`,
    cycle.result,
    changesOf(cycle),
  ]);
  return table([['CYCLE', 'STARTED (UTC)', 'TIME', 'RESULT', 'EXPORTED'], ...rows]);
}

function describeObject(object: FoundObject): string {
  const rows = object.attributes.map(({ name, values, rule }) => [name, values.join(' | '), rule]);
  const links = object.links.map(({ connector, dn, link, pendingExport, error }) => [
    connector,
    link ?? '',
    pendingExport === 'none' ? '' : `pending ${pendingExport}`,
    error?.code ?? '',
    dn,
  ]);
  return [
    `${object.type} ${object.id}`,
    table([['ATTRIBUTE', 'VALUE', 'RULE'], ...rows]),
    '',
    table([['CONNECTOR', 'LINK', 'EXPORT', 'ERROR', 'DN'], ...links]),
  ].join('\n');
}

function describeHeld(held: readonly HeldDelete[]): string {
  if (held.length === 0) return 'the delete guard holds nothing';
  const rows = held.map(({ kind, objectType, name, sourceAnchor, removedMembers }) => [
    kind === 'object' ? `delete ${objectType}` : `remove ${removedMembers} members`,
    name,
    sourceAnchor,
  ]);
  return table([['WHAT', 'NAME', 'SOURCE ANCHOR'], ...rows]);
}
