/**
 * Servers that lie, break, flood or fall silent: each ends with a code that says what it was, in time, in bounded memory,
 * and never with an answer that looks whole.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { LdapConnection } from './connection.ts';
import type { LdapEndpoint } from './endpoint.ts';
import { LdapError, type LdapErrorCode } from './error.ts';
import type { SearchRequest } from './message.ts';
import { pagedSearch } from './paged-search.ts';
import {
  attribute,
  bareServer,
  ber,
  bindResponse,
  control,
  greetingServer,
  message,
  pageControl,
  reference,
  result,
  type Script,
  scriptedServer,
  searchDone,
  searchEntry,
  text,
} from './testing/scripted-server.ts';

const { signal } = new AbortController();
const bounded = { timeout: 20_000 };
const request: SearchRequest = { baseDn: 'dc=a', scope: 'sub', filter: '(objectClass=*)', attributes: ['*'] };
const bind = { kind: 'simple', dn: 'cn=a', password: 'hunter2' } as const;
const one = 'cn=x,dc=a';

interface Case {
  readonly name: string;
  /** Answers every search; binds succeed. */
  readonly script: Script;
  readonly code: LdapErrorCode;
  readonly says: RegExp;
  readonly endpoint?: Partial<LdapEndpoint>;
  readonly takesReferences?: boolean;
}

async function read(url: string, { endpoint = {}, takesReferences = false }: Partial<Case> = {}): Promise<number> {
  using connection = await LdapConnection.open({ urls: [url], bind, ...endpoint }, signal);
  const references = takesReferences ? { reference: () => undefined } : {};
  const { entryCount } = await pagedSearch(connection, request, 10, { entry: () => undefined, ...references }, signal);
  return entryCount;
}

async function refused(reading: Promise<unknown>, code: LdapErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof LdapError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}

/** Writes parts for as long as the other side reads them, and no faster. */
function flood(socket: Socket, part: (number: number) => Uint8Array): void {
  let number = 0;
  const more = (): void => {
    while (!socket.destroyed && socket.write(part(number++)));
  };
  socket.on('drain', more);
  more();
}

const entryMessage = (id: number, ...parts: readonly Uint8Array[]): Buffer => message(id, ber(0x64, ...parts));
const answering = (...parts: ((id: number) => Uint8Array)[]): Script => {
  return ({ id }, socket) => socket.write(Buffer.concat(parts.map((part) => part(id))));
};
const done = (id: number): Buffer => searchDone(id);
const entry = (id: number): Buffer => searchEntry(id, one);
/** A TLV whose length says more than there is. */
const overlong = (tag: number, length: number): Buffer => {
  const header = Buffer.of(tag, 0x84, 0, 0, 0, 0);
  header.writeUInt32BE(length, 2);
  return header;
};
function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 5);
  for (let level = 0; level < depth; level++) {
    bytes.set([0x30, 0x83], level * 5);
    bytes.writeUIntBE(bytes.length - (level + 1) * 5, level * 5 + 2, 3);
  }
  return bytes;
}

