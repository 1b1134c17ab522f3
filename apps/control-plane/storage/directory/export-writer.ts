/** Carries out the plan of a batch: few statements of many rows, all within the caller's transaction. */
import type { Reference } from '@springline/cloud-directory/cloud-object';
import type { ExportPlan } from '@springline/cloud-directory/plan-exports';
import type { UniqueKey } from '@springline/cloud-directory/unique-keys';
import type { Writer } from '../database.ts';
import { chunks, inLists } from './chunks.ts';
import { takeSequence } from './epochs.ts';
import { rowFromObject } from './object-rows.ts';
import type { DirectoryObjectRow } from './tables.ts';

const rowsPerInsert = 100;

type HeldKey = ExportPlan['claimedKeys'][number];

/** The tenant's epoch must be held. */
export async function writeExportPlan(writer: Writer, tenantId: string, plan: ExportPlan): Promise<void> {
  const { cleared, removed, added } = plan.references;
  await deleteReferencesOf(writer, tenantId, cleared);
  await deleteReferences(writer, tenantId, removed);
  await deleteKeys(writer, tenantId, plan.releasedKeys);
  if (plan.objects.length > 0) {
    const first = await takeSequence(writer, tenantId, plan.objects.length);
    const rows = plan.objects.map(({ after }, at) => rowFromObject(tenantId, after, first + at));
    await upsertObjects(writer, rows);
  }
  await insertKeys(writer, tenantId, plan.claimedKeys);
  await insertReferences(writer, tenantId, added);
}

async function upsertObjects(writer: Writer, rows: readonly DirectoryObjectRow[]): Promise<void> {
  for (const chunk of chunks(rows, rowsPerInsert)) {
    await writer
      .insertInto('directory_objects')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['tenant_id', 'object_id']).doUpdateSet((eb) => ({
          attributes: eb.ref('excluded.attributes'),
          display_name: eb.ref('excluded.display_name'),
          display_name_key: eb.ref('excluded.display_name_key'),
          user_name_key: eb.ref('excluded.user_name_key'),
          given_name_key: eb.ref('excluded.given_name_key'),
          family_name_key: eb.ref('excluded.family_name_key'),
          title_key: eb.ref('excluded.title_key'),
          department_key: eb.ref('excluded.department_key'),
          employee_number_key: eb.ref('excluded.employee_number_key'),
          active: eb.ref('excluded.active'),
          reference_count: eb.ref('excluded.reference_count'),
          version: eb.ref('excluded.version'),
          sequence: eb.ref('excluded.sequence'),
          changed_at: eb.ref('excluded.changed_at'),
          deleted_at: eb.ref('excluded.deleted_at'),
        })),
      )
      .execute();
  }
}

async function deleteKeys(writer: Writer, tenantId: string, keys: readonly HeldKey[]): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(keys, (key: UniqueKey) => key.kind)) {
    for (const list of inLists(ofKind.map(({ value }) => value))) {
      await writer
        .deleteFrom('directory_unique_values')
        .where('tenant_id', '=', tenantId)
        .where('kind', '=', kind)
        .where('value', 'in', list)
        .execute();
    }
  }
}

async function insertKeys(writer: Writer, tenantId: string, keys: readonly HeldKey[]): Promise<void> {
  for (const chunk of chunks(keys, rowsPerInsert)) {
    const rows = chunk.map(({ kind, value, objectId, primary }) => ({
      tenant_id: tenantId,
      kind,
      value,
      object_id: objectId,
      is_primary: primary ? 1 : 0,
    }));
    await writer.insertInto('directory_unique_values').values(rows).execute();
  }
}

async function insertReferences(writer: Writer, tenantId: string, references: readonly Reference[]): Promise<void> {
  for (const chunk of chunks(references, rowsPerInsert)) {
    const rows = chunk.map(({ objectId, attribute, targetId }) => ({
      tenant_id: tenantId,
      object_id: objectId,
      attribute,
      target_id: targetId,
    }));
    await writer.insertInto('directory_references').values(rows).execute();
  }
}

async function deleteReferencesOf(writer: Writer, tenantId: string, objectIds: readonly string[]): Promise<void> {
  for (const list of inLists(objectIds)) {
    await writer
      .deleteFrom('directory_references')
      .where('tenant_id', '=', tenantId)
      .where('object_id', 'in', list)
      .execute();
  }
}

/** Many members leave few groups, or few people leave many: the end with fewer objects leads. */
async function deleteReferences(writer: Writer, tenantId: string, references: readonly Reference[]): Promise<void> {
  const byObject = Map.groupBy(references, ({ objectId, attribute }) => `${objectId} ${attribute}`);
  const byTarget = Map.groupBy(references, ({ targetId, attribute }) => `${targetId} ${attribute}`);
  const [leading, following] =
    byObject.size <= byTarget.size
      ? ([byObject, { one: 'object_id', many: 'target_id' }] as const)
      : ([byTarget, { one: 'target_id', many: 'object_id' }] as const);
  const idAt = (reference: Reference, column: 'object_id' | 'target_id'): string =>
    column === 'object_id' ? reference.objectId : reference.targetId;
  for (const group of leading.values()) {
    const [first] = group;
    for (const list of inLists(group.map((reference) => idAt(reference, following.many)))) {
      await writer
        .deleteFrom('directory_references')
        .where('tenant_id', '=', tenantId)
        .where(following.one, '=', idAt(first!, following.one))
        .where('attribute', '=', first!.attribute)
        .where(following.many, 'in', list)
        .execute();
    }
  }
}
