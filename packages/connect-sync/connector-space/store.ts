/**
 * The engine's store as the engine sees it: connector spaces, metaverse, references, work lists and run history of one
 * agent. Calls are synchronous: the store is embedded, and a run owns it. Whatever changes more than one thing is
 * wrapped in `transaction`, so that a kill at any instant leaves a state from which the next run goes on.
 *
 * What changes together lies together, and what rests is not touched: an import writes rows, synchronisation writes
 * links, metaverse objects and what is to be exported, and none of them writes the others' again. The store decides
 * nothing. It holds no unique state either: from the directories, the cloud and the rules everything can be rebuilt by
 * sourceAnchor.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { FlatIndex } from './flat-index.ts';
import type { StoredHologram } from './hologram.ts';
import type { ConnectorId, CsId, MvId } from './ids.ts';

export type { ConnectorId, CsId, MvId } from './ids.ts';

/** `delete-add`: the object changed its type, so it is another object under the same anchor. */
export type PendingImport = 'none' | 'add' | 'update' | 'delete' | 'delete-add';
export type PendingExport = 'none' | 'add' | 'update' | 'delete';
/** How a connector space object came to its metaverse object. */
export type LinkKind = 'projected' | 'joined' | 'provisioned';
/**
 * What the delete guard is to know of a row: its update takes values away (`clears`); it is to be deleted because its
 * directory was taken out of the configuration (`departed`); a person approved what is taken away (`approved`).
 */
export type GuardNote = 'clears' | 'departed' | 'approved';

export interface ObjectFault {
  readonly code: string;
  readonly message: string;
  readonly firstSeenAt: EpochMs;
  readonly lastSeenAt: EpochMs;
  readonly retryCount: number;
}

/** The directory's immutable key: bytes of a directory (16 of an objectGUID or entryUUID), text of the cloud. */
export type Anchor = Uint8Array | string;

/** What an import knows of an object. */
export interface CsObjectRow {
  readonly id: CsId;
  readonly connector: ConnectorId;
  /** Null for a placeholder, and for an export object that was not yet confirmed. */
  readonly anchor: Anchor | null;
  readonly dn: string;
  readonly type: string;
  /** Attributes as last imported; null for placeholders and unconfirmed export objects. */
  readonly hologram: StoredHologram | null;
}

export interface CsRow extends CsObjectRow {
  /** Its DN was given to another object, and no import has said yet what became of this one. */
  readonly isTransient: boolean;
  readonly pendingImport: PendingImport;
  /** Attributes that synchronisation last worked with, where an import has brought others since; else null. */
  readonly synchronized: StoredHologram | null;
  readonly mv: MvId | null;
  readonly link: LinkKind | null;
  /** Encoded hologram that synchronisation wants in the connected system; null when it wants none. */
  readonly desired: string | null;
  /** Encoded hologram that was exported and not yet seen back. */
  readonly unconfirmed: string | null;
  readonly pendingExport: PendingExport;
  /** Where the wanted references come from (`rules/outbound.ts`); null when there are none. */
  readonly referenceSources: string | null;
  readonly fault: ObjectFault | null;
  readonly guard: GuardNote | null;
  /** Attributes whose values a person wants kept while the directory has none (`run-profile/kept-values.ts`). */
  readonly kept: string | null;
  /** Attributes of an object of a directory that have references. */
  readonly referenceAttributes: readonly string[];
}

/** What of a row in the cloud's connector space synchronisation and export change. */
export type ExportState = Pick<
  CsRow,
  'desired' | 'unconfirmed' | 'pendingExport' | 'referenceSources' | 'guard' | 'kept'
>;

/**
 * State of one reference value of a row.
 * - `confirmed`: seen by an import; of a directory, also brought to where it leads.
 * - `new`, `gone`: of a directory, imported as added or taken away and not yet brought to where it leads; `moved`: what
 *   it leads to changed. The references of an object that is new are confirmed at once.
 * - `pending-add`, `pending-delete`: of the cloud, wanted by synchronisation, not exported.
 * - `sent-add`, `sent-delete`: exported, not yet seen back.
 * - `kept`: unwanted, and left in the connected system because a person rejected its removal.
 */
export type ReferenceState =
  | 'confirmed'
  | 'new'
  | 'gone'
  | 'moved'
  | 'pending-add'
  | 'pending-delete'
  | 'sent-add'
  | 'sent-delete'
  | 'kept';

