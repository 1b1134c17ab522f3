import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { requireService } from '@springline/tools/services/catalogue';
import { makeCertificates } from '@springline/tools/services/certificates';
import { BerReader, BerWriter } from './ber.ts';
import { LdapConnection } from './connection.ts';
import type { LdapEndpoint } from './endpoint.ts';
import { LdapError, type LdapErrorCode } from './error.ts';
import type { SearchRequest } from './message.ts';
import { pagedSearch } from './paged-search.ts';
import {
  answerRequests,
  bareServer,
  ber,
  bindResponse,
  listen,
  message,
  pageControl,
  reference,
  result,
  scriptedServer,
  searchDone,
  searchEntry,
  text,
} from './testing/scripted-server.ts';

const { signal } = new AbortController();
const bounded = { timeout: 20_000 };
const request: SearchRequest = { baseDn: 'dc=a', scope: 'sub', filter: '(objectClass=*)', attributes: ['*'] };
const bind = { kind: 'simple', dn: 'cn=a', password: 'hunter2' } as const;
const nothing = { entry: () => undefined };
const closedUrl = 'ldap://127.0.0.1:1';

function open(url: string, change: Partial<LdapEndpoint> = {}): Promise<LdapConnection> {
  return LdapConnection.open({ urls: [url], ...change }, signal);
}

async function refused(work: Promise<unknown>, code: LdapErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LdapError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}

// Real servers.

test('OpenLDAP answers refreshOnly with a control on each entry, and a cookie on the result (RFC 4533)', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = await ldap.subtree('connection-sync');
  await ldap.apply(`dn: uid=a,${baseDn}\nobjectClass: account\nuid: a\n`);
  using connection = await open(ldap.url, { bind: { kind: 'simple', dn: ldap.syncDn, password: ldap.syncPassword } });
  const value = new BerWriter().begin().integer(1, 0x0a).end().finish();
  const controls = [{ oid: '1.3.6.1.4.1.4203.1.9.1.1', critical: true, value }];
  const uuids: Buffer[] = [];
  const done = await connection.search(
    { ...request, baseDn, controls },
    {
      entry(_, entryControls) {
        const state = new BerReader(
          entryControls.value('1.3.6.1.4.1.4203.1.9.1.2') ?? assert.fail('no sync state'),
        ).enter();
        assert.equal(state.integer(0x0a), 1, 'add');
        uuids.push(Buffer.from(state.octets()));
        assert.equal(entryControls.value('1.2.3'), undefined);
      },
    },
    signal,
  );
  assert.deepEqual([done.entryCount, uuids.map(({ length }) => length)], [2, [16, 16]]);
  const syncDone = new BerReader(
    done.controls.value('1.3.6.1.4.1.4203.1.9.1.3') ?? assert.fail('no sync done'),
  ).enter();
  assert.match(syncDone.octets().toString(), /csn=/);
});

test('a control that is critical and not known is refused, with the result code of the server', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  using connection = await open(ldap.url);
  const asked = { ...request, baseDn: ldap.baseDn, controls: [{ oid: '1.2.3.4.5', critical: true }] };
  await assert.rejects(connection.search(asked, nothing, signal), { name: 'LdapError', resultCode: 12 });
  const accepted = await connection.search({ ...asked, acceptedCodes: [12] }, nothing, signal);
  assert.equal(accepted.code, 12);
});

test('an extended operation answers: who am I (RFC 4532)', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const caPem = readFileSync(ldap.caFile, 'utf8');
  const account = { kind: 'simple', dn: ldap.syncDn, password: ldap.syncPassword } as const;
  using connection = await open(ldap.ldapsUrl, { caPem, bind: account });
  const { value } = await connection.extended('1.3.6.1.4.1.4203.1.11.3');
  assert.equal(Buffer.from(value!).toString(), `dn:${ldap.syncDn}`);
  await refused(connection.extended('1.2.3.4.5'), 'ldap-refused', /refused the extended \(ProtocolError\)/);
});

