/**
 * Placeholders: rows that carry only a DN, because something refers to an object that was not imported (yet).
 */
import type { ConnectorId, NewRow } from './store.ts';

export const placeholderType = 'placeholder';

export function placeholderRow(connector: ConnectorId, dn: string, dnKey: string): NewRow {
  return { connector, anchor: null, dn, dnKey, type: placeholderType, hologram: null, fingerprint: null };
}
