import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { isUnder, normaliseDn, parentDn, parseDn } from '@springline/directory/dn';
import type { DirectoryEntry } from '@springline/directory/entry';
import { bytesOf, textOf, valuesOf } from '@springline/directory/entry';
import { readLdifFile } from '@springline/directory/ldif/read-ldif';
import { guidFromBytes, parseGeneralizedTime, sidFromBytes } from '@springline/directory/schema';
import { contosoEntries, contosoLdif, contosoPath } from './contoso.ts';
import { base } from './stamp.ts';

const entries: DirectoryEntry[] = [];
before(async () => {
  for await (const record of readLdifFile(contosoPath)) {
    assert.equal(record.kind, 'content');
    if (record.kind === 'content') entries.push(record.entry);
  }
});

const ofClass = (name: string) => entries.filter((entry) => valuesOf(entry, 'objectClass').at(-1) === name);
const isCritical = (entry: DirectoryEntry) => textOf(entry, 'isCriticalSystemObject') === 'TRUE';
const isSyncAccount = (entry: DirectoryEntry) => /^(?:AAD|MSOL)_/.test(textOf(entry, 'sAMAccountName') ?? '');
const people = () => ofClass('user').filter((entry) => !isCritical(entry) && !isSyncAccount(entry));
const ordinaryGroups = () => ofClass('group').filter((entry) => !isCritical(entry));

