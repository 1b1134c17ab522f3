import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { OpenLdap } from '@springline/tools/services/catalogue';
import { requireService } from '@springline/tools/services/catalogue';
import type { LdapEndpoint } from '../../endpoint.ts';
import type { LdapSourceOptions } from '../ldap-source.ts';
import { Mirror } from '../testing/mirror.ts';
import { type Dialect, RandomChanges } from '../testing/random-changes.ts';
import { openLdapSource } from './openldap-source.ts';

const attributes = new Set(['cn', 'sn', 'description', 'member', 'ou', 'uid']);
const request = { attributes };

function endpointOf(ldap: OpenLdap): LdapEndpoint {
  return {
    urls: [ldap.ldapsUrl],
    caPem: readFileSync(ldap.caFile, 'utf8'),
    bind: { kind: 'simple', dn: ldap.syncDn, password: ldap.syncPassword },
  };
}

const person = (dn: string, uid: string): string =>
  `dn: ${dn}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: S\n\n`;
const unit = (dn: string): string => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;

/** A mirror that has read everything, and one call that brings it up to date and compares it with a mirror made anew. */
async function followed(options: LdapSourceOptions, { isKnown = true, holdsContainers = true } = {}) {
  const mirror = new Mirror('entryUUID', { holdsContainers });
  const source = openLdapSource(isKnown ? { ...options, held: mirror.held } : options);
  await mirror.read(source, request);
  return {
    mirror,
    source,
    async converges(): Promise<string[]> {
      await mirror.read(source, request);
      const { calls } = mirror;
      const fresh = new Mirror('entryUUID', { holdsContainers });
      await fresh.read(openLdapSource(options), request);
      assert.deepEqual(mirror.state(), fresh.state());
      return calls;
    },
  };
}

test('adds, changes, renames and deletes come as what they are, and nothing else comes', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-changes');
  await ldap.apply(person(`uid=a,${base}`, 'a') + person(`uid=b,${base}`, 'b') + unit(`ou=below,${base}`));
  const { mirror, converges } = await followed({ endpoint: endpointOf(ldap), baseDn: base });
  assert.equal(mirror.objects.size, 4);
  assert.deepEqual(await converges(), ['page', 'end']);
  await ldap.apply(`dn: uid=a,${base}\nchangetype: modify\nreplace: sn\nsn: T\n`);
  assert.deepEqual(await converges(), ['entry', 'page', 'end']);
  await ldap.apply(
    `dn: uid=a,${base}\nchangetype: modrdn\nnewrdn: uid=c\ndeleteoldrdn: 1\nnewsuperior: ou=below,${base}\n`,
  );
  assert.deepEqual(await converges(), ['entry', 'page', 'end']);
  await ldap.apply(`${person(`uid=d,${base}`, 'd')}dn: uid=b,${base}\nchangetype: delete\n`);
  const calls = await converges();
  assert.ok(calls.includes('gone'), calls.join());
});

/** slapd leaves references as they are when what they name moves, so the deleted name is the one that was given. */
const dialect: Dialect = {
  leafRdn: 'uid',
  referencesFollow: false,
  person: (name) => `objectClass: inetOrgPerson\ncn: ${name}\nsn: S`,
  group: (_name, firstMember) => `objectClass: groupOfNames\nmember: ${firstMember}`,
};

for (const { name, seed, ...sink } of [
  { name: 'any sequence of changes ends where a fresh read does', seed: 11 },
  { name: 'an importing side that holds no containers ends there too', holdsContainers: false, seed: 114 },
  { name: 'a source that is told nothing of what is held ends there too', isKnown: false, seed: 13 },
]) {
  test(name, async (t) => {
    const ldap = await requireService(t, 'openldap');
    if (ldap === undefined) return;
    const base = await ldap.subtree(`sources-openldap-random-${seed}`);
    const places = { in: `ou=in,${base}`, out: `ou=out,${base}`, excluded: `ou=excluded,ou=in,${base}` };
    await ldap.apply(Object.values(places).map(unit).join(''));
    const exclude = [await uuidOf(ldap, places.excluded)];
    const options = { endpoint: endpointOf(ldap), baseDn: places.in, containers: { include: [], exclude } };
    const { converges } = await followed(options, sink);
    const changes = new RandomChanges(dialect, Object.values(places), seed);
    for (let step = 0; step < 35; step++) {
      await ldap.apply(changes.next());
      if (step % 2 === 0) await ldap.apply(changes.next());
      await converges();
    }
  });
}

