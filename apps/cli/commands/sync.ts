/** `springline sync …`: Connect Sync on this host. */

import { type RunStep, type SyncCycle, type SyncStatus, stepShape } from '@springline/api/shapes/agent';
import type { RunRecordView } from '@springline/api/shapes/sync';
import { type Command, Option } from 'commander';
import { callConnectSync } from '../agent-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';
import { callSync } from '../sync-call.ts';
import { changesOf } from '../up/watch.ts';
import { wholeNumber } from '../whole-number.ts';
import { registerObjects } from './sync-objects.ts';
import { registerPending } from './sync-pending.ts';
import { registerPreview, showPreview } from './sync-preview.ts';
import { registerSyncRead } from './sync-read.ts';
import { registerSyncRules } from './sync-rules.ts';
import { registerStaging } from './sync-staging.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

interface RunWords extends Common {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly profile?: RunStep['profile'];
  readonly connector?: string;
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
  homeCommand(sync, 'run', 'run a cycle now and wait for its end', [
    'sync run',
    'sync run --full',
    'sync run --dry-run',
    'sync run --profile "Full Import" --connector corp.example',
  ])
    .option('--full', 'read the cloud directory from the start and evaluate every object again')
    .option('--dry-run', 'say what the cycle would export, as springline sync preview; change nothing')
    .addOption(
      new Option('--profile <profile>', 'run only this profile, of one connector').choices(
        stepShape.shape.profile.options,
      ),
    )
    .option('--connector <name>', 'the connector whose profile is run; springline sync status names them')
    .action(async (words: RunWords) => {
      const { home, json, full, profile, connector } = words;
      if ((profile === undefined) !== (connector === undefined)) {
        throw new CommandError('--profile and --connector go together', 2);
      }
      if (full === true && profile !== undefined) throw new CommandError('choose one of --full and --profile', 2);
      if (words.dryRun === true && profile !== undefined)
        throw new CommandError('choose one of --dry-run and --profile', 2);
      if (words.dryRun === true) {
        await showPreview({ home, ...(json === true ? { json } : {}), ...(full === true ? { full } : {}) });
        return;
      }
      const status = (await callConnectSync(home, 'run', {
        full: full === true,
        ...(profile === undefined ? {} : { profile, connector }),
      })) as SyncStatus;
      if (json === true) printJson(status.lastCycle);
      else if (status.lastCycle !== undefined) print(describeCycle(status.lastCycle));
      if (status.lastCycle?.result !== 'success') process.exitCode = 1;
    });
  homeCommand(sync, 'history', 'the last cycles with their results', ['sync history --limit 50', 'sync history --json'])
    .option('--limit <count>', 'how many, 500 at most', wholeNumber, 20)
    .action(async ({ home, json, limit }: Common & { limit: number }) => {
      const cycles = await history(home, Math.min(limit, 500));
      if (json === true) printJson(cycles);
      else print(describeHistory(cycles));
    });
  registerObjects(sync);
  registerPending(sync);
  registerPreview(sync);
  registerSyncRead(sync);
  registerSyncRules(sync);
  registerStaging(sync);
}

/** Page by page, the latest first. */
async function history(home: string, limit: number): Promise<readonly RunRecordView[]> {
  const runs: RunRecordView[] = [];
  while (runs.length < limit) {
    const before = runs.at(-1)?.number;
    const page = await callSync(home, 'history', {
      limit: Math.min(200, limit - runs.length),
      ...(before === undefined ? {} : { before }),
    });
    if (page.length === 0) break;
    runs.push(...page);
  }
  return runs;
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

function describeHistory(cycles: readonly RunRecordView[]): string {
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
