/** Between rows of `directory_objects` and the product's objects. */
import { attributeEntries, attributesFrom, type CloudObject } from '@springline/cloud-directory/cloud-object';
import { searchKeysOf } from '@springline/cloud-directory/search-keys';
import type { DirectoryObjectRow } from './tables.ts';

/** The columns that make an object; the others are there to find it by. */
export const objectColumns = [
  'object_id',
  'type',
  'source_anchor',
  'connector_id',
  'reference_count',
  'version',
  'created_at',
  'changed_at',
  'deleted_at',
  'attributes',
] as const satisfies readonly (keyof DirectoryObjectRow)[];

export type ObjectRow = Pick<DirectoryObjectRow, (typeof objectColumns)[number]>;

export function objectFromRow(row: ObjectRow): CloudObject {
  return {
    id: row.object_id,
    type: row.type,
    sourceAnchor: row.source_anchor,
    connectorId: row.connector_id,
    attributes: attributesFrom(Object.entries(JSON.parse(row.attributes))),
    referenceCount: row.reference_count,
    version: row.version,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    deletedAt: row.deleted_at ?? undefined,
  };
}

export function rowFromObject(tenantId: string, object: CloudObject, sequence: number): DirectoryObjectRow {
  const keys = searchKeysOf(object);
  return {
    tenant_id: tenantId,
    object_id: object.id,
    type: object.type,
    source_anchor: object.sourceAnchor,
    connector_id: object.connectorId,
    display_name: keys.displayName,
    display_name_key: keys.displayNameKey,
    user_name_key: keys.userNameKey,
    given_name_key: keys.givenNameKey,
    family_name_key: keys.familyNameKey,
    title_key: keys.titleKey,
    department_key: keys.departmentKey,
    employee_number_key: keys.employeeNumberKey,
    active: keys.active ? 1 : 0,
    reference_count: object.referenceCount,
    version: object.version,
    sequence,
    created_at: object.createdAt,
    changed_at: object.changedAt,
    deleted_at: object.deletedAt ?? null,
    attributes: JSON.stringify(Object.fromEntries(attributeEntries(object.attributes))),
  };
}
