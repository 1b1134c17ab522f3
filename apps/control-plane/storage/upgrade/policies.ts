/** The policies that were signed, as far as this installation saw them, and until when each was seen in force. */
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from '../platform/tables.ts';

export interface SeenPolicy {
  readonly version: number;
  readonly issuedAt: EpochMs;
  /** When it was last seen to be the newest. */
  readonly seenAt: EpochMs;
  /** Canonical JSON. */
  readonly policy: string;
  /** Another signer's were there before it: what was in force then is not known. */
  readonly isAfterOther: boolean;
}

/** More are older than anything that is asked of them. */
export const policiesKept = 500;
/** Their texts together, in UTF-16 units; one is at most 262,144 bytes. */
export const policyTextKept = 16 * 1024 * 1024;

/** Puts it down, or that it is in force still. What another signer signed goes: its numbers are of another count. */
export async function notePolicy(
  writer: Writer,
  { version, issuedAt, seenAt, policy }: Omit<SeenPolicy, 'isAfterOther'>,
): Promise<void> {
  const others = writer.deleteFrom('upgrade_policies').where('tenant_id', '=', systemTenantId);
  const gone = await others
    .where(({ eb, or, and }) =>
      or([
        and([eb('version', '=', version), eb('policy', '!=', policy)]),
        // A later number from an earlier time; one from a later time only overtook this one on its way here.
        and([eb('version', '>', version), eb('issued_at', '<', issuedAt)]),
      ]),
    )
    .executeTakeFirst();
  const isAfterOther = gone.numDeletedRows > 0n;
  // Which of those before it has signed too is not to be told.
  if (isAfterOther) await others.where('version', '!=', version).execute();
  const seen = { issued_at: issuedAt, seen_at: seenAt, policy };
  await writer
    .insertInto('upgrade_policies')
    .values({ tenant_id: systemTenantId, version, ...seen, is_after_other: isAfterOther ? 1 : 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'version'])
        .doUpdateSet(isAfterOther ? { ...seen, is_after_other: 1 } : { seen_at: seenAt }),
    )
    .execute();
  await makeRoom(writer);
}

async function makeRoom(writer: Writer): Promise<void> {
  const rows = await writer
    .selectFrom('upgrade_policies')
    .select(['version', sql<number>`length(policy)`.as('units')])
    .where('tenant_id', '=', systemTenantId)
    .orderBy('version', 'desc')
    .execute();
  let units = 0;
  const tooMany = rows.find((row, at) => {
    units += row.units;
    return at >= policiesKept || units > policyTextKept;
  });
  if (tooMany === undefined) return;
  await writer
    .deleteFrom('upgrade_policies')
    .where('tenant_id', '=', systemTenantId)
    .where('version', '<=', tooMany.version)
    .execute();
}

/** The oldest first. */
export async function seenPolicies(reader: Reader): Promise<SeenPolicy[]> {
  const rows = await reader
    .selectFrom('upgrade_policies')
    .select(['version', 'issued_at as issuedAt', 'seen_at as seenAt', 'policy', 'is_after_other'])
    .where('tenant_id', '=', systemTenantId)
    .orderBy('version')
    .execute();
  return rows.map(({ is_after_other, ...row }) => ({ ...row, isAfterOther: is_after_other === 1 }));
}
