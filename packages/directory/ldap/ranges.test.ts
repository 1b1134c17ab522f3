/** Answers as Active Directory gives them (MS-ADTS 3.1.1.3.1.3.3), and what becomes of those that are half. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { normaliseDn } from '../dn.ts';
import { type DirectoryEntry, valuesOf } from '../entry.ts';
import { LdapConnection } from './connection.ts';
import { decodeEntry } from './decode-entry.ts';
import { LdapError } from './error.ts';
import { pagedSearch } from './paged-search.ts';
import { comesInPart, WholeEntries } from './ranges.ts';
import { type Script, scriptedServer, searchDone, searchEntry } from './testing/scripted-server.ts';

const { signal } = new AbortController();
const bounded = { timeout: 20_000 };
const groupDn = 'CN=Many,DC=a';
const member = (number: number): string => `CN=m${number},DC=a`;
const members = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => member(from + n));

async function readWhole(url: string, attributes: readonly string[] = ['*']): Promise<DirectoryEntry[]> {
  using connection = await LdapConnection.open({ urls: [url] }, signal);
  const entries: DirectoryEntry[] = [];
  const whole = new WholeEntries(connection, (raw) => {
    assert.ok(!comesInPart(raw));
    entries.push(decodeEntry(raw));
  });
  const request = { baseDn: 'DC=a', scope: 'sub' as const, filter: '(objectClass=*)', attributes };
  const page = (): Promise<void> => whole.complete(signal);
  await pagedSearch(connection, request, 100, { entry: (raw) => whole.entry(raw), page }, signal);
  return entries;
}

/** The group as its search gives it, and then what each request for a rest is answered with. */
function group(t: TestContext, first: Readonly<Record<string, string[]>>, rest: (from: number) => typeof first) {
  const script: Script = ({ id, bytes, number }, socket) => {
    const [, from] = /member;range=(\d+)-\*/.exec(bytes.toString('latin1')) ?? [];
    const values = number === 1 ? first : rest(Number(from));
    socket.write(Buffer.concat([searchEntry(id, groupDn, values), searchDone(id)]));
  };
  return scriptedServer(t, script);
}

async function half(reading: Promise<unknown>): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof LdapError);
    assert.equal(error.code, 'ldap-incomplete', error.message);
    assert.match(error.message, /answered a part of member of one entry and not the rest/);
    return true;
  });
}

test('a group that comes in ranges is put together, and the empty attribute beside them goes', bounded, async (t) => {
  const { url } = await group(t, { cn: ['Many'], member: [], 'member;range=0-1499': members(0, 1_499) }, (from) =>
    from < 4_500
      ? { [`member;range=${from}-${from + 1_499}`]: members(from, from + 1_499) }
      : { [`member;range=${from}-*`]: members(from, 4_999) },
  );
  const [entry, ...others] = await readWhole(url);
  assert.equal(others.length, 0);
  assert.equal(entry!.dn, groupDn);
  assert.deepEqual([...entry!.attributes.keys()], ['cn', 'member']);
  assert.deepEqual(entry!.attributes.get('member'), members(0, 4_999));
});

test('a range that reaches the end at once needs nothing more, and loses its name', bounded, async (t) => {
  const { url } = await group(t, { 'member;Range=0-*': members(0, 2) }, () => assert.fail('nothing is missing'));
  const [entry] = await readWhole(url);
  assert.deepEqual([...entry!.attributes], [['member', members(0, 2)]]);
});

test('an empty attribute without a range stays as the server said it', bounded, async (t) => {
  const { url } = await group(t, { member: [] }, () => assert.fail('nothing is missing'));
  assert.equal((await readWhole(url))[0]!.attributes.size, 0);
});