/** The 16 bytes by which a container is chosen. */
async function uuidOf(ldap: OpenLdap, dn: string): Promise<Uint8Array> {
  const mirror = new Mirror('entryUUID');
  await mirror.read(openLdapSource({ endpoint: endpointOf(ldap), baseDn: dn }), request);
  const found = [...mirror.objects].find(([, held]) => held.dn === dn);
  return Buffer.from(found![0], 'hex');
}

test('a container that is chosen stays in scope when it is renamed, and stops the import when it is gone', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-scope');
  await ldap.apply([`ou=a,${base}`, `ou=b,${base}`, `ou=c,ou=a,${base}`].map(unit).join(''));
  await ldap.apply(
    person(`uid=x,ou=a,${base}`, 'x') + person(`uid=y,ou=c,ou=a,${base}`, 'y') + person(`uid=z,ou=b,${base}`, 'z'),
  );
  const include = [await uuidOf(ldap, `ou=a,${base}`)];
  const exclude = [await uuidOf(ldap, `ou=c,ou=a,${base}`)];
  const { mirror, source, converges } = await followed({
    endpoint: endpointOf(ldap),
    baseDn: base,
    containers: { include, exclude },
  });
  const names = () => [...mirror.objects.values()].map(({ dn }) => dn).sort();
  assert.deepEqual(names(), [`ou=a,${base}`, `uid=x,ou=a,${base}`]);
  await ldap.apply(`dn: ou=a,${base}\nchangetype: modrdn\nnewrdn: ou=renamed\ndeleteoldrdn: 1\n`);
  await converges();
  assert.deepEqual(names(), [`ou=renamed,${base}`, `uid=x,ou=renamed,${base}`]);
  // Out of the container that is left out, and into it.
  await ldap.apply(
    `dn: uid=y,ou=c,ou=renamed,${base}\nchangetype: modrdn\nnewrdn: uid=y\ndeleteoldrdn: 1\nnewsuperior: ou=renamed,${base}\n`,
  );
  await ldap.apply(
    `dn: uid=x,ou=renamed,${base}\nchangetype: modrdn\nnewrdn: uid=x\ndeleteoldrdn: 1\nnewsuperior: ou=c,ou=renamed,${base}\n`,
  );
  await converges();
  assert.deepEqual(names(), [`ou=renamed,${base}`, `uid=y,ou=renamed,${base}`]);
  await ldap.apply(
    `dn: uid=x,ou=c,ou=renamed,${base}\nchangetype: delete\n\ndn: ou=c,ou=renamed,${base}\nchangetype: delete\n`,
  );
  await assert.rejects(mirror.read(source, request), {
    code: 'scope-container-missing',
    message: /nothing counts as gone/,
  });
  assert.equal(mirror.objects.size, 2);
});

test('a cookie that the server or the read cannot take is refused, and then everything is read', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-cookies');
  const options = { endpoint: endpointOf(ldap), baseDn: base };
  const { mirror, source } = await followed(options);
  const good = mirror.cookie!;
  const withSync = (sync: string): Buffer => {
    const fields = JSON.parse(Buffer.from(good).toString()) as Record<string, string>;
    return Buffer.from(JSON.stringify({ ...fields, sync: Buffer.from(sync).toString('base64') }));
  };
  const refused: [string, Uint8Array][] = [
    ['no cookie at all', Buffer.from('x')],
    ['of another kind', Buffer.from(Buffer.from(good).toString().replace('"openldap"', '"generic"'))],
    ['without its facts', Buffer.from(Buffer.from(good).toString().replace('"sync"', '"other"'))],
    ['that is ahead of the server', withSync('rid=000,csn=20990101000000.000000Z#000000#000#000000')],
  ];
  for (const [what, cookie] of refused) {
    mirror.cookie = cookie;
    await assert.rejects(mirror.read(source, request), { code: 'cookie-refused' }, what);
  }
  mirror.cookie = good;
  const more = { attributes: new Set([...attributes, 'mail']) };
  await assert.rejects(mirror.read(source, more), { code: 'cookie-refused', message: /attributes/ });
  await assert.rejects(mirror.read(source, { ...request, filter: '(uid=a)' }), { code: 'cookie-refused' });
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['page', 'end']);
});

