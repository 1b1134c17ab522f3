/**
 * Tables of the cloud directory. The tenant comes first in every key and index; instants are milliseconds since 1970,
 * documents are JSON text, truth values are 1 and 0. Texts are compared by their bytes: a PostgreSQL database for them
 * is made with the collation C.
 */
import type { ObjectType } from '@springline/cloud-directory/cloud-object';
import type { CountedKind, ExportKind } from '@springline/cloud-directory/export-limits';
import type { UniqueKind } from '@springline/cloud-directory/unique-keys';
import type { EpochMs } from '@springline/ports/clock';

export interface DirectoryObjectRow {
  tenant_id: string;
  object_id: string;
  type: ObjectType;
  source_anchor: string;
  /** The source that masters it: the id of the first of the connectors that share it. */
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
  /** Who exports to the objects of a source. Without an agent nobody holds the lease. */
  directory_sources: {
    tenant_id: string;
    source_id: string;
    agent_id: string | null;
    connector_id: string | null;
    boot_nonce: string | null;
    /** Of the last holder; never falls. */
    fencing: number;
    since: EpochMs | null;
    expires_at: EpochMs | null;
    /** Which directory the holder reads, in its own words. */
    directory: string | null;
    first_export_at: EpochMs | null;
    /** Deletions beyond the limits that a person approved and that were not carried out yet. */
    approved_deletions: number;
    approved_until: EpochMs | null;
  };
  /** What was exported, by the hour since 1970. */
  directory_export_counts: {
    tenant_id: string;
    source_id: string;
    hour: number;
    kind: CountedKind;
    object_type: ObjectType;
    count: number;
  };
  /** What limits refused, one row for as long as it goes on. */
  directory_export_refusals: {
    tenant_id: string;
    source_id: string;
    kind: ExportKind;
    since: EpochMs;
    last_at: EpochMs;
    batches: number;
  };
  /** JSON; a tenant without one has the defaults. */
  directory_export_limits: { tenant_id: string; limits: string };
}
