/**
 * Plain reads beside a feed of changes: entries whole, with the values that come in ranges, and sweeps that only tell what
 * is there.
 */

import { attributeId } from '../../attribute-list/names.ts';
import { normaliseDn } from '../../dn.ts';
import type { RawEntry } from '../../source.ts';
import type { LdapConnection } from '../connection.ts';
import { LdapError } from '../error.ts';
import type { SearchRequest } from '../message.ts';
import { pagedSearch } from '../paged-search.ts';
import { WholeEntries } from '../ranges.ts';
import type { AnchorAttribute } from './anchor-attribute.ts';
import { EntryView } from './entry-view.ts';
import { entriesPerPage, everyEntry } from './ldap-source.ts';
import type { Pages } from './pages.ts';
import type { Scope } from './scope.ts';

/** Every entry of a search, whole. @throws as `LdapConnection.search` */
export async function readWhole(
  connection: LdapConnection,
  request: SearchRequest,
  take: (raw: RawEntry) => void,
  signal: AbortSignal,
): Promise<void> {
  const whole = new WholeEntries(connection, take, request.controls);
  await pagedSearch(
    connection,
    request,
    entriesPerPage,
    { entry: (raw, controls) => whole.entry(raw, controls), page: () => whole.complete(signal) },
    signal,
  );
}

/**
 * Hands over what lies below containers that came into scope, and each container behind it: a read that is cut short finds
 * it new again.
 */
export async function readArrived(
  connection: LdapConnection,
  search: SearchRequest,
  scope: Scope,
  arrived: readonly string[],
  anchor: AnchorAttribute,
  pages: Pages,
  signal: AbortSignal,
  beforeEntry: (dn: string, anchor: Uint8Array) => void = () => {},
): Promise<void> {
  const view = new EntryView();
  const anchorId = attributeId(anchor.name);
  const handOver = (raw: RawEntry): void => {
    const bytes = view.load(raw).anchor(anchor, anchorId);
    if (bytes !== undefined) beforeEntry(view.dn, bytes);
    pages.entry(raw, bytes);
  };
  for (const baseDn of arrived) {
    const baseKey = normaliseDn(baseDn);
    let container: RawEntry | undefined;
    const take = (raw: RawEntry): void => {
      const { dn } = view.load(raw);
      if (!scope.isWhole && !scope.isInScope(dn)) return;
      if (normaliseDn(dn) === baseKey) container = copyOf(raw);
      else handOver(raw);
    };
    await readIfThere(() => readWhole(connection, { ...search, baseDn }, take, signal));
    if (container !== undefined) handOver(container);
  }
}

/** A read at a DN that may have gone since it was heard of: the next read tells what became of it. */
export async function readIfThere(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof LdapError) || error.code !== 'ldap-base-missing') throw error;
  }
}

function copyOf({ bytes, start, end }: RawEntry): RawEntry {
  return { bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: end - start };
}

/**
 * Tells of every object in scope that it is there. Objects that appear or go meanwhile may be told or not. One that shows no
 * anchor is handed over as it is: the importing side knows whether it should.
 *
 * @throws {LdapError}
 */
export async function sweep(
  connection: LdapConnection,
  scope: Scope,
  filter: string | undefined,
  anchor: AnchorAttribute,
  pages: Pages,
  signal: AbortSignal,
): Promise<void> {
  const view = new EntryView();
  const anchorId = attributeId(anchor.name);
  const entry = (raw: RawEntry): void => {
    view.load(raw);
    if (!scope.isWhole && !scope.isInScope(view.dn)) return;
    const found = view.anchor(anchor, anchorId);
    if (found === undefined) pages.entry(raw);
    else pages.present(found);
  };
  for (const baseDn of scope.bases) {
    const request: SearchRequest = { baseDn, scope: 'sub', filter: filter ?? everyEntry, attributes: [anchor.name] };
    await pagedSearch(connection, request, entriesPerPage, { entry }, signal);
  }
}

export function requireAnchor(found: Uint8Array | undefined, { name }: AnchorAttribute, url: string): Uint8Array {
  if (found !== undefined) return found;
  throw new LdapError(
    'ldap-incomplete',
    `${url} shows an entry without a sound ${name}, so it cannot be told apart from others. Let this account read ${name}.`,
  );
}
