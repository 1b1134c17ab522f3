/**
 * One object of a directory synchronised alone, by the same code as a run: the engine is given a store that shows it no
 * other work than that of this object. What else waits, waits on.
 */
import type { ConnectorId, CsId, CsRow, ReferenceRow, SyncStore } from '../connector-space/store.ts';
import type { Counters, Engine, StepOutcome } from '../run-profile/engine.ts';
import { synchronise } from '../run-profile/synchronise.ts';

/** How far the queue is looked through for one object; what lies behind waits for the next run. */
const queueLooked = 10_000;

/** An engine whose work is that of one row: its pending import, its metaverse object, its exports. */
export function engineOfOne(engine: Engine, id: CsId): Engine {
  return { ...engine, store: storeOfOne(engine.store, engine.cloud.connector, id) };
}

/** Synchronises the row and what follows for its metaverse object. */
export async function synchroniseOne(
  engine: Engine,
  row: CsRow,
  counters: Counters,
  signal: AbortSignal,
): Promise<StepOutcome> {
  if (row.pendingImport === 'none') engine.store.stageImport(row.id, 'update', null);
  return synchronise(engineOfOne(engine, row.id), row.connector, counters, signal);
}

/** The rows of the cloud that stand for the row, in the order of their ids. */
export function cloudRowsOf(engine: Engine, id: CsId): readonly CsId[] {
  const found = engine.store.counterpart(id, engine.cloud.connector);
  return found === undefined ? [] : [found];
}

function storeOfOne(store: SyncStore, cloud: ConnectorId, id: CsId): SyncStore {
  const known = new Set<CsId>(linkedTo(store, id));
  /** The row, and all that is or was linked with it. */
  const own = (): ReadonlySet<CsId> => {
    for (const each of linkedTo(store, id)) known.add(each);
    return known;
  };
  const ownRows = (connector: ConnectorId): readonly CsRow[] =>
    [...own()]
      .sort((a, b) => a - b)
      .flatMap((each) => store.row(each) ?? [])
      .filter((row) => row.connector === connector);
  const pending = (connector: ConnectorId): readonly CsRow[] => {
    const row = store.row(id);
    return row?.connector === connector && row.pendingImport !== 'none' ? [row] : [];
  };
  const toDelete = (connector: ConnectorId): readonly CsRow[] =>
    ownRows(connector).filter(({ pendingExport }) => pendingExport === 'delete');
  const toChange = (connector: ConnectorId): readonly CsRow[] =>
    ownRows(connector).filter(({ pendingExport }) => pendingExport !== 'delete' && pendingExport !== 'none');
  const only: Partial<SyncStore> = {
    pendingImports: (connector, after) => pending(connector).filter((row) => row.id > after),
    countPendingImports: (connector) => pending(connector).length,
    faults: () => [],
    dequeueBatch: () => {
      const mv = store.row(id)?.mv;
      return mv != null && store.dequeueBatch(queueLooked).includes(mv) ? [mv] : [];
    },
    unsettledReferences: (after) =>
      [...own()]
        .filter((each) => each > after)
        .sort((a, b) => a - b)
        .flatMap((row) =>
          store
            .references(row)
            .filter(isUnsettled)
            .map((reference) => ({ ...reference, row })),
        ),
    referenceQueue: () =>
      ownRows(cloud)
        .map((row) => row.id)
        .filter((each) => store.isInReferenceQueue(each)),
    pendingExportTypes: (connector) => [...new Set(toChange(connector).map(({ type }) => type))],
    pendingExportIds: (connector, { isDelete, type }) =>
      (isDelete ? toDelete(connector) : toChange(connector))
        .filter((row) => type === undefined || row.type === type)
        .map((row) => row.id),
    hasUndecidedRemovals: (connector) => ownRows(connector).length > 0,
    undecidedDeletes: (connector) => new Map(toDelete(connector).map(({ type }) => [type, 1])),
    countDeparted: (connector) => toDelete(connector).filter(({ guard }) => guard === 'departed').length,
    // One object is not many.
    clearedReferences: () => [],
    undecidedRemovals: (connector, attribute) => {
      const ids = new Set(ownRows(connector).map((row) => row.id));
      return store.undecidedRemovals(connector, attribute).filter(({ row }) => ids.has(row));
    },
    clearingRows: (connector, after) => toChange(connector).filter((row) => row.guard === 'clears' && row.id > after),
    rowsWithPendingReferences: (connector) =>
      ownRows(connector)
        .map((row) => row.id)
        .filter((each) => store.references(each).some(({ state }) => /^pending-/.test(state))),
  };
  return new Proxy(store, {
    get(target, name) {
      const replaced = Reflect.get(only, name) as unknown;
      if (replaced !== undefined) return replaced;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function linkedTo(store: SyncStore, id: CsId): readonly CsId[] {
  const mv = store.row(id)?.mv;
  return mv == null ? [id] : [id, ...store.linkedRows(mv).map((row) => row.id)];
}

function isUnsettled({ state }: ReferenceRow): boolean {
  return state === 'new' || state === 'gone' || state === 'moved';
}
