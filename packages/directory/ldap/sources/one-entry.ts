/**
 * One entry of an LDAP server, read just as the source for that server would read it: with the anchor by which the source
 * names it, and only where the containers and the filter of the import take it in.
 */
import { attributeId } from '../../attribute-list/names.ts';
import type { RawEntry } from '../../source.ts';
import { LdapConnection } from '../connection.ts';
import { WholeEntries } from '../ranges.ts';
import { resultCode } from '../result-code.ts';
import { type AnchorAttribute, anchorAttributes, anchorFromDn, entryUuid, objectGuid } from './anchor-attribute.ts';
import type { LdapSourceKind } from './detect-source.ts';
import { EntryView } from './entry-view.ts';
import { findAnchor } from './generic/generic-source.ts';
import { everyEntry, type LdapSourceOptions, wireAttributes } from './ldap-source.ts';
import { resolveScope } from './scope.ts';
import { requireAnchor } from './whole-read.ts';

export interface WantedEntry {
  readonly dn: string;
  readonly attributes: ReadonlySet<string>;
  /** RFC 4515; absent: whatever the entry is. */
  readonly filter?: string;
}

/** What became of it: `out-of-scope` when the entry is there, and no container or filter takes it in. */
export type OneEntry = 'found' | 'not-there' | 'out-of-scope';

/**
 * Hands the entry with this DN to `take`, if the import takes it in.
 *
 * @throws {LdapError | ScopeError}
 */
export async function readOneEntry(
  kind: LdapSourceKind,
  options: LdapSourceOptions,
  wanted: WantedEntry,
  take: (raw: RawEntry, anchor: Uint8Array) => void,
  signal: AbortSignal,
): Promise<OneEntry> {
  using connection = await LdapConnection.open(options.endpoint, signal);
  const anchor = await anchorAttributeOf(kind, connection, options.baseDn, signal);
  const scope = await resolveScope(connection, options, anchor ?? anchorAttributes[0]!, signal);
  const needed = ['objectClass', ...(anchor === undefined ? [] : [anchor.name])];
  const read = async (filter: string, names: readonly string[], entry: (raw: RawEntry) => void): Promise<void> => {
    const whole = new WholeEntries(connection, entry);
    const acceptedCodes = [resultCode.noSuchObject];
    const search = { baseDn: wanted.dn, scope: 'base' as const, filter, attributes: names, acceptedCodes };
    await connection.search(search, { entry: (raw, controls) => whole.entry(raw, controls) }, signal);
    await whole.complete(signal);
  };
  const view = new EntryView();
  let end: OneEntry = 'not-there';
  await read(wanted.filter ?? everyEntry, wireAttributes(wanted.attributes, needed), (raw) => {
    const { dn } = view.load(raw);
    end = scope.isInScope(dn) ? 'found' : 'out-of-scope';
    if (end !== 'found') return;
    const found = anchor === undefined ? anchorFromDn(dn) : view.anchor(anchor, attributeId(anchor.name));
    take(raw, anchor === undefined ? found! : requireAnchor(found, anchor, connection.url));
  });
  if (end !== 'not-there' || wanted.filter === undefined) return end;
  await read(everyEntry, ['1.1'], () => {
    end = 'out-of-scope';
  });
  return end;
}

function anchorAttributeOf(
  kind: LdapSourceKind,
  connection: LdapConnection,
  baseDn: string,
  signal: AbortSignal,
): Promise<AnchorAttribute | undefined> | AnchorAttribute {
  if (kind === 'active-directory') return objectGuid;
  return kind === 'openldap' ? entryUuid : findAnchor(connection, baseDn, signal);
}
