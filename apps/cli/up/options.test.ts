import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Configuration } from '@springline/agent/components/connect-sync/configuration';
import { CommandError } from '../output.ts';
import { configurationText, planUp, type UpPlan, type UpWords } from './options.ts';

const nowhere: UpWords = { home: '/nonexistent/home', port: '8743' };
const ldap = { ldap: 'ldaps://dc1.example.test', base: 'DC=example,DC=test' };
const account = { bindDn: 'CN=x', bindDnPasswordFile: 'secrets/p' };

/** A home that syncs what `words` asked for. */
function homeWith(t: TestContext, words: Partial<UpWords>): { home: string; plan: UpPlan } {
  const home = mkdtempSync(join(tmpdir(), 'springline-options-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const plan = planUp({ ...nowhere, ...words, home });
  mkdirSync(dirname(plan.configurationFile), { recursive: true });
  writeFileSync(plan.configurationFile, configurationText(plan));
  return { home, plan };
}

test('without a word the sample directory is synced every 5 minutes', () => {
  const { configuration, home, port, isNew } = planUp(nowhere);
  assert.deepEqual({ home, port, isNew }, { home: '/nonexistent/home', port: 8743, isNew: true });
  assert.equal(configuration.intervalSeconds, 300);
  assert.match(
    configuration.connectors[0]?.source.kind === 'ldif' ? configuration.connectors[0].source.file : '',
    /\/examples\/contoso\.ldif$/,
  );
});

for (const row of [
  {
    name: 'an LDIF file is made absolute',
    words: { ldif: 'a.ldif' },
    source: { kind: 'ldif', file: resolve('a.ldif') },
  },
  {
    name: 'an LDAP server needs its URL and base',
    words: ldap,
    source: { kind: 'ldap', urls: [ldap.ldap], baseDn: ldap.base, startTls: false },
  },
  {
    name: 'account, certificate and StartTLS come with an LDAP server',
    words: { ...ldap, ...account, ca: 'ca.pem', startTls: true },
    source: {
      ...{ kind: 'ldap', urls: [ldap.ldap], baseDn: ldap.base, startTls: true },
      ...{ bindDn: 'CN=x', passwordFile: resolve('secrets/p'), caFile: resolve('ca.pem') },
    },
  },
]) {
  test(row.name, () =>
    assert.deepEqual(planUp({ ...nowhere, ...row.words }).configuration.connectors[0]?.source, row.source),
  );
}

test('an LDAP server is asked every 30 s, since it does not tell when it changed', () => {
  assert.equal(planUp({ ...nowhere, ...ldap }).configuration.intervalSeconds, 30);
});

for (const row of [
  { name: 'two sources', words: { ...ldap, ldif: 'a' }, says: /^give --ldif or --ldap, not both$/ },
  { name: 'an LDAP server without a base', words: { ldap: ldap.ldap }, says: /^--ldap needs --base DN/ },
  { name: 'a bind DN without a password file', words: { ...ldap, bindDn: 'CN=x' }, says: /go together$/ },
  { name: 'a password file without a bind DN', words: { ...ldap, bindDnPasswordFile: 'p' }, says: /go together$/ },
  { name: 'a base without a server', words: { base: 'dc=a' }, says: /^--base goes with --ldap$/ },
  { name: 'a bind DN with an LDIF file', words: { ldif: 'a', bindDn: 'x' }, says: /^--bind-dn goes with --ldap$/ },
  { name: 'a password file alone', words: { bindDnPasswordFile: 'p' }, says: /^--bind-dn-password-file goes with/ },
  { name: 'a certificate alone', words: { ca: 'x' }, says: /^--ca goes with --ldap$/ },
  { name: 'StartTLS alone', words: { startTls: true }, says: /^--start-tls goes with --ldap$/ },
  ...['0', '65536', '-1', '80.5', 'http', ' ', ''].map((port) => ({
    name: `port "${port}"`,
    words: { port },
    says: /^--port .*is no port: 1 to 65535$/,
  })),
  ...['4', '604801', '30s', '5.5', 'NaN', ''].map((interval) => ({
    name: `interval "${interval}"`,
    words: { interval },
    says: /^--interval .*must be 5 to 604800 seconds$/,
  })),
]) {
  test(`${row.name} is a misuse, told in a sentence before anything is touched`, () => {
    assert.throws(
      () => planUp({ ...nowhere, ...row.words }),
      (error) => {
        assert.ok(error instanceof CommandError, String(error));
        assert.equal(error.exitCode, 2);
        assert.match(error.message, row.says);
        return true;
      },
    );
  });
}

test('5 seconds and 7 days are intervals still', () => {
  for (const interval of ['5', '604800']) {
    assert.equal(planUp({ ...nowhere, interval }).configuration.intervalSeconds, Number(interval));
  }
});

test('a home goes on with what it syncs when nothing is asked for', (t) => {
  const { home, plan } = homeWith(t, { ...ldap, ...account, interval: '60' });
  const again = planUp({ ...nowhere, home });
  assert.deepEqual(again.configuration, plan.configuration);
  assert.equal(again.isNew, false);
  assert.ok(isAbsolute(again.configurationFile));
});

test('account, certificate, server name and rhythm may change from start to start', (t) => {
  const { home } = homeWith(t, { ...ldap, ...account });
  const words = { ...nowhere, home, ldap: 'ldaps://dc2.example.test', base: ldap.base.toLowerCase(), interval: '90' };
  const { connectors, intervalSeconds } = planUp(words).configuration;
  assert.deepEqual(connectors, [
    { name: 'default', source: { kind: 'ldap', urls: [words.ldap], baseDn: words.base, startTls: false } },
  ]);
  assert.equal(intervalSeconds, 90);
});

test('what a person wrote into the file beside its first source stays from start to start', (t) => {
  const { home, plan } = homeWith(t, ldap);
  const [first] = plan.configuration.connectors;
  const configuration: Configuration = {
    connectors: [
      { ...first!, name: 'main', netBiosName: 'EX', filterGroup: 'CN=pilot,DC=example,DC=test' },
      { name: 'second', source: { kind: 'csv', file: '/srv/people.csv', key: 'id', objectType: 'person' } },
    ],
    intervalSeconds: 60,
    mode: 'continuous',
  };
  writeFileSync(plan.configurationFile, configurationText({ ...plan, configuration }));
  assert.deepEqual(planUp({ ...nowhere, home }).configuration, configuration);
  const moved = planUp({ ...nowhere, home, ...ldap, ldap: 'ldaps://dc2.example.test' }).configuration;
  assert.deepEqual(moved, {
    ...configuration,
    connectors: [
      { ...configuration.connectors[0], source: { ...first!.source, urls: ['ldaps://dc2.example.test'] } },
      configuration.connectors[1],
    ],
  });
});

for (const row of [
  { name: 'another base', first: ldap, next: { ...ldap, base: 'DC=other' }, says: `${ldap.ldap} ${ldap.base}` },
  { name: 'a file after a server', first: ldap, next: { ldif: '/a.ldif' }, says: `${ldap.ldap} ${ldap.base}` },
  { name: 'another file', first: { ldif: '/a.ldif' }, next: { ldif: '/b.ldif' }, says: '/a.ldif' },
]) {
  test(`a home that syncs one directory refuses ${row.name}, because the first one's people would be deleted`, (t) => {
    const { home } = homeWith(t, row.first);
    assert.throws(() => planUp({ ...nowhere, ...row.next, home }), {
      exitCode: 1,
      message: `${home} already syncs ${row.says}. Choose another --home for another directory.`,
    });
  });
}
