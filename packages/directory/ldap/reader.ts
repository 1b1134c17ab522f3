/**
 * Reads a whole subtree of an LDAP directory, page by page (RFC 4511, RFC 2696), as entries with typed values. Values
 * that Active Directory hands out in ranges are completed.
 *
 * A read that ends without an error is whole; one that may not be (a limit, a lost connection, a range without its rest,
 * a referral that leads away) throws, because what such a read lacks must not be taken for gone.
 *
 * Holds one page in memory, and the values of one entry that comes in ranges.
 */
import type { DirectoryEntry } from '../entry.ts';
import { LdapConnection } from './connection.ts';
import { decodeEntry } from './decode-entry.ts';
import type { LdapEndpoint } from './endpoint.ts';
import { LdapError } from './error.ts';
import { searchPages } from './paged-search.ts';
import { WholeEntries } from './ranges.ts';

export interface LdapServer {
  /** `ldap://host[:port]` or `ldaps://host[:port]`. */
  readonly url: string;
  readonly baseDn: string;
  /** Absent: an anonymous bind. */
  readonly bind?: { readonly dn: string; readonly password: string };
  /** PEM; absent: the CAs that Node trusts. */
  readonly caPem?: string;
  readonly startTls?: boolean;
}

const pageSize = 500;
/** A group with a million members comes as one entry on servers without ranges. */
const messageLimitBytes = 256 * 1024 * 1024;
/** One page, or everything from a server without pages: it is held in memory. */
const pageLimitBytes = 512 * 1024 * 1024;
const activeDirectoryOid = '1.2.840.113556.1.4.800';

/** `active-directory` or `openldap` (any other LDAP server), by what the root DSE says (MS-ADTS 3.1.1.3.4.3). */
export async function detectDirectoryKind(server: LdapServer): Promise<'active-directory' | 'openldap'> {
  const { signal } = new AbortController();
  using connection = await LdapConnection.open(endpointOf(server), signal);
  const attributes = ['supportedCapabilities'];
  let kind: 'active-directory' | 'openldap' = 'openldap';
  await connection.search(
    { baseDn: '', scope: 'base', filter: '(objectClass=*)', attributes },
    {
      entry(raw) {
        const capabilities = decodeEntry(raw).attributes.get('supportedcapabilities') ?? [];
        if (capabilities.includes(activeDirectoryOid)) kind = 'active-directory';
      },
    },
    signal,
  );
  return kind;
}

/**
 * Every entry below and including the base that matches `filter`, with the wanted attributes.
 *
 * @throws {LdapError} any of its codes. @throws {DirectoryError} for an entry that has not the types of its schema.
 */
export async function* readSubtree(
  server: LdapServer,
  wanted: { readonly filter: string; readonly attributes: readonly string[] },
  signal: AbortSignal,
): AsyncIterable<DirectoryEntry> {
  using connection = await LdapConnection.open(endpointOf(server), signal);
  const page: DirectoryEntry[] = [];
  let pageBytes = 0;
  const whole = new WholeEntries(connection, (raw) => {
    pageBytes += raw.end - raw.start;
    if (pageBytes > pageLimitBytes) {
      throw new LdapError(
        'ldap-incomplete',
        `${server.url} answered more than ${pageLimitBytes} bytes to one request.`,
      );
    }
    page.push(decodeEntry(raw));
  });
  const request = { baseDn: server.baseDn, scope: 'sub' as const, ...wanted };
  const on = { entry: whole.entry.bind(whole) };
  for await (const _ of searchPages(connection, request, pageSize, on, signal)) {
    await whole.complete(signal);
    pageBytes = 0;
    // A read that was stopped is not whole, and must not look like one.
    for (const entry of page.splice(0)) {
      signal.throwIfAborted();
      yield entry;
    }
  }
}

function endpointOf({ url, bind, caPem, startTls }: LdapServer): LdapEndpoint {
  return {
    urls: [url],
    limits: { messageBytes: messageLimitBytes },
    ...(bind === undefined ? {} : { bind: { kind: 'simple' as const, ...bind } }),
    ...(caPem === undefined ? {} : { caPem }),
    ...(startTls === undefined ? {} : { startTls }),
  };
}
