import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Configuration,
  ConfigurationError,
  formatConfiguration,
  loadConfiguration,
  type SourceConfiguration,
} from './configuration.ts';

function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-configuration-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'configuration.yaml');
  writeFileSync(file, text);
  return file;
}

const ldap = {
  kind: 'ldap',
  urls: ['ldaps://dc1.example.test'],
  baseDn: 'DC=example,DC=test',
  startTls: false,
} as const;
const rhythm = { intervalSeconds: 300, mode: 'interval' } as const;
const one = (source: SourceConfiguration, name = 'default'): Configuration => ({
  connectors: [{ name, source }],
  ...rhythm,
});
const csv = { kind: 'csv', file: '/srv/people.csv', key: 'id', objectType: 'person' } as const;

const complete: readonly { readonly name: string; readonly configuration: Configuration }[] = [
  { name: 'an LDIF file', configuration: one({ kind: 'ldif', file: '/srv/a b: #.ldif' }) },
  { name: 'an LDAP server', configuration: { ...one(ldap), intervalSeconds: 5 } },
  {
    name: 'an LDAP server with a bind DN, StartTLS and a CA file',
    configuration: {
      ...one({ ...ldap, startTls: true, bindDn: 'CN=x,DC=y', passwordFile: '/p', caFile: '/ca.pem' }, 'no'),
      intervalSeconds: 604_800,
    },
  },
  {
    name: 'several LDAP servers with a certificate, a choice of containers and a filter',
    configuration: one({
      ...{ ...ldap, urls: ['ldaps://dc1', 'ldaps://dc2'], certificateFile: '/c.pem', keyFile: '/k.pem' },
      ...{ allowClearText: false, include: ['a'], exclude: ['b', 'c'], filter: '(objectClass=person)' },
    }),
  },
  { name: 'a CSV file', configuration: one(csv) },
  {
    name: 'a CSV file with attributes by column',
    configuration: one({
      ...csv,
      delimiter: ';',
      attributes: { Nachname: 'sn', mails: 'mail' },
      multiValued: ['mails'],
    }),
  },
  { name: 'continuous mode', configuration: { ...one(ldap), mode: 'continuous' } },
  {
    name: 'one connector with facts of its domain',
    configuration: {
      ...rhythm,
      connectors: [{ name: 'a', source: ldap, netBiosName: 'EX', filterGroup: 'CN=g,DC=x' }],
    },
  },
  {
    name: 'several connectors, in their order',
    configuration: {
      ...{ intervalSeconds: 60, mode: 'continuous' },
      connectors: [
        { name: 'b', source: { ...ldap, startTls: true } },
        { name: 'a', source: csv },
        { name: '__proto__', source: { kind: 'ldif', file: '/a' } },
      ],
    },
  },
];

for (const { name, configuration } of complete) {
  test(`a configuration is read as it was written: ${name}`, (t) => {
    assert.deepEqual(loadConfiguration(fileWith(t, formatConfiguration(configuration))), configuration);
  });
}

test('one connector is written at the top, several as a list', () => {
  assert.equal(
    formatConfiguration(one(ldap)),
    'connector: default\nsource:\n  ldap:\n    url: ldaps://dc1.example.test\n    baseDn: DC=example,DC=test\n    startTls: false\nintervalSeconds: 300\n',
  );
  assert.match(formatConfiguration(complete.at(-1)!.configuration), /^connectors:\n {2}- name: b\n/);
});

test('one connector as a list of one says the same', (t) => {
  const text = 'connectors: [{ name: default, source: { ldif: /a.ldif } }]\nintervalSeconds: 30\n';
  assert.deepEqual(loadConfiguration(fileWith(t, text)), loadConfiguration(fileWith(t, ldif)));
});

test('a written configuration holds the path of the password file and no password', () => {
  const text = formatConfiguration(complete[2]!.configuration);
  assert.match(text, /passwordFile: \/p$/m);
  assert.doesNotMatch(text, /^\s*password:/m);
});

const ldif = 'connector: default\nsource: { ldif: /a.ldif }\nintervalSeconds: 30\n';
const listOf = (names: readonly string[]): string =>
  `connectors: [${names.map((name) => `{ name: ${name}, source: { ldif: /a } }`).join(', ')}]\nintervalSeconds: 30\n`;
