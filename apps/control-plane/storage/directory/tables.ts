/**
 * Tables of the cloud directory. The tenant comes first in every key and index; instants are milliseconds since 1970,
 * documents are JSON text, truth values are 1 and 0. Texts are compared by their bytes: a PostgreSQL database for them
 * is made with the collation C.
 */
import type { ObjectType } from '@springline/cloud-directory/cloud-object';
import type { UniqueKind } from '@springline/cloud-directory/unique-keys';
import type { EpochMs } from '@springline/ports/clock';

export interface DirectoryObjectRow {
  tenant_id: string;
  object_id: string;
  type: ObjectType;
  source_anchor: string;
  connector_id: string;
  /** Attributes by exported name. */
  attributes: string;
  /** The `_key` columns hold case-folded texts to search and sort by; what they are is said by the product. */
  display_name: string | null;
  display_name_key: string | null;
  user_name_key: string | null;
  given_name_key: string | null;
  family_name_key: string | null;
  title_key: string | null;
  department_key: string | null;
  employee_number_key: string | null;
  active: number;
  reference_count: number;
  version: number;
  /** Place in the order of changes of the tenant; no two objects share one. */
  sequence: number;
  created_at: EpochMs;
  changed_at: EpochMs;
  /** Set while in the recycle bin. */
  deleted_at: EpochMs | null;
}

export interface DirectoryTables {
  directory_objects: DirectoryObjectRow;
  /** Values that one live object of the tenant may have, in lower case. Those of kind smtp are a person's addresses. */
  directory_unique_values: {
    tenant_id: string;
    kind: UniqueKind;
    value: string;
    object_id: string;
    is_primary: number;
  };
  /** Both ends are live objects. */
  directory_references: { tenant_id: string; object_id: string; attribute: string; target_id: string };
  /** Batches carried out, by the key of whoever sent them. */
  directory_export_batches: {
    tenant_id: string;
    agent_id: string;
    idempotency_key: string;
    /** SHA-256 of the batch, hex. */
    body_digest: string;
    answer: string;
    created_at: EpochMs;
  };
  /** One row per tenant: which life of the directory this is, and how many changes it has seen. */
  directory_epochs: {
    tenant_id: string;
    epoch: string;
    /** Of the latest change. */
    sequence: number;
    /** Of the latest deletion that left the recycle bin: who last looked before it must read everything. */
    purged_through: number;
  };
}
