import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { normaliseDn } from '../dn.ts';
import { type DirectoryEntry, textOf, valuesOf } from '../entry.ts';
import { LdapError } from './error.ts';
import { detectDirectoryKind, type LdapServer, readSubtree } from './reader.ts';

const everything = { filter: '(objectClass=*)', attributes: ['*'] };

async function read(server: LdapServer, wanted = everything): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const entry of readSubtree(server, wanted, new AbortController().signal)) entries.push(entry);
  return entries;
}

/** Fails with an LdapError of this code whose message says where. */
async function refused(reading: Promise<unknown>, code: LdapError['code'], says: RegExp): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof LdapError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /Passw0rd|hunter2/);
    return true;
  });
}

interface Facts {
  readonly url: string;
  readonly ldapsUrl: string;
  readonly caFile: string;
  readonly baseDn: string;
  readonly syncDn: string;
  readonly syncPassword: string;
}

const over = (facts: Facts, change: Partial<LdapServer> = {}): LdapServer => ({
  url: facts.ldapsUrl,
  baseDn: facts.baseDn,
  bind: { dn: facts.syncDn, password: facts.syncPassword },
  caPem: readFileSync(facts.caFile, 'utf8'),
  ...change,
});

// Real servers.

test('a subtree larger than a page is read whole, each entry once', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = await ldap.subtree('reader-paging');
  const people = Array.from({ length: 1_203 }, (_, n) => `uid=p${n},${baseDn}`);
  await ldap.apply(people.map((dn, n) => `dn: ${dn}\nobjectClass: account\nuid: p${n}\n`).join('\n'));
  const entries = await read(over(ldap, { baseDn }), { filter: '(objectClass=*)', attributes: ['uid', 'entryUUID'] });
  assert.deepEqual(entries.map(({ dn }) => dn).sort(), [baseDn, ...people].sort());
  assert.equal(new Set(entries.map((entry) => textOf(entry, 'entryUUID'))).size, people.length + 1);
  // A page that is exactly full is followed by the rest, and by nothing that was there before.
  assert.equal((await read(over(ldap, { baseDn }), { filter: '(uid=p*)', attributes: ['uid'] })).length, people.length);
});

test('values have the type that the schema says, and what is not asked for is not there', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = await ldap.subtree('reader-types');
  const photo = Buffer.from([0xff, 0xd8, 0x00, 0x80]);
  await ldap.apply(
    `dn: uid=z,${baseDn}\nobjectClass: inetOrgPerson\nuid: z\ncn:: ${Buffer.from('Zoë').toString('base64')}\nsn: a\nsn: b\njpegPhoto:: ${photo.toString('base64')}\n`,
  );
  const wanted = { filter: '(uid=z)', attributes: ['cn', 'sn', 'jpegPhoto', 'mail'] };
  const [entry] = await read(over(ldap, { baseDn }), wanted);
  assert.equal(textOf(entry!, 'cn'), 'Zoë');
  assert.deepEqual([...valuesOf(entry!, 'SN')].sort(), ['a', 'b']);
  assert.deepEqual(valuesOf(entry!, 'jpegPhoto'), [new Uint8Array(photo)]);
  assert.deepEqual([...entry!.attributes.keys()].sort(), ['cn', 'jpegPhoto', 'sn']);
});

test('a group of 2,000 members comes from Active Directory whole, though it hands out 1,500 at once', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const baseDn = await ad.subtree('ReaderRange');
  const members = Array.from({ length: 2_000 }, (_, n) => `CN=m${n},${baseDn}`);
  const contacts = members.map((dn) => `dn: ${dn}\nobjectClass: contact\n`);
  const group = `dn: CN=Many,${baseDn}\nobjectClass: group\nsAMAccountName: reader-many\n`;
  await ad.apply([...contacts, group + members.map((dn) => `member: ${dn}\n`).join('')].join('\n'));
  const [found] = await read(over(ad, { baseDn }), { filter: '(objectClass=group)', attributes: ['cn', 'member'] });
  const given = valuesOf(found!, 'member').map((dn) => normaliseDn(String(dn)));
  assert.deepEqual(given.sort(), members.map(normaliseDn).sort());
  assert.deepEqual([...found!.attributes.keys()].sort(), ['cn', 'member'], 'no attribute with a range is left');
});

