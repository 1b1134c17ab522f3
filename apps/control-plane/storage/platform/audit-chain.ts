/**
 * The hash chain of the audit trail. Each entry's hash covers the one before it, so that an entry that was altered,
 * removed or slipped in breaks every later link. The text that is hashed is made from what the API shows, so that a
 * trail can be checked by anybody who exported it from its start.
 */
import { createHash } from 'node:crypto';

export interface ChainedEntry {
  readonly sequence: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** SHA-256, hex. */
  readonly hash: string;
}

/** What the first entry of a tenant is chained to. */
export function chainStart(tenantId: string): string {
  return createHash('sha256').update(`springline-audit-1\n${tenantId}`).digest('hex');
}

export function chainHash(previousHash: string, entry: Omit<ChainedEntry, 'hash'>): string {
  const { sequence, at, actor, action, subject, detail } = entry;
  const text = JSON.stringify([sequence, at, actor, action, subject, detail]);
  return createHash('sha256').update(`${previousHash}\n${text}`).digest('hex');
}

/**
 * The sequence number of the first entry that does not belong where it stands; undefined when all do. `entries` follow
 * `previous` without a gap: by default they are the whole trail of the tenant, from 1 on.
 */
export function firstBrokenLink(
  tenantId: string,
  entries: readonly ChainedEntry[],
  previous: { readonly sequence: number; readonly hash: string } = { sequence: 0, hash: chainStart(tenantId) },
): number | undefined {
  let { sequence, hash } = previous;
  for (const entry of entries) {
    sequence += 1;
    if (entry.sequence !== sequence || entry.hash !== chainHash(hash, entry)) return entry.sequence;
    hash = entry.hash;
  }
  return undefined;
}
