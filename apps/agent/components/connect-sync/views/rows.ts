/** Connector space rows as people see them, and the attributes of holograms. */
import { type CsRowView, type SyncAttribute, syncShown } from '@springline/api/shapes/sync-objects';
import type { Hologram } from '@springline/connect-sync/connector-space/hologram';
import { placeholderType } from '@springline/connect-sync/connector-space/placeholder';
import type { Anchor, CsRow } from '@springline/connect-sync/connector-space/store';
import { connectorName } from '@springline/connect-sync/preview/explain';
import { displayNameOf } from '@springline/connect-sync/preview/row-name';
import { textOfCsValue, typeOfCsValue } from '@springline/connect-sync/preview/shown-value';
import { directoryOf, type Engine } from '@springline/connect-sync/run-profile/engine';
import { guidFromBytes } from '@springline/directory/schema';
import { cut, instant, type Room, shownDn, shownName } from './shown.ts';

export function rowView(engine: Engine, row: CsRow): CsRowView {
  const displayName = displayNameOf(row);
  const mv = row.mv === null ? undefined : engine.store.mvObject(row.mv);
  const anchor = anchorText(engine, row);
  return {
    id: String(row.id),
    connector: shownName(connectorName(engine, row)),
    dn: shownDn(row.dn),
    ...(anchor === undefined ? {} : { anchor: cut(anchor, 512) }),
    objectType: row.type.slice(0, 100) || 'unknown',
    ...(displayName === undefined ? {} : { displayName: shownName(displayName) }),
    pendingImport: row.pendingImport,
    pendingExport: row.pendingExport === 'none' && hasPendingReferences(engine, row) ? 'update' : row.pendingExport,
    linked: row.mv !== null,
    ...(row.link === null ? {} : { link: row.link }),
    ...(mv === undefined ? {} : { metaverseId: mv.uuid }),
    ...(row.type === placeholderType ? { placeholder: true } : {}),
    ...(row.isTransient ? { transient: true } : {}),
    ...(row.unconfirmed === null ? {} : { awaitingConfirmation: true }),
    ...(row.fault === null ? {} : { error: faultView(row.fault) }),
  };
}

function hasPendingReferences({ store, cloud }: Engine, row: CsRow): boolean {
  if (row.connector !== cloud.connector || row.referenceSources === null) return false;
  return store.references(row.id).some(({ state }) => state === 'pending-add' || state === 'pending-delete');
}

function faultView(fault: NonNullable<CsRow['fault']>): NonNullable<CsRowView['error']> {
  return {
    code: fault.code,
    message: cut(fault.message, 2_000),
    firstSeenAt: instant(fault.firstSeenAt),
    lastSeenAt: instant(fault.lastSeenAt),
    retryCount: fault.retryCount,
  };
}

/** An objectGUID as Active Directory writes it, another UUID as RFC 9562 does, other bytes in Base64. */
function anchorText(engine: Engine, row: CsRow): string | undefined {
  const { anchor } = row;
  if (anchor === null || typeof anchor === 'string') return anchor ?? undefined;
  return bytesText(anchor, directoryOf(engine, row.connector)?.kind === 'active-directory');
}

function bytesText(anchor: Exclude<Anchor, string>, isGuid: boolean): string {
  const bytes = Buffer.from(anchor.buffer, anchor.byteOffset, anchor.length);
  if (bytes.length !== 16) return bytes.toString('base64');
  if (isGuid) return guidFromBytes(bytes);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Attributes by name. */
export function attributesView(hologram: Hologram, room: Room): SyncAttribute[] {
  return [...hologram]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, syncShown.attributes)
    .map(([name, values]) => ({
      name: name.slice(0, 256),
      type: typeOfCsValue(name, values[0]),
      ...room.values(values.slice(0, syncShown.values).map(textOfCsValue), values.length),
    }));
}