test('the kind of a server is what its root DSE says', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap !== undefined) assert.equal(await detectDirectoryKind(over(ldap)), 'openldap');
  const ad = await requireService(t, 'samba-ad');
  if (ad !== undefined) assert.equal(await detectDirectoryKind(over(ad)), 'active-directory');
});

test('StartTLS reads a subtree of several pages as LDAPS does', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = await ldap.subtree('reader-starttls');
  const people = Array.from({ length: 600 }, (_, n) => `dn: uid=p${n},${baseDn}\nobjectClass: account\nuid: p${n}\n`);
  await ldap.apply(people.join('\n'));
  assert.equal((await read(over(ldap, { url: ldap.url, startTls: true, baseDn }))).length, 601);
});

test('a domain controller takes the password after StartTLS, and none without', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const wanted = { filter: '(objectClass=domainDNS)', attributes: ['objectGUID'] };
  const [domain] = await read(over(ad, { url: ad.url, startTls: true }), wanted);
  assert.equal((valuesOf(domain!, 'objectGUID')[0] as Uint8Array).length, 16);
  await refused(read(over(ad, { url: ad.url }), wanted), 'ldap-clear-text', /Use ldaps:\/\/ or --start-tls/);
});

test('a certificate of another authority is refused, over LDAPS and StartTLS, before the password is sent', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  for (const change of [{}, { url: ldap.url, startTls: true }]) {
    const { caPem: _, ...withoutCa } = over(ldap, change);
    await refused(read(withoutCa), 'ldap-certificate', /is not trusted .*--ca FILE/);
  }
});

test('a certificate for another address is refused: somebody else may hold it', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const forwarder = createServer((socket) => {
    const onward = connect(Number(new URL(ldap.ldapsUrl).port), '127.0.0.1');
    socket.on('error', () => onward.destroy()).pipe(onward);
    onward.on('error', () => socket.destroy()).pipe(socket);
  });
  forwarder.listen(0, '127.0.0.2');
  await once(forwarder, 'listening');
  t.after(() => forwarder.close());
  const url = `ldaps://127.0.0.2:${(forwarder.address() as AddressInfo).port}`;
  await refused(read(over(ldap, { url })), 'ldap-certificate', /127\.0\.0\.2/);
});

test('a wrong password and an unknown account are told alike, and not which of them', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const says = /refused the bind DN or its password/;
  const wrong = { dn: ldap.syncDn, password: 'hunter2' };
  await refused(read(over(ldap, { bind: wrong })), 'ldap-credentials', says);
  const unknown = { dn: `uid=nobody,${ldap.baseDn}`, password: 'hunter2' };
  await refused(read(over(ldap, { bind: unknown })), 'ldap-credentials', says);
  await refused(read(over(ldap, { bind: { dn: 'no dn', password: 'hunter2' } })), 'ldap-credentials', says);
});

test('a base that does not exist is told as missing, not as an empty directory', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = `ou=missing,${ldap.baseDn}`;
  await refused(read(over(ldap, { baseDn })), 'ldap-base-missing', new RegExp(`has no ${baseDn}, or hides it`));
});

test('an anonymous read of a directory that shows nothing to strangers is an error, not an empty directory', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap !== undefined) {
    const { bind: _, ...anonymous } = over(ldap);
    await refused(read(anonymous), 'ldap-base-missing', /Check --base and the account's rights/);
  }
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const { bind: _, ...anonymous } = over(ad);
  await assert.rejects(read(anonymous), { name: 'LdapError' });
});

test('a read that its caller gave up throws, because it must not look like a whole one', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const given = new AbortController();
  given.abort();
  const entries: DirectoryEntry[] = [];
  await assert.rejects(
    async () => {
      for await (const entry of readSubtree(over(ldap), everything, given.signal)) entries.push(entry);
    },
    { name: 'AbortError' },
  );
  assert.deepEqual(entries, []);
});

