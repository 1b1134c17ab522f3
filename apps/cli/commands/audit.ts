/** `springline audit …`: who did what, and whether the trail was tampered with. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { auditEntry } from '@springline/api/shapes/person';
import { type ChainedEntry, chainStart, firstBrokenLink } from '@springline/control-plane/storage/platform/audit-chain';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, table } from '../output.ts';
import { type Common, type Place, placeOf } from './person.ts';

const pageSize = 500;

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('the audit trail: who did what, and when');
  homeCommand(audit, 'list', 'the newest entries, oldest of them first', ['audit list', 'audit list --limit 20 --json'])
    .option('--limit <count>', 'how many, at most 500', '50')
    .action(async ({ home, json, limit }: Common & { readonly limit: string }) => {
      const entries = await newest(placeOf(home), parseCount(limit));
      if (json === true) printJson({ entries });
      else print(describe(entries));
    });
  homeCommand(audit, 'export', 'the whole trail, one JSON object a line, for keeping elsewhere', [
    'audit export > audit.jsonl',
    'audit export --after 1200 | jq -r .action',
  ])
    .option('--after <sequence>', 'only what follows this number', '0')
    .action(async ({ home, after }: Common & { readonly after: string }) => {
      for await (const page of pages(placeOf(home), parseCount(after, Number.MAX_SAFE_INTEGER))) {
        for (const entry of page) printJson(entry);
      }
    });
  homeCommand(audit, 'verify', 'compute every link of the chain again, here; exit code 1 at a broken one', [
    'audit verify',
    'audit verify --json',
    'audit verify --file audit.jsonl',
  ])
    .option(
      '--file <file>',
      'check an exported trail, from its first entry on, instead of the one in the control plane',
    )
    .option('--tenant <id>', 'whose trail the file is; default: asked of the control plane')
    .action(async ({ home, json, file, tenant }: Common & { readonly file?: string; readonly tenant?: string }) => {
      const place = placeOf(home);
      const tenantId = tenant ?? (await callControlPlane(place, 'getSession')).tenant.id;
      const found = await verify(tenantId, file === undefined ? pages(place, 0) : pagesOfFile(file));
      if (json === true) printJson(found);
      else if (found.firstBroken === undefined)
        print(`${found.entries} entries, every link holds. Head: ${found.head}`);
      else print(`entry ${found.firstBroken} does not belong where it stands; ${found.entries} before it hold`);
      if (found.firstBroken !== undefined) process.exitCode = 1;
    });
}

interface Verified {
  readonly tenantId: string;
  /** Entries that hold, from the first on. */
  readonly entries: number;
  /** Hash of the last of them: written down elsewhere, it shows later whether the end was cut off. */
  readonly head: string;
  readonly firstBroken?: number;
}

async function verify(tenantId: string, trail: AsyncIterable<readonly ChainedEntry[]>): Promise<Verified> {
  let last = { sequence: 0, hash: chainStart(tenantId) };
  for await (const page of trail) {
    const firstBroken = firstBrokenLink(tenantId, page, last);
    if (firstBroken === undefined) {
      last = page.at(-1) ?? last;
      continue;
    }
    const at = page.findIndex(({ sequence }) => sequence === firstBroken);
    const before = page[at - 1] ?? last;
    return { tenantId, entries: before.sequence, head: before.hash, firstBroken };
  }
  return { tenantId, entries: last.sequence, head: last.hash };
}

/** The trail behind `after`, oldest first. Holds one page. */
async function* pages(place: Place, after: number): AsyncIterable<readonly ChainedEntry[]> {
  for (let from = after; ; ) {
    const { entries, more } = await callControlPlane(place, 'listAudit', undefined, {
      query: { after: from, limit: pageSize },
    });
    yield entries;
    const last = entries.at(-1)?.sequence ?? from;
    if (!more) return;
    // A trail whose numbers do not rise would be read for ever.
    if (last <= from) throw new CommandError(`the trail does not go on behind entry ${from}`);
    from = last;
  }
}

async function* pagesOfFile(path: string): AsyncIterable<readonly ChainedEntry[]> {
  const file = createReadStream(path, 'utf8');
  let number = 0;
  let page: ChainedEntry[] = [];
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      page.push(parseLine(line, `${path}:${number}`));
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`${path} cannot be read: ${(cause as Error).message}`, 1, { cause });
  }
  yield page;
}

function parseLine(line: string, where: string): ChainedEntry {
  try {
    return auditEntry.parse(JSON.parse(line));
  } catch (cause) {
    throw new CommandError(`${where} is no entry of an audit trail`, 1, { cause });
  }
}

async function newest(place: Place, limit: number): Promise<readonly ChainedEntry[]> {
  let kept: ChainedEntry[] = [];
  for await (const page of pages(place, 0)) kept = [...kept, ...page].slice(-limit);
  return kept;
}

function parseCount(text: string, most = pageSize): number {
  const count = Number(text);
  if (/^\d{1,16}$/.test(text) && count <= most && (most > pageSize || count > 0)) return count;
  throw new CommandError(`${JSON.stringify(text.slice(0, 20))} is no number that fits here`, 2);
}

function describe(entries: readonly ChainedEntry[]): string {
  const rows = entries.map(({ sequence, at, actor, action, subject, detail }) => [
    String(sequence),
    at,
    actor,
    action,
    subject,
    Object.entries(detail)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' '),
  ]);
  return table([['NUMBER', 'AT', 'WHO', 'DID', 'TO', 'DETAIL'], ...rows]);
}
