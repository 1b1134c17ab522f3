import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requireService, type SambaAd } from '@springline/tools/services/catalogue';
import { normaliseDn } from '../../../dn.ts';
import { guidFromBytes } from '../../../schema.ts';
import type { LdapEndpoint } from '../../endpoint.ts';
import type { LdapSourceOptions } from '../ldap-source.ts';
import { Mirror } from '../testing/mirror.ts';
import { type Dialect, RandomChanges } from '../testing/random-changes.ts';
import { activeDirectorySource } from './active-directory-source.ts';

const attributes = new Set(['cn', 'name', 'description', 'member', 'ou', 'sAMAccountName']);
const request = { attributes };

/** Samba shows deleted objects to administrators only, whatever right of replication an account has. */
type Account = 'admin' | 'sync' | 'read';

function endpointOf(ad: SambaAd, account: Account): LdapEndpoint {
  const dn = { admin: ad.adminDn, sync: ad.syncDn, read: ad.readDn }[account];
  const password = { admin: ad.adminPassword, sync: ad.syncPassword, read: ad.readPassword }[account];
  return { urls: [ad.ldapsUrl], caPem: readFileSync(ad.caFile, 'utf8'), bind: { kind: 'simple', dn, password } };
}

const person = (dn: string, name: string): string => `dn: ${dn}\nobjectClass: contact\ndescription: ${name}\n\n`;
const unit = (dn: string): string => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;
const modify = (dn: string, lines: string): string => `dn: ${dn}\nchangetype: modify\n${lines}\n-\n\n`;
const move = (dn: string, rdn: string, parent: string): string =>
  `dn: ${dn}\nchangetype: modrdn\nnewrdn: ${rdn}\ndeleteoldrdn: 1\nnewsuperior: ${parent}\n\n`;

/** A mirror that has read everything, and one call that brings it up to date and compares it with a mirror made anew. */
async function followed(
  options: LdapSourceOptions,
  {
    isKnown = true,
    holdsContainers = true,
    filter,
  }: { isKnown?: boolean; holdsContainers?: boolean; filter?: string } = {},
) {
  const mirror = new Mirror('objectGUID', { holdsContainers });
  const source = activeDirectorySource(isKnown ? { ...options, held: mirror.held } : options);
  const wanted = filter === undefined ? request : { ...request, filter };
  await mirror.read(source, wanted);
  return {
    mirror,
    source,
    async converges(): Promise<string[]> {
      await mirror.read(source, wanted);
      const { calls } = mirror;
      const fresh = new Mirror('objectGUID', { holdsContainers });
      await fresh.read(activeDirectorySource(options), wanted);
      assert.deepEqual(mirror.state(), fresh.state());
      return calls;
    },
  };
}

test('adds, changes, renames, moves and deletes come as what they are, and nothing else comes', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesChanges');
  const group = `CN=g,${base}`;
  await ad.apply(person(`CN=a,${base}`, 'a') + unit(`OU=below,${base}`));
  await ad.apply(`dn: ${group}\nobjectClass: group\nsAMAccountName: sources-changes\nmember: CN=a,${base}\n`);
  const { mirror, converges } = await followed({ endpoint: endpointOf(ad, 'admin'), baseDn: base });
  assert.equal(mirror.objects.size, 4);
  assert.deepEqual(await converges(), ['page', 'end']);
  await ad.apply(modify(`CN=a,${base}`, 'replace: description\ndescription: x'));
  assert.deepEqual(await converges(), ['changes', 'page', 'end']);
  await ad.apply(modify(`CN=a,${base}`, 'delete: description'));
  assert.deepEqual(await converges(), ['changes', 'page', 'end'], 'an attribute that is gone');
  await ad.apply(modify(group, `add: member\nmember: ${ad.readDn}`));
  assert.deepEqual(await converges(), ['changes', 'page', 'end'], 'a member by value');
  await ad.apply(modify(group, `delete: member\nmember: CN=a,${base}`));
  assert.deepEqual(await converges(), ['changes', 'page', 'end'], 'a member less by value');
  await ad.apply(move(`CN=a,${base}`, 'CN=b', base));
  assert.deepEqual(await converges(), ['entry', 'page', 'end']);
  await ad.apply(move(`CN=b,${base}`, 'CN=b', `OU=below,${base}`));
  assert.deepEqual(await converges(), ['entry', 'page', 'end']);
  await ad.apply(`dn: CN=b,OU=below,${base}\nchangetype: delete\n`);
  assert.deepEqual(await converges(), ['gone', 'page', 'end']);
  assert.equal(mirror.objects.size, 3);
});

