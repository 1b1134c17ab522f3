/** What limits of exports count, refuse and are set to (rule S13). */
import type { ObjectType } from '@springline/cloud-directory/cloud-object';
import type { CountedKind, CountsByKind, ExportKind } from '@springline/cloud-directory/export-limits';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

const hourMs = 60 * 60 * 1000;

const hourOf = (at: EpochMs): number => Math.floor(at / hourMs);

export interface StoredRefusal {
  readonly sourceId: string;
  readonly kind: ExportKind;
  readonly since: EpochMs;
  readonly lastAt: EpochMs;
  readonly batches: number;
}

/** Since `from`, to the hour. */
export async function readExportCounts(
  reader: Reader,
  tenantId: string,
  sourceId: string,
  from: EpochMs,
): Promise<CountsByKind> {
  const rows = await reader
    .selectFrom('directory_export_counts')
    .select(['kind', 'object_type', 'count'])
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .where('hour', '>', hourOf(from))
    .execute();
  const counts = {
    ...{ creations: new Map(), changes: new Map(), deletions: new Map(), disablings: new Map() },
  } satisfies CountsByKind;
  for (const { kind, object_type: type, count } of rows) addTo(counts[kind], type, Number(count));
  return counts;
}

function addTo(counts: Map<ObjectType, number>, type: ObjectType, count: number): void {
  counts.set(type, (counts.get(type) ?? 0) + count);
}

/** Adds to the hour of `now`; what counts no more since `before` is forgotten. */
export async function addExportCounts(
  writer: Writer,
  tenantId: string,
  sourceId: string,
  counts: CountsByKind,
  { now, before }: { readonly now: EpochMs; readonly before: EpochMs },
): Promise<void> {
  const values = Object.entries(counts).flatMap(([kind, byType]) =>
    [...byType].map(([type, count]) => ({
      ...{ tenant_id: tenantId, source_id: sourceId, hour: hourOf(now) },
      ...{ kind: kind as CountedKind, object_type: type as ObjectType, count },
    })),
  );
  if (values.length === 0) return;
  await writer
    .insertInto('directory_export_counts')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'source_id', 'hour', 'kind', 'object_type'])
        .doUpdateSet((eb) => ({ count: eb('directory_export_counts.count', '+', eb.ref('excluded.count')) })),
    )
    .execute();
  await writer
    .deleteFrom('directory_export_counts')
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .where('hour', '<', hourOf(before))
    .execute();
}

/** Looks through all objects of the source. */
export async function countLiveObjects(
  reader: Reader,
  tenantId: string,
  sourceId: string,
  type: ObjectType,
): Promise<number> {
  const row = await reader
    .selectFrom('directory_objects')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('tenant_id', '=', tenantId)
    .where('connector_id', '=', sourceId)
    .where('type', '=', type)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Of a source, or of all of the tenant. */
export async function readRefusals(reader: Reader, tenantId: string, sourceId?: string): Promise<StoredRefusal[]> {
  let query = reader
    .selectFrom('directory_export_refusals')
    .select(['source_id', 'kind', 'since', 'last_at', 'batches'])
    .where('tenant_id', '=', tenantId);
  if (sourceId !== undefined) query = query.where('source_id', '=', sourceId);
  const rows = await query.execute();
  return rows.map(({ source_id, last_at, ...row }) => ({ ...row, sourceId: source_id, lastAt: last_at }));
}

/** In place of what was known of the kind. */
export async function putRefusal(writer: Writer, tenantId: string, refusal: StoredRefusal): Promise<void> {
  const { sourceId, kind, since, lastAt, batches } = refusal;
  await writer
    .insertInto('directory_export_refusals')
    .values({ tenant_id: tenantId, source_id: sourceId, kind, since, last_at: lastAt, batches })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'source_id', 'kind']).doUpdateSet({ since, last_at: lastAt, batches }),
    )
    .execute();
}

export async function removeRefusal(
  writer: Writer,
  tenantId: string,
  sourceId: string,
  kind: ExportKind,
): Promise<void> {
  await writer
    .deleteFrom('directory_export_refusals')
    .where('tenant_id', '=', tenantId)
    .where('source_id', '=', sourceId)
    .where('kind', '=', kind)
    .execute();
}

/** JSON; undefined for a tenant that never set any. */
export async function readLimits(reader: Reader, tenantId: string): Promise<string | undefined> {
  const row = await reader
    .selectFrom('directory_export_limits')
    .select('limits')
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  return row?.limits;
}

export async function writeLimits(writer: Writer, tenantId: string, limits: string): Promise<void> {
  await writer
    .insertInto('directory_export_limits')
    .values({ tenant_id: tenantId, limits })
    .onConflict((conflict) => conflict.column('tenant_id').doUpdateSet({ limits }))
    .execute();
}