test('several searches run over one connection at once, and each gets its own answer', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const baseDn = await ldap.subtree('connection-many');
  await ldap.apply(
    Array.from({ length: 30 }, (_, n) => `dn: uid=p${n},${baseDn}\nobjectClass: account\nuid: p${n}\n`).join('\n'),
  );
  using connection = await open(ldap.url, { bind: { kind: 'simple', dn: ldap.syncDn, password: ldap.syncPassword } });
  const counts = await Promise.all(
    [1, 2, 30].map((most) => {
      const filter = `(|${Array.from({ length: most }, (_, n) => `(uid=p${n})`).join('')})`;
      return connection.search({ ...request, baseDn, filter }, nothing, signal).then(({ entryCount }) => entryCount);
    }),
  );
  assert.deepEqual(counts, [1, 2, 30]);
});

// Failover.

test('the next server is asked when one is not there, and the connection says which answered', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id }, socket) => socket.write(searchDone(id)));
  using connection = await LdapConnection.open({ urls: [closedUrl, url], bind }, signal);
  assert.equal(connection.url, url);
});

test(
  'the next server is asked when one says that it is busy, and not when one refuses the password',
  bounded,
  async (t) => {
    let asked = 0;
    const answering = (code: number) =>
      bareServer(t, ({ id, tag }, socket) => {
        if (tag === 0x60) asked += 1;
        if (tag === 0x60) socket.write(bindResponse(id, code));
      });
    const [busy, refusing, good] = [await answering(51), await answering(49), await answering(0)];
    const first = await LdapConnection.open({ urls: [busy.url, good.url], bind }, signal);
    first.close();
    assert.deepEqual([first.url, asked], [good.url, 2]);
    asked = 0;
    await refused(
      LdapConnection.open({ urls: [refusing.url, good.url], bind }, signal),
      'ldap-credentials',
      /refused the bind DN/,
    );
    assert.equal(asked, 1, 'a second wrong password may lock the account');
  },
);

test('when no server answers, the error names each', bounded, async () => {
  const urls = [closedUrl, 'ldap://127.0.0.1:2'];
  await refused(
    LdapConnection.open({ urls }, signal),
    'ldap-unreachable',
    /no server answers: .*127\.0\.0\.1:1 .*127\.0\.0\.1:2 /,
  );
});

// What is refused before anything is sent.

for (const [name, endpoint, code, says] of [
  ['no URL', { urls: [] }, 'ldap-url-invalid', /no URL/],
  ['one wrong URL among good ones', { urls: [closedUrl, 'http://a'] }, 'ldap-url-invalid', /http:\/\/a is no LDAP URL/],
  ['a URL with an account', { urls: ['ldap://a:hunter@b'] }, 'ldap-url-invalid', /is no LDAP URL/],
  ['an empty password', { urls: [closedUrl], bind: { ...bind, password: '' } }, 'ldap-credentials', /is empty/],
  [
    'a password in the clear',
    { urls: ['ldap://dc1.example.test'], bind },
    'ldap-clear-text',
    /would travel unencrypted/,
  ],
  [
    'a host that only begins like loopback',
    { urls: ['ldap://127.example.test'], bind },
    'ldap-clear-text',
    /unencrypted/,
  ],
  [
    'one clear server among safe ones',
    { urls: ['ldaps://a.test', 'ldap://b.test'], bind },
    'ldap-clear-text',
    /b\.test/,
  ],
  [
    'a client certificate without TLS',
    { urls: [closedUrl], bind: { kind: 'external', certPem: '', keyPem: '' } },
    'ldap-credentials',
    /only with ldaps/,
  ],
] as const satisfies readonly (readonly [string, LdapEndpoint, LdapErrorCode, RegExp])[]) {
  test(`${name} is refused before a connection is made`, bounded, async () => {
    await refused(LdapConnection.open(endpoint, signal), code, says);
  });
}

