import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type OpenLdap, requireService } from '@springline/tools/services/catalogue';
import type { LdapEndpoint } from '../../endpoint.ts';
import type { LdapSourceOptions } from '../ldap-source.ts';
import { Mirror } from '../testing/mirror.ts';
import { type Dialect, RandomChanges } from '../testing/random-changes.ts';
import { EntryStates } from './entry-states.ts';
import { genericLdapSource } from './generic-source.ts';

const attributes = new Set(['cn', 'sn', 'description', 'member', 'ou', 'uid']);
const request = { attributes };

function endpointOf(ldap: OpenLdap): LdapEndpoint {
  return {
    urls: [ldap.ldapsUrl],
    caPem: readFileSync(ldap.caFile, 'utf8'),
    bind: { kind: 'simple', dn: ldap.syncDn, password: ldap.syncPassword },
  };
}

const unit = (dn: string): string => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;
const described = (dn: string, step: number): string =>
  `dn: ${dn}\nchangetype: modify\nreplace: description\ndescription: step ${step}\n\n`;
const person = (dn: string): string => `dn: ${dn}\nobjectClass: inetOrgPerson\ncn: a\nsn: S\n\n`;

const dialect: Dialect = {
  leafRdn: 'uid',
  referencesFollow: false,
  person: (name) => `objectClass: inetOrgPerson\ncn: ${name}\nsn: S`,
  group: (_name, firstMember) => `objectClass: groupOfNames\nmember: ${firstMember}`,
};

async function freshState(options: LdapSourceOptions): Promise<unknown> {
  const fresh = new Mirror('entryUUID');
  await fresh.read(genericLdapSource(options), request);
  return fresh.state();
}

for (const { name, isKnown, isRestarted, seed } of [
  { name: 'any sequence of changes ends where a fresh read does', isKnown: true, isRestarted: false, seed: 31 },
  {
    name: 'a source that is told nothing of what is held ends there too',
    isKnown: false,
    isRestarted: false,
    seed: 34,
  },
  {
    name: 'a source that was made anew goes on from the cookie and from what is held',
    isKnown: true,
    isRestarted: true,
    seed: 33,
  },
]) {
  test(name, async (t) => {
    const ldap = await requireService(t, 'openldap');
    if (ldap === undefined) return;
    const base = await ldap.subtree(`sources-generic-${seed}`);
    const places = { in: `ou=in,${base}`, out: `ou=out,${base}`, excluded: `ou=excluded,ou=in,${base}` };
    await ldap.apply(Object.values(places).map(unit).join(''));
    const mirror = new Mirror('entryUUID');
    const options = { endpoint: endpointOf(ldap), baseDn: places.in };
    const open = () => genericLdapSource(isKnown ? { ...options, held: mirror.held } : options);
    let source = open();
    await mirror.read(source, request);
    const changes = new RandomChanges(dialect, Object.values(places), seed);
    for (let step = 0; step < 31; step++) {
      await ldap.apply(changes.next());
      if (step % 2 === 0) await ldap.apply(changes.next());
      if (isRestarted) {
        // Were the newest entry deleted, its time would be missed, and the cookie refused.
        await ldap.apply(described(places.in, step));
        source = open();
      }
      await mirror.read(source, request);
      assert.deepEqual(mirror.state(), await freshState(options));
    }
  });
}

test('a cookie that does not fit the server, the clock or the read is refused', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-generic-cookies');
  await ldap.apply(person(`cn=a,${base}`));
  const mirror = new Mirror('entryUUID');
  const options = { endpoint: endpointOf(ldap), baseDn: base };
  const source = genericLdapSource({ ...options, held: mirror.held });
  await mirror.read(source, request);
  const facts = JSON.parse(Buffer.from(mirror.cookie!).toString()) as Record<string, string>;
  const good = mirror.cookie;
  for (const [change, message] of [
    [{ newest: String(Date.now() + 60_000) }, /clock was set back/],
    [{ server: 'ldaps://elsewhere' }, /Another server/],
    [{ anchor: 'nsUniqueId' }, /Another server/],
    [{ digest: 'x' }, /attributes/],
  ] as const) {
    mirror.cookie = Buffer.from(JSON.stringify({ ...facts, ...change }));
    await assert.rejects(mirror.read(source, request), { code: 'cookie-refused', message });
  }
  mirror.cookie = good;
  await assert.rejects(mirror.read(genericLdapSource(options), request), {
    code: 'cookie-refused',
    message: /not known any more/,
  });
  await mirror.read(source, request);
  assert.equal(mirror.objects.size, 2);
});

test('states are told apart by anchor and by what was seen, and many of them fit', () => {
  const states = new EntryStates();
  const anchor = (number: number): Uint8Array => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(number, 12);
    return bytes;
  };
  for (let number = 0; number < 5_000; number++) states.set(anchor(number), `state ${number}`);
  states.set(anchor(7), 'other');
  assert.equal(states.size, 5_000);
  assert.ok(states.isSame(anchor(4_999), 'state 4999'));
  assert.ok(states.isSame(anchor(7), 'other'));
  assert.ok(!states.isSame(anchor(8), 'state 7'));
  assert.ok(!states.isSame(anchor(5_000), 'state 5000'));
});