export interface ReferenceRow {
  readonly attribute: string;
  readonly target: CsId;
  readonly state: ReferenceState;
}

export interface MvRow {
  readonly id: MvId;
  readonly uuid: string;
  readonly type: string;
  /** Encoded attributes with provenance (`metaverse/encoding.ts`). */
  readonly attributes: Uint8Array;
}

export interface NewRow {
  readonly connector: ConnectorId;
  readonly anchor: Anchor | null;
  readonly dn: string;
  readonly dnKey: string;
  readonly type: string;
  readonly hologram: StoredHologram | null;
  /** Hash over what the wire said; null when there is none to compare with. */
  readonly fingerprint: Uint8Array | null;
}

export interface StepRecord {
  readonly connector: string;
  readonly profile: string;
  readonly result: string;
  readonly detail?: string;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  readonly counters: Readonly<Record<string, number>>;
}

/** What began a cycle. */
export type CycleKind = 'scheduled' | 'manual' | 'continuous' | 'single-object';

export interface CycleRecord {
  readonly number: number;
  readonly kind: CycleKind;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  readonly result: string;
  readonly steps: readonly StepRecord[];
}

/** Names that stored bytes mention by number: attributes and rules. */
export interface NameTable {
  idOf(name: string): number;
  /** @throws when no name has the number: the store is damaged. */
  nameOf(id: number): string;
}

export interface SyncStore {
  /** All or nothing, durable when it returns. Not reentrant. Ends an open batch first. */
  transaction<T>(work: () => T): T;
  /** Begins a batch where none is open: what is written from now on becomes durable with `commitBatch`. */
  openBatch(): void;
  commitBatch(): void;
  /** Gives up what was written since the batch was opened. */
  rollBackBatch(): void;

  /** Another number whenever something was written. */
  written(): number;

  readonly names: NameTable;
  /** A number of 53 bits for a text. The hash is keyed by the store: who writes into a directory cannot aim at another's. */
  keyOf(text: string): number;
  /** The connector's row, made when missing. */
  connector(name: string, kind: string): ConnectorId;
  /** Every connector that was ever made and not dropped. */
  connectors(): readonly { readonly id: ConnectorId; readonly name: string }[];
  /** Forgets a connector and every row that is left of it. */
  dropConnector(id: ConnectorId): void;
  setting(key: string): string | undefined;
  setSetting(key: string, value: string | null): void;

  /** Anchors and fingerprints of a connector, in memory; read in at first use. */
  anchors(connector: ConnectorId): FlatIndex;

  row(id: CsId): CsRow | undefined;
  rowByAnchor(connector: ConnectorId, anchor: Anchor): CsRow | undefined;
  rowByDn(connector: ConnectorId, dnKey: string): CsRow | undefined;
  idByDn(connector: ConnectorId, dnKey: string): CsId | undefined;
  insertRow(row: NewRow): CsId;
  /** Writes what an import brought over a row that exists; a placeholder becomes the object that way. */
  replaceImported(id: CsId, row: NewRow): void;
  /** What the wire said last; null when that is not what the row and its references say. */
  setFingerprint(id: CsId, fingerprint: Uint8Array | null): void;
  /** Attributes and anchor alone, as the cloud's imports bring them. */
  updateImported(id: CsId, change: Partial<Pick<CsRow, 'anchor' | 'type' | 'hologram'>>): void;
  /** Takes the DN away from a row: until it is imported again it has none that could be found. */
  makeTransient(id: CsId): void;
  /** The object is gone, its name stays: for what refers to it by name. The references that it holds go with it. */
  becomePlaceholder(id: CsId): void;
  /** Removes the row and the references that it holds. References to it are the caller's to settle first. */
  deleteRow(id: CsId): void;

  /** Notes that synchronisation has work with a row. The hologram it last worked with is kept from the first time on. */
  stageImport(id: CsId, kind: Exclude<PendingImport, 'none'>, synchronized: StoredHologram | null): void;
  unstageImport(id: CsId): void;
  /** Takes rows off the list, all at once. */
  unstageImports(ids: readonly CsId[]): void;
  pendingImport(id: CsId): PendingImport;
  /** Rows with a pending import, in the order of their ids, after `after`. */
  pendingImports(connector: ConnectorId, after: number, limit: number): readonly CsRow[];
  /** Those among them whose object is gone. */
  stagedDeletes(connector: ConnectorId, after: number, limit: number): readonly CsRow[];
  countPendingImports(connector: ConnectorId): number;
  /** Marks every imported row of the connector for synchronisation again. */
  stageAll(connector: ConnectorId): void;
  /** Marks every imported row of the connector as gone. */
  stageAllGone(connector: ConnectorId): void;

