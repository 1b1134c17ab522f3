/**
 * The audit trail: who did what to whom, and when. An entry is appended in the transaction of the change that it
 * records, so that there is never one without the other. Entries are only ever added.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { type ChainedEntry, chainHash, chainStart } from './audit-chain.ts';
import { addToCounter } from './counters.ts';

export interface AuditEvent {
  readonly at: EpochMs;
  /** `person:<name>`, `token:<name>`, `agent:<id>`, `system`, or `operator` for whoever runs the installation. */
  readonly actor: string;
  /** `agent.revoked`, `session.started`: a thing and what became of it. */
  readonly action: string;
  /** What it was done to: a kind and an id, `agent:<id>`. */
  readonly subject: string;
  /** Names, counts and ids; never a secret or an attribute value. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export async function appendAudit(writer: Writer, tenantId: string, event: AuditEvent): Promise<void> {
  const last = await writer
    .selectFrom('platform_audit')
    .select(['sequence', 'hash'])
    .where('tenant_id', '=', tenantId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { at, actor, action, subject, detail = {} } = event;
  const sequence = (last?.sequence ?? 0) + 1;
  const entry = { sequence, at: new Date(at).toISOString(), actor, action, subject, detail };
  await writer
    .insertInto('platform_audit')
    .values({
      tenant_id: tenantId,
      sequence,
      at,
      actor,
      action,
      subject,
      detail: JSON.stringify(detail),
      hash: chainHash(last?.hash ?? chainStart(tenantId), entry),
    })
    .execute();
  await addToCounter(writer, 'mark', 1);
}

/** Up to `limit` entries after the sequence number `after`, oldest first. */
export async function listAudit(
  reader: Reader,
  tenantId: string,
  page: { readonly after: number; readonly limit: number },
): Promise<ChainedEntry[]> {
  const rows = await reader
    .selectFrom('platform_audit')
    .select(['sequence', 'at', 'actor', 'action', 'subject', 'detail', 'hash'])
    .where('tenant_id', '=', tenantId)
    .where('sequence', '>', page.after)
    .orderBy('sequence')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString(), detail: JSON.parse(row.detail) }));
}

/** How far back `newestAudit` looks: what is older is history. */
const lookedAtLimit = 10_000;

/** The newest entries of an action, newest first, at most `limit` and of the newest 10,000 of the tenant. */
export async function newestAudit(
  reader: Reader,
  tenantId: string,
  action: string,
  limit: number,
): Promise<Pick<ChainedEntry, 'detail'>[]> {
  const last = await reader
    .selectFrom('platform_audit')
    .select('sequence')
    .where('tenant_id', '=', tenantId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const rows = await reader
    .selectFrom('platform_audit')
    .select('detail')
    .where('tenant_id', '=', tenantId)
    .where('sequence', '>', (last?.sequence ?? 0) - lookedAtLimit)
    .where('action', '=', action)
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ detail }) => ({ detail: JSON.parse(detail) }));
}
