/**
 * Whether the audit trail is whole, as far as it is loaded: each entry's hash covers the one before it, and the first is
 * chained to the tenant. Checked here and not asked of the server, which is who one would want to check.
 */
import { sha256Hex } from '@springline/auto-upgrade/rollout/sha256';
import type { Answer } from '../api-client.ts';

export type AuditEntry = Answer<'listAudit'>['entries'][number];

const utf8 = new TextEncoder();

/** `broken`: the first entry that does not belong where it stands. `entries` begin with the first of the tenant. */
export type Chain =
  | { readonly kind: 'whole'; readonly count: number }
  | { readonly kind: 'broken'; readonly sequence: number };

export function checkChain(tenantId: string, entries: readonly AuditEntry[]): Chain {
  let hash = hashOf(`springline-audit-1\n${tenantId}`);
  for (const [at, { sequence, at: instant, actor, action, subject, detail, hash: said }] of entries.entries()) {
    hash = hashOf(`${hash}\n${JSON.stringify([sequence, instant, actor, action, subject, detail])}`);
    if (sequence !== at + 1 || said !== hash) return { kind: 'broken', sequence };
  }
  return { kind: 'whole', count: entries.length };
}

const hashOf = (text: string): string => sha256Hex(utf8.encode(text));

/** Entries whose actor, action, subject or detail holds the text; all of them for blank text. */
export function filterAudit(entries: readonly AuditEntry[], text: string): readonly AuditEntry[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return entries;
  return entries.filter(({ actor, action, subject, detail }) =>
    [actor, action, subject, JSON.stringify(detail)].some((word) => word.toLowerCase().includes(wanted)),
  );
}
