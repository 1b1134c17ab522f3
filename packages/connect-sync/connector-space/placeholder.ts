/**
 * Placeholders: rows that carry only a DN, because something refers to an object that was not imported (yet).
 */
import type { ConnectorId, StagedRow } from './store.ts';

export function placeholderRow(connector: ConnectorId, dn: string, dnKey: string): StagedRow {
  return {
    connector,
    anchor: null,
    dn,
    dnKey,
    type: 'placeholder',
    hologram: null,
    fingerprint: null,
    pendingImport: 'none',
  };
}
