/**
 * An LDAP server that says what a test tells it to: right, wrong, half or never. It knows as much BER as it takes to tell
 * requests apart and to build answers, and shares none of it with the code under test.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface ScriptedRequest {
  readonly id: number;
  /** Of the protocol operation: 0x60 bind, 0x63 search, 0x77 extended, 0x50 abandon, 0x42 unbind. */
  readonly tag: number;
  /** The whole message. */
  readonly bytes: Buffer;
  /** Of this tag, from 1, on this connection. */
  readonly number: number;
}

export type Script = (request: ScriptedRequest, socket: Socket) => void;

/** Answers binds with success and leaves everything else to `script`. The server ends with the test. */
export function scriptedServer(t: TestContext, script: Script): Promise<{ readonly url: string }> {
  return bareServer(t, (request, socket) => {
    if (request.tag === 0x60) socket.write(bindResponse(request.id));
    else if (request.tag !== 0x42 && request.tag !== 0x50) script(request, socket);
  });
}

/** Leaves every request to `script`, also binds. */
export function bareServer(t: TestContext, script: Script): Promise<{ readonly url: string }> {
  return greetingServer(t, (socket) => answerRequests(socket, script));
}

/** Leaves every connection to `greet`. */
export async function greetingServer(
  t: TestContext,
  greet: (socket: Socket) => void,
): Promise<{ readonly url: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    greet(socket);
  });
  return { url: `ldap://127.0.0.1:${await listen(t, server)}` };
}

/** Cuts what comes into requests: also for sockets that a test made itself. */
export function answerRequests(socket: Socket, script: Script): void {
  const numbers = new Map<number, number>();
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let size = messageSize(pending); size <= pending.length; size = messageSize(pending)) {
      const bytes = pending.subarray(0, size);
      pending = pending.subarray(size);
      const at = bytes[1]! < 0x80 ? 2 : 2 + (bytes[1]! & 0x7f);
      const idEnd = at + 2 + bytes[at + 1]!;
      const tag = bytes[idEnd]!;
      const number = (numbers.get(tag) ?? 0) + 1;
      numbers.set(tag, number);
      script({ id: bytes.readUIntBE(at + 2, bytes[at + 1]!), tag, bytes, number }, socket);
    }
  });
}

/** Listens on a free port of loopback and returns it. Server and connections end with the test. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function messageSize(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY;
  const octets = bytes[1]! < 0x80 ? 0 : bytes[1]! & 0x7f;
  if (bytes.length < 2 + octets) return Number.POSITIVE_INFINITY;
  return 2 + octets + (octets === 0 ? bytes[1]! : bytes.readUIntBE(2, octets));
}

/** Tag, a length of four bytes as AD writes it, content. */
export function ber(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const header = Buffer.of(tag, 0x84, 0, 0, 0, 0);
  header.writeUInt32BE(content.length, 2);
  return Buffer.concat([header, content]);
}

export function text(value: string | Uint8Array, tag = 0x04): Buffer {
  return ber(tag, typeof value === 'string' ? Buffer.from(value) : value);
}

export function message(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(id);
  return ber(0x30, ber(0x02, octets), ...parts);
}

/** RFC 4511 4.1.9 */
export function result(code: number, diagnostic = ''): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeInt16BE(code);
  return Buffer.concat([ber(0x0a, octets), text(''), text(diagnostic)]);
}

export function bindResponse(id: number, code = 0): Buffer {
  return message(id, ber(0x61, result(code)));
}

export function searchDone(id: number, code = 0, ...controls: readonly Uint8Array[]): Buffer {
  return message(id, ber(0x65, result(code)), ...(controls.length === 0 ? [] : [ber(0xa0, ...controls)]));
}

type Values = Readonly<Record<string, readonly string[]>>;

export function attribute(name: string, values: readonly string[]): Buffer {
  return ber(0x30, text(name), ber(0x31, ...values.map((value) => text(value))));
}

export function searchEntry(id: number, dn: string, values: Values = { cn: ['x'] }): Buffer {
  const attributes = Object.entries(values).map(([name, texts]) => attribute(name, texts));
  return message(id, ber(0x64, text(dn), ber(0x30, ...attributes)));
}

export function reference(id: number, ...urls: readonly string[]): Buffer {
  return message(id, ber(0x73, ...urls.map((url) => text(url))));
}

export function control(oid: string, value: Uint8Array): Buffer {
  return ber(0x30, text(oid), text(value));
}

/** RFC 2696; an empty cookie ends the pages. */
export function pageControl(cookie: string | Uint8Array): Buffer {
  return control('1.2.840.113556.1.4.319', ber(0x30, ber(0x02, Buffer.of(0)), text(cookie)));
}
