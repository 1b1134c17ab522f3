/**
 * Real servers under one engine: OpenLDAP with 10,000 people, twice, so that one can be stopped, and a domain of Samba.
 * After each round of changes what was brought over from the cookies on is what a fresh full import gives.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { textOf } from '@springline/directory/entry';
import { decodeEntry } from '@springline/directory/ldap/decode-entry';
import { guidFromBytes } from '@springline/directory/schema';
import type { DirectorySource } from '@springline/directory/source';
import { requireService } from '@springline/tools/services/catalogue';
import { applyLdif } from '@springline/tools/services/ldap-tools';
import { startOpenLdap } from '@springline/tools/services/openldap';
import { faultCodes } from '../../testing/bench-looks.ts';
import { SyncBench, stepOf } from '../../testing/sync-bench.ts';
import { type LdapPlace, openLdapSource, readOneOf } from './sources/open-source.ts';

const peopleCount = 10_000;
const memberCount = 5_000;
const { signal } = new AbortController();

const person = (dn: string, name: string, more = ''): string =>
  `dn: ${dn}\nobjectClass: inetOrgPerson\nuid: ${name}\ncn: Person ${name}\nsn: ${name}\nmail: ${name}@people.example\n${more}\n`;
const unit = (dn: string, more = ''): string => `dn: ${dn}\nobjectClass: organizationalUnit\n${more}\n`;
const modify = (dn: string, ...lines: readonly string[]): string =>
  `dn: ${dn}\nchangetype: modify\n${lines.join('\n')}\n\n`;
const moveTo = (dn: string, rdn: string, superior: string): string =>
  `dn: ${dn}\nchangetype: modrdn\nnewrdn: ${rdn}\ndeleteoldrdn: 1\nnewsuperior: ${superior}\n\n`;
const remove = (dn: string): string => `dn: ${dn}\nchangetype: delete\n\n`;
/** Two servers that are loaded from one file agree about their objects. */
const uuidLine = (n: number): string => `entryUUID: 00000000-0000-4000-8000-${String(n).padStart(12, '0')}\n`;

/** What one server of people holds at first. */
function peopleLdif(base: string): string {
  const people = Array.from({ length: peopleCount }, (_, n) =>
    person(`uid=p${n},ou=people,${base}`, `p${n}`, uuidLine(n + 10)),
  );
  const groups = Array.from({ length: 20 }, (_, g) => {
    const size = g === 0 ? memberCount : 10;
    const members = Array.from({ length: size }, (_, m) => `member: uid=p${g * 100 + m},ou=people,${base}\n`);
    return `dn: cn=team${g},ou=teams,${base}\nobjectClass: groupOfNames\ncn: team${g}\n${members.join('')}${uuidLine(90_000 + g)}\n`;
  });
  const units = ['people', 'teams', 'alumni'].map((name, n) => unit(`ou=${name},${base}`, uuidLine(n)));
  return [...units, ...people, ...groups].join('');
}

interface Sources {
  readonly people: () => Promise<DirectorySource>;
  readonly domain: () => Promise<DirectorySource>;
}

/** An engine over both. Each has connections and cookies of its own. */
async function benchOver(sources: Sources): Promise<SyncBench> {
  const bench = new SyncBench({
    directories: [
      { name: 'people', kind: 'openldap', baseDn: 'dc=example,dc=test' },
      { name: 'domain', kind: 'active-directory', baseDn: 'DC=corp,DC=example,DC=test', features: new Set() },
    ],
  });
  bench.directory('people').source = await sources.people();
  bench.directory('domain').source = await sources.domain();
  return bench;
}

async function guidOf(place: LdapPlace, dn: string): Promise<string> {
  let guid: string | undefined;
  await readOneOf(
    place,
    dn,
    { cookie: undefined, attributes: new Set(['cn']) },
    (raw, anchor) => {
      assert.notEqual(textOf(decodeEntry(raw), 'cn'), undefined);
      guid = guidFromBytes(anchor);
    },
    signal,
  );
  return guid!;
}