const cases: readonly Case[] = [
  {
    name: 'a message that is no SEQUENCE',
    script: ({ id }, socket) => socket.write(ber(0x31, message(id, ber(0x65, result(0))))),
    ...{ code: 'ldap-unreachable', says: /sends what is not LDAP/ },
  },
  {
    name: 'a message of indefinite length',
    script: (_, socket) => socket.write(Buffer.of(0x30, 0x80, 0x02, 0x01, 0x02, 0, 0)),
    ...{ code: 'ldap-unreachable', says: /sends what is not LDAP/ },
  },
  {
    name: 'an entry of indefinite length within a sound message',
    script: answering((id) => message(id, Buffer.of(0x64, 0x80, 0x04, 0x00, 0x30, 0x00, 0x00, 0x00)), done),
    ...{ code: 'ldap-malformed', says: /indefinite length/ },
  },
  {
    name: 'a length of five bytes within a sound message',
    script: answering((id) => message(id, Buffer.of(0x64, 0x85, 0, 0, 0, 0, 2, 0x04, 0x00)), done),
    ...{ code: 'ldap-malformed', says: /a length of 5 bytes/ },
  },
  {
    name: 'a DN that is longer than its entry',
    script: answering((id) => entryMessage(id, overlong(0x04, 100), Buffer.from('cn=x')), done),
    ...{ code: 'ldap-malformed', says: /longer than what holds it/ },
  },
  {
    name: 'a value of 2^32 - 1 bytes',
    script: answering((id) => {
      const values = ber(0x31, overlong(0x04, 0xffffffff));
      return entryMessage(id, text(one), ber(0x30, ber(0x30, text('cn'), values)));
    }, done),
    ...{ code: 'ldap-malformed', says: /longer than what holds it/ },
  },
  {
    name: 'a message that is cut off by the end of the connection',
    script: ({ id }, socket) => socket.end(searchEntry(id, one).subarray(0, 20)),
    ...{ code: 'ldap-unreachable', says: /Connection closed/ },
  },
  {
    name: 'sequences nested 10,000 deep in the place of a value',
    script: answering((id) => {
      return entryMessage(id, text(one), ber(0x30, ber(0x30, text('cn'), ber(0x31, nested(10_000)))));
    }, done),
    ...{ code: 'ldap-malformed', says: /tag 0x30 stands where 0x04 belongs/ },
  },
  {
    name: 'a message larger than the limit',
    script: ({ id }, socket) => socket.write(searchEntry(id, one, { cn: ['x'.repeat(200_000)] })),
    endpoint: { limits: { messageBytes: 100_000 } },
    ...{ code: 'ldap-incomplete', says: /announces a message of \d+ bytes; the most that is read is 100000/ },
  },
  {
    name: 'entries without end',
    script: ({ id }, socket) => flood(socket, (number) => searchEntry(id, `cn=${number},dc=a`)),
    endpoint: { limits: { entries: 20_000 } },
    ...{ code: 'ldap-incomplete', says: /more than 20000 entries/ },
  },
  {
    name: 'entries without end of a request that nobody made',
    script: (_, socket) => flood(socket, (number) => searchEntry(77, `cn=${number},dc=a`)),
    ...{ code: 'ldap-malformed', says: /request 77, which does not wait/ },
  },
  {
    name: 'intermediate responses without end',
    script: ({ id }, socket) => flood(socket, () => message(id, ber(0x79, text('1.2.3', 0x80)))),
    endpoint: { limits: { entries: 20_000 } },
    ...{ code: 'ldap-incomplete', says: /more than 20000/ },
  },
  {
    name: 'a page that comes again with every cookie',
    script: ({ id, number }, socket) => {
      socket.write(Buffer.concat([entry(id), searchDone(id, 0, pageControl(`cookie ${number}`))]));
    },
    ...{ code: 'ldap-incomplete', says: /repeats a page/ },
  },
  {
    name: 'pages of ever new entries that never end',
    script: ({ id, number }, socket) => {
      const entries = Array.from({ length: 10 }, (_, n) => searchEntry(id, `cn=${number * 10 + n},dc=a`));
      socket.write(Buffer.concat([...entries, searchDone(id, 0, pageControl('the same'))]));
    },
    endpoint: { limits: { entries: 1_000 } },
    ...{ code: 'ldap-incomplete', says: /more than 1000 entries/ },
  },
  {
    name: 'empty pages with the same cookie',
    script: answering((id) => searchDone(id, 0, pageControl('the same'))),
    ...{ code: 'ldap-incomplete', says: /20 empty pages with the same cookie/ },
  },
  {
    name: 'empty pages with ever new cookies',
    script: ({ id, number }, socket) => socket.write(searchDone(id, 0, pageControl(`cookie ${number}`))),
    ...{ code: 'ldap-incomplete', says: /1000 empty pages in a row/ },
  },
  {
    name: 'a second page without a word of pages',
    script: ({ id, number }, socket) => {
      const more = number === 1 ? [pageControl('more')] : [];
      socket.write(Buffer.concat([searchEntry(id, `cn=${number}`), searchDone(id, 0, ...more)]));
    },
    ...{ code: 'ldap-incomplete', says: /stopped answering in pages after page 1/ },
  },
  {
    name: 'a page control that is no BER',
    script: answering((id) => searchDone(id, 0, control('1.2.840.113556.1.4.319', Buffer.from('no BER')))),
    ...{ code: 'ldap-malformed', says: /tag 0x6e stands where 0x30 belongs/ },
  },
  {
    name: 'a page cookie of a megabyte',
    script: answering((id) => searchDone(id, 0, pageControl(Buffer.alloc(1_000_000)))),
    ...{ code: 'ldap-malformed', says: /a page cookie of 1000000 bytes/ },
  },
  {
    name: 'an entry after the end of its search',
    script: answering(entry, done, entry),
    ...{ code: 'ldap-malformed', says: /request 2, which does not wait/ },
  },
  {
    name: 'the end of a search twice',
    script: answering(entry, done, done),
    ...{ code: 'ldap-malformed', says: /request 2, which does not wait/ },
  },
  {
    name: 'a bind response to a search',
    script: answering((id) => bindResponse(id)),
    ...{ code: 'ldap-malformed', says: /tag 0x61 to another kind of request/ },
  },
  {
    name: 'a result code of five bytes',
    script: answering((id) => message(id, ber(0x65, ber(0x0a, Buffer.alloc(5)), text(''), text('')))),
    ...{ code: 'ldap-malformed', says: /an integer of 5 bytes/ },
  },
  {
    name: 'a negative result code',
    script: answering((id) => message(id, ber(0x65, ber(0x0a, Buffer.of(0xff)), text(''), text('')))),
    ...{ code: 'ldap-malformed', says: /result code -1/ },
  },
  {
    name: 'a result code that no RFC knows',
    script: answering(entry, (id) => searchDone(id, 12_345)),
    ...{ code: 'ldap-refused', says: /result 12345/ },
  },
  {
    name: 'a result without its texts',
    script: answering((id) => message(id, ber(0x65, ber(0x0a, Buffer.of(0))))),
    ...{ code: 'ldap-malformed', says: /tag 0x04 is missing/ },
  },
  {
    name: 'a referral in the place of an answer',
    script: answering((id) => message(id, ber(0x65, result(10), ber(0xa3, text('ldap://elsewhere.example/'))))),
    ...{ code: 'ldap-incomplete', says: /referral to another server/ },
  },
  {
    name: 'references without end',
    script: ({ id }, socket) => flood(socket, () => reference(id, 'ldap://elsewhere.example/dc=b')),
    takesReferences: true,
    ...{ code: 'ldap-malformed', says: /more than 1000 search result references/ },
  },
  {
    name: 'a reference with 10,000 URLs',
    script: answering((id) => reference(id, ...Array<string>(10_000).fill('ldap://elsewhere.example/'))),
    takesReferences: true,
    ...{ code: 'ldap-malformed', says: /more than 1000 URLs/ },
  },
  {
    name: 'a reference to a URL of a megabyte',
    script: answering((id) => reference(id, `ldap://${'x'.repeat(1_000_000)}/`)),
    takesReferences: true,
    ...{ code: 'ldap-malformed', says: /a referral of \d+ bytes/ },
  },
  {
    name: 'an entry with 10,000 controls',
    script: answering((id) => {
      const bomb = ber(0xa0, ...Array<Buffer>(10_000).fill(control('1.2.3', Buffer.alloc(0))));
      return message(id, ber(0x64, text(one), ber(0x30)), bomb);
    }, done),
    ...{ code: 'ldap-malformed', says: /more than 64 controls/ },
  },
  {
    name: 'a control with something behind its value',
    script: answering((id) => searchDone(id, 0, ber(0x30, text('1.2.3'), text('a'), text('b')))),
    ...{ code: 'ldap-malformed', says: /something follows a control's value/ },
  },
  {
    name: 'something behind the controls',
    script: answering((id) => message(id, ber(0x65, result(0)), ber(0xa0), text('more'))),
    ...{ code: 'ldap-malformed', says: /something follows the controls/ },
  },
  {
    name: 'an entry with more attributes than the limit',
    script: answering((id) => {
      const attributes = Array.from({ length: 10_001 }, (_, n) => attribute(`a${n}`, ['x']));
      return entryMessage(id, text(one), ber(0x30, ...attributes));
    }, done),
    ...{ code: 'ldap-malformed', says: /more than 10000 attributes/ },
  },
  {
    name: 'an attribute without a name',
    script: answering((id) => entryMessage(id, text(one), ber(0x30, attribute('', ['x']))), done),
    ...{ code: 'ldap-malformed', says: /an attribute without a name/ },
  },
  {
    name: 'an attribute name of a megabyte',
    script: answering((id) => entryMessage(id, text(one), ber(0x30, attribute('x'.repeat(1_000_000), ['x']))), done),
    ...{ code: 'ldap-malformed', says: /an attribute name of 1000000 bytes/ },
  },
  {
    name: 'an attribute without its set of values',
    script: answering((id) => entryMessage(id, text(one), ber(0x30, ber(0x30, text('cn')))), done),
    ...{ code: 'ldap-malformed', says: /tag 0x31 is missing/ },
  },
  {
    name: 'a value outside of its set',
    script: answering(
      (id) => entryMessage(id, text(one), ber(0x30, ber(0x30, text('cn'), ber(0x31), text('x')))),
      done,
    ),
    ...{ code: 'ldap-malformed', says: /something follows the values/ },
  },
  {
    name: 'something behind the attributes',
    script: answering((id) => entryMessage(id, text(one), ber(0x30), text('x')), done),
    ...{ code: 'ldap-malformed', says: /something follows the attributes/ },
  },
  {
    name: 'a DN that is no UTF-8',
    script: answering((id) => entryMessage(id, text(Buffer.of(0x63, 0x6e, 0x3d, 0xc3)), ber(0x30)), done),
    ...{ code: 'ldap-malformed', says: /a DN is no UTF-8/ },
  },
  {
    name: 'a message id of five bytes',
    script: (_, socket) => socket.write(ber(0x30, ber(0x02, Buffer.of(1, 0, 0, 0, 2)), ber(0x65, result(0)))),
    ...{ code: 'ldap-malformed', says: /an integer of 5 bytes/ },
  },
  {
    name: 'a negative message id',
    script: (_, socket) => socket.write(message(-2, ber(0x65, result(0)))),
    ...{ code: 'ldap-malformed', says: /request -2, which does not wait/ },
  },
  {
    name: 'a message id and nothing more',
    script: (_, socket) => socket.write(ber(0x30, ber(0x02, Buffer.of(2)))),
    ...{ code: 'ldap-malformed', says: /is cut off/ },
  },
  {
    name: 'a search result with the message id of notices',
    script: (_, socket) => socket.write(searchDone(0)),
    ...{ code: 'ldap-malformed', says: /tag 0x65 stands where 0x78 belongs/ },
  },
  {
    name: 'a notice of disconnection',
    script: ({ id }, socket) => {
      const notice = message(0, ber(0x78, result(52, 'going down'), text('1.3.6.1.4.1.1466.20036', 0x8a)));
      socket.write(Buffer.concat([entry(id), notice]));
    },
    ...{ code: 'ldap-incomplete', says: /ended the connection \(Unavailable\)\. It says: going down/ },
  },
  {
    name: 'notices without end',
    script: (_, socket) => flood(socket, () => message(0, ber(0x78, result(0), text('1.2.3', 0x8a)))),
    ...{ code: 'ldap-malformed', says: /more than 1000 unsolicited notifications/ },
  },
  {
    name: 'silence',
    script: () => undefined,
    endpoint: { timeouts: { idleMs: 100 } },
    ...{ code: 'ldap-unreachable', says: /no answer for 0\.1 s/ },
  },
  {
    name: 'silence within an entry',
    script: ({ id }, socket) => socket.write(searchEntry(id, one).subarray(0, 30)),
    endpoint: { timeouts: { idleMs: 100 } },
    ...{ code: 'ldap-unreachable', says: /no answer for 0\.1 s/ },
  },
  {
    name: 'a message of 60 MB that comes byte by byte',
    script: (_, socket) => {
      socket.write(overlong(0x30, 60_000_000));
      const timer = setInterval(() => socket.write(Buffer.of(0)), 5);
      socket.on('close', () => clearInterval(timer));
    },
    endpoint: { timeouts: { idleMs: 200 } },
    ...{ code: 'ldap-unreachable', says: /no answer for 0\.2 s/ },
  },
  {
    name: 'a reason of a megabyte that moves the cursor',
    script: answering((id) => message(id, ber(0x65, result(53, `\u001b[2J${'no '.repeat(300_000)}`)))),
    ...{ code: 'ldap-incomplete', says: /^[^\u001b]{0,800}$/ },
  },
];

for (const each of cases) {
  test(`a server that answers with ${each.name} is refused`, bounded, async (t) => {
    const { url } = await scriptedServer(t, each.script);
    const before = memory();
    await refused(read(url, each), each.code, each.says);
    assert.ok(memory() - before < 64 * 1024 * 1024, 'memory grew');
  });
}

/** What lies outside of the heap, where a flood would collect; the heap has a limit of its own. */
function memory(): number {
  return process.memoryUsage().arrayBuffers;
}

test('an honest answer is read: the lies are the only difference', bounded, async (t) => {
  const { url } = await scriptedServer(t, answering(entry, done));
  assert.equal(await read(url), 1);
});

test('servers may keep a cookie, and answer empty pages now and then', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id, number }, socket) => {
    const entries = number % 2 === 0 ? [] : [searchEntry(id, `cn=${number},dc=a`)];
    socket.write(Buffer.concat([...entries, searchDone(id, 0, pageControl(number < 9 ? 'the same' : ''))]));
  });
  assert.equal(await read(url), 5);
});

