import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DirectoryEntry } from '../../../entry.ts';
import { BerReader, BerWriter, berTag } from '../../ber.ts';
import type { Control } from '../../control.ts';
import { Mirror } from '../testing/mirror.ts';
import { type ScriptedSearch, scriptedServer } from '../testing/scripted-server.ts';
import { openLdapSource } from './openldap-source.ts';
import { syncDoneOid, syncInfoOid, syncRequestOid, syncStateOid } from './sync-controls.ts';

const request = { attributes: new Set(['cn']) };
const base = 'dc=x';

const uuid = (digit: string): Buffer => Buffer.from(digit.repeat(32), 'hex');
const uuidText = (digit: string): string => [8, 4, 4, 4, 12].map((size) => digit.repeat(size)).join('-');
const person = (digit: string, cn = digit): DirectoryEntry => ({
  dn: `cn=${cn},${base}`,
  attributes: new Map([
    ['objectClass', ['person']],
    ['cn', [cn]],
    ['entryUUID', [uuidText(digit)]],
  ]),
});
const state = (number: number, digit: string, cookie?: string): Control => {
  const writer = new BerWriter().begin().integer(number, berTag.enumerated).octets(uuid(digit));
  if (cookie !== undefined) writer.octets(cookie);
  return { oid: syncStateOid, critical: false, value: writer.end().finish() };
};
const done = (cookie: string, refreshDeletes: boolean): Control => ({
  oid: syncDoneOid,
  critical: false,
  value: new BerWriter().begin().octets(cookie).boolean(refreshDeletes).end().finish(),
});
const idSet = (refreshDeletes: boolean, ...digits: string[]): Buffer => {
  const writer = new BerWriter().begin(0xa3).boolean(refreshDeletes).begin(berTag.set);
  for (const digit of digits) writer.octets(uuid(digit));
  return writer.end().end().finish();
};
const phaseEnd = (tag: number, cookie: string): Buffer => new BerWriter().begin(tag).octets(cookie).end().finish();

/** The cookie that came with the request. */
function cookieOf({ controls }: ScriptedSearch): string | undefined {
  const reader = new BerReader(controls.value(syncRequestOid)!).enter();
  reader.integer(berTag.enumerated);
  return reader.tag === undefined ? undefined : reader.octets().toString();
}

/** A mirror that holds a, b and c with cookie 1, and a source whose server then does as `second` says. */
async function synchronised(t: TestContext, second: (search: ScriptedSearch) => void, isHeld = true) {
  const endpoint = await scriptedServer(t, (search) => {
    const cookie = cookieOf(search);
    if (cookie !== undefined) {
      assert.equal(cookie, '1');
      return second(search);
    }
    for (const digit of ['a', 'b', 'c']) search.entry(person(digit), state(1, digit));
    search.done(0, done('1', false));
  });
  const mirror = new Mirror('entryUUID');
  const source = openLdapSource({ endpoint, baseDn: base, ...(isHeld ? { held: mirror.held } : {}) });
  await mirror.read(source, request);
  assert.equal(mirror.objects.size, 3);
  return { mirror, source, names: () => [...mirror.objects.values()].map(({ dn }) => dn).sort() };
}

test('after a present phase what was not named is gone', async (t) => {
  const { mirror, source, names } = await synchronised(t, (search) => {
    search.entry({ dn: `cn=a,${base}`, attributes: new Map() }, state(0, 'a'));
    search.entry(person('b', 'new'), state(2, 'b'));
    search.done(0, done('2', false));
  });
  await mirror.read(source, request);
  assert.deepEqual(names(), [`cn=a,${base}`, `cn=new,${base}`]);
  assert.deepEqual(mirror.calls, ['present', 'entry', 'page', 'unmentioned', 'gone']);
});

test('sets of identifiers name what is there, or what is gone', async (t) => {
  const present = await synchronised(t, (search) => {
    search.intermediate(syncInfoOid, idSet(false, 'a', 'b'));
    search.done(0, done('2', false));
  });
  await present.mirror.read(present.source, request);
  assert.deepEqual(present.names(), [`cn=a,${base}`, `cn=b,${base}`]);
  const deleted = await synchronised(t, (search) => {
    search.intermediate(syncInfoOid, idSet(true, 'a', 'b'));
    search.done(0, done('2', true));
  });
  await deleted.mirror.read(deleted.source, request);
  assert.deepEqual(deleted.names(), [`cn=c,${base}`]);
});

test('a refresh that ends early tells nothing as gone and keeps the cookie that it began with', async (t) => {
  for (const code of [4, 51, 80]) {
    const { mirror, source } = await synchronised(t, (search) => {
      search.entry({ dn: `cn=a,${base}`, attributes: new Map() }, state(0, 'a', '2'));
      search.done(code);
    });
    const before = mirror.cookie;
    await assert.rejects(mirror.read(source, request), { name: 'LdapError' });
    assert.equal(mirror.objects.size, 3);
    assert.deepEqual(mirror.cookie, before);
    assert.ok(!mirror.calls.includes('page'));
  }
});

test('a server that asks for a new beginning, or forgets the protocol, is not believed', async (t) => {
  for (const [code, control, expected] of [
    [4096, [], { code: 'cookie-refused' }],
    [2, [], { code: 'cookie-refused' }],
    [53, [], { code: 'cookie-refused' }],
    [0, [], { code: 'ldap-malformed' }],
  ] as const) {
    const { mirror, source } = await synchronised(t, (search) => search.done(code, ...control));
    await assert.rejects(mirror.read(source, request), expected);
    assert.equal(mirror.objects.size, 3);
  }
});

test('a present phase while following is left to a read', async (t) => {
  const { mirror, source } = await synchronised(t, (search) => {
    search.intermediate(syncInfoOid, idSet(false, 'a'));
    search.intermediate(syncInfoOid, phaseEnd(0xa2, '2'));
  });
  let told = 0;
  const before = mirror.cookie;
  const changed = (): void => void told++;
  const following = source.follow!({ ...request, cookie: before }, mirror, changed, new AbortController().signal);
  await assert.rejects(following, { code: 'ldap-incomplete', message: /delta import/ });
  assert.equal(told, 1);
  assert.deepEqual(mirror.cookie, before);
  assert.equal(mirror.objects.size, 3);
});

test('what a sink throws at a commit ends the following with that error', async (t) => {
  const { mirror, source } = await synchronised(t, (search) => {
    search.intermediate(syncInfoOid, phaseEnd(0xa1, '2'));
    search.entry(person('a', 'new'), state(2, 'a', '3'));
  });
  mirror.page = () => {
    throw new Error('disk full');
  };
  const following = source.follow!(
    { ...request, cookie: mirror.cookie },
    mirror,
    assert.fail,
    new AbortController().signal,
  );
  await assert.rejects(following, /disk full/);
});
