import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Consent, defaultConsentText, loadConsent, mayReadAttribute, requireConsentFor } from './consent.ts';
import { ConsentError, consentsRemotely, consentsToFloors } from './consent-file.ts';
import { isSecretAttribute } from './secret-attribute.ts';

function consentFile(t: TestContext, text: string, mode = 0o600): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-consent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'consent.yaml');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const readAll = 'version: 1\nread: { baseDns: ["dc=example,dc=test"], attributes: all }\n';
const allowing = (...baseDns: string[]): Consent => ({ baseDns, attributes: 'all' });

test('the file that springline up writes consents to one base DN, to every attribute, and to no write', (t) => {
  const baseDn = "OU=Staff: \\#1\\\\ 'x',DC=example,DC=test";
  assert.deepEqual(loadConsent(consentFile(t, defaultConsentText(baseDn, { remoteRead: true }))), {
    baseDns: [baseDn],
    attributes: 'all',
  });
});

test('a list of attributes is kept without regard to case', (t) => {
  const file = consentFile(t, 'version: 1\nread: { baseDns: ["dc=a"], attributes: [Mail, sAMAccountName] }');
  assert.deepEqual(loadConsent(file).attributes, new Set(['mail', 'samaccountname']));
});

for (const row of [
  { name: 'YAML that is broken', text: 'version: [1', says: /flow|sequence|expected/i },
  { name: 'a key given twice', text: `${readAll}version: 1\n`, says: /unique/i },
  { name: 'an empty file', text: '', says: /version must be 1/ },
  { name: 'a file that is no map', text: '- version: 1\n', says: /version must be 1/ },
  { name: 'another version', text: readAll.replace('1', '2'), says: /version must be 1/ },
  { name: 'an unknown key', text: `${readAll}wirte: []\n`, says: /unknown key wirte/ },
  { name: 'an unknown key below read', text: readAll.replace(' }', ', deep: 1 }'), says: /unknown key read\.deep/ },
  { name: 'no base DN', text: 'version: 1\nread: { baseDns: [], attributes: all }', says: /read\.baseDns must be/ },
  { name: 'a base DN that is no text', text: 'version: 1\nread: { baseDns: [1], attributes: all }', says: /baseDns/ },
  {
    name: 'one base DN instead of a list',
    text: 'version: 1\nread: { baseDns: "dc=a", attributes: all }',
    says: /list/,
  },
  {
    name: 'a base DN that is no DN',
    text: 'version: 1\nread: { baseDns: ["dc=a", "example.test"], attributes: all }',
    says: /read\.baseDns: "example\.test" is no DN/,
  },
  {
    name: 'no word about attributes',
    text: 'version: 1\nread: { baseDns: ["dc=a"] }',
    says: /read\.attributes must be/,
  },
  { name: 'attributes that are neither', text: readAll.replace('all', 'none'), says: /read\.attributes must be all/ },
  { name: 'consent to write', text: `${readAll}write: ["ou=a"]\n`, says: /write must be an empty list/ },
  { name: 'consent to write as a word', text: `${readAll}write: true\n`, says: /write must be an empty list/ },
  { name: 'consent to hashes', text: `${readAll}passwordHashes: ["dc=a"]\n`, says: /passwordHashes must be an empty/ },
  { name: 'aliases', text: 'version: 1\nread: { baseDns: &a ["dc=a"], attributes: *a }', says: /alias/i },
  { name: 'an alias of nothing', text: 'version: 1\nread: *nothing', says: /alias/i },
]) {
  test(`a consent file with ${row.name} is refused, with the file and the reason`, (t) => {
    const file = consentFile(t, row.text);
    assert.throws(
      () => loadConsent(file),
      (error) => {
        assert.ok(error instanceof ConsentError, String(error));
        assert.equal(error.code, 'consent-malformed');
        assert.ok(error.message.startsWith(`${file}: `), error.message);
        assert.match(error.message, row.says);
        return true;
      },
    );
  });
}

