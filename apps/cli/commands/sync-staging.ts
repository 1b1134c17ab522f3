/** `springline sync staging …`: whether this server exports, who does, and taking over or giving back. */
import type { SyncStatus } from '@springline/api/shapes/agent';
import type { StagingView } from '@springline/api/shapes/sync';
import type { Command } from 'commander';
import { type TakeoverReadiness, takeoverReadiness } from '../agent/takeover-readiness.ts';
import { callConnectSync } from '../agent-client.ts';
import { homeCommand } from '../home-command.ts';
import { oneLine, print, printJson, relativeTime } from '../output.ts';
import { callSync } from '../sync-call.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function registerStaging(sync: Command): void {
  const staging = homeCommand(
    sync,
    'staging',
    'whether this server exports, who does, and if this one could take over',
    ['sync staging', 'sync staging --json', 'sync staging promote --dry-run', 'sync staging demote'],
  ).action(async ({ home, json }: Words) => {
    const view = await stagingOf(home);
    if (json === true) printJson(view);
    else print(describe(view));
  });
  homeCommand(staging, 'promote', 'let this server export from now on; refused while another one does', [
    'sync staging promote --dry-run',
    'sync staging promote',
    'sync staging promote --force --home /var/lib/springline',
  ])
    .option('--force', 'also while another server exports: whatever that one still sends is refused')
    .option('--dry-run', 'say who exports now and what would be exported, change nothing')
    .action(async (_: Words, command: Command) => {
      const { home, json, dryRun, force } = wordsOf(command);
      const before = await stagingOf(home);
      if (dryRun === true)
        return tell(json, { ...before, dryRun: true }, `would promote this server\n${describe(before)}`);
      await callSync(home, 'staging.promote', force === true ? { force } : {});
      const after = await stagingOf(home);
      tell(json, after, describe(after));
    });
  homeCommand(staging, 'demote', 'let this server export nothing from now on, so that another one may', [
    'sync staging demote --dry-run',
    'sync staging demote',
  ])
    .option('--dry-run', 'say who exports now, change nothing')
    .action(async (_: Words, command: Command) => {
      const { home, json, dryRun } = wordsOf(command);
      if (dryRun === true) {
        const before = await stagingOf(home);
        return tell(json, { ...before, dryRun: true }, `would demote this server\n${describe(before)}`);
      }
      await callSync(home, 'staging.demote', {});
      const after = await stagingOf(home);
      tell(json, after, describe(after));
    });
}

/** The parent command takes `--home` and `--json` too, before the word of the command itself. */
function wordsOf(command: Command): Words {
  const { parent } = command;
  const isOwn = command.getOptionValueSource('home') !== 'default' || parent === null;
  const { home, json } = parent?.opts<Words>() ?? {};
  return { ...command.opts<Words>(), ...(isOwn ? {} : { home }), ...(json === true ? { json } : {}) } as Words;
}

/** What the server says, and whether it could take over. @throws {CommandError} when it does not answer. */
async function stagingOf(home: string): Promise<StagingView & { readonly readiness: TakeoverReadiness }> {
  const view = await callSync(home, 'staging', {});
  return { ...view, readiness: view.readiness ?? (await readinessOf(home)) };
}

/** @throws {CommandError} when the server does not answer. */
async function readinessOf(home: string): Promise<TakeoverReadiness> {
  const status = (await callConnectSync(home, 'status')) as SyncStatus;
  const { connectors } = await callSync(home, 'connectors', {});
  const count = async (kind: 'add' | 'update' | 'delete'): Promise<number> =>
    (await callSync(home, 'pending', { kind, limit: 1 })).total;
  const pending = { add: await count('add'), update: await count('update'), delete: await count('delete') };
  return takeoverReadiness({ status, connectors, pending });
}

function tell(json: boolean | undefined, answer: object, words: string): void {
  if (json === true) printJson(answer);
  else print(words);
}

function describe({ staging, lease, readiness }: StagingView & { readonly readiness: TakeoverReadiness }): string {
  const { add, update, delete: deletes } = readiness.pending ?? { add: 0, update: 0, delete: 0 };
  return [
    `this server    ${staging ? 'is staging: it imports and synchronises, and exports nothing' : 'exports'}`,
    `exporting      ${lease === null ? 'nobody now' : `${oneLine(lease.holder)} (${oneLine(lease.agent)}), since ${relativeTime(lease.since)}`}`,
    `last import    ${relativeTime(readiness.lastImportAt)}`,
    `would export   ${add} adds, ${update} updates, ${deletes} deletes${add + update + deletes === 0 ? '' : '  look: springline sync pending'}`,
    `ready          ${readiness.ready ? 'yes' : 'no'}`,
    ...readiness.reasons.map(({ code, message }) => `  ${code}: ${oneLine(message)}`),
  ].join('\n');
}
