/** What people call a row: objects of the cloud have DNs that nobody reads. */

import { AttributeListReader } from '@springline/directory/attribute-list/attribute-list';
import { attributeId } from '@springline/directory/attribute-list/names';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram } from '../connector-space/hologram.ts';
import type { CsId, CsRow, SyncStore } from '../connector-space/store.ts';

/** DN of the directory's object that a row of the cloud stands for, otherwise its source anchor. */
export function rowName(store: SyncStore, id: CsId): string {
  const row = store.row(id);
  if (row === undefined) return '';
  const source =
    row.mv === null ? undefined : store.linkedRows(row.mv).find(({ connector }) => connector !== row.connector);
  return source?.dn ?? sourceAnchorFromCloudDn(row.dn);
}

const nameAttributes = ['displayName', 'cn', 'ou', 'uid'] as const;

/** `undefined` when the object says none. */
export function displayNameOf(row: Pick<CsRow, 'desired' | 'hologram'>): string | undefined {
  const stored = row.desired ?? row.hologram;
  if (stored === null) return undefined;
  if (typeof stored !== 'string') return nameInList(stored);
  const hologram = decodeHologram(stored);
  for (const name of nameAttributes) {
    const value = hologram.get(name)?.[0];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

const reader = new AttributeListReader();

/** Reads one value, and not the whole object. */
function nameInList(bytes: Uint8Array): string | undefined {
  reader.load(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  for (const name of nameAttributes) {
    const index = reader.find(attributeId(name));
    const value = index < 0 ? undefined : reader.firstValue(index);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
