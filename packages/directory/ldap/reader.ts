/**
 * Reads a whole subtree of an LDAP directory, page by page (RFC 4511, RFC 2696), as entries with typed values. Values
 * that Active Directory hands out in ranges are completed.
 *
 * A read that ends without an error is whole; one that may not be (a limit, a connection lost and made again, a range
 * without its rest, a referral that leads away) throws, because what such a read lacks must not be taken for gone. One
 * case is left: the library ends at a page that has no entry although the server has more, so a mass delete still
 * meets the guards of sync.
 *
 * Holds one page in memory, and the values of one entry that comes in ranges; `answer-guard.ts` bounds both.
 */
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { Client, type SearchOptions } from 'ldapts';
import { type AttributeDescription, parseAttributeDescription } from '../attribute-name.ts';
import { type AttributeValue, attributeValueFromBytes, type DirectoryEntry } from '../entry.ts';
import { AnswerGuard } from './answer-guard.ts';
import { LdapError, ldapErrorFrom } from './error.ts';

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
const operationTimeoutMs = 120_000;
const connectTimeoutMs = 10_000;
/** Requests for the rest of one attribute: at 1,500 values each this is 15 million. */
const rangeRequestLimit = 10_000;

/** `active-directory` or `openldap` (any other LDAP server), by what the root DSE says (MS-ADTS 3.1.1.3.4.3). */
export async function detectDirectoryKind(server: LdapServer): Promise<'active-directory' | 'openldap'> {
  await using connection = await connect(server);
  try {
    const { searchEntries } = await connection.client.search('', {
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['supportedCapabilities'],
    });
    const capabilities = searchEntries[0]?.['supportedCapabilities'] ?? [];
    return [capabilities].flat().map(String).includes('1.2.840.113556.1.4.800') ? 'active-directory' : 'openldap';
  } catch (cause) {
    throw ldapErrorFrom(connection.guard.error ?? cause, server);
  }
}

/**
 * Every entry below and including the base that matches `filter`, with the wanted attributes.
 *
 * @throws {LdapError} any of its codes.
 */