  link(id: CsId, connector: ConnectorId, mv: MvId, kind: LinkKind): void;
  unlink(id: CsId): void;
  linkedRows(id: MvId): readonly CsRow[];
  /** Whether any row of the connector is linked. */
  hasLinks(connector: ConnectorId): boolean;
  /** The row of one connector that is linked to what `id` is linked to. */
  counterpart(id: CsId, connector: ConnectorId): CsId | undefined;

  setExport(id: CsId, state: Partial<ExportState>): void;
  setFault(id: CsId, fault: ObjectFault | null): void;
  /** Types of the rows that are to be added or updated. */
  pendingExportTypes(connector: ConnectorId): readonly string[];
  /** Rows with a pending export, in the order of their ids. */
  pendingExportIds(connector: ConnectorId, filter: PendingExportFilter): readonly CsId[];
  /** Rows with a pending export or pending references, in the order of their ids, after `after`. */
  pendingExportPage(connector: ConnectorId, after: number, limit: number): readonly CsRow[];
  /** Number of rows with a pending export or pending references, without reading them. */
  countPendingExports(connector: ConnectorId): number;
  /** Whether anything waits to be taken away that nobody has approved, without reading it. */
  hasUndecidedRemovals(connector: ConnectorId): boolean;
  /** Objects that wait to be deleted, and that nobody has decided on, by type. */
  undecidedDeletes(connector: ConnectorId): ReadonlyMap<string, number>;
  /** How many of them were in directories that are not in the configuration any more. */
  countDeparted(connector: ConnectorId): number;
  /** Attributes (all but one) of which rows that nobody has decided on would lose every reference, with the number of rows. */
  clearedReferences(
    connector: ConnectorId,
    except: string,
  ): readonly { readonly type: string; readonly attribute: string; readonly count: number }[];
  /** The rows that are counted there. */
  rowsClearedOf(connector: ConnectorId, type: string, attribute: string): readonly CsId[];
  /** Rows of a type that have a reference by the attribute in the connected system. */
  countReferring(connector: ConnectorId, type: string, attribute: string): number;
  /** Rows that nobody has decided on with the number of their references (of one attribute) that wait to be taken away. */
  undecidedRemovals(
    connector: ConnectorId,
    attribute?: string,
  ): readonly { readonly row: CsId; readonly removed: number }[];
  /** Rows with an update that takes values away and that nobody has decided on, after `after`. */
  clearingRows(connector: ConnectorId, after: number, limit: number): readonly CsRow[];
  /** Objects of a type that have a value of the attribute, as far as imports and exports tell. Looks through all. */
  countHolding(connector: ConnectorId, type: string, attribute: string): number;

  countRows(connector: ConnectorId, type?: string): number;
  /** Rows with a fault, of one connector or of all, after `after`, in the order of their ids. */
  faults(connector: ConnectorId | undefined, limit: number, after?: number): readonly CsRow[];
  countFaults(): number;
  /** Ids of every row with an anchor: what a full import compares with what it saw. */
  importedIds(connector: ConnectorId): readonly CsId[];
  /** Number of rows with an anchor. */
  countImported(connector: ConnectorId): number;
  /** Number of rows that are in the connected system, as far as imports and exports tell, by object type. */
  countPresent(connector: ConnectorId): ReadonlyMap<string, number>;