test('two real directories stay in step through adds, changes, moves, deletes, restores and a server that stops', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined || (await requireService(t, 'openldap')) === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'springline-real-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = await twoServersOfPeople(t, folder);
  const { baseDn: base } = first.facts;
  const places = {
    people: {
      endpoint: {
        urls: [first.facts.ldapsUrl, second.facts.ldapsUrl],
        caPem: [first, second].map(({ facts }) => readFileSync(facts.caFile, 'utf8')).join('\n'),
        bind: { kind: 'simple', dn: first.facts.syncDn, password: first.facts.syncPassword },
      },
      baseDn: base,
      filter: '(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))',
    },
    domain: {
      endpoint: {
        urls: [ad.ldapsUrl],
        caPem: readFileSync(ad.caFile, 'utf8'),
        bind: { kind: 'simple', dn: ad.adminDn, password: ad.adminPassword },
      },
      baseDn: await ad.subtree('RealDirectories'),
    },
  } satisfies Record<string, LdapPlace>;
  const { baseDn: domain } = places.domain;
  await ad.apply(domainLdif(domain));

  let bench: SyncBench | undefined;
  const held = (name: string) => ({
    dnOf: (anchor: Uint8Array) => bench?.store.rowByAnchor(bench.store.connector(name, 'directory'), anchor)?.dn,
    hasBelow: () => false,
  });
  const open = async (name: 'people' | 'domain', isFresh = false): Promise<DirectorySource> =>
    (await openLdapSource(places[name], isFresh ? undefined : held(name), signal)).source;
  bench = await benchOver({ people: () => open('people'), domain: () => open('domain') });
  const both = { people: () => open('people', true), domain: () => open('domain', true) };

  const follows = async (what: string): Promise<void> => {
    const cycle = await bench.cycle();
    assert.match(cycle.result, /^(success|completed-transient-objects)$/, `${what}: ${JSON.stringify(cycle.steps)}`);
    assert.deepEqual(faultCodes(bench), [], what);
  };
  const converges = async (what: string): Promise<void> => {
    await follows(what);
    const fresh = await benchOver(both);
    await fresh.cycle();
    assert.deepEqual(bench.cloud.state(), fresh.cloud.state(), what);
  };

  await follows('at first');
  const objects = Object.values(bench.cloud.state()) as { references: Record<string, readonly string[]> }[];
  const sizes = objects.map(({ references }) => references['member']?.length ?? 0).sort((a, b) => b - a);
  assert.deepEqual(sizes.slice(0, 3), [memberCount, memberCount, 10], 'a large group of either, one of them in ranges');
  bench.cloud.operations.length = 0;
  const idle = await bench.cycle();
  assert.deepEqual(stepOf(idle, 'people', 'Import').counters, {});
  assert.deepEqual(bench.cloud.operations, [], 'nothing changed');

  for (const server of [first, second]) {
    await server.apply(
      [
        modify(`uid=p1,ou=people,${base}`, 'add: title', 'title: Boss'),
        moveTo(`uid=p2,ou=people,${base}`, 'uid=q2', `ou=alumni,${base}`),
        remove(`uid=p3,ou=people,${base}`),
        // Each server would give it an entryUUID of its own; it is gone again before the other is asked.
        server === first ? person(`uid=new,ou=people,${base}`, 'new') : '',
        modify(`cn=team1,ou=teams,${base}`, 'add: member', `member: uid=new,ou=people,${base}`),
        modify(`cn=team1,ou=teams,${base}`, 'delete: member', `member: uid=p101,ou=people,${base}`),
        remove(`cn=team2,ou=teams,${base}`),
      ].join(''),
    );
  }
  const restored = await guidOf(places.domain, `CN=c1,OU=contacts,${domain}`);
  await ad.apply(
    [
      modify(`CN=u1,OU=staff,${domain}`, 'replace: title', 'title: Boss'),
      moveTo(`CN=u2,OU=staff,${domain}`, 'CN=renamed', `OU=alumni,${domain}`),
      remove(`CN=u3,OU=staff,${domain}`),
      remove(`CN=c1,OU=contacts,${domain}`),
      modify(`CN=few,OU=staff,${domain}`, 'add: member', `member: CN=u5,OU=staff,${domain}`),
      modify(`CN=few,OU=staff,${domain}`, 'delete: member', `member: CN=u4,OU=staff,${domain}`),
      modify(`CN=many,OU=staff,${domain}`, 'delete: member', `member: CN=c7,OU=contacts,${domain}`),
    ].join(''),
  );
  await follows('after changes');

  await ad.apply(
    `dn: CN=c1\\0ADEL:${restored},CN=Deleted Objects,${ad.baseDn}\ncontrol: 1.2.840.113556.1.4.417 true\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: CN=c1,OU=contacts,${domain}\n`,
  );
  await ad.apply(moveTo(`OU=staff,${domain}`, 'OU=employees', domain));
  await ad.apply(modify(`CN=few,OU=employees,${domain}`, 'add: member', `member: CN=u4,OU=employees,${domain}`));
  await converges('after a restore and a container with another name');

  await first.apply(remove(`uid=new,ou=people,${base}`));
  await follows('before the server stops');
  await first.stop();
  await second.apply(modify(`uid=p4,ou=people,${base}`, 'add: title', 'title: Clerk'));
  await converges('from the other server');
  const titled = Object.values(bench.cloud.state()).filter((found) => JSON.stringify(found).includes('"Clerk"'));
  assert.equal(titled.length, 1);
});

/** Users, contacts, one group of a few and one that the server hands out in ranges. */
function domainLdif(domain: string): string {
  const [staff, contactsIn] = ['staff', 'contacts'].map((name) => `OU=${name},${domain}`);
  const users = Array.from({ length: 10 }, (_, n) => {
    const dn = `CN=u${n},${staff}`;
    return `dn: ${dn}\nobjectClass: user\nsAMAccountName: real-u${n}\nuserPrincipalName: u${n}@corp.example.test\n\n`;
  });
  const contacts = Array.from({ length: memberCount }, (_, n) => {
    return `dn: CN=c${n},${contactsIn}\nobjectClass: contact\nmail: c${n}@elsewhere.example\n\n`;
  });
  const group = (name: string, members: readonly string[]): string =>
    `dn: CN=${name},${staff}\nobjectClass: group\nsAMAccountName: real-${name}\n${members.map((dn) => `member: ${dn}\n`).join('')}\n`;
  const all = Array.from({ length: memberCount }, (_, n) => `CN=c${n},${contactsIn}`);
  const few = ['u1', 'u2', 'u3', 'u4'].map((name) => `CN=${name},${staff}`);
  const units = ['staff', 'contacts', 'alumni'].map((name) => unit(`OU=${name},${domain}`));
  return [...units, ...users, ...contacts, group('few', few), group('many', all)].join('');
}

function twoServersOfPeople(t: TestContext, folder: string) {
  const file = join(folder, 'people.ldif');
  writeFileSync(file, peopleLdif('dc=example,dc=test'));
  const start = async (name: string) => {
    const server = await startOpenLdap(join(folder, name), file);
    t.after(() => server.stop());
    return { ...server, apply: (ldif: string) => applyLdif(server.facts, ldif) };
  };
  return Promise.all([start('first'), start('second')]);
}