const bindCases: readonly (Omit<Case, 'script'> & { readonly script: Script })[] = [
  {
    name: 'a search result',
    script: ({ id }, socket) => socket.write(searchDone(id)),
    ...{ code: 'ldap-malformed', says: /tag 0x65 to another kind of request/ },
  },
  {
    name: 'the answer to a search that is to come',
    script: ({ id }, socket) => socket.write(searchDone(id + 1)),
    ...{ code: 'ldap-malformed', says: /request 2, which does not wait/ },
  },
  {
    name: 'two answers',
    script: ({ id, tag }, socket) => {
      if (tag === 0x60) socket.write(Buffer.concat([bindResponse(id), bindResponse(id)]));
    },
    ...{ code: 'ldap-malformed', says: /request 1, which does not wait/ },
  },
  {
    name: 'silence',
    script: () => undefined,
    endpoint: { timeouts: { idleMs: 100 } },
    ...{ code: 'ldap-unreachable', says: /no answer for 0\.1 s/ },
  },
  {
    name: 'SASL in progress, which nobody began',
    script: ({ id }, socket) => socket.write(bindResponse(id, 14)),
    ...{ code: 'ldap-refused', says: /SaslBindInProgress/ },
  },
];

for (const each of bindCases) {
  test(`a server that answers a bind with ${each.name} is refused`, bounded, async (t) => {
    const { url } = await bareServer(t, each.script);
    await refused(read(url, each), each.code, each.says);
  });
}

