/**
 * An LDAP server for tests that answers each search with what a script says: for answers that a real server cannot be asked
 * for. It answers no bind, and shows the root DSE that it is given.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { encodeEntry } from '../../../attribute-list/encode.ts';
import type { DirectoryEntry } from '../../../entry.ts';
import { BerReader, BerWriter, berTag } from '../../ber.ts';
import { type Control, type ControlReader, readControls, writeControls } from '../../control.ts';
import type { LdapEndpoint } from '../../endpoint.ts';
import { FrameReader } from '../../frames.ts';

/** A search as the script sees it. */
export interface ScriptedSearch {
  readonly baseDn: string;
  /** What its filter holds, as it is encoded: enough to tell one search from another. */
  readonly filter: string;
  readonly controls: ControlReader;
  entry(entry: DirectoryEntry, ...controls: Control[]): void;
  intermediate(oid: string, value: Uint8Array): void;
  done(code: number, ...controls: Control[]): void;
}

/** Listens until the test ends. */
export async function scriptedServer(
  t: TestContext,
  script: (search: ScriptedSearch) => void,
  rootDse: DirectoryEntry = { dn: '', attributes: new Map() },
): Promise<LdapEndpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const frames = new FrameReader('client', 1024 * 1024);
    socket.on('data', (part: Buffer) =>
      frames.read(part, part.length, (bytes, start, end) => answer(socket, bytes, start, end, script, rootDse)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { urls: [`ldap://127.0.0.1:${(server.address() as AddressInfo).port}`] };
}

const searchRequestTag = 0x63;

function answer(
  socket: Socket,
  bytes: Buffer,
  start: number,
  end: number,
  script: (search: ScriptedSearch) => void,
  rootDse: DirectoryEntry,
): void {
  const message = new BerReader(bytes, start, end).enter();
  const id = message.integer();
  if (message.tag !== searchRequestTag) return;
  const request = message.enter(searchRequestTag);
  const baseDn = request.octets().toString();
  for (let skipped = 0; skipped < 5; skipped++) request.skip();
  const filterTag = request.tag ?? 0;
  const filter = request.octets(filterTag).toString('latin1');
  const rest = message.tag === undefined ? Buffer.alloc(0) : controlBytes(message);
  const send = (write: (writer: BerWriter) => void, controls: readonly Control[]): void => {
    const writer = new BerWriter().begin().integer(id);
    write(writer);
    writeControls(writer, controls);
    socket.write(writer.end().finish());
  };
  const done = (code: number, ...controls: Control[]): void =>
    send((writer) => writer.begin(0x65).integer(code, berTag.enumerated).octets('').octets('').end(), controls);
  const entry = (found: DirectoryEntry, ...controls: Control[]): void => {
    const raw = encodeEntry(found);
    send((writer) => writer.begin(0x64).raw(raw.bytes.subarray(raw.start, raw.end)).end(), controls);
  };
  if (baseDn === '') {
    entry(rootDse);
    done(0);
    return;
  }
  script({
    baseDn,
    filter,
    controls: readControls(rest, 0, rest.length, 10),
    entry,
    intermediate: (oid, value) => send((writer) => writer.begin(0x79).octets(oid, 0x80).octets(value, 0x81).end(), []),
    done,
  });
}

function controlBytes(message: BerReader): Buffer {
  const contents = message.octets(0xa0);
  return new BerWriter().begin(0xa0).raw(contents).end().finish();
}
