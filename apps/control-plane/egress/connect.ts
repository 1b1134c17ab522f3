/**
 * The one way out: every connection that the control plane opens on somebody's word is opened here. A name is resolved,
 * each of its addresses is judged, and the socket goes to an address that was judged, so that a second look at DNS
 * cannot lead elsewhere (rule S30).
 */
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { checkAddress, type Destination } from './destination.ts';
import { EgressError } from './error.ts';

export type Resolve = (host: string) => Promise<readonly string[]>;

/** What the system says, `/etc/hosts` included. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * The address to connect to. All that a name resolves to must be allowed: one that is not is reason to distrust the rest.
 *
 * @throws {EgressError} `name-not-resolved`, `address-not-allowed`, `no-answer-in-time`.
 */
export async function resolveAllowed(
  destination: Destination,
  signal: AbortSignal,
  resolve: Resolve = systemResolve,
): Promise<string> {
  const { host } = destination;
  if (isIP(host) !== 0) {
    checkAddress(destination, host);
    return host;
  }
  let addresses: readonly string[];
  try {
    addresses = await within(resolve(host), signal);
  } catch (cause) {
    if (cause instanceof EgressError) throw cause;
    throw new EgressError('name-not-resolved', `${host} cannot be resolved`, { cause });
  }
  const [first] = addresses;
  if (first === undefined) throw new EgressError('name-not-resolved', `${host} has no address`);
  for (const address of addresses) checkAddress(destination, address);
  return first;
}

/**
 * A connected socket. It is destroyed when `signal` aborts, also later.
 *
 * @throws {EgressError} also `connection-failed`.
 */
export async function openSocket(destination: Destination, signal: AbortSignal, resolve?: Resolve): Promise<Socket> {
  const address = await resolveAllowed(destination, signal, resolve);
  const socket = connect({ host: address, port: destination.port, signal });
  await opened(socket, 'connect', signal, (cause) => {
    const where = `${destination.host}:${destination.port}`;
    return new EgressError('connection-failed', `${where} cannot be reached (${codeOf(cause)})`, { cause });
  });
  return socket;
}

/**
 * TLS 1.2 or newer over `socket`, with a certificate for `host` from the system's authorities, or from `authority` (PEM)
 * alone where one is given.
 *
 * @throws {EgressError} `tls-refused`, `no-answer-in-time`. The socket is destroyed.
 */
export async function openTls(
  socket: Socket,
  host: string,
  authority: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secured = connectTls({ socket, ...tlsOptions(host, authority) });
  await opened(secured, 'secureConnect', signal, (cause) => {
    return new EgressError('tls-refused', `${host} has no trusted certificate (${codeOf(cause)})`, { cause });
  });
  return secured;
}

export function tlsOptions(host: string, authority: string | undefined) {
  return {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(authority === undefined ? {} : { ca: authority }),
    minVersion: 'TLSv1.2' as const,
  };
}

function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  wrap: (cause: Error) => EgressError,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.destroy();
      reject(late());
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once(event, () => {
      signal.removeEventListener('abort', stop);
      socket.removeListener('error', failed);
      // From here on whoever uses the socket listens; until then a break must not end the process.
      socket.on('error', () => undefined);
      resolve();
    });
    const failed = (cause: Error): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      reject(signal.aborted ? late() : wrap(cause));
    };
    socket.once('error', failed);
    if (signal.aborted) stop();
  });
}

/** @throws {EgressError} `no-answer-in-time` when the signal aborts first. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(late());
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function late(): EgressError {
  return new EgressError('no-answer-in-time', 'no answer within the time for it');
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown reason';
}