test('a member that was renamed and then removed is removed, whatever is told first', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesRenamedMember');
  const names = Array.from({ length: 12 }, (_, index) => `m${index}`);
  await ad.apply(names.map((name) => person(`CN=${name},${base}`, name)).join(''));
  const members = names.map((name) => `member: CN=${name},${base}\n`).join('');
  await ad.apply(`dn: CN=g,${base}\nobjectClass: group\nsAMAccountName: sources-renamed-member\n${members}`);
  const { converges } = await followed({ endpoint: endpointOf(ad, 'admin'), baseDn: base });
  for (const name of names.slice(0, 6)) {
    await ad.apply(move(`CN=${name},${base}`, `CN=x${name}`, base));
    await ad.apply(modify(`CN=g,${base}`, `delete: member\nmember: CN=x${name},${base}`));
  }
  const calls = await converges();
  assert.equal(calls.filter((call) => call === 'changes').length, 1);
  assert.equal(calls.lastIndexOf('entry') < calls.indexOf('changes'), true, 'every rename is told before');
});

const dialect: Dialect = {
  leafRdn: 'CN',
  referencesFollow: true,
  person: (name) => `objectClass: contact\ndescription: ${name}`,
  group: (name, _firstMember) => `objectClass: group\nsAMAccountName: sources-${name}`,
};

for (const { name, account, seed, ...sink } of [
  { name: 'any sequence of changes ends where a fresh read does', account: 'admin', seed: 21 },
  {
    name: 'an importing side that holds no containers ends there too',
    account: 'admin',
    holdsContainers: false,
    seed: 26,
  },
  { name: 'a source that is told nothing of what is held ends there too', account: 'admin', isKnown: false, seed: 22 },
  {
    name: 'an account that is not shown what was deleted finds it out by comparing',
    account: 'sync',
    isKnown: true,
    seed: 23,
  },
  { name: 'an account without the right to replicate ends there too', account: 'read', seed: 24 },
  {
    name: 'with a filter any sequence of changes ends where a fresh read does',
    account: 'admin',
    isKnown: true,
    filter: '(|(objectClass=organizationalUnit)(description=*3*))',
    seed: 25,
  },
] as {
  name: string;
  account: Account;
  isKnown?: boolean;
  holdsContainers?: boolean;
  filter?: string;
  seed: number;
}[]) {
  test(name, async (t) => {
    const ad = await requireService(t, 'samba-ad');
    if (ad === undefined) return;
    const base = await ad.subtree(`SourcesRandom${seed}`);
    const places = { in: `OU=in,${base}`, out: `OU=out,${base}`, excluded: `OU=excluded,OU=in,${base}` };
    await ad.apply(Object.values(places).map(unit).join(''));
    const exclude = [await guidOf(ad, places.excluded)];
    const options = { endpoint: endpointOf(ad, account), baseDn: places.in, containers: { include: [], exclude } };
    const { converges } = await followed(options, sink);
    const changes = new RandomChanges(
      { ...dialect, group: (group, member) => dialect.group(`${group}-${seed}`, member) },
      Object.values(places),
      seed,
    );
    for (let step = 0; step < 31; step++) {
      await ad.apply(changes.next());
      if (step % 2 === 0) await ad.apply(changes.next());
      await converges();
    }
  });
}

