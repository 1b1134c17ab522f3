/** Pending exports as people see them. */
import type { ParsedSyncParameters, SyncAnswer } from '@springline/api/shapes/sync';
import { type PendingExportView, syncShown } from '@springline/api/shapes/sync-objects';
import type { CsRow } from '@springline/connect-sync/connector-space/store';
import { heldRows, type PendingChange, pendingChange } from '@springline/connect-sync/preview/pending-change';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { CallError } from '../../../channel.ts';
import { pageOf } from './page.ts';
import { cut, Room, shownDn, shownName } from './shown.ts';

const portion = 1_000;

/** @throws {CallError} `connector-unknown`, `malformed-call` */
export async function pendingView(
  engine: Engine,
  { connector, kind, limit, after }: ParsedSyncParameters<'pending'>,
): Promise<SyncAnswer<'pending'>> {
  const { store, cloud, directories } = engine;
  if (connector !== undefined && connector !== cloud.name) {
    // Directories are only read.
    if (directories.some(({ name }) => name === connector)) return { total: 0, items: [] };
    throw unknownConnector(engine, connector);
  }
  const held = heldRows(engine);
  const room = new Room();
  const page = await pageOf(
    engine,
    { after, limit },
    (from, count) => store.pendingExportPage(cloud.connector, from, count),
    (row) => {
      if (kind !== undefined && kindOf(row) !== kind) return undefined;
      const change = pendingChange(engine, row, held);
      return change === undefined ? undefined : changeView(change, room);
    },
    { isFull: () => room.isUsedUp },
  );
  return {
    total: kind === undefined ? store.countPendingExports(cloud.connector) : await count(engine, kind),
    ...page,
  };
}

export function unknownConnector(engine: Engine, name: string): CallError {
  const names = [...engine.directories.map((directory) => directory.name), engine.cloud.name].join(', ');
  return new CallError('connector-unknown', `there is no connector “${cut(name, 100)}”; there are: ${names}`);
}

function kindOf({ pendingExport }: CsRow): 'add' | 'update' | 'delete' {
  return pendingExport === 'none' ? 'update' : pendingExport;
}

async function count({ store, cloud }: Engine, kind: 'add' | 'update' | 'delete'): Promise<number> {
  let found = 0;
  for (let after = 0; ; ) {
    const rows = store.pendingExportPage(cloud.connector, after, portion);
    found += rows.filter((row) => kindOf(row) === kind).length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < portion) return found;
    after = last.id;
    await new Promise(setImmediate);
  }
}

export function changeView(change: PendingChange, whole: Room): PendingExportView {
  const room = Room.ofObject();
  whole.use(1_000);
  const view: PendingExportView = {
    id: change.id,
    connector: shownName(change.connector),
    objectType: change.objectType.slice(0, 100),
    name: shownName(change.name),
    sourceAnchor: change.sourceAnchor.slice(0, 256) || '?',
    operation: change.operation,
    attributes: change.attributes.slice(0, syncShown.attributes).map(({ name, type, old, new: wanted }) => {
      const [before, after] = [room.values(old), room.values(wanted)];
      return {
        name: name.slice(0, 256),
        type,
        old: before.values,
        new: after.values,
        ...(before.count === undefined ? {} : { oldCount: before.count }),
        ...(after.count === undefined ? {} : { newCount: after.count }),
      };
    }),
    references: change.references.slice(0, 100).map((reference) => ({
      attribute: reference.attribute,
      added: room.values(reference.added).values.map(shownDn),
      removed: room.values(reference.removed).values.map(shownDn),
      addedCount: reference.addedCount,
      removedCount: reference.removedCount,
    })),
    why: change.why.slice(0, 100).map(shownName),
    held: change.held,
  };
  whole.use(JSON.stringify(view).length);
  return view;
}
