/**
 * Pages of users or groups by filter and order. A filter that SQL answers in full costs one page of rows. One that it
 * does not is decided object by object over what SQL leaves of the tenant, in bounded steps that give other work a
 * turn, and refused when that would be too many.
 */
import { setImmediate } from 'node:timers/promises';
import type { CloudObject } from '@springline/cloud-directory/cloud-object';
import { ScimError } from '@springline/directory/scim/scim-error';
import { compareText } from '@springline/directory/scim/text-order';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Reader } from '../database.ts';
import { inLists } from './chunks.ts';
import type { Column, CompiledFilter, Condition } from './filter-sql.ts';
import { type ObjectRow, objectColumns, objectFromRow } from './object-rows.ts';

export interface Search {
  readonly type: 'user' | 'group';
  readonly filter: CompiledFilter | undefined;
  /** A column of the object; without it, the order in which objects came. Objects without a value are last. */
  readonly sort: { readonly column: SortColumn; readonly descending: boolean } | undefined;
  /** Of the first result, from 0. */
  readonly offset: number;
  /** 0 counts only. */
  readonly limit: number;
}

export type SortColumn = Extract<Column, { ref: string }>;

export interface Found {
  readonly objects: CloudObject[];
  readonly total: number;
}

/** Objects that are opened one by one for one search. */
export const openedLimit = 100_000;
const openedPerRead = 500;
const fewMatches = 2_000;

/**
 * @param ownResource the object's own SCIM resource, for filters that SQL does not answer
 * @throws {ScimError} `tooMany` when more than `openedLimit` objects would have to be opened.
 */
export async function searchObjects(
  reader: Reader,
  tenantId: string,
  search: Search,
  ownResource: (object: CloudObject) => unknown,
  signal: AbortSignal,
): Promise<Found> {
  const { filter } = search;
  if (filter?.residual === undefined) return searchBySql(reader, tenantId, search);
  const matches = await matchesOf(
    reader,
    tenantId,
    search,
    { ...filter, residual: filter.residual },
    ownResource,
    signal,
  );
  const page = inOrder(matches, search).slice(search.offset, search.offset + search.limit);
  return {
    objects: await objectsByIds(
      reader,
      tenantId,
      page.map(({ id }) => id),
    ),
    total: matches.length,
  };
}

async function searchBySql(reader: Reader, tenantId: string, search: Search): Promise<Found> {
  const wanted = search.filter?.where ?? sql<SqlBool>`1 = 1`;
  const counted = await candidates(reader, tenantId, search.type, wanted)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const total = Number(counted.total);
  if (search.limit === 0 || search.offset >= total) return { objects: [], total };
  let query = candidates(reader, tenantId, search.type, wanted).select(objectColumns);
  if (search.sort !== undefined) {
    const { column, descending } = search.sort;
    const ref = sql.ref(column.ref);
    const direction = descending ? 'desc' : 'asc';
    // Spelled out, because engines differ on where nulls go (RFC 7644 3.4.2.3: last, or first when descending).
    if (column.required !== true) query = query.orderBy(sql`${ref} is null`, direction);
    query = query.orderBy(ref, direction);
  }
  // Few matches are found by the filter and then sorted; an engine offered an index in the order of ids would walk all
  // objects along it instead.
  const byId = total <= fewMatches ? sql`o.object_id || ''` : sql.ref('o.object_id');
  const rows = await query.orderBy(byId).limit(search.limit).offset(search.offset).execute();
  return { objects: rows.map(objectFromRow), total };
}

interface Match {
  readonly id: string;
  readonly key: string | number | null;
}

async function matchesOf(
  reader: Reader,
  tenantId: string,
  { type, sort }: Search,
  { where, flags, residual }: Omit<CompiledFilter, 'residual'> & { residual: NonNullable<CompiledFilter['residual']> },
  ownResource: (object: CloudObject) => unknown,
  signal: AbortSignal,
): Promise<Match[]> {
  const matches: Match[] = [];
  let opened = 0;
  let last = '';
  for (;;) {
    const rows = await candidates(reader, tenantId, type, where)
      .select(objectColumns)
      .select((sort === undefined ? sql`null` : sql.ref<string | number | null>(sort.column.ref)).as('sort_key'))
      .select(flags.map((flag, at) => asBit(flag).as(`flag_${at}`)))
      .where('object_id', '>', last)
      .orderBy('object_id')
      .limit(openedPerRead)
      .execute();
    for (const row of rows as (ObjectRow & Record<string, unknown>)[]) {
      const seen = flags.map((_, at) => row[`flag_${at}`] === 1);
      if (!residual(seen, ownResource(objectFromRow(row)))) continue;
      matches.push({ id: row.object_id, key: row['sort_key'] as Match['key'] });
    }
    opened += rows.length;
    const end = rows.at(-1);
    if (end === undefined || rows.length < openedPerRead) return matches;
    if (opened >= openedLimit) {
      throw new ScimError(
        'tooMany',
        `The filter has to open more than ${openedLimit} objects; add a narrower condition`,
      );
    }
    last = end.object_id;
    await setImmediate();
    // Nobody is waiting for the answer any more.
    if (signal.aborted) return matches;
  }
}

/** The order of `searchBySql`. */
function inOrder(matches: Match[], { sort }: Search): Match[] {
  if (sort === undefined) return matches;
  const sign = sort.descending ? -1 : 1;
  return matches.sort((left, right) => sign * compareKeys(left.key, right.key) || (left.id < right.id ? -1 : 1));
}

function compareKeys(left: Match['key'], right: Match['key']): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return typeof left === 'number' ? left - Number(right) : compareText(left, String(right));
}

/** Live objects of one type. */
function candidates(reader: Reader, tenantId: string, type: 'user' | 'group', where: Condition) {
  return reader
    .selectFrom('directory_objects as o')
    .where('o.tenant_id', '=', tenantId)
    .where('o.type', '=', type)
    .where('o.deleted_at', 'is', null)
    .where(where);
}

function asBit(condition: Condition): RawBuilder<number> {
  return sql<number>`case when ${condition} then 1 else 0 end`;
}

/** In the order of `ids`; what has gone in the meantime is left out. */
async function objectsByIds(reader: Reader, tenantId: string, ids: readonly string[]): Promise<CloudObject[]> {
  const found = new Map<string, CloudObject>();
  for (const list of inLists(ids)) {
    const rows = await reader
      .selectFrom('directory_objects')
      .select(objectColumns)
      .where('tenant_id', '=', tenantId)
      .where('object_id', 'in', list)
      .where('deleted_at', 'is', null)
      .execute();
    for (const row of rows) found.set(row.object_id, objectFromRow(row));
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** One live object; undefined when there is none of that type in the tenant. */
export async function findObject(
  reader: Reader,
  tenantId: string,
  type: 'user' | 'group',
  id: string,
): Promise<CloudObject | undefined> {
  const row = await reader
    .selectFrom('directory_objects')
    .select(objectColumns)
    .where('tenant_id', '=', tenantId)
    .where('object_id', '=', id)
    .where('type', '=', type)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row && objectFromRow(row);
}
