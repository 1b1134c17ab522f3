/** Where an LDAP server is, who we are to it, and how much of it we take: checked before anything is sent. */
import { isIP, isIPv4 } from 'node:net';
import { LdapError } from './error.ts';

/** A directory, by one or more servers that hold the same. */
export interface LdapEndpoint {
  /** `ldap://host[:port]` or `ldaps://host[:port]`, tried in this order until one answers. */
  readonly urls: readonly string[];
  readonly startTls?: boolean;
  /** PEM; absent: the CAs that Node trusts. */
  readonly caPem?: string;
  /** Absent: anonymous, no bind is sent. */
  readonly bind?:
    | { readonly kind: 'simple'; readonly dn: string; readonly password: string }
    /** SASL EXTERNAL: we are whom our certificate names. */
    | { readonly kind: 'external'; readonly certPem: string; readonly keyPem: string };
  /** A password may travel unencrypted to another machine. */
  readonly allowClearText?: boolean;
  readonly timeouts?: Partial<LdapTimeouts>;
  readonly limits?: Partial<LdapLimits>;
}

export interface LdapTimeouts {
  /** For the connection and, again, for the TLS handshake. */
  readonly connectMs: number;
  /** Without a whole message, or a further MiB of one, that an operation waits for. */
  readonly idleMs: number;
}

export interface LdapLimits {
  /** One message: an entry with all its values. */
  readonly messageBytes: number;
  /** Attributes of one entry. */
  readonly attributes: number;
  /** Search result references of one search, and URLs in one of them. */
  readonly referrals: number;
  /** Controls on one message. */
  readonly controls: number;
  /** Entries of one search. */
  readonly entries: number;
}

export const defaultTimeouts: LdapTimeouts = { connectMs: 10_000, idleMs: 120_000 };
export const defaultLimits: LdapLimits = {
  messageBytes: 64 * 1024 * 1024,
  attributes: 10_000,
  referrals: 1_000,
  controls: 64,
  entries: 50_000_000,
};

/** One server of an endpoint. */
export interface ServerAddress {
  readonly url: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** @throws {LdapError} `ldap-url-invalid`, `ldap-clear-text`, `ldap-credentials` */
export function checkEndpoint(endpoint: LdapEndpoint): readonly ServerAddress[] {
  if (endpoint.urls.length === 0) throw new LdapError('ldap-url-invalid', 'no URL of an LDAP server is given.');
  const addresses = endpoint.urls.map(addressOf);
  const { bind } = endpoint;
  // RFC 4513 5.1.2: a server takes a DN without a password for an anonymous bind, and says yes.
  if (bind?.kind === 'simple' && bind.password === '') {
    throw new LdapError('ldap-credentials', `the password of ${bind.dn} is empty. Check the password file.`);
  }
  for (const { url, host, isTls } of addresses) {
    if (isTls || endpoint.startTls === true || bind === undefined) continue;
    if (bind.kind === 'external') {
      throw new LdapError('ldap-credentials', `${url} sees a certificate only with ldaps:// or --start-tls.`);
    }
    if (isLoopback(host) || endpoint.allowClearText === true) continue;
    throw new LdapError(
      'ldap-clear-text',
      `the password for ${url} would travel unencrypted. Use ldaps:// or --start-tls.`,
    );
  }
  return addresses;
}

/** @throws {LdapError} `ldap-url-invalid` */
function addressOf(url: string): ServerAddress {
  const parsed = URL.parse(url);
  if (
    parsed === null ||
    !/^ldaps?:$/.test(parsed.protocol) ||
    parsed.hostname === '' ||
    !/^\/?$/.test(parsed.pathname) ||
    `${parsed.username}${parsed.password}${parsed.search}${parsed.hash}` !== ''
  ) {
    throw new LdapError(
      'ldap-url-invalid',
      `${url} is no LDAP URL. Write ldaps://host or ldap://host:port, and the base with --base.`,
    );
  }
  const isTls = parsed.protocol === 'ldaps:';
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url, host, port: parsed.port === '' ? (isTls ? 636 : 389) : Number(parsed.port), isTls };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** TLS names a host and never an address (RFC 6066 3). */
export function serverNameOf(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}
