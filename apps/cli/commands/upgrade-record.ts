/** `springline upgrade record`: servers without an agent, stated by a list, so that minimum versions count them. */
import type { RecordedServer, RecordedServersChanged } from '@springline/api/shapes/recorded-server';
import { CheckServersError } from '@springline/auto-upgrade/history/check-servers-error';
import { listLimits, parseServersToRecord, type ServerToRecord } from '@springline/auto-upgrade/history/server-list';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, dim, print, printJson, table } from '../output.ts';
import { textOf } from '../text-file.ts';
import { partsOf } from '../upgrade/recorded-parts.ts';
import { type Changing, placeOf } from './person.ts';

interface RecordWords extends Changing {
  readonly list?: boolean;
}

const pageSize = 1_000;
const shownChanges = 100;

export function registerUpgradeRecord(upgrade: Command): void {
  homeCommand(
    upgrade,
    'record',
    'record servers that have no agent, so that upgrade minimums counts them; the list replaces the one before',
    [
      'upgrade record servers.csv --dry-run',
      'upgrade record servers.csv',
      'upgrade record --list',
      'upgrade record --list --json | jq ".servers[] | {hostName, owner}"',
    ],
  )
    .argument('[file]', 'CSV as for upgrade check, with the further columns result, owner and moved to')
    .option('--list', 'show what is recorded')
    .option('--dry-run', 'say what would change, change nothing')
    .action(async (file: string | undefined, words: RecordWords) => {
      if ((file === undefined) === (words.list !== true)) {
        throw new CommandError('name a list of servers to record, or --list to see what is recorded', 2);
      }
      await (file === undefined ? list(words) : record(file, words));
    });
}

async function record(file: string, { home, json, dryRun }: RecordWords): Promise<void> {
  const answers: RecordedServersChanged[] = [];
  for (const { part, servers } of partsOf(serversIn(file))) {
    const body = { servers, part, dryRun: dryRun === true };
    answers.push(await callControlPlane(placeOf(home), 'putRecordedServers', body));
  }
  const answer = together(answers);
  if (json === true) printJson(answer);
  else print(describeChange(answer));
}

function together(answers: readonly RecordedServersChanged[]): RecordedServersChanged {
  return answers.reduce((all, part) => ({
    total: all.total + part.total,
    added: all.added + part.added,
    changed: all.changed + part.changed,
    removed: all.removed + part.removed,
    unchanged: all.unchanged + part.unchanged,
    changes: [...all.changes, ...part.changes].slice(0, shownChanges),
    dryRun: part.dryRun,
  }));
}

/** @throws {CommandError} with row and column of the first thing that is wrong. */
function serversIn(file: string): readonly RecordedServer[] {
  try {
    return parseServersToRecord(textOf(file, listLimits.sizeBytes)).map(recordedServer);
  } catch (error) {
    if (error instanceof CheckServersError) throw new CommandError(`${file}: ${error.message}`, 1, { cause: error });
    throw error;
  }
}

/** What a list does not say of a server is what most servers are. */
function recordedServer(listed: ServerToRecord): RecordedServer {
  const { server, component, version, state, channel, lastSeenAt, lastResult, owner, movedTo } = listed;
  return {
    ...{ hostName: server, component, version, state: state ?? 'Enabled', channel: channel ?? 'HUS' },
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: new Date(lastSeenAt).toISOString() }),
    ...(lastResult === undefined ? {} : { lastResult }),
    ...(owner === undefined ? {} : { owner }),
    ...(movedTo === undefined ? {} : { movedTo }),
  };
}

const signs = { added: '+', changed: '~', removed: '-' } as const;

function describeChange({
  total,
  added,
  changed,
  removed,
  unchanged,
  changes,
  dryRun,
}: RecordedServersChanged): string {
  const lines = changes.map(({ kind, hostName, component, what }) => [signs[kind], hostName, component, what]);
  const more = added + changed + removed - changes.length;
  const counts = `${added} added, ${changed} changed, ${removed} removed, ${unchanged} as before`;
  return [
    ...(lines.length === 0 ? [] : [table([['', 'SERVER', 'COMPONENT', 'CHANGE'], ...lines])]),
    ...(more > 0 ? [dim(`and ${more} more`)] : []),
    `${dryRun ? 'would record' : 'recorded'} ${total === 1 ? '1 server' : `${total} servers`}: ${counts}`,
  ].join('\n');
}

async function list({ home, json }: RecordWords): Promise<void> {
  const place = placeOf(home);
  const servers: RecordedServer[] = [];
  for (let after: string | undefined; ; ) {
    const query = { limit: pageSize, ...(after === undefined ? {} : { after }) };
    const page = await callControlPlane(place, 'listRecordedServers', undefined, { query });
    servers.push(...page.servers);
    // A list that grows while it is read ends all the same.
    if (page.next === undefined || servers.length >= listLimits.rows) break;
    after = page.next;
  }
  if (json === true) printJson({ servers });
  else print(describeList(servers));
}

const heading = ['SERVER', 'COMPONENT', 'VERSION', 'STATE', 'CHANNEL', 'LAST SEEN', 'RESULT', 'OWNER', 'MOVED TO'];

function describeList(servers: readonly RecordedServer[]): string {
  if (servers.length === 0) return 'no server is recorded';
  const rows = servers.map((server) => {
    const { hostName, component, version, state, channel, lastSeenAt, lastResult, owner, movedTo } = server;
    const known = [lastSeenAt?.slice(0, 10), lastResult, owner, movedTo].map((text) => text ?? '');
    return [hostName, component, version, state, channel, ...known];
  });
  return table([heading, ...rows]);
}