test('a password goes in the clear where the configuration says so in words', bounded, async () => {
  const endpoint = { urls: ['ldap://host.invalid'], bind, allowClearText: true };
  await refused(LdapConnection.open(endpoint, signal), 'ldap-unreachable', /cannot be read/);
});

test('a client certificate stands for the account (SASL EXTERNAL)', bounded, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-ldap-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = await makeCertificates(folder, ['DNS:localhost', 'IP:127.0.0.1']);
  const [ca, cert, key] = [made.caFile, made.certificateFile, made.keyFile].map((file) => readFileSync(file, 'utf8'));
  const binds: { mechanism: boolean; subject: unknown }[] = [];
  const server = createTlsServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: false },
    (socket: TLSSocket) => {
      socket.on('error', () => undefined);
      answerRequests(socket, ({ id, tag, bytes }) => {
        if (tag !== 0x60) return;
        const mechanism = bytes.includes(Buffer.from('\xa3\x0c\x04\x08EXTERNAL\x04\x00', 'latin1'));
        binds.push({ mechanism, subject: socket.getPeerCertificate().subject.CN });
        socket.write(bindResponse(id));
      });
    },
  );
  const url = `ldaps://127.0.0.1:${await listen(t, server)}`;
  const external = { kind: 'external', certPem: cert!, keyPem: key! } as const;
  using connection = await open(url, { caPem: ca!, bind: external });
  assert.equal(connection.url, url);
  assert.deepEqual(binds, [{ mechanism: true, subject: 'Springline test server' }]);
});

test('a certificate of nobody known is refused also where the environment turns checks off', bounded, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-ldap-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { certificateFile, keyFile } = await makeCertificates(folder, ['DNS:localhost', 'IP:127.0.0.1']);
  const [cert, key] = [certificateFile, keyFile].map((file) => readFileSync(file, 'utf8'));
  const server = createTlsServer({ cert, key }, (socket) => {
    socket.on('error', () => undefined);
    answerRequests(socket, ({ id }) => socket.write(bindResponse(id)));
  });
  const url = `ldaps://127.0.0.1:${await listen(t, server)}`;
  const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
  const before = process.env[name];
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
  process.env[name] = '0';
  await refused(open(url, { bind }), 'ldap-certificate', /is not trusted/);
});

// Handlers.

test('what a handler throws ends the search with that error, and the connection', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id }, socket) => socket.write(searchEntry(id, 'cn=x')));
  const connection = await open(url);
  const trouble = new Error('the disk is full');
  const entry = (): void => {
    throw trouble;
  };
  await assert.rejects(connection.search(request, { entry }, signal), (error) => error === trouble);
  await assert.rejects(connection.search(request, nothing, signal), (error) => error === trouble);
});

test('an abort ends the search with its reason, and tells the server', bounded, async (t) => {
  const heard: number[] = [];
  const farewell = Promise.withResolvers<void>();
  const { url } = await bareServer(t, ({ id, tag }, socket) => {
    heard.push(tag);
    if (tag === 0x63) socket.write(searchEntry(id, 'cn=x'));
    if (tag === 0x42) farewell.resolve();
  });
  const connection = await open(url);
  const given = new AbortController();
  const entry = (): void => given.abort();
  await assert.rejects(connection.search(request, { entry }, given.signal), { name: 'AbortError' });
  await farewell.promise;
  assert.deepEqual(heard, [0x63, 0x50, 0x42]);
});

test('an abort while the connection is made ends that', bounded, async (t) => {
  const { url } = await bareServer(t, () => undefined);
  const given = new AbortController();
  const opening = LdapConnection.open({ urls: [url], bind }, given.signal);
  setImmediate(() => given.abort());
  await assert.rejects(opening, { name: 'AbortError' });
});