test('a password never travels in the clear to another machine', async () => {
  const server = { url: 'ldap://dc1.example.test', baseDn: 'dc=a', bind: { dn: 'cn=a', password: 'hunter2' } };
  await refused(read(server), 'ldap-clear-text', /would travel unencrypted/);
});

for (const url of ['http://a', 'ldap://', 'ldap:///dc=a', 'dc1.example.test', 'ldaps://a/dc=example', '']) {
  test(`"${url}" is no LDAP URL`, () => refused(read({ url, baseDn: 'dc=a' }), 'ldap-url-invalid', /is no LDAP URL/));
}

// Servers that lie or break, which no real one can be asked to do.

/** BER: tag, length, content. */
function ber(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(5, 0x84);
  length.writeUInt32BE(content.length, 1);
  return Buffer.concat([Buffer.of(tag), length, content]);
}
const text = (value: string): Buffer => ber(0x04, Buffer.from(value));
const message = (id: number, ...parts: readonly Uint8Array[]): Buffer => ber(0x30, ber(0x02, Buffer.of(id)), ...parts);
/** RFC 4511 4.1.9 */
const result = (code: number): Buffer[] => [ber(0x0a, Buffer.of(code)), text(''), text('')];
const bindResponse = (id: number): Buffer => message(id, ber(0x61, ...result(0)));
const searchDone = (id: number, code: number, ...controls: readonly Uint8Array[]): Buffer =>
  message(id, ber(0x65, ...result(code)), ...controls);
const searchEntry = (id: number, dn: string, values: Readonly<Record<string, readonly string[]>>): Buffer => {
  const attributes = Object.entries(values).map(([name, texts]) =>
    ber(0x30, text(name), ber(0x31, ...texts.map(text))),
  );
  return message(id, ber(0x64, text(dn), ber(0x30, ...attributes)));
};
/** RFC 2696 with a cookie: there is more. */
const moreControl = ber(
  0xa0,
  ber(0x30, text('1.2.840.113556.1.4.319'), ber(0x04, ber(0x30, ber(0x02, Buffer.of(0)), text('more')))),
);
const cn = { cn: ['x'] };

/**
 * A server that answers each request by its number on the connection, from 1 (the bind). Our client's requests are
 * small and in one part each.
 */
async function fake(
  t: TestContext,
  answer: (id: number, socket: Socket, connection: number) => void,
): Promise<LdapServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    connections += 1;
    const connection = connections;
    let ids = 0;
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      ids += 1;
      // The message id that the client chose: RFC 4511 4.1.1, after tag and length.
      const at = request[1]! < 0x80 ? 2 : 2 + (request[1]! & 0x7f);
      const id = request.readUIntBE(at + 2, request[at + 1]!);
      if (ids === 1) socket.write(bindResponse(id));
      else answer(id, socket, connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, baseDn: 'dc=a', bind: { dn: 'cn=a', password: 'hunter2' } };
}

const bounded = { timeout: 30_000 };

test('an honest answer of the pretended server is read: the lies below are the only difference', bounded, async (t) => {
  const server = await fake(t, (id, socket) => {
    socket.write(Buffer.concat([searchEntry(id, 'cn=x,dc=a', cn), searchDone(id, 0)]));
  });
  const entries = await read(server);
  assert.deepEqual(
    entries.map((entry) => [entry.dn, textOf(entry, 'cn')]),
    [['cn=x,dc=a', 'x']],
  );
});

test('an answer that comes byte by byte is read all the same', bounded, async (t) => {
  const server = await fake(t, (id, socket) => {
    const bytes = Buffer.concat([searchEntry(id, 'cn=x,dc=a', cn), searchDone(id, 0)]);
    socket.setNoDelay(true);
    const next = (at: number): void => {
      socket.write(bytes.subarray(at, at + 1));
      if (at + 1 < bytes.length) setImmediate(next, at + 1);
    };
    next(0);
  });
  assert.equal((await read(server)).length, 1);
});