for (const [name, first, rest] of [
  ['begins in the middle', { 'member;range=5-9': members(5, 9) }, { 'member;range=10-*': members(10, 11) }],
  ['has fewer values than it says', { 'member;range=0-9': members(0, 8) }, { 'member;range=10-*': members(10, 11) }],
  ['goes on at another place', { 'member;range=0-9': members(0, 9) }, { 'member;range=11-*': members(11, 12) }],
  ['ends with nothing', { 'member;range=0-9': members(0, 9) }, { 'member;range=10-*': [] }],
  ['is followed by an empty attribute', { 'member;range=0-9': members(0, 9) }, { member: [] }],
  ['is followed by no attribute', { 'member;range=0-9': members(0, 9) }, {}],
  ['is followed by another attribute', { 'member;range=0-9': members(0, 9) }, { 'memberOf;range=10-*': members(1, 2) }],
] as const) {
  test(`a range that ${name} is half an answer, and none`, bounded, async (t) => {
    const copy = (values: object): Record<string, string[]> => ({ ...values });
    const { url } = await group(t, copy(first), () => copy(rest));
    await half(readWhole(url));
  });
}

test('an entry that goes while its ranges are read is half an answer', bounded, async (t) => {
  const { url } = await scriptedServer(t, ({ id, number }, socket) => {
    if (number > 1) socket.write(searchDone(id, 32));
    else socket.write(Buffer.concat([searchEntry(id, groupDn, { 'member;range=0-1': members(0, 1) }), searchDone(id)]));
  });
  await half(readWhole(url));
});

test('a name that passes to another entry while its ranges are read gives no mixture of both', bounded, async (t) => {
  const first = { objectGUID: ['guid of the first'], 'member;range=0-9': members(0, 9) };
  const asked: string[] = [];
  for (const [objectGUID, isSame] of [
    ['guid of the other', false],
    ['guid of the first', true],
  ] as const) {
    const { url } = await scriptedServer(t, ({ id, bytes, number }, socket) => {
      asked.push(bytes.toString('latin1'));
      const rest = { objectGUID: [objectGUID], 'member;range=10-*': members(10, 11) };
      socket.write(Buffer.concat([searchEntry(id, groupDn, number === 1 ? first : rest), searchDone(id)]));
    });
    if (isSame) assert.deepEqual((await readWhole(url))[0]!.attributes.get('member'), members(0, 11));
    else {
      const mixed = (error: LdapError) => error.code === 'ldap-incomplete' && /passed to another/.test(error.message);
      await assert.rejects(readWhole(url), mixed);
    }
  }
  assert.match(asked[1]!, /member;range=10-\*.*objectGUID/s);
});

test('a real domain controller completes a range that was asked for', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const baseDn = await ad.subtree('LdapRanges');
  const dns = Array.from({ length: 25 }, (_, n) => `CN=r${n},${baseDn}`);
  const contacts = dns.map((dn) => `dn: ${dn}\nobjectClass: contact\n`);
  const values = dns.map((dn) => `member: ${dn}\n`).join('');
  await ad.apply(
    [...contacts, `dn: CN=Ranged,${baseDn}\nobjectClass: group\nsAMAccountName: ldap-ranged\n${values}`].join('\n'),
  );
  const bind = { kind: 'simple' as const, dn: ad.syncDn, password: ad.syncPassword };
  const endpoint = { urls: [ad.ldapsUrl], caPem: readFileSync(ad.caFile, 'utf8'), bind };
  using connection = await LdapConnection.open(endpoint, signal);
  const found: DirectoryEntry[] = [];
  const whole = new WholeEntries(connection, (raw) => void found.push(decodeEntry(raw)));
  const request = { baseDn, scope: 'sub' as const, filter: '(cn=Ranged)', attributes: ['cn', 'member;range=0-9'] };
  await connection.search(request, { entry: (raw) => whole.entry(raw) }, signal);
  await whole.complete(signal);
  const given = valuesOf(found[0]!, 'member').map((dn) => normaliseDn(String(dn)));
  assert.deepEqual(given.sort(), dns.map(normaliseDn).sort());
});
