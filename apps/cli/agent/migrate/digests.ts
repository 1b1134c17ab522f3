/**
 * What two servers hold, object by object, by digests: the metaverse, and what each wants the cloud directory to be. Read
 * from copies of their stores, so that neither waits. Compares what `differences.ts` cannot see: objects of which nothing
 * waits to be exported.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cloudName } from '@springline/agent/components/connect-sync/directories';
import { componentHome } from '@springline/agent/home';
import { schemaVersion } from '@springline/agent/storage/sync-schema';
import { copySyncStore, openSyncStore, type SqliteSyncStore } from '@springline/agent/storage/sync-store';
import { sourceAnchorFromCloudDn } from '@springline/connect-sync/connector-space/cloud-dn';
import { decodeMvAttributes, textOfScalar, typedText } from '@springline/connect-sync/metaverse/encoding';

/** Source anchor -> digest (base64). */
interface Holding {
  readonly connectorSpace: ReadonlyMap<string, string>;
  readonly metaverse: ReadonlyMap<string, string>;
}

const portion = 1_000;
/** By which connector it came, and how the cloud calls it: that a server learns when it next synchronises the object. */
const ownToServer = /^(?:contributingConnector|cloud)/;

/** `undefined` for a store of another version: its objects cannot be compared in this way. */
export async function holdingOf(home: string, scratch: string): Promise<Holding | undefined> {
  const { state } = componentHome(home, 'connect-sync');
  if (!existsSync(state)) return undefined;
  const folder = mkdtempSync(join(scratch, 'migrate-'));
  try {
    const copy = join(folder, 'state.db');
    await copySyncStore(state, copy);
    if (versionOf(copy) !== schemaVersion) return undefined;
    const store = openSyncStore(copy, { isProven: true });
    try {
      return { connectorSpace: await connectorSpaceOf(store), metaverse: await metaverseOf(store) };
    } finally {
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Source anchors whose digests are not the same, or that only one of them holds; in order. */
export function differingAnchors(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  const differing = [...one].filter(([anchor, digest]) => other.get(anchor) !== digest).map(([anchor]) => anchor);
  for (const anchor of other.keys()) if (!one.has(anchor)) differing.push(anchor);
  return differing.sort();
}

function versionOf(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  } finally {
    database.close();
  }
}

/** What the server wants each object of the cloud to be: attributes, and references by source anchor. */
async function connectorSpaceOf(store: SqliteSyncStore): Promise<ReadonlyMap<string, string>> {
  const cloud = store.connector(cloudName, 'cloud');
  const digests = new Map<string, string>();
  for (let after = 0; ; ) {
    const rows = store.searchRows(cloud, { by: 'all' }, after, portion);
    for (const { id, dn, type, desired } of rows) {
      if (desired === null) continue;
      const wanted = store
        .references(id)
        .filter(({ state }) => state !== 'pending-delete' && state !== 'sent-delete' && state !== 'kept')
        .map(({ attribute, target }) => `${attribute} ${store.row(target)?.dn ?? ''}`)
        .sort();
      digests.set(sourceAnchorFromCloudDn(dn), digestOf([type, String(desired), wanted]));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < portion) return digests;
    after = last.id;
    await new Promise(setImmediate);
  }
}

/** Objects with a source anchor: their values, without where those come from. */
async function metaverseOf(store: SqliteSyncStore): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (let after = 0; ; ) {
    const objects = store.mvObjects(after, portion);
    for (const { type, attributes } of objects) {
      const values = new Map<string, readonly string[]>();
      const decoded = decodeMvAttributes(attributes, store.names);
      for (const [name, attribute] of decoded) {
        if (attribute.kind !== 'values' || ownToServer.test(name)) continue;
        values.set(name, attribute.values.map(typedText).sort());
      }
      const named = decoded.get('sourceAnchor');
      if (named?.kind !== 'values' || named.values[0] === undefined) continue;
      const anchor = textOfScalar(named.values[0]);
      const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
      digests.set(anchor, digestOf([type, sorted]));
    }
    const last = objects.at(-1);
    if (last === undefined || objects.length < portion) return digests;
    after = last.id;
    await new Promise(setImmediate);
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
