/**
 * The object that people mean: by DN, by anchor in the forms that tools show, by source anchor, by the id of a
 * metaverse object or a row.
 */

import { cloudDn } from '@springline/connect-sync/connector-space/cloud-dn';
import type { ConnectorId, CsRow, MvRow } from '@springline/connect-sync/connector-space/store';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { normaliseDn } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import { bytesFromGuid } from '@springline/directory/schema';
import { CallError } from '../../../channel.ts';
import { cut } from './shown.ts';

export interface FoundObject {
  /** The connector space object that was named, or the first one of a directory of what was named. */
  readonly row: CsRow | undefined;
  readonly mv: MvRow | undefined;
}

/** @throws {CallError} `object-unknown` */
export function findObject(engine: Engine, name: string): FoundObject {
  const found = search(engine, name.trim());
  if (found !== undefined) return found;
  throw new CallError(
    'object-unknown',
    `nothing has the DN, anchor, sourceAnchor or id “${cut(name, 200)}”. Search: springline sync search`,
  );
}

/** Like `findObject`, for what needs a metaverse object. @throws {CallError} `object-unknown`, `object-disconnected` */
export function findMvObject(engine: Engine, name: string): MvRow {
  const { mv, row } = findObject(engine, name);
  if (mv !== undefined) return mv;
  throw new CallError(
    'object-disconnected',
    `${cut(row?.dn ?? name, 200)} is linked to no metaverse object: no rule takes it in`,
  );
}

function search(engine: Engine, name: string): FoundObject | undefined {
  const { store, cloud } = engine;
  const mv = store.mvByUuid(name.toLowerCase());
  if (mv !== undefined) {
    const linked = store.linkedRows(mv.id);
    return { mv, row: linked.find(({ connector }) => connector !== cloud.connector) ?? linked[0] };
  }
  const row =
    rowByDnIn(engine, undefined, name) ??
    store.rowByDn(cloud.connector, cloudDn(name)) ??
    rowByAnchorIn(engine, undefined, name) ??
    (/^\d{1,15}$/.test(name) ? store.row(Number(name) as CsRow['id']) : undefined);
  if (row === undefined) return undefined;
  return { row, mv: row.mv === null ? undefined : store.mvObject(row.mv) };
}

/** @param only this connector; absent: any, in their order. */
export function rowByDnIn(engine: Engine, only: ConnectorId | undefined, dn: string): CsRow | undefined {
  if (!dn.includes('=')) return undefined;
  const { store, cloud } = engine;
  const key = normalised(dn);
  for (const connector of connectorsOf(engine, only)) {
    // DNs of the cloud are made by us, and are what they are.
    const wanted = connector === cloud.connector ? dn : key;
    const row = wanted === undefined ? undefined : store.rowByDn(connector, wanted);
    if (row !== undefined) return row;
  }
  return undefined;
}

export function rowByAnchorIn(engine: Engine, only: ConnectorId | undefined, text: string): CsRow | undefined {
  const { store, cloud } = engine;
  const forms = anchorForms(text);
  for (const connector of connectorsOf(engine, only)) {
    for (const anchor of connector === cloud.connector ? [text] : [text, ...forms]) {
      const row = store.rowByAnchor(connector, anchor);
      if (row !== undefined) return row;
    }
  }
  return undefined;
}

function connectorsOf({ directories, cloud }: Engine, only: ConnectorId | undefined): readonly ConnectorId[] {
  return only === undefined ? [...directories.map(({ connector }) => connector), cloud.connector] : [only];
}

/** Bytes that a text may stand for: a GUID of Active Directory, a UUID, hexadecimal digits, Base64. */
function anchorForms(text: string): readonly Uint8Array[] {
  const plain = text.replace(/^\{(.*)\}$/, '$1');
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(plain);
  if (isUuid) return [bytesFromGuid(plain), Buffer.from(plain.replaceAll('-', ''), 'hex')];
  if (/^[0-9a-f]{32}$/i.test(plain)) return [Buffer.from(plain, 'hex')];
  return /^[A-Za-z0-9+/]{1,1000}={0,2}$/.test(text) ? [Buffer.from(text, 'base64')] : [];
}

function normalised(dn: string): string | undefined {
  try {
    return normaliseDn(dn);
  } catch (error) {
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
}
