/**
 * The engine's store as the engine sees it: connector spaces, metaverse, references, work queues and run history of
 * one agent. Calls are synchronous: the store is embedded, and a run owns it. Whatever changes more than one thing is
 * wrapped in `transaction`, so that a kill at any instant leaves a state from which the next run goes on.
 *
 * The store decides nothing. It holds no unique state either: from the directory, the cloud and the rules everything
 * can be rebuilt by sourceAnchor.
 */
import type { EpochMs } from '@springline/ports/clock';

export type CsId = number & { readonly unit: 'connector space row' };
export type MvId = number & { readonly unit: 'metaverse row' };
export type ConnectorId = number & { readonly unit: 'connector' };

export type PendingImport = 'none' | 'add' | 'update' | 'delete';
export type PendingExport = 'none' | 'add' | 'update' | 'delete';
/** How a connector space object came to its metaverse object. */
export type LinkKind = 'projected' | 'joined' | 'provisioned';
/** A person approved the deletes of this row that the guard held. */
export type GuardDecision = 'approved';

export interface ObjectFault {
  readonly code: string;
  readonly message: string;
  readonly firstSeenAt: EpochMs;
  readonly lastSeenAt: EpochMs;
  readonly retryCount: number;
}

export interface CsRow {
  readonly id: CsId;
  readonly connector: ConnectorId;
  /** The directory's immutable key; null for a placeholder and for an export object that was not yet confirmed. */
  readonly anchor: string | null;
  readonly dn: string;
  readonly dnKey: string;
  readonly type: string;
  /** Encoded hologram as last imported; null for placeholders and unconfirmed export objects. */
  readonly hologram: string | null;
  /** Hash over all that an import said of the object, references too: an unchanged entry costs one comparison. */
  readonly fingerprint: string | null;
  readonly pendingImport: PendingImport;
  readonly mv: MvId | null;
  readonly link: LinkKind | null;
  /** Encoded hologram that synchronisation wants in the connected system; null when it wants none. */
  readonly desired: string | null;
  /** Encoded hologram that was exported and not yet seen back. */
  readonly unconfirmed: string | null;
  readonly pendingExport: PendingExport;
  readonly fault: ObjectFault | null;
  readonly guard: GuardDecision | null;
}

/**
 * State of one reference value of a row.
 * - `confirmed`: seen by an import.
 * - `pending-add`, `pending-delete`: wanted by synchronisation, not exported.
 * - `sent-add`, `sent-delete`: exported, not yet seen back.
 * - `kept`: unwanted, and left in the connected system because a person rejected its removal.
 */
export type ReferenceState = 'confirmed' | 'pending-add' | 'pending-delete' | 'sent-add' | 'sent-delete' | 'kept';

export interface ReferenceRow {
  readonly attribute: string;
  readonly target: CsId;
  readonly state: ReferenceState;
}

export interface MvRow {
  readonly id: MvId;
  readonly uuid: string;
  readonly type: string;
  /** Encoded attributes with provenance (`metaverse/attributes.ts`). */
  readonly attributes: string;
}

export interface StagedRow {
  readonly connector: ConnectorId;
  readonly anchor: string | null;
  readonly dn: string;
  readonly dnKey: string;
  readonly type: string;
  readonly hologram: string | null;
  readonly fingerprint: string | null;
  readonly pendingImport: PendingImport;
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

export interface CycleRecord {
  readonly number: number;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  readonly result: string;
  readonly steps: readonly StepRecord[];
}

export interface SyncStore {
  /** All or nothing, durable when it returns. Not reentrant. */
  transaction<T>(work: () => T): T;

  /** The connector's row, made when missing. */
  connector(name: string, kind: string): ConnectorId;
  setting(key: string): string | undefined;
  setSetting(key: string, value: string | null): void;

  row(id: CsId): CsRow | undefined;
  rowByAnchor(connector: ConnectorId, anchor: string): CsRow | undefined;
  rowByDn(connector: ConnectorId, dnKey: string): CsRow | undefined;
  insertRow(row: StagedRow): CsId;
  updateRow(id: CsId, change: Partial<Omit<CsRow, 'id' | 'connector'>>): void;
  /** Removes the row and the references that it holds. References to it are the caller's to settle first. */
  deleteRow(id: CsId): void;
  /** Rows with a pending import, in the order of their ids, after `after`. */
  pendingImports(connector: ConnectorId, after: number, limit: number): readonly CsRow[];
  pendingExports(connector: ConnectorId): readonly CsRow[];
  /** Number of rows with a pending export or pending references, without reading them. */
  countPendingExports(connector: ConnectorId): number;
  /** Whether any object or reference waits to be deleted, without reading them. */
  hasPendingDeletes(connector: ConnectorId): boolean;
  /** Marks every row of the connector for synchronisation again; unchanged rows become `update`. */
  requeueAll(connector: ConnectorId): void;
  countRows(connector: ConnectorId, type?: string): number;
  /** Rows with a fault, of one connector or of all. */
  faults(connector: ConnectorId | undefined, limit: number): readonly CsRow[];
  countFaults(): number;

  /** Ids of every row with an anchor: what a full import compares with what it saw. */
  importedIds(connector: ConnectorId): readonly CsId[];
  /** Number of rows with an anchor. */
  countImported(connector: ConnectorId): number;
  /** Number of rows that are in the connected system, as far as imports and exports tell, by object type. */
  countPresent(connector: ConnectorId): ReadonlyMap<string, number>;

  references(id: CsId): readonly ReferenceRow[];
  setReference(id: CsId, attribute: string, target: CsId, state: ReferenceState): void;
  dropReference(id: CsId, attribute: string, target: CsId): void;
  /** Rows that hold a reference to `target`. */
  referrers(target: CsId): readonly CsId[];
  /** Moves every reference to `from` so that it names `to`. */
  redirectReferences(from: CsId, to: CsId): void;
  /** Rows with references in a pending state. */
  rowsWithPendingReferences(connector: ConnectorId): readonly CsId[];

  mvObject(id: MvId): MvRow | undefined;
  insertMvObject(uuid: string, type: string): MvId;
  updateMvObject(id: MvId, attributes: string, joinValues: ReadonlyMap<string, readonly string[]>): void;
  deleteMvObject(id: MvId): void;
  /** Metaverse objects of `type` (`*`: any) whose join attribute has the value; two at most, which is enough to tell. */
  findMvObjects(type: string, attribute: string, value: string): readonly MvId[];
  linkedRows(id: MvId): readonly CsRow[];

  /** The queue of metaverse objects that must be evaluated again. Survives a kill. */
  enqueue(id: MvId): void;
  dequeueBatch(limit: number): readonly MvId[];
  dropFromQueue(id: MvId): void;
  countQueue(): number;

  /** `undefined` when none ran yet. */
  lastCycle(): CycleRecord | undefined;
  startCycle(startedAt: EpochMs): number;
  saveCycle(cycle: CycleRecord): void;
  cycles(limit: number): readonly CycleRecord[];
  /** Removes cycles that ended before `before`. */
  purgeCycles(before: EpochMs): number;

  /** Metaverse objects in which any text attribute contains `text`, without regard to case. */
  search(text: string, limit: number): readonly MvRow[];
}
