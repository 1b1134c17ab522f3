import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Configuration, ConfigurationError, formatConfiguration, loadConfiguration } from './configuration.ts';

function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-configuration-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'configuration.yaml');
  writeFileSync(file, text);
  return file;
}

const ldap = { kind: 'ldap', url: 'ldaps://dc1.example.test', baseDn: 'DC=example,DC=test' } as const;
const complete: readonly Configuration[] = [
  { connector: 'default', source: { kind: 'ldif', file: '/srv/a b: #.ldif' }, intervalSeconds: 300 },
  { connector: 'default', source: { ...ldap, startTls: false }, intervalSeconds: 5 },
  {
    connector: 'no',
    source: { ...ldap, startTls: true, bindDn: 'CN=x,DC=y', passwordFile: '/p', caFile: '/ca.pem' },
    intervalSeconds: 604_800,
  },
];

for (const configuration of complete) {
  test(`a configuration is read as it was written: ${JSON.stringify(configuration.source)}`, (t) => {
    assert.deepEqual(loadConfiguration(fileWith(t, formatConfiguration(configuration))), configuration);
  });
}

test('a written configuration holds the path of the password file and no password', () => {
  const text = formatConfiguration(complete[2]!);
  assert.match(text, /passwordFile: \/p$/m);
  assert.doesNotMatch(text, /^\s*password:/m);
});

const ldif = 'connector: default\nsource: { ldif: /a.ldif }\nintervalSeconds: 30\n';
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
  { name: 'a source of another kind', text: withSource('{ csv: /a }'), says: /exactly one of ldif, ldap/ },
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

test('a configuration larger than 64 KiB is not parsed', (t) => {
  const file = fileWith(t, `${ldif}#${'x'.repeat(64 * 1024)}`);
  assert.throws(() => loadConfiguration(file), { message: `${file}: is larger than 65536 bytes` });
});
