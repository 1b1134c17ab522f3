/**
 * Opens LDAP servers as sources of imports: asks what the servers are, and reads the containers that the configuration names
 * by their identifiers.
 */

import type { LdapEndpoint } from '@springline/directory/ldap/endpoint';
import { detectLdapSource, type LdapSourceKind, ldapSource } from '@springline/directory/ldap/sources/detect-source';
import type { HeldObjects, LdapSourceOptions } from '@springline/directory/ldap/sources/ldap-source';
import { type OneEntry, readOneEntry } from '@springline/directory/ldap/sources/one-entry';
import { bytesFromGuid } from '@springline/directory/schema';
import type { DirectorySource, RawEntry, ReadRequest } from '@springline/directory/source';

/** LDAP servers that hold the same, and what of it is read. Passwords and certificates are in it, read from their files. */
export interface LdapPlace {
  readonly endpoint: LdapEndpoint;
  readonly baseDn: string;
  /** Containers by the text of their objectGUID or entryUUID. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** RFC 4515; absent: every entry. */
  readonly filter?: string;
}

export interface OpenedLdap {
  readonly kind: LdapSourceKind;
  /** As the server names itself. */
  readonly vendor: string | undefined;
  /** Keep it from one read to the next: it may remember what it saw. */
  readonly source: DirectorySource;
}

/**
 * @param held what the connector space holds, where a delta may ask for it.
 * @throws {LdapError} @throws {DirectoryError} `guid-invalid`, for a container that is named by something else.
 */
export async function openLdapSource(
  place: LdapPlace,
  held: HeldObjects | undefined,
  signal: AbortSignal,
): Promise<OpenedLdap> {
  const { filter } = place;
  const { kind, vendor } = await detectLdapSource(place.endpoint, signal);
  const source = ldapSource(kind, { ...optionsOf(place, kind), ...(held === undefined ? {} : { held }) });
  return { kind, vendor, source: filter === undefined ? source : filtered(source, filter) };
}

/** Reads one entry of the place, if its containers and its filter take it in. @throws as `openLdapSource` */
export async function readOneOf(
  place: LdapPlace,
  dn: string,
  { attributes }: ReadRequest,
  take: (raw: RawEntry, anchor: Uint8Array) => void,
  signal: AbortSignal,
): Promise<OneEntry> {
  const { kind } = await detectLdapSource(place.endpoint, signal);
  const wanted = { dn, attributes, ...(place.filter === undefined ? {} : { filter: place.filter }) };
  return readOneEntry(kind, optionsOf(place, kind), wanted, take, signal);
}

function optionsOf(
  { endpoint, baseDn, include = [], exclude = [] }: LdapPlace,
  kind: LdapSourceKind,
): LdapSourceOptions {
  const anchorOf = (text: string): Uint8Array => anchorFromText(text, kind);
  return { endpoint, baseDn, containers: { include: include.map(anchorOf), exclude: exclude.map(anchorOf) } };
}

/** An objectGUID is written with its first fields in another order than its bytes (MS-DTYP 2.3.4.2); other identifiers are not. */
function anchorFromText(text: string, kind: LdapSourceKind): Uint8Array {
  const guid = bytesFromGuid(text);
  return kind === 'active-directory' ? guid : new Uint8Array(Buffer.from(text.replaceAll(/[{}-]/g, ''), 'hex'));
}

/** Every read with this filter. */
function filtered(source: DirectorySource, filter: string): DirectorySource {
  const { follow } = source;
  return {
    read: (request, sink, signal) => source.read({ ...request, filter }, sink, signal),
    ...(follow === undefined
      ? {}
      : {
          follow: (request, sink, changed, signal) =>
            follow.call(source, { ...request, filter }, sink, changed, signal),
        }),
  };
}