test('an object that a filter does not match any more is gone, and one that it matches now is there', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-filter');
  await ldap.apply(person(`uid=a,${base}`, 'a') + person(`uid=b,${base}`, 'b'));
  const source = openLdapSource({ endpoint: endpointOf(ldap), baseDn: base });
  const filtered = { attributes, filter: '(cn=a)' };
  const mirror = new Mirror('entryUUID');
  await mirror.read(source, filtered);
  for (const [uid, cn] of [
    ['a', 'x'],
    ['b', 'a'],
  ]) {
    await ldap.apply(`dn: uid=${uid},${base}\nchangetype: modify\nreplace: cn\ncn: ${cn}\n`);
  }
  await mirror.read(source, filtered);
  assert.deepEqual(
    [...mirror.objects.values()].map(({ dn }) => dn),
    [`uid=b,${base}`],
  );
});

test('an account that may not read sees the base as missing, and nothing counts as gone', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-rights');
  const { bind: _, ...anonymous } = endpointOf(ldap);
  const source = openLdapSource({ endpoint: anonymous, baseDn: base });
  await assert.rejects(new Mirror('entryUUID').read(source, request), { name: 'LdapError' });
});

test('changes are handed over as they happen, each with a cookie that a later read goes on from', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-follow');
  await ldap.apply(person(`uid=a,${base}`, 'a') + person(`uid=b,${base}`, 'b'));
  const { mirror, source, converges } = await followed({ endpoint: endpointOf(ldap), baseDn: base });
  const before = mirror.cookie;
  await ldap.apply(person(`uid=c,${base}`, 'c'));
  const ending = new AbortController();
  const committed = watchPages(mirror);
  const following = source.follow!({ ...request, cookie: mirror.cookie }, mirror, assert.fail, ending.signal);
  await committed.next((calls) => calls.includes('entry'));
  assert.notDeepEqual(mirror.cookie, before, 'what happened before is there first');
  await ldap.apply(`dn: uid=a,${base}\nchangetype: modify\nreplace: sn\nsn: T\n`);
  await committed.next((calls) => calls.includes('entry'));
  await ldap.apply(`dn: uid=b,${base}\nchangetype: delete\n`);
  await committed.next((calls) => calls.includes('gone'));
  ending.abort();
  await following;
  assert.deepEqual(await converges(), ['page', 'end'], 'nothing was left to read');
});

test('what only a read can find out ends the following before its cookie is committed', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sources-openldap-leave');
  const places = [`ou=in,${base}`, `ou=out,${base}`, `ou=x,ou=out,${base}`];
  await ldap.apply(places.map(unit).join('') + person(`uid=a,ou=x,ou=out,${base}`, 'a'));
  const { mirror, source, converges } = await followed({ endpoint: endpointOf(ldap), baseDn: `ou=in,${base}` });
  let told = 0;
  const count = (): void => void told++;
  const following = source.follow!({ ...request, cookie: mirror.cookie }, mirror, count, new AbortController().signal);
  const ended = assert.rejects(following, { code: 'ldap-incomplete', message: /delta import/ });
  await ldap.apply(
    `dn: ou=x,ou=out,${base}\nchangetype: modrdn\nnewrdn: ou=x\ndeleteoldrdn: 1\nnewsuperior: ou=in,${base}\n`,
  );
  await ended;
  assert.equal(told, 1);
  await converges();
  assert.equal(mirror.objects.size, 3);
});

/** Resolves once a commit followed calls that `wanted` is content with. */
function watchPages(mirror: Mirror) {
  let waiting: (() => void) | undefined;
  const { page } = Mirror.prototype;
  mirror.calls = [];
  mirror.page = (cookie) => {
    page.call(mirror, cookie);
    waiting?.();
  };
  return {
    next: (wanted: (calls: string[]) => boolean): Promise<void> =>
      new Promise((resolve) => {
        waiting = () => {
          if (!mirror.calls.includes('page') || !wanted(mirror.calls)) return;
          mirror.calls = [];
          waiting = undefined;
          resolve();
        };
        waiting();
      }),
  };
}