test('the next page is asked for when the handler of the last is done', bounded, async (t) => {
  let pagesAsked = 0;
  const { url } = await scriptedServer(t, ({ id, number }, socket) => {
    pagesAsked = number;
    const controls = number < 3 ? [pageControl(`cookie ${number}`)] : [pageControl('')];
    socket.write(Buffer.concat([searchEntry(id, `cn=${number}`), searchDone(id, 0, ...controls)]));
  });
  using connection = await open(url);
  const seen: number[] = [];
  const page = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    seen.push(pagesAsked);
  };
  await pagedSearch(connection, request, 1, { ...nothing, page }, signal);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('references go to a handler that wants them, and AD’s own partitions are no others', bounded, async (t) => {
  const own = 'ldap://ForestDnsZones.ad.test/DC=ForestDnsZones,DC=ad,DC=test';
  const other = 'ldap://other.test/dc=b';
  const { url } = await scriptedServer(t, ({ id, number }, socket) => {
    socket.write(Buffer.concat([reference(id, own), ...(number === 1 ? [] : [reference(id, other)]), searchDone(id)]));
  });
  using connection = await open(url);
  assert.equal((await connection.search(request, nothing, signal)).code, 0);
  const seen: string[] = [];
  await connection.search(request, { ...nothing, reference: (urls) => void seen.push(...urls) }, signal);
  assert.deepEqual(seen, [own, other]);
  await refused(connection.search(request, nothing, signal), 'ldap-incomplete', /referral to another server/);
});

test('intermediate responses come with name and value, between the entries', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id }, socket) => {
    const intermediate = message(id, ber(0x79, text('1.2.3', 0x80), text('value', 0x81)));
    const bare = message(id, ber(0x79));
    socket.write(Buffer.concat([searchEntry(id, 'cn=x'), intermediate, bare, searchDone(id)]));
  });
  using connection = await open(url);
  const seen: unknown[] = [];
  const intermediate = (oid: string | undefined, value: Uint8Array | undefined): void => {
    seen.push([oid, value === undefined ? undefined : Buffer.from(value).toString()]);
  };
  await connection.search(request, { entry: () => void seen.push('entry'), intermediate }, signal);
  assert.deepEqual(seen, ['entry', ['1.2.3', 'value'], [undefined, undefined]]);
});

test('a patient search hears nothing for as long as it takes; another has its time-out', bounded, async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked = Promise.withResolvers<() => void>();
  const { url } = await scriptedServer(t, ({ id }, socket) => asked.resolve(() => void socket.write(searchDone(id))));
  using connection = await open(url, { timeouts: { idleMs: 60_000 } });
  const patient = connection.search({ ...request, isPatient: true }, nothing, signal);
  const answer = await asked.promise;
  for (let quarter = 0; quarter < 100; quarter++) t.mock.timers.tick(15_000);
  answer();
  assert.equal((await patient).code, 0);
  const other = connection.search(request, nothing, signal);
  let hasEnded = false;
  const ended = refused(other, 'ldap-unreachable', /no answer for 60 s/).then(() => {
    hasEnded = true;
  });
  for (let quarter = 0; quarter < 4; quarter++) t.mock.timers.tick(15_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!hasEnded);
  t.mock.timers.tick(15_000);
  await ended;
});

test('a result that asks for a refresh is an answer (RFC 4533)', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id }, socket) => {
    socket.write(message(id, ber(0x65, result(4096, 'sync cookie is stale'))));
  });
  using connection = await open(url);
  const done = await connection.search(request, nothing, signal);
  assert.deepEqual([done.code, done.diagnostic], [4096, 'sync cookie is stale']);
});

test('after close nothing can be asked', bounded, async (t) => {
  const { url } = await scriptedServer(t, () => undefined);
  const connection = await open(url);
  const waiting = connection.search(request, nothing, signal);
  connection.close();
  connection.close();
  await refused(waiting, 'ldap-unreachable', /the connection was closed/);
  await refused(connection.search(request, nothing, signal), 'ldap-unreachable', /the connection was closed/);
});
