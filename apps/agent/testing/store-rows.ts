/** A sync store in a folder of its own, and rows to put into it. For tests only. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ConnectorId, CsId, MvId, NewRow } from '@springline/connect-sync/connector-space/store';
import { encodeAttributeList } from '@springline/directory/attribute-list/encode';
import { openSyncStore, type SqliteSyncStore } from '../storage/sync-store.ts';

/** Path of a store that is not there yet; its folder goes with the test. */
export function storeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.db');
}

export function newStore(t: TestContext): SqliteSyncStore {
  const store = openSyncStore(storeFile(t));
  t.after(() => store.close());
  return store;
}

/** An anchor of 16 bytes that differs with `n`. */
export function anchorOf(n: number): Uint8Array {
  const anchor = new Uint8Array(16).fill(0x5a);
  new DataView(anchor.buffer).setUint32(4, n);
  return anchor;
}

/** An imported object `CN=n,DC=a`. */
export function rowOf(connector: ConnectorId, n: number, more: Partial<NewRow> = {}): NewRow {
  return {
    connector,
    anchor: anchorOf(n),
    dn: `CN=${n},DC=a`,
    dnKey: `cn=${n},dc=a`,
    type: 'user',
    hologram: new Uint8Array(encodeAttributeList([['sn', [`${n}`]]])),
    fingerprint: new Uint8Array(16).fill((n % 255) + 1),
    ...more,
  };
}

/** Rows of `numbers`, in their order. */
export function insertRows(store: SqliteSyncStore, connector: ConnectorId, ...numbers: number[]): CsId[] {
  return numbers.map((n) => store.insertRow(rowOf(connector, n)));
}

/** A metaverse object to which rows of connectors are linked. */
export function linked(store: SqliteSyncStore, uuid: string, ...rows: readonly (readonly [CsId, ConnectorId])[]): MvId {
  const mv = store.insertMvObject(uuid, 'person', new Uint8Array([1]));
  for (const [row, connector] of rows) store.link(row, connector, mv, 'joined');
  return mv;
}
