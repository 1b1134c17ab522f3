/**
 * What would be exported for one object of the cloud: the operation, its attributes before and after, its references,
 * and the rules that want it so. From the same decision as the export itself.
 */

import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram, emptyHologram, type Hologram } from '../connector-space/hologram.ts';
import type { CsId, CsRow } from '../connector-space/store.ts';
import { attributeOperation } from '../export/operations.ts';
import type { Engine } from '../run-profile/engine.ts';
import { heldDeletes } from '../run-profile/held-deletes.ts';
import { evaluate } from './evaluation.ts';
import { displayNameOf, rowName } from './row-name.ts';
import { type ShownType, textOfCsValue, typeOfCsValue } from './shown-value.ts';

export interface AttributeChange {
  readonly name: string;
  readonly type: ShownType;
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** How many there are, where not all are given. */
  readonly oldCount?: number | undefined;
  readonly newCount?: number | undefined;
}

export interface ReferenceChange {
  readonly attribute: string;
  /** The first thousand, by DN of the directory where they have one, otherwise by source anchor. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly addedCount: number;
  readonly removedCount: number;
}

export interface PendingChange {
  readonly id: string;
  readonly connector: string;
  readonly objectType: string;
  readonly name: string;
  readonly sourceAnchor: string;
  readonly operation: 'add' | 'update' | 'delete';
  readonly attributes: readonly AttributeChange[];
  readonly references: readonly ReferenceChange[];
  /** Rules that decided on what changes. */
  readonly why: readonly string[];
  /** The delete guard holds it until a person decides. */
  readonly held: boolean;
}

const namedReferences = 1_000;

/** Rows that the delete guard holds now. */
export function heldRows(engine: Engine): ReadonlySet<CsId> {
  return new Set(heldDeletes(engine).map(({ id }) => id));
}

/** `undefined` when nothing is to be exported for the row. */
export function pendingChange(engine: Engine, row: CsRow, held: ReadonlySet<CsId>): PendingChange | undefined {
  const references = referenceChanges(engine, row);
  if (row.pendingExport === 'none' && references.length === 0) return undefined;
  const { operation } = attributeOperation(row, sourceAnchorFromCloudDn(row.dn));
  const isDelete = operation.op === 'delete';
  const attributes = isDelete || row.pendingExport === 'none' ? [] : attributeChanges(row, operation.attributes);
  const changed = [...attributes.map(({ name }) => name), ...references.map(({ attribute }) => attribute)];
  return {
    id: String(row.id),
    connector: engine.cloud.name,
    objectType: row.type,
    name: displayNameOf(row) ?? rowName(engine.store, row.id),
    sourceAnchor: operation.sourceAnchor,
    operation: row.pendingExport === 'none' ? 'update' : operation.op,
    attributes,
    references,
    why: isDelete ? [] : rulesBehind(engine, row, changed),
    held: held.has(row.id),
  };
}

function attributeChanges(row: CsRow, changed: Readonly<Record<string, unknown>>): readonly AttributeChange[] {
  const [confirmed, sent, after] = [row.hologram, row.unconfirmed, row.desired].map(
    (hologram): Hologram => (hologram === null ? emptyHologram : decodeHologram(hologram)),
  ) as [Hologram, Hologram, Hologram];
  return Object.keys(changed).map((name) => {
    const wanted = after.get(name) ?? [];
    // What was sent and is sent again has changed since it was last seen.
    const isSentAgain = row.unconfirmed === null || JSON.stringify(sent.get(name) ?? []) === JSON.stringify(wanted);
    const old = (isSentAgain ? confirmed : sent).get(name) ?? [];
    return {
      name,
      type: typeOfCsValue(name, wanted[0] ?? old[0]),
      old: old.map(textOfCsValue),
      new: wanted.map(textOfCsValue),
    };
  });
}

function referenceChanges({ store }: Engine, row: CsRow): readonly ReferenceChange[] {
  // An object that goes away, or that nothing makes, has no references to send.
  const isSent = row.desired !== null && ((row.hologram ?? row.unconfirmed) !== null || row.pendingExport === 'add');
  if (!isSent || row.pendingExport === 'delete') return [];
  const changes = new Map<string, { added: CsId[]; removed: CsId[] }>();
  for (const { attribute, target, state } of store.pendingReferences(row.id)) {
    // A reference to what is deleted goes with it: that is exported first.
    if (state === 'pending-delete' && store.row(target)?.pendingExport === 'delete') continue;
    const change = changes.get(attribute) ?? { added: [], removed: [] };
    changes.set(attribute, change);
    change[state === 'pending-add' ? 'added' : 'removed'].push(target);
  }
  const names = (targets: readonly CsId[]): readonly string[] =>
    targets.slice(0, namedReferences).map((target) => rowName(store, target));
  return [...changes].map(([attribute, { added, removed }]) => ({
    attribute,
    added: names(added),
    removed: names(removed),
    addedCount: added.length,
    removedCount: removed.length,
  }));
}

/** Rules that decided on the attributes; for what goes away, those that still speak of it. */
function rulesBehind(engine: Engine, row: CsRow, changed: readonly string[]): readonly string[] {
  const mv = row.mv === null ? undefined : engine.store.mvObject(row.mv);
  if (mv === undefined) return [];
  const { decisions } = evaluate(engine, mv, { asSynchronized: false });
  return [...new Set(changed.flatMap((name) => decisions.get(name)?.rule ?? []))];
}
