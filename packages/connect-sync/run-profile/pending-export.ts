/** What must be exported so that the cloud holds what synchronisation wants, apart from references and deletes. */
import type { CsRow, PendingExport } from '../connector-space/store.ts';

export function pendingExportOf(
  row: Pick<CsRow, 'desired' | 'hologram' | 'unconfirmed' | 'pendingExport'>,
): PendingExport {
  if (row.desired === null) return row.pendingExport === 'delete' ? 'delete' : 'none';
  const known = row.unconfirmed ?? row.hologram;
  if (known === null) return 'add';
  return known === row.desired ? 'none' : 'update';
}