for (const [code, name] of [
  [3, 'TimeLimitExceeded'],
  [4, 'SizeLimitExceeded'],
  [11, 'AdminLimitExceeded'],
  [51, 'Busy'],
  [52, 'Unavailable'],
] as const) {
  test(`a read that the server ends with ${name} is incomplete, whatever it gave before`, bounded, async (t) => {
    const server = await fake(t, (id, socket) => {
      socket.write(Buffer.concat([searchEntry(id, 'cn=x,dc=a', cn), searchDone(id, code)]));
    });
    await refused(read(server), 'ldap-incomplete', new RegExp(`ended the read early \\(${name}\\)`));
  });
}

test('a server that closes within a page leaves an error, not a short list', bounded, async (t) => {
  const server = await fake(t, (id, socket) => socket.end(searchEntry(id, 'cn=x,dc=a', cn)));
  await refused(read(server), 'ldap-unreachable', /cannot be read: Connection closed/);
});

test('a server that closes between two pages leaves an error, also when it comes back empty', bounded, async (t) => {
  const server = await fake(t, (id, socket, connection) => {
    if (connection === 1) socket.end(Buffer.concat([searchEntry(id, 'cn=x,dc=a', cn), searchDone(id, 0, moreControl)]));
    else socket.write(searchDone(id, 0));
  });
  await assert.rejects(read(server), { name: 'LdapError' });
});

test('a range without its rest is incomplete', bounded, async (t) => {
  let searches = 0;
  const server = await fake(t, (id, socket) => {
    searches += 1;
    const entry = searchEntry(id, 'cn=g,dc=a', searches === 1 ? { 'member;range=0-1': ['cn=a', 'cn=b'] } : cn);
    socket.write(Buffer.concat([entry, searchDone(id, 0)]));
  });
  await refused(read(server), 'ldap-incomplete', /answered a part of member of one entry and not the rest/);
});

test('a referral to another server is told: what it holds would be missing', bounded, async (t) => {
  const server = await fake(t, (id, socket) => {
    const referral = message(id, ber(0x73, text('ldap://other.example.test/ou=x,dc=a')));
    socket.write(Buffer.concat([searchEntry(id, 'cn=x,dc=a', cn), referral, searchDone(id, 0)]));
  });
  await refused(read(server), 'ldap-incomplete', /referral to another server/);
});

for (const [name, garbage] of [
  ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a TLS alert', Buffer.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46)],
  ['zeros', Buffer.alloc(1_000)],
  ['a message of indefinite length', Buffer.of(0x30, 0x80, 0x02, 0x01, 0x02)],
  ['a message with a length of nine bytes', Buffer.of(0x30, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9)],
  ['an empty message', Buffer.of(0x30, 0x00)],
] as const) {
  test(`${name} in the place of an answer is told at once as no LDAP`, bounded, async (t) => {
    const server = await fake(t, (_, socket) => socket.write(garbage));
    await refused(read(server), 'ldap-unreachable', /sends what is not LDAP\. Check the host and the port/);
  });
}

test('an answer of rubbish in a sound frame is refused', bounded, async (t) => {
  const server = await fake(t, (id, socket) => socket.write(message(id, ber(0x64, Buffer.alloc(9, 0xff)))));
  await assert.rejects(read(server), { name: 'LdapError' });
});

test('a server that never answers StartTLS’s handshake is given up', bounded, async (t) => {
  const closed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => closed.resolve());
    socket.once('data', (request) => socket.write(message(request[4]!, ber(0x78, ...result(0)))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await refused(read({ url, baseDn: 'dc=a', startTls: true }), 'ldap-unreachable', /TLS handshake did not end/);
  await closed.promise;
});

for (const length of [0x10000001, 0x7fffffff, 0xffffffff]) {
  test(`a message that says it has ${length} bytes is refused before they come`, bounded, async (t) => {
    const head = Buffer.of(0x30, 0x84, 0, 0, 0, 0);
    head.writeUInt32BE(length, 2);
    const server = await fake(t, (_, socket) => socket.write(head));
    await refused(read(server), 'ldap-incomplete', new RegExp(`announces a message of ${length} bytes`));
  });
}
