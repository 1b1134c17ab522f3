import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { freePort } from '@springline/tools/services/free-port';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';

async function refused(t: TestContext, args: readonly string[], exitCode: number, sentence: RegExp): Promise<void> {
  const home = temporaryHome(t);
  const { code, errors } = await runCli(['up', '--home', home, '--port', String(await freePort()), ...args]);
  assert.match(errors, sentence);
  assert.equal(code, exitCode);
  assert.ok(!existsSync(home), 'nothing is written');
  assert.equal(errors.trim().split('\n').length, 1, `one sentence: ${errors}`);
}

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bad-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'input'), text);
  return join(folder, 'input');
}

test('a malformed LDIF file is refused with file and line', async (t) => {
  const ldif = file(t, 'dn: DC=corp,DC=example\nobjectClass: domain\n\ndn: CN=a,DC=corp,DC=example\nthis is no line\n');
  await refused(t, ['--ldif', ldif], 1, /input.*\b5\b/);
});

test('an LDIF file that does not exist is refused', async (t) => {
  await refused(t, ['--ldif', '/nowhere/at/all.ldif'], 1, /\/nowhere\/at\/all\.ldif.*Check/);
});

test('an empty LDIF file is refused', async (t) => {
  await refused(t, ['--ldif', file(t, '')], 1, /has no entry/);
});

test('a file of changes is refused as a source', async (t) => {
  await refused(t, ['--ldif', file(t, 'dn: DC=corp,DC=example\nchangetype: delete\n')], 1, /changes, not entries/);
});

test('a server that does not answer is refused', async (t) => {
  await refused(
    t,
    ['--ldap', `ldap://127.0.0.1:${await freePort()}`, '--base', 'dc=x'],
    1,
    /cannot be read.*Check that it runs/,
  );
});

test('a server that accepts and stays silent is given up after ten seconds', async (t) => {
  const silent = createServer(() => undefined);
  t.after(() => silent.close());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  await refused(t, ['--ldap', `ldaps://127.0.0.1:${port}`, '--base', 'dc=x'], 1, /cannot be read/);
});

for (const row of [
  { name: 'two sources', args: ['--ldif', 'a', '--ldap', 'ldap://b', '--base', 'dc=x'], sentence: /not both/ },
  { name: 'LDAP without a base', args: ['--ldap', 'ldap://b'], sentence: /--base/ },
  { name: 'a base without LDAP', args: ['--base', 'dc=x'], sentence: /--base goes with --ldap/ },
  {
    name: 'an account without its password',
    args: ['--ldap', 'ldap://b', '--base', 'dc=x', '--bind-dn', 'cn=a'],
    sentence: /go together/,
  },
  { name: 'a port that is none', args: ['--port', '99999'], sentence: /no port/ },
  { name: 'an interval that is none', args: ['--interval', 'often'], sentence: /--interval often/ },
]) {
  test(`${row.name}: misuse, exit code 2`, (t) => refused(t, row.args, 2, row.sentence));
}

test('an option that does not exist is misuse', async () => {
  const { code, errors } = await runCli(['up', '--no-such-option']);
  assert.equal(code, 2);
  assert.match(errors, /unknown option/);
});

test('a URL that is none is refused', async (t) => {
  await refused(t, ['--ldap', 'https://dc1.corp.example', '--base', 'dc=x'], 1, /no LDAP URL/);
});

test('a password is not sent to another machine without encryption', async (t) => {
  const password = file(t, 'secret\n');
  await refused(
    t,
    ['--ldap', 'ldap://192.0.2.1', '--base', 'dc=x', '--bind-dn', 'cn=a', '--bind-dn-password-file', password],
    1,
    /unencrypted. Use ldaps/,
  );
});

test('wrong password, untrusted certificate, missing base and empty password file each have a sentence', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const account = ['--bind-dn', ldap.syncDn, '--bind-dn-password-file'];
  const secure = ['--ldap', ldap.ldapsUrl, '--ca', ldap.caFile];
  await refused(
    t,
    [...secure, '--base', ldap.baseDn, ...account, file(t, 'wrong\n')],
    1,
    /refused the bind DN or its password/,
  );
  await refused(t, [...secure, '--base', ldap.baseDn, ...account, file(t, '')], 1, /is empty/);
  await refused(
    t,
    [...secure, '--base', `ou=nowhere,${ldap.baseDn}`, ...account, ldap.syncPasswordFile],
    1,
    /has no ou=nowhere/,
  );
  await refused(
    t,
    ['--ldap', ldap.ldapsUrl, '--base', ldap.baseDn, ...account, ldap.syncPasswordFile],
    1,
    /not trusted.*--ca/,
  );
});

test('a home that is a file, and one below a file, are refused', async (t) => {
  const notFolder = file(t, '');
  for (const home of [notFolder, join(notFolder, 'home')]) {
    const { code, errors } = await runCli(['up', '--home', home, '--port', String(await freePort())]);
    assert.equal(code, 1);
    assert.match(errors, /cannot be used/);
  }
});

test('a home that this user may not enter is refused', {
  skip: process.getuid?.() !== 0 && 'needs root to become another user',
}, async (t) => {
  const home = temporaryHome(t);
  mkdirSync(home, { mode: 0o700 });
  // The parent must let the other user through, or the refusal would come from there.
  chmodSync(dirname(home), 0o755);
  const { code, errors } = await runCli(['up', '--home', home, '--port', String(await freePort())], { uid: 65_534 });
  assert.equal(code, 1);
  assert.match(errors, /cannot be used|EACCES/);
});

test('a consent file that others may write stops the reading, and nobody is deleted', async (t) => {
  const home = temporaryHome(t);
  const up = await RunningUp.start(t, home, ['--interval', '5']);
  chmodSync(join(home, 'agent', 'consent.yaml'), 0o666);
  const { code, output } = await runCli(['sync', 'run', '--home', home]);
  assert.equal(code, 1);
  assert.match(output, /consent-writable.*chmod go-w/);
  chmodSync(join(home, 'agent', 'consent.yaml'), 0o600);

  const consent = join(home, 'agent', 'consent.yaml');
  const text = readFileSync(consent, 'utf8');
  writeFileSync(consent, text.replace('"DC=contoso,DC=example"', '"DC=elsewhere,DC=example"'));
  const refusedRun = await runCli(['sync', 'run', '--home', home]);
  assert.equal(refusedRun.code, 1);
  assert.match(refusedRun.output, /not-consented/);
  assert.equal((await up.scim('Users?count=0'))['totalResults'], 250);
  writeFileSync(consent, text);
  assert.equal((await runCli(['sync', 'run', '--home', home])).code, 0);
});

test('a source that goes away and comes back: said, nobody deleted, in step again', async (t) => {
  const home = temporaryHome(t);
  const ldif = `${home}.ldif`;
  const whole = readFileSync(join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif'), 'utf8');
  writeFileSync(ldif, whole);
  const up = await RunningUp.start(t, home, ['--ldif', ldif, '--interval', '5']);
  rmSync(ldif);
  assert.equal((await runCli(['sync', 'run', '--home', home])).code, 1);
  writeFileSync(ldif, `${whole.slice(0, whole.indexOf('\n\n', 2_000))}\n`);
  const { output } = await runCli(['sync', 'run', '--home', home]);
  assert.match(output, /nobody is deleted|threshold-exceeded/);
  assert.equal((await up.scim('Users?count=0'))['totalResults'], 250);
  writeFileSync(ldif, whole);
  await up.until(
    async () => ((await runCli(['sync', 'run', '--home', home])).code === 0 ? true : undefined),
    'in step again',
  );
});