export async function* readSubtree(
  server: LdapServer,
  wanted: { readonly filter: string; readonly attributes: readonly string[] },
  signal: AbortSignal,
): AsyncIterable<DirectoryEntry> {
  await using connection = await connect(server);
  try {
    const pages = connection.client.searchPaginated(server.baseDn, {
      scope: 'sub',
      filter: wanted.filter,
      attributes: [...wanted.attributes],
      explicitBufferAttributes: everyAttribute,
      paged: { pageSize },
    });
    for await (const page of pages) {
      // A read that was stopped is not whole, and must not look like one.
      signal.throwIfAborted();
      if (connection.opened() > 1) {
        throw new LdapError(
          'ldap-incomplete',
          `the connection to ${server.url} was lost during the read; it is tried again.`,
        );
      }
      if (page.searchReferences.length > 0 && !page.searchReferences.every(isWithinOwnPartitions)) {
        throw new LdapError(
          'ldap-incomplete',
          `${server.url} answered with a referral to another server. Choose a base DN that this server holds itself.`,
        );
      }
      connection.guard.answered();
      for (const found of page.searchEntries) yield await completeEntry(connection, server, found);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw ldapErrorFrom(connection.guard.error ?? cause, server);
  }
}

interface Connection {
  readonly client: Client;
  readonly guard: AnswerGuard;
  /** How many sockets were opened: more than one means that the library connected again by itself. */
  opened(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

async function connect(server: LdapServer): Promise<Connection> {
  const { hostname, protocol } = parseLdapUrl(server.url);
  const secure = protocol === 'ldaps:';
  if (!secure && server.startTls !== true && server.bind !== undefined && !isLoopback(hostname)) {
    throw new LdapError(
      'ldap-clear-text',
      `the password for ${server.url} would travel unencrypted. Use ldaps:// or --start-tls.`,
    );
  }
  const tlsOptions = {
    ...(server.caPem === undefined ? {} : { ca: server.caPem }),
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    minVersion: 'TLSv1.2' as const,
  };
  let opened = 0;
  const guard = new AnswerGuard(server.url);
  const counted = <Connect extends (...words: never[]) => Socket>(open: Connect): Connect =>
    ((...words: Parameters<Connect>) => {
      opened += 1;
      return guard.watch(open(...words));
    }) as Connect;
  const startTls = ((options: ConnectionOptions) => guard.watch(shakeHands(options))) as typeof connectTls;
  const client = new Client({
    url: server.url,
    timeout: operationTimeoutMs,
    connectTimeout: connectTimeoutMs,
    ...(secure
      ? { tlsOptions, createSecureConnection: counted(connectTls) }
      : { createConnection: counted(connectSocket), createSecureConnection: startTls }),
  });
  try {
    if (server.startTls === true && !secure) await client.startTLS({ ...tlsOptions, host: hostname });
    if (server.bind !== undefined) await client.bind(server.bind.dn, server.bind.password);
  } catch (cause) {
    await client.unbind().catch(() => undefined); // The bind failed; that the farewell fails as well adds nothing.
    throw ldapErrorFrom(guard.error ?? cause, server);
  }
  return { client, guard, opened: () => opened, [Symbol.asyncDispose]: () => client.unbind() };
}

/** TLS over a connection that is there (StartTLS): the library waits for its handshake without end. */
function shakeHands(options: ConnectionOptions): TLSSocket {
  const socket = connectTls(options);
  const timer = setTimeout(() => socket.destroy(new Error('the TLS handshake did not end')), connectTimeoutMs);
  const settled = (): void => clearTimeout(timer);
  return socket.once('secureConnect', settled).once('error', settled).once('close', settled);
}

function parseLdapUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (
    parsed === null ||
    !/^ldaps?:$/.test(parsed.protocol) ||
    parsed.hostname === '' ||
    !/^\/?$/.test(parsed.pathname)
  ) {
    throw new LdapError(
      'ldap-url-invalid',
      `${url} is no LDAP URL. Write ldaps://host or ldap://host:port, and the base with --base.`,
    );
  }
  return parsed;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

/** AD refers to its own DNS and configuration partitions from the domain; those are not part of the subtree we read. */
function isWithinOwnPartitions(referral: string): boolean {
  return /\/(CN=Configuration|CN=Schema|DC=(Domain|Forest)DnsZones),/i.test(referral);
}

/** Asks the library for the bytes of every attribute: our schema says what they mean, not the library's guess. */
const everyAttribute: string[] = new (class extends Array<string> {
  override includes(): boolean {
    return true;
  }
})();

type Found = Readonly<Record<string, string | string[] | Buffer | Buffer[]>>;

async function completeEntry(connection: Connection, server: LdapServer, found: Found): Promise<DirectoryEntry> {
  const dn = String(found['dn']);
  const attributes = new Map<string, readonly AttributeValue[]>();
  for (const [name, raw] of Object.entries(found)) {
    if (name === 'dn') continue;
    const values = bytesOf(raw);
    // The library invents an empty list for what was asked for and not answered.
    if (values.length === 0) continue;
    const description = parseAttributeDescription(name);
    const range = description.options.find((option) => option.startsWith('range='));
    const whole =
      range === undefined ? values : await completeRange(connection, server, dn, description, range, values);
    const plain = range === undefined ? description : parseAttributeDescription(description.name);
    attributes.set(
      plain.key,
      whole.map((value) => attributeValueFromBytes(plain, value)),
    );
  }
  return { dn, attributes };
}

/** MS-ADTS 3.1.1.3.1.3.3: `member;range=0-1499` is answered until the range ends with `*`. */
async function completeRange(
  { client, guard }: Connection,
  server: LdapServer,
  dn: string,
  description: AttributeDescription,
  firstRange: string,
  firstValues: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const values = [...firstValues];
  let range = firstRange;
  for (let requests = 0; !range.endsWith('-*'); requests++) {
    const next = Number(range.slice(range.indexOf('-') + 1)) + 1;
    const answer = await client.search(dn, {
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: [`${description.name};range=${next}-*`],
      explicitBufferAttributes: everyAttribute,
    } satisfies SearchOptions);
    guard.answered();
    const [name, raw] =
      Object.entries((answer.searchEntries[0] ?? {}) as Found).find(
        ([key, value]) => new RegExp(`^${description.name};range=${next}-`, 'i').test(key) && bytesOf(value).length > 0,
      ) ?? [];
    if (name === undefined || raw === undefined || requests >= rangeRequestLimit) {
      throw new LdapError(
        'ldap-incomplete',
        `${server.url} answered a part of ${description.name} of one entry and not the rest.`,
      );
    }
    for (const value of bytesOf(raw)) values.push(value);
    range = name.toLowerCase();
  }
  return values;
}

function bytesOf(raw: string | string[] | Buffer | Buffer[]): Uint8Array[] {
  return [raw].flat().map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
}
