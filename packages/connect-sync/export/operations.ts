/**
 * From pending exports to operations on the wire: what is sent, in which order, in which portions. The order is
 * deletes (they free unique values), users, contacts, groups, then the references of objects that all exist by then.
 */
import {
  type CsValue,
  decodeHologram,
  emptyHologram,
  type Hologram,
  type StoredHologram,
} from '../connector-space/hologram.ts';
import type { CsId, CsRow, ReferenceRow } from '../connector-space/store.ts';

export type WireValue = string | number | boolean | readonly (string | number | boolean)[];

export interface ReferenceDelta {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** One operation on one object, named by source anchors; the shape of `POST /directory/v1/exports`. */
export type ExportOperation =
  | {
      readonly op: 'add' | 'update';
      readonly objectType: string;
      readonly sourceAnchor: string;
      readonly attributes: Readonly<Record<string, WireValue | null>>;
      readonly references?: Readonly<Record<string, ReferenceDelta>>;
    }
  | { readonly op: 'delete'; readonly objectType: string; readonly sourceAnchor: string };

export interface PlannedOperation {
  readonly row: CsId;
  readonly operation: ExportOperation;
  /** The encoded hologram that the operation brings about; null for deletes and for references alone. */
  readonly desired: string | null;
  /** References that the operation carries, by their rows. */
  readonly references: readonly ReferenceRow[];
}

/** Most operations in a batch; the cloud directory takes 500. */
const batchLimit = 200;
/** Most reference values in a batch, so that its body stays far below 8 MiB. */
const batchReferenceLimit = 4_000;
const batchCharacterLimit = 2 * 1024 * 1024;

const typeOrder: readonly string[] = ['user', 'contact', 'group'];

/** Puts types of objects in the order in which they are exported. */
export function inExportOrder(types: readonly string[]): readonly string[] {
  const rank = (type: string): number => (typeOrder.includes(type) ? typeOrder.indexOf(type) : typeOrder.length);
  return [...types].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The operation for a row's attributes, or for its delete. */
export function attributeOperation(row: CsRow, sourceAnchor: string): PlannedOperation {
  if (row.pendingExport === 'delete' || row.desired === null) {
    const operation = { op: 'delete' as const, objectType: row.type, sourceAnchor };
    return { row: row.id, operation, desired: null, references: [] };
  }
  const isAdd = row.unconfirmed === null && row.hologram === null;
  const desired = decodeHologram(row.desired);
  // What was sent and not yet seen back goes along with every further export, until an import tells of it.
  const attributes = changes(decoded(row.hologram), desired);
  if (row.unconfirmed !== null) Object.assign(attributes, changes(decoded(row.unconfirmed), desired));
  return {
    row: row.id,
    operation: { op: isAdd ? 'add' : 'update', objectType: row.type, sourceAnchor, attributes },
    desired: row.desired,
    references: [],
  };
}

/** Operations for a row's pending references, in portions that fit a batch. */
export function referenceOperations(
  row: CsRow,
  sourceAnchor: string,
  pending: readonly ReferenceRow[],
  anchorOf: (target: CsId) => string,
): readonly PlannedOperation[] {
  const operations: PlannedOperation[] = [];
  for (let at = 0; at < pending.length; at += batchReferenceLimit) {
    const portion = pending.slice(at, at + batchReferenceLimit);
    const deltas = new Map<string, { add: string[]; remove: string[] }>();
    for (const { attribute, target, state } of portion) {
      const delta = deltas.get(attribute) ?? { add: [], remove: [] };
      delta[state === 'pending-add' ? 'add' : 'remove'].push(anchorOf(target));
      deltas.set(attribute, delta);
    }
    const references = Object.fromEntries(deltas);
    const operation = { op: 'update' as const, objectType: row.type, sourceAnchor, attributes: {}, references };
    operations.push({ row: row.id, operation, desired: null, references: portion });
  }
  return operations;
}

/** Splits operations into batches within the limits of count, references and size. Holds one batch. */
export function* inBatches(operations: Iterable<PlannedOperation>): Generator<readonly PlannedOperation[]> {
  let batch: PlannedOperation[] = [];
  let references = 0;
  let characters = 0;
  for (const planned of operations) {
    const size = planned.desired?.length ?? 0;
    const isFull =
      batch.length >= batchLimit ||
      references + planned.references.length > batchReferenceLimit ||
      characters + size > batchCharacterLimit;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      references = 0;
      characters = 0;
    }
    batch.push(planned);
    references += planned.references.length;
    characters += size;
  }
  if (batch.length > 0) yield batch;
}

/** Limits of one operation on the wire; those of `POST /directory/v1/exports`. */
const wireLimits = { textCharacters: 65_536, values: 2_000, sourceAnchorCharacters: 256 };

/** Why an operation cannot be sent, in a sentence that names the attribute; `undefined` when it can. */
export function unsendableReason(operation: ExportOperation): string | undefined {
  if (operation.sourceAnchor.length > wireLimits.sourceAnchorCharacters) {
    return `the sourceAnchor is longer than ${wireLimits.sourceAnchorCharacters} characters`;
  }
  if (operation.op === 'delete') return undefined;
  for (const [name, value] of Object.entries(operation.attributes)) {
    const values = Array.isArray(value) ? value : [value];
    if (values.length > wireLimits.values)
      return `${name} has ${values.length} values; ${wireLimits.values} are the most`;
    if (values.some((text) => typeof text === 'string' && text.length > wireLimits.textCharacters)) {
      return `a value of ${name} is longer than ${wireLimits.textCharacters} characters`;
    }
  }
  return undefined;
}

function decoded(hologram: StoredHologram | null): Hologram {
  return hologram === null ? emptyHologram : decodeHologram(hologram);
}

function changes(before: Hologram, after: Hologram): Record<string, WireValue | null> {
  const attributes = new Map<string, WireValue | null>();
  for (const [name, values] of after) {
    if (!sameValues(before.get(name), values)) attributes.set(name, wireValue(values));
  }
  for (const name of before.keys()) if (!after.has(name)) attributes.set(name, null);
  return Object.fromEntries(attributes);
}

function sameValues(before: readonly CsValue[] | undefined, after: readonly CsValue[]): boolean {
  return before !== undefined && JSON.stringify([...before].sort()) === JSON.stringify([...after].sort());
}

function wireValue(values: readonly CsValue[]): WireValue {
  // Outbound evaluation leaves no bytes: they travel as Base64.
  const plain = values.filter((value) => !(value instanceof Uint8Array)) as (string | number | boolean)[];
  return plain.length === 1 ? plain[0]! : plain;
}