/** The 16 bytes by which a container is chosen. */
async function guidOf(ad: SambaAd, dn: string): Promise<Uint8Array> {
  const mirror = new Mirror('objectGUID');
  await mirror.read(activeDirectorySource({ endpoint: endpointOf(ad, 'admin'), baseDn: dn }), request);
  const found = [...mirror.objects].find(([, held]) => normaliseDn(held.dn) === normaliseDn(dn));
  return Buffer.from(found![0], 'hex');
}

/** The cookie with other facts in it. */
function altered(cookie: Uint8Array, change: (facts: Record<string, string>) => Record<string, string>): Uint8Array {
  const facts = JSON.parse(Buffer.from(cookie).toString()) as Record<string, string>;
  return Buffer.from(JSON.stringify({ ...facts, ...change(facts) }));
}

test('a cookie that does not count any more is refused before anything is told', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesCookies');
  const { mirror, source } = await followed({ endpoint: endpointOf(ad, 'admin'), baseDn: base });
  const good = mirror.cookie!;
  const longAgo = (days: number) => (facts: Record<string, string>) => ({
    time: String(Number(facts['time']) - days * 24 * 60 * 60_000),
  });
  const refused: [string, Uint8Array, RegExp][] = [
    ['that the server cannot read', altered(good, () => ({ dirSync: 'eA==' })), /cannot go on from the cookie/],
    ['of a database that was set back', altered(good, () => ({ highestUsn: '99999999999' })), /set back/],
    ['older than tombstones are kept', altered(good, longAgo(179.5)), /may be forgotten/],
    [
      'of another domain controller, where only comparing tells what is gone',
      altered(good, () => ({ server: 'x', isSwept: 'true' })),
      /Another domain controller/,
    ],
    ['of another read', altered(good, () => ({ digest: 'x' })), /attributes/],
  ];
  for (const [what, cookie, message] of refused) {
    mirror.cookie = cookie;
    await assert.rejects(mirror.read(source, request), { code: 'cookie-refused', message }, what);
    assert.deepEqual(mirror.calls, [], what);
  }
  for (const cookie of [
    good,
    altered(good, longAgo(178)),
    altered(good, () => ({ server: 'x', highestUsn: '99999999999' })),
  ]) {
    mirror.cookie = cookie;
    await mirror.read(source, request);
    assert.deepEqual(mirror.calls, ['page', 'end']);
  }
});

test('a deleted object that is restored is there again, with what refers to it', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesRestore');
  await ad.apply(person(`CN=a,${base}`, 'a'));
  await ad.apply(`dn: CN=g,${base}\nobjectClass: group\nsAMAccountName: sources-restore\nmember: CN=a,${base}\n`);
  const { mirror, converges } = await followed({ endpoint: endpointOf(ad, 'admin'), baseDn: base });
  const guid = await guidOf(ad, `CN=a,${base}`);
  await ad.apply(`dn: CN=a,${base}\nchangetype: delete\n`);
  await converges();
  assert.equal(mirror.objects.size, 2);
  const text = guidFromBytes(guid);
  const tombstone = `CN=a\\0ADEL:${text},CN=Deleted Objects,${ad.baseDn}`;
  await ad.apply(
    `dn: ${tombstone}\ncontrol: 1.2.840.113556.1.4.417 true\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: CN=a,${base}\n-\n`,
  );
  await converges();
  assert.equal(mirror.objects.size, 3);
});