  references(id: CsId, attribute?: string): readonly ReferenceRow[];
  /** Those of one row that lead to one other, without reading the rest. */
  referencesTo(id: CsId, target: CsId): readonly ReferenceRow[];
  /** Those of the row that are to be exported. */
  pendingReferences(id: CsId): readonly ReferenceRow[];
  reference(id: CsId, attribute: string, target: CsId): ReferenceState | undefined;
  /** How many references an object of a directory has, without reading them. */
  countReferences(id: CsId, attribute: string): number;
  /** How many references a row of the cloud has, by looking through them. */
  countStoredReferences(id: CsId, attribute: string): number;
  /** The same for every row of a connector. */
  countAllReferences(connector: ConnectorId, attribute: string): number;
  adjustReferenceCount(id: CsId, attribute: string, by: number): void;
  /** Attributes of an object of a directory that have references. */
  referenceAttributes(id: CsId): readonly string[];
  setReference(id: CsId, attribute: string, target: CsId, state: ReferenceState): void;
  dropReference(id: CsId, attribute: string, target: CsId): void;
  /** Rows that hold a reference to `target`. */
  referrers(target: CsId): readonly CsId[];
  /** Moves every reference to `from` so that it names `to`. */
  redirectReferences(from: CsId, to: CsId): void;
  /**
   * Settled references of directories to `target` become `moved`, where what holds them has a row in `connector` of
   * which the references are not to be worked out anew anyway.
   */
  moveReferences(target: CsId, connector: ConnectorId): void;
  /** Rows with references in a pending state. */
  rowsWithPendingReferences(connector: ConnectorId): readonly CsId[];
  /** References of directories that are `new`, `gone` or `moved`, of rows after `after`; whole rows. */
  unsettledReferences(after: number, limit: number): readonly (ReferenceRow & { readonly row: CsId })[];

  /** Gives a row that has no references those of `from`, as they lead on in `connector`, to be exported. */
  seedReferences(id: CsId, attribute: string, from: CsId, fromAttribute: string, connector: ConnectorId): void;
  hasReferences(id: CsId): boolean;
  /** Rows of `connector` that are linked to what the references of one attribute lead to. */
  counterpartsOfReferences(id: CsId, attribute: string, connector: ConnectorId): readonly CsId[];

  /** Rows of the cloud whose references must be worked out anew. Survives a kill. */
  enqueueReferences(id: CsId): void;
  /** The same for every linked row of a type. */
  enqueueAllReferences(connector: ConnectorId, type: string): void;
  referenceQueue(limit: number): readonly CsId[];
  isInReferenceQueue(id: CsId): boolean;
  dropFromReferenceQueue(id: CsId): void;

  mvObject(id: MvId): MvRow | undefined;
  mvByUuid(uuid: string): MvRow | undefined;
  insertMvObject(uuid: string, type: string, attributes: Uint8Array): MvId;
  updateMvObject(id: MvId, attributes: Uint8Array): void;
  deleteMvObject(id: MvId): void;
  countMvObjects(type?: string): number;
  mvObjects(after: number, limit: number): readonly MvRow[];
  /** Metaverse objects in which any attribute contains `text`. */
  searchMv(text: string, after: number, limit: number): readonly MvRow[];

  /** The join index: which metaverse objects may have a value, by a number made from attribute and value. */
  addJoinKey(key: number, mv: MvId): void;
  dropJoinKey(key: number, mv: MvId): void;
  clearJoinKeys(): void;
  /** At most `limit`, in no order: costs as much as it gives. */
  findByJoinKey(key: number, limit: number): readonly MvId[];
  /** Rows that found nothing to join, by what they looked for. */
  addSeeker(key: number, id: CsId): void;
  dropSeeker(id: CsId): void;
  seekers(key: number): readonly CsId[];
  hasSeekers(): boolean;

  /** The queue of metaverse objects that must be evaluated again. Survives a kill. */
  enqueue(id: MvId): void;
  dequeueBatch(limit: number): readonly MvId[];
  dropFromQueue(id: MvId): void;
  countQueue(): number;

  /** `undefined` when none ran yet. */
  lastCycle(): CycleRecord | undefined;
  startCycle(startedAt: EpochMs, kind: CycleKind): number;
  saveCycle(cycle: CycleRecord): void;
  /** Cycles before number `before` (absent: the latest), the latest first. */
  cycles(limit: number, before?: number): readonly CycleRecord[];
  /** Removes cycles that ended before `before`. */
  purgeCycles(before: number): number;

  /** Rows of a connector that match, after `after`, in the order of their ids. */
  searchRows(connector: ConnectorId, wanted: RowSearch, after: number, limit: number): readonly CsRow[];
}

/** Deletes, or adds and updates (of one type). */
export interface PendingExportFilter {
  readonly isDelete: boolean;
  readonly type?: string;
}

/** What to look for in a connector space. */
export type RowSearch =
  | { readonly by: 'text'; readonly text: string }
  | { readonly by: 'pending-import' | 'pending-export' | 'error' | 'disconnected' | 'transient' | 'all' };
