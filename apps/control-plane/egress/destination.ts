/**
 * Where a URL leads: parsed once, with all that could mislead a reader refused. A host is a name or an address in its
 * one canonical form (`0x7f.1` is `127.0.0.1`), so that what is allowed by word is what is connected to.
 */
import { isIP } from 'node:net';
import { addressClass } from './address.ts';
import { EgressError } from './error.ts';

export interface Destination {
  /** A name in lower case, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The operator allowed exactly this host to be loopback or private. */
  readonly allowPrivate: boolean;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'smtp:': 587, 'smtps:': 465 };

/**
 * Parses a URL with one of `protocols`. `allowPrivate` is the host that the operator allowed, in words; another host
 * than that of the URL is a mistake and refused.
 *
 * @throws {EgressError} `destination-malformed`, `address-not-allowed` (for hosts that need no DNS to tell).
 */
export function parseDestination(
  text: string,
  protocols: readonly string[],
  allowPrivate: string | undefined,
): Destination & { readonly url: URL } {
  const malformed = (why: string): EgressError => new EgressError('destination-malformed', why);
  const url = URL.parse(text);
  const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  if (url === null || !protocols.includes(url.protocol)) throw malformed(`an address that begins with ${wanted}`);
  if (url.username !== '' || url.password !== '') throw malformed('the address must not hold a user or password');
  if (url.hash !== '') throw malformed('the address must not have a fragment');
  const host = hostOf(url.host === '' ? '' : url.hostname);
  if (host === undefined) throw malformed('the address has no usable host');
  if (allowPrivate !== undefined && hostOf(allowPrivate) !== host) {
    throw malformed(`only the host of the address itself can be allowed: ${host}`);
  }
  const port = url.port === '' ? defaultPorts[url.protocol]! : Number(url.port);
  if (port === 0) throw malformed('port 0 is no port');
  const destination = { host, port, allowPrivate: allowPrivate !== undefined };
  if (isIP(host) !== 0) checkAddress(destination, host);
  if (/(^|\.)localhost$/.test(host) && allowPrivate === undefined) throw notAllowed(host, 'private');
  return { ...destination, url };
}

/** @throws {EgressError} `address-not-allowed`. */
export function checkAddress({ host, allowPrivate }: Destination, address: string): void {
  const kind = addressClass(address);
  if (kind === 'public' || (kind === 'private' && allowPrivate)) return;
  throw notAllowed(host === address ? host : `${host} (${address})`, kind);
}

function notAllowed(where: string, kind: 'private' | 'never'): EgressError {
  const why =
    kind === 'private'
      ? `${where} is a loopback or private address; the operator can allow exactly this host`
      : `${where} is link-local, reserved or otherwise no address that notices go to`;
  return new EgressError('address-not-allowed', why);
}

/** As the URL parser of the web writes it; schemes of mail would keep decimal, octal and hexadecimal forms. */
function hostOf(text: string): string | undefined {
  const written = isIP(text) === 6 ? `[${text}]` : text;
  if (written === '' || /[/?#@\\\s]/.test(written)) return undefined;
  const host = URL.parse(`http://${written}`)?.hostname.replace(/\.$/, '');
  return host === undefined || host === '' ? undefined : host.replace(/^\[(.*)\]$/, '$1');
}