test('a container that is chosen stays in scope when it is renamed or moved, and what it holds goes with it', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesScope');
  await ad.apply([`OU=a,${base}`, `OU=b,${base}`, `OU=c,OU=a,${base}`].map(unit).join(''));
  await ad.apply(
    person(`CN=x,OU=a,${base}`, 'x') + person(`CN=y,OU=c,OU=a,${base}`, 'y') + person(`CN=z,OU=b,${base}`, 'z'),
  );
  const { mirror, source, converges } = await followed({
    endpoint: endpointOf(ad, 'admin'),
    baseDn: ad.baseDn,
    containers: { include: [await guidOf(ad, `OU=a,${base}`)], exclude: [await guidOf(ad, `OU=c,OU=a,${base}`)] },
  });
  const names = () => [...mirror.objects.values()].map(({ dn }) => dn.split(',')[0]).sort();
  assert.deepEqual(names(), ['CN=x', 'OU=a']);
  await ad.apply(move(`OU=a,${base}`, 'OU=renamed', `OU=b,${base}`));
  await converges();
  assert.deepEqual(names(), ['CN=x', 'OU=renamed']);
  await ad.apply(move(`CN=y,OU=c,OU=renamed,OU=b,${base}`, 'CN=y', `OU=renamed,OU=b,${base}`));
  await ad.apply(move(`CN=x,OU=renamed,OU=b,${base}`, 'CN=x', `OU=c,OU=renamed,OU=b,${base}`));
  await converges();
  assert.deepEqual(names(), ['CN=y', 'OU=renamed']);
  await ad.apply(
    `dn: CN=x,OU=c,OU=renamed,OU=b,${base}\nchangetype: delete\n\ndn: OU=c,OU=renamed,OU=b,${base}\nchangetype: delete\n`,
  );
  await assert.rejects(mirror.read(source, request), {
    code: 'scope-container-missing',
    message: /nothing counts as gone/,
  });
  assert.equal(mirror.objects.size, 2);
});

test('a change is told at once, and what happened before the server watched is not missed', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesFollow');
  await ad.apply(person(`CN=a,${base}`, 'a'));
  const { mirror, source, converges } = await followed({ endpoint: endpointOf(ad, 'admin'), baseDn: base });
  const ending = new AbortController();
  let told = Promise.withResolvers<void>();
  const changed = (): void => told.resolve();
  const following = source.follow!({ ...request, cookie: mirror.cookie }, mirror, changed, ending.signal);
  await told.promise;
  told = Promise.withResolvers<void>();
  await ad.apply(modify(`CN=a,${base}`, 'replace: description\ndescription: y'));
  await told.promise;
  ending.abort();
  await following;
  assert.deepEqual(await converges(), ['changes', 'page', 'end']);
});

test('a delete that the account is not told of is noticed by the update number', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SourcesFollowDelete');
  await ad.apply(person(`CN=a,${base}`, 'a'));
  const source = activeDirectorySource({ endpoint: endpointOf(ad, 'sync'), baseDn: base }, 50);
  const ending = new AbortController();
  let told = Promise.withResolvers<void>();
  const changed = (): void => told.resolve();
  const mirror = new Mirror('objectGUID');
  const following = source.follow!({ ...request, cookie: undefined }, mirror, changed, ending.signal);
  await told.promise;
  told = Promise.withResolvers<void>();
  await ad.apply(`dn: CN=a,${base}\nchangetype: delete\n`);
  await told.promise;
  ending.abort();
  await following;
});

test('a base that is not in the domain, and an account whose password is wrong, are told as what they are', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const endpoint = endpointOf(ad, 'sync');
  const elsewhere = activeDirectorySource({ endpoint, baseDn: 'DC=other,DC=test' });
  await assert.rejects(new Mirror('objectGUID').read(elsewhere, request), { code: 'ldap-base-missing' });
  const missing = activeDirectorySource({ endpoint, baseDn: `OU=nowhere,${ad.baseDn}` });
  await assert.rejects(new Mirror('objectGUID').read(missing, request), { code: 'ldap-base-missing' });
  const bind = { kind: 'simple' as const, dn: ad.syncDn, password: 'hunter2' };
  const stranger = activeDirectorySource({ endpoint: { ...endpoint, bind }, baseDn: ad.baseDn });
  await assert.rejects(new Mirror('objectGUID').read(stranger, request), { code: 'ldap-credentials' });
});