test('the committed sample is what the generator makes, byte for byte', () => {
  assert.ok(readFileSync(contosoPath).equals(Buffer.from(contosoLdif())), 'run node tools/sample/contoso.ts');
  assert.match(contosoLdif().split('\n')[0]!, /^# Contoso, a made-up company /);
});

test('the sample reads back as the entries that were written', () => assert.deepEqual(entries, contosoEntries()));

test('it holds what its guide says', () => {
  const withFlags = (flags: string) => people().filter((entry) => textOf(entry, 'userAccountControl') === flags).length;
  const securityGroups = ordinaryGroups().filter((entry) => textOf(entry, 'groupType')?.startsWith('-'));
  assert.deepEqual(
    {
      entries: entries.length,
      users: ofClass('user').length,
      people: people().length,
      enabled: withFlags('512'),
      disabled: withFlags('514'),
      passwordNeverExpires: withFlags('66048'),
      criticalUsers: ofClass('user').filter(isCritical).length,
      syncAccounts: ofClass('user').filter(isSyncAccount).length,
      groups: ofClass('group').length,
      criticalGroups: ofClass('group').filter(isCritical).length,
      securityGroups: securityGroups.length,
      securityGroupsWithMail: securityGroups.filter((entry) => textOf(entry, 'mail')).length,
      distributionGroups: ordinaryGroups().length - securityGroups.length,
      groupsOfNoUse: ordinaryGroups().filter((e) => !textOf(e, 'groupType')?.startsWith('-') && !textOf(e, 'mail'))
        .length,
      emptyGroups: ordinaryGroups().filter((entry) => valuesOf(entry, 'member').length === 0).length,
      contacts: ofClass('contact').length,
      computers: ofClass('computer').length,
      organizationalUnits: ofClass('organizationalUnit').length,
      containers: ofClass('container').length,
    },
    {
      entries: 335,
      users: 255,
      people: 250,
      enabled: 226,
      disabled: 13,
      passwordNeverExpires: 11,
      criticalUsers: 3,
      syncAccounts: 2,
      groups: 33,
      criticalGroups: 3,
      securityGroups: 22,
      securityGroupsWithMail: 1,
      distributionGroups: 8,
      groupsOfNoUse: 1,
      emptyGroups: 1,
      contacts: 12,
      computers: 2,
      organizationalUnits: 29,
      containers: 3,
    },
  );
});

test('names that must be unique are', () => {
  const keys: [string, (entry: DirectoryEntry) => readonly unknown[]][] = [
    ['dn', (entry) => [normaliseDn(entry.dn)]],
    ['objectGUID', (entry) => [guidFromBytes(bytesOf(entry, 'objectGUID')!)]],
    ['objectSid', (entry) => valuesOf(entry, 'objectSid').map((sid) => sidFromBytes(sid as Uint8Array))],
    ['sAMAccountName', (entry) => valuesOf(entry, 'sAMAccountName').map((name) => `${name}`.toLowerCase())],
    ['userPrincipalName', (entry) => valuesOf(entry, 'userPrincipalName')],
    ['proxyAddresses', (entry) => valuesOf(entry, 'proxyAddresses').map((address) => `${address}`.toLowerCase())],
    ['employeeID', (entry) => valuesOf(entry, 'employeeID')],
  ];
  for (const [name, keysOf] of keys) {
    const all = entries.flatMap(keysOf);
    assert.equal(new Set(all).size, all.length, name);
  }
});

test('every entry has its parent before it', () => {
  const seen = new Set<string>();
  for (const entry of entries) {
    const key = normaliseDn(entry.dn);
    assert.ok(key === normaliseDn(base) || seen.has(parentDn(key)!), entry.dn);
    seen.add(key);
  }
});

test('every reference leads to an entry, some of them further down', () => {
  const positions = new Map(entries.map((entry, at) => [normaliseDn(entry.dn), at]));
  let forward = 0;
  for (const [at, entry] of entries.entries()) {
    for (const name of ['manager', 'member', 'managedBy']) {
      for (const reference of valuesOf(entry, name)) {
        const target = positions.get(normaliseDn(`${reference}`));
        assert.ok(target !== undefined, `${entry.dn}: ${name} ${reference}`);
        if (target > at) forward++;
      }
    }
  }
  assert.ok(forward > 100);
});

test('everybody but the head has a manager, and every line of managers ends at the head', () => {
  const managers = new Map(people().map((entry) => [normaliseDn(entry.dn), textOf(entry, 'manager')]));
  assert.equal([...managers.values()].filter((manager) => manager === undefined).length, 1);
  for (const start of managers.keys()) {
    let levels = 0;
    for (let at = managers.get(start); at !== undefined; at = managers.get(normaliseDn(at))) levels++;
    assert.ok(levels <= 3);
  }
});

test('accounts are such as AD allows', () => {
  for (const entry of [...people(), ...ofClass('computer')]) {
    assert.match(textOf(entry, 'sAMAccountName')!, /^[\w.-]{1,20}\$?$/);
    assert.match(textOf(entry, 'pwdLastSet')!, /^13[0-9]{16}$/);
    const created = parseGeneralizedTime(textOf(entry, 'whenCreated')!);
    assert.ok(created <= parseGeneralizedTime(textOf(entry, 'whenChanged')!));
  }
});

test('names come in many scripts and need every kind of escape', () => {
  const names = people().map((entry) => textOf(entry, 'cn')!);
  for (const script of [
    'Latin',
    'Cyrillic',
    'Greek',
    'Han',
    'Hangul',
    'Devanagari',
    'Thai',
    'Arabic',
    'Hebrew',
    'Georgian',
  ]) {
    assert.ok(
      names.some((name) => new RegExp(`\\p{Script=${script}}`, 'u').test(name)),
      script,
    );
  }
  for (const character of [',', '+', '"', '\\', '<', '>', ';', '#', '=']) {
    assert.ok(
      names.some((name) => name.includes(character)),
      character,
    );
  }
  for (const entry of people()) assert.equal(parseDn(entry.dn)[0]?.[0]?.value, textOf(entry, 'cn'));
});

test('groups are nested, and one has more than a hundred members', () => {
  const groups = new Set(ordinaryGroups().map((entry) => normaliseDn(entry.dn)));
  const nested = ordinaryGroups().filter((entry) =>
    valuesOf(entry, 'member').some((dn) => groups.has(normaliseDn(`${dn}`))),
  );
  assert.deepEqual(nested.map((entry) => textOf(entry, 'cn')).sort(), [
    'Engineering',
    'Research + Development',
    'Sales',
  ]);
  assert.equal(Math.max(...ordinaryGroups().map((entry) => valuesOf(entry, 'member').length)), 250);
});

test('people sit two OUs deep, one of which has a comma in its name', () => {
  assert.ok(people().some((entry) => isUnder(entry.dn, `OU=Sales,OU=Europe,${base}`)));
  assert.ok(people().some((entry) => isUnder(entry.dn, `OU=Middle East\\, Africa,${base}`)));
});

test('every domain in the file ends in .example', () => {
  for (const [, host] of contosoEntries().flatMap((entry) =>
    [...entry.attributes.values()]
      .flat()
      .flatMap((value) => (typeof value === 'string' ? [...value.matchAll(/@(\S+)/g)] : [])),
  )) {
    assert.match(host!, /\.example$/);
  }
});