test('without a consent file the agent may do nothing, and is told where it belongs', (t) => {
  const file = join(consentFile(t, readAll), '..', 'elsewhere.yaml');
  assert.throws(() => loadConsent(file), {
    name: 'ConsentError',
    code: 'consent-missing',
    message: new RegExp(`^${file} cannot be read, so this agent may do nothing`),
  });
});

test('a folder in the place of the consent file is no consent', (t) => {
  const folder = join(consentFile(t, readAll), '..');
  assert.throws(() => loadConsent(folder), { code: 'consent-missing' });
});

for (const mode of [0o620, 0o602, 0o666]) {
  test(`a consent file with mode ${mode.toString(8)} is refused with the command that mends it`, (t) => {
    const file = consentFile(t, readAll, mode);
    assert.throws(() => loadConsent(file), {
      code: 'consent-writable',
      message: `${file} can be written by others than its owner. Run: chmod go-w ${file}`,
    });
  });
}

test('others may read the consent file: it holds no secret', (t) => {
  assert.deepEqual(loadConsent(consentFile(t, readAll, 0o644)).baseDns, ['dc=example,dc=test']);
});

test('a consent file larger than 256 KiB is not even parsed', (t) => {
  const file = consentFile(t, `${readAll}#${' '.repeat(256 * 1024)}`);
  assert.throws(() => loadConsent(file), { code: 'consent-malformed', message: `${file} is larger than 262144 bytes` });
});

for (const name of [
  ...['unicodePwd', 'userPassword', 'supplementalCredentials', 'ntPwdHistory', 'dBCSPwd', 'msDS-ManagedPassword'],
  ...['ms-Mcs-AdmPwd', 'msLAPS-Password', 'msLAPS-EncryptedPassword', 'msLAPS-AddedNextYear', 'MSLAPS-X'],
  ...['msFVE-RecoveryPassword', 'msFVE-KeyPackage', 'trustAuthIncoming', 'krbPrincipalKey', 'sambaNTPassword'],
  ...['oathSecret', 'oathEncKey', 'ipatokenOTPkey', 'ipaNTTrustAuthIncoming', 'ipaNTTrustAuthOutgoing'],
  ...['nsslapd-rootpw', 'olcRootPW', 'radiusSharedSecret', 'msTPM-OwnerInformationTemp', 'contosoClientSecret'],
  ...['userPassword;binary', 'UNICODEPWD;range=0-*', 'userPassword;x-;y', 'mslaps-password;lang-de'],
]) {
  test(`${name} is never read, listed or not`, () => {
    assert.equal(isSecretAttribute(name), true);
    assert.equal(mayReadAttribute(allowing('dc=a'), name), false);
    assert.equal(mayReadAttribute({ baseDns: ['dc=a'], attributes: new Set([name.toLowerCase()]) }, name), false);
  });
}

test('names that only look like secrets are read', () => {
  for (const name of [
    'pwdLastSet',
    'msLAPSx',
    'xmsLAPS-Password-Age',
    'userPasswordHint',
    'msDS-UserPasswordExpiryTime',
    'secretary',
    'msExchRequireAuthToSendTo',
  ]) {
    assert.equal(mayReadAttribute(allowing('dc=a'), name), true, name);
  }
});

test('with a list, only what is listed is read', () => {
  const consent: Consent = { baseDns: ['dc=a'], attributes: new Set(['mail']) };
  assert.equal(mayReadAttribute(consent, 'MAIL'), true);
  assert.equal(mayReadAttribute(consent, 'mailNickname'), false);
});

for (const [baseDn, consented] of [
  ['dc=example,dc=test', 'DC=Example, DC=Test'],
  ['ou=Staff,dc=example,dc=test', 'dc=example,dc=test'],
  ['cn=a\\,b,ou=x', 'ou=x'],
] as const) {
  test(`consent to ${consented} covers ${baseDn}`, () =>
    requireConsentFor(allowing('ou=other', consented), baseDn, 'c'));
}

