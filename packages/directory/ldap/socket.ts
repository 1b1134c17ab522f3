/**
 * Sockets to LDAP servers, plain and with TLS. A reader that works holds the server back: nothing is read meanwhile. TLS
 * hands over record by record however much is there; a buffer of our own, or waiting for more, makes it slower by a third.
 */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { defaultTimeouts, type LdapEndpoint, type ServerAddress, serverNameOf } from './endpoint.ts';
import { type LdapError, ldapErrorFromSocket } from './error.ts';

/** `size` bytes were read; they are overwritten after the call. Whether more of the same answer is to come. Must not throw. */
export type TakeChunk = (bytes: Buffer, size: number) => boolean;

const readBufferBytes = 256 * 1024;
const smallReadBytes = 64 * 1024;
const gatherMs = 1;
const keepAliveMs = 60_000;

/** @throws {LdapError} `ldap-unreachable`, `ldap-certificate`; the signal's reason */
export async function openSocket(
  address: ServerAddress,
  endpoint: LdapEndpoint,
  take: TakeChunk,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port } = address;
  // TLS over a socket that is there (StartTLS) takes it over as it is, and cannot from a buffer of ours.
  const isPlain = !address.isTls && endpoint.startTls !== true;
  const socket = address.isTls
    ? connectTls({ host, port, ...tlsOptions(address, endpoint) })
    : connect({ host, port, ...(isPlain ? { onread: gathering(take, () => socket.resume()) } : {}) });
  if (!isPlain) socket.on('data', (bytes: Buffer) => take(bytes, bytes.length));
  await established(socket, address.isTls ? 'secureConnect' : 'connect', address, endpoint, signal);
  return socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
}

/**
 * Reads into one buffer. Servers write entry by entry, and to read each as it comes costs more than to decode it: what comes
 * within a moment after a small read is read at once.
 */
function gathering(take: TakeChunk, resume: () => void): OnReadOpts {
  return {
    buffer: Buffer.allocUnsafeSlow(readBufferBytes),
    callback: (size, bytes) => {
      if (!take(bytes as Buffer, size) || size >= smallReadBytes) return true;
      setTimeout(resume, gatherMs);
      return false;
    },
  };
}

/** The second half of StartTLS: everything after this goes through TLS. @throws {LdapError} */
export async function upgradeSocket(
  plain: Socket,
  address: ServerAddress,
  endpoint: LdapEndpoint,
  take: TakeChunk,
  signal: AbortSignal,
): Promise<Socket> {
  plain.removeAllListeners('data');
  const socket = connectTls({ socket: plain, host: address.host, ...tlsOptions(address, endpoint) });
  socket.on('data', (bytes: Buffer) => take(bytes, bytes.length));
  await established(socket, 'secureConnect', address, endpoint, signal);
  return socket;
}

function tlsOptions({ host }: ServerAddress, { caPem, bind }: LdapEndpoint): ConnectionOptions {
  const servername = serverNameOf(host);
  return {
    minVersion: 'TLSv1.2',
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED=0 of a host does not turn it off.
    rejectUnauthorized: true,
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(servername === undefined ? {} : { servername }),
    ...(bind?.kind === 'external' ? { cert: bind.certPem, key: bind.keyPem } : {}),
  };
}

function established(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { url }: ServerAddress,
  { timeouts }: LdapEndpoint,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = timeouts?.connectMs ?? defaultTimeouts.connectMs;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error): void => {
    socket.destroy();
    reject(signal.aborted ? signal.reason : (ldapErrorFromSocket(error, url) satisfies LdapError));
  };
  const late = (): void => {
    const isConnecting = socket.connecting || event === 'connect';
    fail(new Error(isConnecting ? `no connection within ${timeoutMs / 1000} s` : 'the TLS handshake did not end'));
  };
  const timer = setTimeout(late, timeoutMs);
  const aborted = (): void => fail(new Error('aborted'));
  const closed = (): void => fail(new Error('Connection closed'));
  signal.addEventListener('abort', aborted, { once: true });
  socket.once(event, resolve).once('error', fail).once('close', closed);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', aborted);
    // An error that comes late has been told already, and must not end the process.
    socket
      .off(event, resolve)
      .off('close', closed)
      .on('error', () => undefined)
      .off('error', fail);
  });
}
