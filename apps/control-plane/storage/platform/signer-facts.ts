/**
 * The outbox of facts that must outlive this database (rule S8): put in with the change that they are about, so that
 * nothing is lost while the signer is away.
 */
import type { RegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import type { Reader, Writer } from '../database.ts';
import { addToCounter } from './counters.ts';
import { systemTenantId } from './tables.ts';

interface WaitingFact {
  readonly sequence: number;
  readonly fact: RegisterFact;
}

/** In the transaction of the change. */
export async function addSignerFact(writer: Writer, fact: RegisterFact): Promise<void> {
  const sequence = await addToCounter(writer, 'fact', 1);
  await writer
    .insertInto('platform_signer_facts')
    .values({ tenant_id: systemTenantId, sequence, fact: JSON.stringify(fact) })
    .execute();
}

/** Those behind the sequence number `after`, oldest first. */
export async function nextSignerFacts(reader: Reader, after: number, limit: number): Promise<WaitingFact[]> {
  const rows = await reader
    .selectFrom('platform_signer_facts')
    .select(['sequence', 'fact'])
    .where('tenant_id', '=', systemTenantId)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(({ sequence, fact }) => ({ sequence: Number(sequence), fact: JSON.parse(fact) }));
}

/** When the signer has them. */
export async function removeSignerFactsThrough(writer: Writer, sequence: number): Promise<void> {
  await writer
    .deleteFrom('platform_signer_facts')
    .where('tenant_id', '=', systemTenantId)
    .where('sequence', '<=', sequence)
    .execute();
}

export async function removeSignerFact(writer: Writer, sequence: number): Promise<void> {
  await writer
    .deleteFrom('platform_signer_facts')
    .where('tenant_id', '=', systemTenantId)
    .where('sequence', '=', sequence)
    .execute();
}
