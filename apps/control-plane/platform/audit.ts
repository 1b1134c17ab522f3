/** Reading the audit trail. */
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { listAudit } from '../storage/platform/audit.ts';

export function auditHandlers({ database }: { readonly database: Database }): Pick<Handlers, 'listAudit'> {
  return {
    async listAudit({ caller, query }) {
      const { after, limit } = query;
      const entries = await listAudit(database.read, caller.tenantId, { after, limit: limit + 1 });
      return {
        entries: entries.slice(0, limit).map((entry) => ({ ...entry, detail: { ...entry.detail } })),
        more: entries.length > limit,
      };
    },
  };
}