test('garbage in the place of a TLS handshake is told as no server, not as a bad certificate', bounded, async (t) => {
  const { url } = await greetingServer(t, (socket) => socket.write(Buffer.alloc(100, 0x2a)));
  await refused(read(url.replace('ldap:', 'ldaps:')), 'ldap-unreachable', /cannot be read/);
});

test('a TLS handshake that never ends is given up', bounded, async (t) => {
  const { url } = await greetingServer(t, (socket) => socket.resume());
  const endpoint = { timeouts: { connectMs: 100 } };
  const reading = read(url.replace('ldap:', 'ldaps:'), { endpoint });
  await refused(reading, 'ldap-unreachable', /TLS handshake did not end/);
});

test('a StartTLS that is refused ends before the password is sent', bounded, async (t) => {
  const tags: number[] = [];
  const { url } = await bareServer(t, ({ id, tag }, socket) => {
    tags.push(tag);
    if (tag === 0x77) socket.write(message(id, ber(0x78, result(52))));
  });
  await refused(read(url, { endpoint: { startTls: true } }), 'ldap-incomplete', /Unavailable/);
  assert.ok(!tags.includes(0x60));
});

test(
  'an answer that was slipped in before the StartTLS handshake is not taken for one behind it',
  bounded,
  async (t) => {
    for (const slipped of [bindResponse(2), bindResponse(2).subarray(0, 10)]) {
      const { url } = await bareServer(t, ({ id, tag }, socket) => {
        if (tag === 0x77) socket.write(Buffer.concat([message(id, ber(0x78, result(0))), slipped]));
      });
      await refused(
        read(url, { endpoint: { startTls: true } }),
        'ldap-malformed',
        /does not wait|before the TLS handshake/,
      );
    }
  },
);