for (const [baseDn, consented] of [
  ['dc=counterexample,dc=test', 'dc=example,dc=test'],
  ['cn=a\\,ou=x', 'ou=x'],
  ['dc=test', 'dc=example,dc=test'],
  ['dc=example,dc=test,dc=evil', 'dc=example,dc=test'],
  ['', 'dc=example,dc=test'],
] as const) {
  test(`consent to ${consented} does not cover "${baseDn}": names are compared whole, not by their end`, () => {
    assert.throws(() => requireConsentFor(allowing(consented), baseDn, '/x/consent.yaml'), {
      code: 'not-consented',
      message: `${baseDn} is not among read.baseDns of /x/consent.yaml. Add it there if this agent may read it.`,
    });
  });
}

for (const name of ['unixUserPassword', 'sambaPasswordHistory', 'userPKCS12', 'appPasswd', '2.5.4.35', 'krbMKey']) {
  test(`${name} is a secret, whatever the consent file says`, () => {
    assert.equal(mayReadAttribute({ baseDns: ['dc=x'], attributes: new Set([name.toLowerCase()]) }, name), false);
  });
}

const minimal = "version: 1\nread:\n  baseDns: ['dc=x']\n  attributes: all\n";

for (const { text, floors } of [
  { text: minimal, floors: false },
  { text: `${minimal}upgrades:\n  floors: false\n`, floors: false },
  { text: `${minimal}upgrades:\n  # agreed with the owner\n  floors: true\n`, floors: true },
  { text: `upgrades:\r\n  floors: true\r\n${minimal}`, floors: true },
  { text: defaultConsentText('dc=x', { remoteRead: true }), floors: false },
]) {
  test(`floors are ${floors ? '' : 'not '}consented to by ${JSON.stringify(text.slice(-40))}`, (t) => {
    assert.ok(loadConsent(consentFile(t, text)).baseDns.length > 0);
    assert.equal(consentsToFloors(text), floors);
  });
}

for (const { what, text } of [
  { what: 'to floors', text: 'upgrades: {floors: true}' },
  { what: 'to floors', text: 'upgrades:\n    floors: true' },
  { what: 'to floors', text: 'upgrades:\n  floors: yes' },
  { what: 'to floors', text: 'upgrades:\n  floors: 1' },
  { what: 'to floors', text: 'upgrades: true' },
  { what: 'to floors', text: 'upgrades:\n  minimum: true' },
  { what: 'to floors', text: 'upgrades:\n  floors: true\n  always: true' },
  { what: 'from afar', text: 'remote: {read: true}' },
  { what: 'from afar', text: 'remote: true' },
  { what: 'from afar', text: 'remote:\n    read: true' },
  { what: 'from afar', text: 'remote:\n  read: yes' },
  { what: 'from afar', text: 'remote:\n  "read": true' },
  { what: 'from afar', text: 'remote:\n  decide: !!bool true' },
  { what: 'from afar', text: 'remote:\n  write: true' },
]) {
  test(`a consent ${what} that only one of two readers would find is refused: ${JSON.stringify(text)}`, (t) => {
    const path = consentFile(t, `${minimal}${text}\n`);
    assert.throws(
      () => loadConsent(path),
      (error: ConsentError) => error.code === 'consent-malformed',
    );
  });
}

for (const { text, says } of [
  { text: minimal, says: { read: false, decide: false } },
  { text: `${minimal}remote:\n  read: true\n`, says: { read: true, decide: false } },
  { text: `remote:\r\n  decide: true # agreed\r\n${minimal}`, says: { read: false, decide: true } },
  { text: `${minimal}remote:\n\n  # both\n  read: true\n  decide: true\n`, says: { read: true, decide: true } },
  { text: defaultConsentText('dc=x', { remoteRead: true }), says: { read: true, decide: false } },
  { text: defaultConsentText('dc=x', { remoteRead: false }), says: { read: false, decide: false } },
]) {
  test(`from afar one may ${JSON.stringify(says)} by ${JSON.stringify(text.slice(-40))}`, (t) => {
    assert.ok(loadConsent(consentFile(t, text)).baseDns.length > 0);
    assert.deepEqual(consentsRemotely(text), says);
  });
}
