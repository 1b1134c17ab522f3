/**
 * What a source masters, in the order of its changes. An object that changes while somebody pages through moves to
 * the end of the order and so is met again; nothing can be missed.
 */
import { setImmediate } from 'node:timers/promises';
import { type CloudObject, cloudAnchorOf } from '@springline/cloud-directory/cloud-object';
import type { Reader } from '../database.ts';
import { inLists } from './chunks.ts';
import { objectColumns, objectFromRow } from './object-rows.ts';

export interface ChangedObject {
  readonly object: CloudObject;
  readonly cloudAnchor: string;
  readonly sequence: number;
  /** Source anchors of what it references, by attribute. Empty when deleted. */
  readonly references: ReadonlyMap<string, readonly string[]>;
}

/** A page ends early at this many references, so that large groups come few at a time. */
const referencesPerPage = 100_000;
const referencesPerRead = 10_000;

/**
 * At most `limit` objects behind `after`, live and deleted; of the deleted ones only those that went after
 * `deletedAfter`. `more`: there are further ones now.
 */
export async function readChanges(
  reader: Reader,
  tenantId: string,
  from: { readonly connectorId: string; readonly after: number; readonly deletedAfter: number; readonly limit: number },
): Promise<{ changes: ChangedObject[]; more: boolean }> {
  const rows = await reader
    .selectFrom('directory_objects')
    .select([...objectColumns, 'sequence'])
    .where('tenant_id', '=', tenantId)
    .where('connector_id', '=', from.connectorId)
    .where('sequence', '>', from.after)
    .where((eb) => eb.or([eb('deleted_at', 'is', null), eb('sequence', '>', from.deletedAfter)]))
    .orderBy('sequence')
    .limit(from.limit + 1)
    .execute();
  let references = 0;
  const fitting = rows.findIndex((row, at) => {
    references += row.reference_count;
    return at === from.limit || (at > 0 && references > referencesPerPage);
  });
  const page = fitting < 0 ? rows : rows.slice(0, fitting);
  const holders = page.filter((row) => row.deleted_at === null && row.reference_count > 0);
  const referencesById = await readReferences(
    reader,
    tenantId,
    holders.map((row) => row.object_id),
  );
  const changes = page.map((row) => {
    const object = objectFromRow(row);
    const held = referencesById.get(object.id) ?? new Map<string, string[]>();
    return { object, cloudAnchor: cloudAnchorOf(object), sequence: Number(row.sequence), references: held };
  });
  return { changes, more: page.length < rows.length };
}

/** Source anchors by attribute by object. Holds all of them; gives other work a turn between reads. */
async function readReferences(
  reader: Reader,
  tenantId: string,
  objectIds: readonly string[],
): Promise<Map<string, Map<string, string[]>>> {
  const found = new Map<string, Map<string, string[]>>();
  for (const list of inLists(objectIds)) {
    for await (const row of referenceRows(reader, tenantId, list)) {
      const byAttribute = found.get(row.object_id) ?? new Map<string, string[]>();
      found.set(row.object_id, byAttribute);
      const anchors = byAttribute.get(row.attribute);
      if (anchors === undefined) byAttribute.set(row.attribute, [row.source_anchor]);
      else anchors.push(row.source_anchor);
    }
  }
  return found;
}

async function* referenceRows(reader: Reader, tenantId: string, objectIds: readonly string[]) {
  let last = ['', '', ''] as readonly [string, string, string];
  for (;;) {
    const rows = await reader
      .selectFrom('directory_references as r')
      .innerJoin('directory_objects as t', (join) =>
        join.onRef('t.tenant_id', '=', 'r.tenant_id').onRef('t.object_id', '=', 'r.target_id'),
      )
      .select(['r.object_id', 'r.attribute', 'r.target_id', 't.source_anchor'])
      .where('r.tenant_id', '=', tenantId)
      .where('r.object_id', 'in', objectIds)
      .where((eb) => eb(eb.refTuple('r.object_id', 'r.attribute', 'r.target_id'), '>', eb.tuple(...last)))
      .orderBy('r.object_id')
      .orderBy('r.attribute')
      .orderBy('r.target_id')
      .limit(referencesPerRead)
      .execute();
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined || rows.length < referencesPerRead) return;
    last = [end.object_id, end.attribute, end.target_id];
    await setImmediate();
  }
}