const withSource = (source: string): string => `connector: default\nsource: ${source}\nintervalSeconds: 30\n`;

for (const row of [
  { name: 'broken YAML', text: 'connector: [', says: /flow|sequence|expected/i },
  { name: 'a key given twice', text: `${ldif}connector: a\n`, says: /unique/i },
  { name: 'nothing in it', text: '', says: /connector must be a name/ },
  { name: 'a text instead of a map', text: 'hello', says: /must be a map/ },
  { name: 'an unknown key', text: `${ldif}pasword: x\n`, says: /unknown key pasword/ },
  { name: 'no connector', text: ldif.replace('default', '""'), says: /connector must be a name/ },
  { name: 'a connector that is a number', text: ldif.replace('default', '7'), says: /connector must be a name/ },
  { name: 'an interval below 5 s', text: ldif.replace('30', '4'), says: /intervalSeconds must be 5 to 604800/ },
  { name: 'an interval above 7 days', text: ldif.replace('30', '604801'), says: /intervalSeconds must be/ },
  { name: 'an interval that is no number', text: ldif.replace('30', '.nan'), says: /intervalSeconds must be/ },
  { name: 'an interval as text', text: ldif.replace('30', '"30"'), says: /intervalSeconds must be/ },
  { name: 'no source', text: 'connector: a\nintervalSeconds: 30\n', says: /exactly one of ldif, ldap/ },
  { name: 'two sources', text: withSource('{ ldif: /a, ldap: { url: a, baseDn: b } }'), says: /exactly one/ },
  { name: 'a source of another kind', text: withSource('{ sql: /a }'), says: /exactly one of ldif, ldap, csv/ },
  { name: 'a source that is a text', text: withSource('/a.ldif'), says: /exactly one of ldif, ldap/ },
  { name: 'a relative LDIF path', text: withSource('{ ldif: a.ldif }'), says: /source\.ldif must be an absolute path/ },
  { name: 'an LDAP source without content', text: withSource('{ ldap: }'), says: /source\.ldap needs url and baseDn/ },
  { name: 'an LDAP source that is a list', text: withSource('{ ldap: [] }'), says: /source\.ldap needs/ },
  { name: 'no base DN', text: withSource('{ ldap: { url: ldap://a } }'), says: /source\.ldap needs url and baseDn/ },
  {
    name: 'a password in it',
    text: withSource('{ ldap: { url: a, baseDn: b, password: x } }'),
    says: /unknown key source\.ldap\.password/,
  },
  {
    name: 'a bind DN that is no text',
    text: withSource('{ ldap: { url: a, baseDn: b, bindDn: [] } }'),
    says: /source\.ldap\.bindDn must be a text/,
  },
  {
    name: 'StartTLS as a word, which must not be taken for no',
    text: withSource('{ ldap: { url: a, baseDn: b, startTls: "true" } }'),
    says: /source\.ldap\.startTls must be true or false/,
  },
  {
    name: 'no URL among several',
    text: withSource('{ ldap: { urls: [], baseDn: b } }'),
    says: /source\.ldap needs url and baseDn/,
  },
  {
    name: 'a URL that is no text',
    text: withSource('{ ldap: { urls: [ldap://a, 7], baseDn: b } }'),
    says: /source\.ldap\.urls must be a list of texts/,
  },
  {
    name: 'a text where several containers belong',
    text: withSource('{ ldap: { url: a, baseDn: b, include: x } }'),
    says: /source\.ldap\.include must be a list of texts/,
  },
  {
    name: 'a certificate without its key',
    text: withSource('{ ldap: { url: a, baseDn: b, certificateFile: /c } }'),
    says: /certificateFile and source\.ldap\.keyFile go together/,
  },
  {
    name: 'a key without its certificate',
    text: withSource('{ ldap: { url: a, baseDn: b, keyFile: /k } }'),
    says: /certificateFile and source\.ldap\.keyFile go together/,
  },
  {
    name: 'both a bind DN and a certificate',
    text: withSource('{ ldap: { url: a, baseDn: b, bindDn: x, passwordFile: /p, certificateFile: /c, keyFile: /k } }'),
    says: /one of them says who this host is/,
  },
  {
    name: 'a CSV source without content',
    text: withSource('{ csv: }'),
    says: /source\.csv needs file, key and objectType/,
  },
  { name: 'a CSV source that is a path', text: withSource('{ csv: /a }'), says: /source\.csv needs file, key and/ },
  {
    name: 'a CSV source without a key',
    text: withSource('{ csv: { file: /a, objectType: x } }'),
    says: /source\.csv needs/,
  },
  {
    name: 'a relative CSV path',
    text: withSource('{ csv: { file: a, key: k, objectType: x } }'),
    says: /source\.csv\.file must be an absolute path/,
  },
  {
    name: 'columns that lead to no name',
    text: withSource('{ csv: { file: /a, key: k, objectType: x, attributes: { a: [b] } } }'),
    says: /source\.csv\.attributes must map columns to attributes/,
  },
  {
    name: 'columns as a list',
    text: withSource('{ csv: { file: /a, key: k, objectType: x, attributes: [a] } }'),
    says: /source\.csv\.attributes must map columns to attributes/,
  },
  {
    name: 'an unknown key of a CSV source',
    text: withSource('{ csv: { file: /a, key: k, objectType: x, headers: 1 } }'),
    says: /unknown key source\.csv\.headers/,
  },
  { name: 'an unknown mode', text: `${ldif}mode: push\n`, says: /mode must be interval or continuous/ },
  {
    name: 'both one connector and a list',
    text: `${ldif}connectors: []\n`,
    says: /give connector and source, or connectors: not both/,
  },
  { name: 'an empty list of connectors', text: 'connectors: []\nintervalSeconds: 30\n', says: /list of 1 to 100/ },
  {
    name: 'connectors that are no list',
    text: 'connectors: { a: b }\nintervalSeconds: 30\n',
    says: /list of 1 to 100/,
  },
  {
    name: 'connectors without anything',
    text: 'connectors: \nintervalSeconds: 30\n',
    says: /connector must be a name/,
  },
  { name: '101 connectors', text: listOf(Array.from({ length: 101 }, (_, n) => `c${n}`)), says: /list of 1 to 100/ },
  { name: 'two connectors of one name', text: listOf(['a', 'b', 'a']), says: /two connectors are named a/ },
  { name: 'a connector that is a text', text: 'connectors: [a]\nintervalSeconds: 30\n', says: /needs name and source/ },
  { name: 'a connector without a name', text: listOf(['""']), says: /connector must be a name/ },
  { name: 'a name of 101 characters', text: listOf(['x'.repeat(101)]), says: /connector must be a name/ },
  {
    name: 'an unknown key of a connector',
    text: 'connectors: [{ name: a, source: { ldif: /a }, interval: 5 }]\nintervalSeconds: 30\n',
    says: /unknown key connectors\.interval/,
  },
  {
    name: 'a filter group that is no text',
    text: 'connectors: [{ name: a, source: { ldif: /a }, filterGroup: 7 }]\nintervalSeconds: 30\n',
    says: /connectors\.filterGroup must be a text/,
  },
  { name: 'aliases', text: 'connector: &a x\nsource: { ldif: *a }\nintervalSeconds: 30\n', says: /alias/i },
]) {
  test(`a configuration with ${row.name} is refused, with the file and the key`, (t) => {
    const file = fileWith(t, row.text);
    assert.throws(
      () => loadConfiguration(file),
      (error) => {
        assert.ok(error instanceof ConfigurationError, String(error));
        assert.ok(error.message.startsWith(`${file}: `), error.message);
        assert.match(error.message, row.says);
        return true;
      },
    );
  });
}

test('a configuration that is not there says which file cannot be read', (t) => {
  const file = join(fileWith(t, ldif), '..', 'missing.yaml');
  assert.throws(() => loadConfiguration(file), { code: 'configuration-malformed', message: `${file}: cannot be read` });
});

test('100 connectors are read', (t) => {
  const names = Array.from({ length: 100 }, (_, n) => `c${n}`);
  const { connectors } = loadConfiguration(fileWith(t, listOf(names)));
  assert.deepEqual(
    connectors.map(({ name }) => name),
    names,
  );
});

test('a configuration larger than 1 MiB is not parsed', (t) => {
  const file = fileWith(t, `${ldif}#${'x'.repeat(1024 * 1024)}`);
  assert.throws(() => loadConfiguration(file), { message: `${file}: is larger than 1048576 bytes` });
});
