/**
 * The names under which this server is reached. A request under any other name is refused (rule S30): a page that made
 * its own name point here by DNS must not read our answers. Proxy headers are never asked.
 */

import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@springline/api/problem';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const;

/** Under which a listener on an address is reached from this machine. */
const loopbackOf: ReadonlyMap<string, (typeof loopbackNames)[number]> = new Map([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '[::1]'],
  ['::', '[::1]'],
]);

export class Origins {
  readonly #configured: string | undefined;
  readonly #originByHost = new Map<string, string>();
  #local: string | undefined;

  /** `publicUrl`: the configured origin; default `http://localhost:PORT`. */
  constructor(publicUrl?: string) {
    this.#configured = publicUrl;
    if (publicUrl !== undefined) this.#originByHost.set(new URL(publicUrl).host, publicUrl);
  }

  /** To be called once the port is known, before the first request. */
  listening(port: number): void {
    this.#local = `http://localhost:${port}`;
    for (const name of loopbackNames) {
      const { host, origin } = new URL(`http://${name}:${port}`);
      if (!this.#originByHost.has(host)) this.#originByHost.set(host, origin);
    }
  }

  /** Origin for links and enrolment strings. */
  publicUrl(): string {
    return this.#configured ?? this.localUrl();
  }

  /** Origin for programs on this machine. */
  localUrl(): string {
    if (this.#local === undefined) throw new TypeError('the port is not known yet');
    return this.#local;
  }

  /**
   * The same by the address that is listened on and no name: `localhost` may be another address of this machine, where
   * somebody else listens. By name where neither loopback address is listened on.
   */
  boundUrl(addresses: readonly string[]): string {
    const { port } = new URL(this.localUrl());
    const host = addresses.map((address) => loopbackOf.get(address)).find((found) => found !== undefined);
    return host === undefined ? this.localUrl() : `http://${host}${port === '' ? '' : `:${port}`}`;
  }

  /** The origin that a Host header addresses; undefined when it is none of ours. */
  originOfHost(host: string | undefined): string | undefined {
    return host === undefined ? undefined : this.#originByHost.get(host.toLowerCase());
  }
}

/**
 * The origin that a request addresses, one of ours.
 *
 * @throws {ProblemError} `host-not-allowed`, `malformed-request`.
 */
export function ownOriginOf(origins: Origins, request: IncomingMessage): string {
  // The absolute form names a host beside the Host header; two names are one too many.
  if (!request.url?.startsWith('/')) throw new ProblemError('malformed-request', 'send the path only, not a whole URL');
  const hosts = request.headersDistinct['host'] ?? [];
  const origin = hosts.length === 1 ? origins.originOfHost(hosts[0]) : undefined;
  if (origin === undefined) {
    throw new ProblemError('host-not-allowed', `use ${origins.publicUrl()}, or start with --public-url`);
  }
  return origin;
}
