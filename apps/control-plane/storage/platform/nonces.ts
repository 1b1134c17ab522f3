/**
 * Nonces of signed requests, so that each is carried out once: also after a restart, and when two processes receive
 * the same one (rule S15).
 */
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Writer } from '../database.ts';

export interface NonceUse {
  readonly keyId: string;
  readonly nonce: string;
  readonly expiresAt: EpochMs;
}

/**
 * Remembers the nonces. Says for each, in their order, whether it is new; one that was there, or comes a second time in
 * `uses`, is a replay. One statement for all: `uses` is at most some hundreds.
 */
export async function rememberNonces(
  writer: Writer,
  tenantId: string,
  uses: readonly NonceUse[],
): Promise<readonly boolean[]> {
  const written = await writer
    .insertInto('platform_nonces')
    .values(
      uses.map(({ keyId, nonce, expiresAt }) => ({ tenant_id: tenantId, key_id: keyId, nonce, expires_at: expiresAt })),
    )
    .onConflict((conflict) => conflict.columns(['tenant_id', 'key_id', 'nonce']).doNothing())
    .returning(['key_id', 'nonce'])
    .execute();
  const added = new Set(written.map((row) => nameOf(row.key_id, row.nonce)));
  // Taken out at its first use: the second of two equal ones is a replay.
  return uses.map(({ keyId, nonce }) => added.delete(nameOf(keyId, nonce)));
}

/** As `rememberNonces`, for one. */
export async function rememberNonce(writer: Writer, tenantId: string, use: NonceUse): Promise<boolean> {
  return (await rememberNonces(writer, tenantId, [use]))[0] === true;
}

/** Both are base64url, which has no space. */
const nameOf = (keyId: string, nonce: string): string => `${keyId} ${nonce}`;

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
