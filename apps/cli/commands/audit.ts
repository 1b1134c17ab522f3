/** `springline audit …`: who did what, and whether the trail was tampered with. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { auditEntry } from '@springline/api/shapes/person';
import { type ChainedEntry, chainStart, firstBrokenLink } from '@springline/control-plane/storage/platform/audit-chain';
import type { Command } from 'commander';
import { z } from 'zod';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, table } from '../output.ts';
import { fileTrouble } from '../small-file.ts';
import { type Common, type Place, placeOf } from './person.ts';

const pageSize = 500;
const tenantForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A line of an export: the entry with its tenant, which older exports lack. */
const exportedEntry = auditEntry.extend({ tenantId: z.string().regex(tenantForm).toLowerCase().optional() });
type ExportedEntry = z.output<typeof exportedEntry>;

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
      const place = placeOf(home);
      const from = parseCount(after, Number.MAX_SAFE_INTEGER);
      const { tenant } = await callControlPlane(place, 'getSession');
      // The chain begins with the tenant: whoever has the lines can check them.
      for await (const page of pages(place, from))
        for (const entry of page) printJson({ ...entry, tenantId: tenant.id });
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
    .option('--tenant <id>', 'id (UUID) of the tenant whose trail the file must be; default: the one that it names')
    .action(async ({ home, json, file, tenant }: Common & { readonly file?: string; readonly tenant?: string }) => {
      requireTenantOfFile(tenant, file);
      const found = file === undefined ? await verifyHome(placeOf(home)) : await verifyFile(file, tenant);
      if (json === true) printJson(found);
      else if (found.firstBroken === undefined)
        print(`${found.entries} entries, every link holds. Head: ${found.head}`);
      else
        print(
          `entry ${found.firstBroken} does not belong where it stands; ${found.entries} before it hold${beginning(found)}`,
        );
      if (found.firstBroken !== undefined) process.exitCode = 1;
    });
}

/** A part of a trail cannot be told from one whose first entries were removed. */
function beginning({ entries, firstBroken = 1 }: Verified): string {
  const isPart = entries === 0 && firstBroken > 1;
  return isPart ? '. A trail is checked from entry 1 on: export it without --after' : '';
}

interface Verified {
  readonly tenantId: string;
  /** Entries that hold, from the first on. */
  readonly entries: number;
  /** Hash of the last of them: written down elsewhere, it shows later whether the end was cut off. */
  readonly head: string;
  readonly firstBroken?: number;
}

function requireTenantOfFile(tenant: string | undefined, file: string | undefined): void {
  if (tenant === undefined) return;
  if (file === undefined) throw new CommandError('--tenant goes with --file', 2);
  if (tenantForm.test(tenant)) return;
  const where = 'each line of audit export has it as tenantId, and audit verify --json says it';
  throw new CommandError(`--tenant is the id of a tenant (a UUID) and not its name; ${where}`, 2);
}

async function verifyHome(place: Place): Promise<Verified> {
  const { tenant } = await callControlPlane(place, 'getSession');
  return verify(tenant.id, pages(place, 0));
}

/** Needs nothing but the file. @throws {CommandError} when it has no entry, or is of another tenant. */
async function verifyFile(path: string, tenant: string | undefined): Promise<Verified> {
  const trail = pagesOfFile(path);
  const first = await trail.next();
  const [entry] = first.value ?? [];
  if (entry === undefined) throw new CommandError(`${path} holds no entry of an audit trail`);
  const named = entry.tenantId ?? tenant;
  if (named === undefined) throw new CommandError(`${path} does not name its tenant: give its id with --tenant`, 2);
  if (tenant !== undefined && tenant.toLowerCase() !== named) {
    throw new CommandError(`${path} is the trail of tenant ${named} and not of ${tenant}`);
  }
  async function* whole(): AsyncIterable<readonly ChainedEntry[]> {
    yield first.value ?? [];
    yield* trail;
  }
  return verify(named, whole());
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

async function* pagesOfFile(path: string): AsyncGenerator<readonly ExportedEntry[], undefined> {
  const file = createReadStream(path, 'utf8');
  let number = 0;
  let page: ExportedEntry[] = [];
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
    throw new CommandError(`${path} cannot be read: ${fileTrouble(cause)}`, 1, { cause });
  }
  yield page;
}

function parseLine(line: string, where: string): ExportedEntry {
  try {
    return exportedEntry.parse(JSON.parse(line));
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
