/** Export leases, and deletions that people approved, by source (rules S13, S16). */
import type { ExportLease } from '@springline/cloud-directory/export-lease';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { DirectoryTables } from './tables.ts';

export interface StoredSource {
  readonly lease: ExportLease | undefined;
  /** Of the last holder; 0 when there never was one. */
  readonly lastFencing: number;
  readonly firstExportAt: EpochMs | undefined;
  readonly approvedDeletions: number;
  readonly approvedUntil: EpochMs | undefined;
}

const columns = [
  'source_id',
  'agent_id',
  'connector_id',
  'boot_nonce',
  'fencing',
  'since',
  'expires_at',
  'directory',
  'first_export_at',
  'approved_deletions',
  'approved_until',
] as const;

/** Undefined when nothing was ever exported, asked for or approved. */
export async function readSource(
  reader: Reader,
  tenantId: string,
  sourceId: string,
): Promise<StoredSource | undefined> {
  const row = await reader
    .selectFrom('directory_sources')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  return row === undefined ? undefined : sourceFromRow(row);
}

/** By source id. */
export async function readSources(reader: Reader, tenantId: string): Promise<ReadonlyMap<string, StoredSource>> {
  const rows = await reader.selectFrom('directory_sources').select(columns).where('tenant_id', '=', tenantId).execute();
  return new Map(rows.map((row) => [row.source_id, sourceFromRow(row)]));
}

/** Leases of other sources whose holder reads this directory and that are not past their time. */
export async function leasesOfDirectory(
  reader: Reader,
  tenantId: string,
  { directory, otherThan, now }: { readonly directory: string; readonly otherThan: string; readonly now: EpochMs },
): Promise<ExportLease[]> {
  const rows = await reader
    .selectFrom('directory_sources')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('directory', '=', directory)
    .where('source_id', '!=', otherThan)
    .where('expires_at', '>', now)
    .execute();
  return rows.flatMap((row) => sourceFromRow(row).lease ?? []);
}

/** As `readSource`; makes the row of a source that is new. */
export async function ensureSource(writer: Writer, tenantId: string, sourceId: string): Promise<StoredSource> {
  const known = await readSource(writer, tenantId, sourceId);
  if (known !== undefined) return known;
  await writer
    .insertInto('directory_sources')
    .values({ tenant_id: tenantId, source_id: sourceId, fencing: 0, approved_deletions: 0 })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'source_id']).doNothing())
    .execute();
  return (await readSource(writer, tenantId, sourceId))!;
}

/** The row must be there. */
export async function writeLease(
  writer: Writer,
  tenantId: string,
  sourceId: string,
  lease: ExportLease,
): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({
      agent_id: lease.agentId,
      connector_id: lease.connectorId,
      boot_nonce: lease.bootNonce,
      fencing: lease.fencing,
      since: lease.since,
      expires_at: lease.expiresAt,
      directory: lease.source ?? null,
    })
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .execute();
}

/** Nobody holds it any more; its number stays. */
export async function clearLease(writer: Writer, tenantId: string, sourceId: string): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({ agent_id: null, connector_id: null, boot_nonce: null, since: null, expires_at: null })
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .execute();
}

/** Whether an agent holds a lease that ends between these instants. */
export async function holdsLeaseEnding(
  reader: Reader,
  tenantId: string,
  agentId: string,
  { after, before, holders }: { readonly after: EpochMs; readonly before: EpochMs; readonly holders: LeaseHolders },
): Promise<boolean> {
  const row = await reader
    .selectFrom('directory_sources')
    .select('source_id')
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .where('expires_at', '>', after)
    .where('expires_at', '<', before)
    .$if(holders === 'nameless', (query) => query.where('boot_nonce', '=', ''))
    .executeTakeFirst();
  return row !== undefined;
}

/** `nameless`: those of agents that know of no leases, which tell no start of their process. */
type LeaseHolders = 'all' | 'nameless';

/** Of every source that the agent exports; one past its time stays so. */
export async function renewLeasesOf(
  writer: Writer,
  tenantId: string,
  agentId: string,
  { now, until, holders }: { readonly now: EpochMs; readonly until: EpochMs; readonly holders: LeaseHolders },
): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({ expires_at: until })
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .where('expires_at', '>', now)
    .$if(holders === 'nameless', (query) => query.where('boot_nonce', '=', ''))
    .execute();
}

export async function setFirstExport(writer: Writer, tenantId: string, sourceId: string, at: EpochMs): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({ first_export_at: at })
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .where('first_export_at', 'is', null)
    .execute();
}

export async function setApprovedDeletions(
  writer: Writer,
  tenantId: string,
  sourceId: string,
  approved: { readonly objects: number; readonly until: EpochMs | null },
): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({ approved_deletions: approved.objects, approved_until: approved.until })
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .execute();
}

/** After an older database was put back: everybody asks for the lease anew, and what people approved is void (rule S8). */
export async function voidSources(writer: Writer, tenantId: string): Promise<void> {
  await writer
    .updateTable('directory_sources')
    .set({ boot_nonce: null, expires_at: 0 as EpochMs, approved_deletions: 0, approved_until: null })
    .where('tenant_id', '=', tenantId)
    .execute();
}

function sourceFromRow(row: Omit<DirectoryTables['directory_sources'], 'tenant_id' | 'source_id'>): StoredSource {
  const { agent_id: agentId, connector_id: connectorId } = row;
  const fencing = Number(row.fencing);
  const isHeld = agentId !== null && connectorId !== null;
  const since = (row.since ?? 0) as EpochMs;
  const expiresAt = (row.expires_at ?? 0) as EpochMs;
  const lease = isHeld
    ? // No asker has a null for its start, so that a voided lease is nobody's own.
      {
        agentId,
        connectorId,
        bootNonce: row.boot_nonce ?? 'void',
        fencing,
        since,
        expiresAt,
        source: row.directory ?? undefined,
      }
    : undefined;
  return {
    lease,
    lastFencing: fencing,
    firstExportAt: row.first_export_at ?? undefined,
    approvedDeletions: row.approved_deletions,
    approvedUntil: row.approved_until ?? undefined,
  };
}
