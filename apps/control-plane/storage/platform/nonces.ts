/**
 * Nonces of signed requests, so that each is carried out once: also after a restart, and when two processes receive
 * the same one (rule S15).
 */
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Writer } from '../database.ts';

/** Remembers the nonce. False when it was there: the request is a replay. */
export async function rememberNonce(
  writer: Writer,
  tenantId: string,
  use: { readonly keyId: string; readonly nonce: string; readonly expiresAt: EpochMs },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await writer
    .insertInto('platform_nonces')
    .values({ tenant_id: tenantId, key_id: use.keyId, nonce: use.nonce, expires_at: use.expiresAt })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'key_id', 'nonce']).doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** Removes up to `limit` nonces past their time and says how many. */
export async function purgeNonces(writer: Writer, tenantId: string, now: EpochMs, limit: number): Promise<number> {
  const { numDeletedRows } = await writer
    .deleteFrom('platform_nonces')
    .where('tenant_id', '=', tenantId)
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('key_id', 'nonce'),
        'in',
        selectFrom('platform_nonces as old')
          .select(['old.key_id', 'old.nonce'])
          .where('old.tenant_id', '=', tenantId)
          .where('old.expires_at', '<=', now)
          .orderBy('old.expires_at')
          .limit(sql.lit(limit))
          .$asTuple('key_id', 'nonce'),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
