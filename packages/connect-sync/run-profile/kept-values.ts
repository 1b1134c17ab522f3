/**
 * Values that a person wants kept in the cloud although the directory has none any more: each until the directory has one
 * again, or a rule gives AuthoritativeNull. Their names stand with the row, so that no other change of the object takes them away.
 */
import { decodeHologram, encodeHologram } from '../connector-space/hologram.ts';
import type { CsRow } from '../connector-space/store.ts';
import type { DesiredObject } from '../rules/outbound.ts';

/** Names of attributes have no spaces. */
export function keepNames(known: string | null, more: readonly string[]): string {
  return [...new Set([...namesIn(known), ...more])].sort().join(' ');
}

/** What is wanted with what is kept, and what is to be kept from now on. */
export function withKept(
  row: CsRow,
  { encoded, emptied = [] }: Pick<DesiredObject, 'encoded' | 'emptied'>,
): { readonly encoded: string; readonly kept: string | null } {
  const current = row.unconfirmed ?? row.hologram;
  if (row.kept === null || current === null) return { encoded, kept: null };
  const wanted = decodeHologram(encoded);
  const known = decodeHologram(current);
  const names = namesIn(row.kept).filter((name) => !wanted.has(name) && !emptied.includes(name) && known.has(name));
  if (names.length === 0) return { encoded, kept: null };
  const all = new Map([...wanted, ...names.map((name) => [name, known.get(name)!] as const)]);
  return { encoded: encodeHologram(all), kept: names.join(' ') };
}

function namesIn(kept: string | null): readonly string[] {
  return kept === null ? [] : kept.split(' ');
}
