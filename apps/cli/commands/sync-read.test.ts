import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import type { DirectoryFacts } from '@springline/tools/services/facts';
import { runCli } from '../testing/running-up.ts';

const account = ({ syncDn, syncPasswordFile }: DirectoryFacts): string[] => [
  ...['--bind-dn', syncDn, '--bind-password-file', syncPasswordFile],
];
const read = (...words: readonly string[]) => runCli(['sync', 'read', ...words]);

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-read-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), text);
  return join(folder, 'file');
}

test('a directory is read to nothing over TLS, and what there was is counted', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('sync-read');
  const people = Array.from({ length: 250 }, (_, n) => `dn: uid=p${n},${base}\nobjectClass: account\nuid: p${n}\n`);
  await ldap.apply(people.join('\n'));
  const words = ['--ldap', ldap.ldapsUrl, '--ca', ldap.caFile, '--base', base, ...account(ldap)];
  const all = await read(...words, '--page-size', '100');
  assert.equal(all.code, 0, all.errors);
  assert.match(all.output, /^entries=251 bytes=\d{5,} seconds=\d+(\.\d+)?\n$/);
  assert.equal(all.errors, '', 'no progress where nobody watches');
  const some = await read(...words, '--filter', '(uid=p1*)', '--attributes', 'uid,cn', '--json');
  const { entries, bytes, seconds, url } = JSON.parse(some.output);
  assert.deepEqual([entries, url], [111, ldap.ldapsUrl]);
  assert.ok(bytes > 111 * 50 && bytes < 111 * 200 && seconds >= 0);
});

test('the next server is read when one is not there, here over StartTLS', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const words = ['--ldap', 'ldap://127.0.0.1:1', '--ldap', ldap.url, '--start-tls', '--ca', ldap.caFile];
  const { code, output } = await read(...words, '--base', ldap.syncDn, ...account(ldap), '--json');
  const { entries, url } = JSON.parse(output);
  assert.deepEqual([code, entries, url], [0, 1, ldap.url]);
});

test('a domain controller’s group that comes in part is told, and read whole when that is wanted', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('SyncRead');
  const dns = Array.from({ length: 12 }, (_, n) => `CN=sr${n},${base}`);
  const members = dns.map((dn) => `member: ${dn}\n`).join('');
  const contacts = dns.map((dn) => `dn: ${dn}\nobjectClass: contact\n`);
  await ad.apply([...contacts, `dn: CN=Ranged,${base}\nobjectClass: group\nsAMAccountName: sr\n${members}`].join('\n'));
  const words = ['--ldap', ad.ldapsUrl, '--ca', ad.caFile, '--base', base, ...account(ad)];
  const ranged = [...words, '--filter', '(objectClass=group)', '--attributes', 'member;range=0-4'];
  const part = await read(...ranged);
  assert.deepEqual([part.code, part.output], [1, '']);
  assert.match(part.errors, /answered a part of an attribute\. Give --resolve-ranges/);
  const whole = await read(...ranged, '--resolve-ranges', '--json');
  assert.equal(whole.code, 0, whole.errors);
  assert.ok(JSON.parse(whole.output).bytes > 12 * 30);
});

test('whatever is in the way ends with exit code 1, a sentence and a code', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const good = ['--ldap', ldap.ldapsUrl, '--ca', ldap.caFile, '--base', ldap.baseDn];
  for (const [words, code, says] of [
    [[...good], 'ldap-base-missing', /hides it from this account/],
    [['--ldap', ldap.ldapsUrl, '--base', 'dc=a'], 'ldap-certificate', /--ca FILE/],
    [['--ldap', 'ldap://127.0.0.1:1', '--base', 'dc=a'], 'ldap-unreachable', /cannot be read/],
    [['--ldap', 'http://a', '--base', 'dc=a'], 'ldap-url-invalid', /is no LDAP URL/],
    [[...good, ...account(ldap), '--base', 'ou=none,dc=example,dc=test'], 'ldap-base-missing', /Check --base/],
    [[...good, ...account(ldap), '--filter', 'uid=a'], 'ldap-filter-invalid', /at character 1\b/],
    [[...good, '--bind-dn', ldap.syncDn, '--bind-password-file', file(t, 'wrong\n')], 'ldap-credentials', /refused/],
    [[...good, '--bind-dn', ldap.syncDn, '--bind-password-file', file(t, '\n')], 'ldap-credentials', /is empty/],
  ] as const) {
    const { code: exitCode, output, errors } = await read(...words, '--json');
    assert.deepEqual([exitCode, output], [1, ''], errors);
    const { error } = JSON.parse(errors);
    assert.equal(error.code, code, errors);
    assert.match(error.message, says);
  }
});

test('a connection that ends in the middle is an error, not a small directory', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const { code, output, errors } = await read('--ldap', `ldap://127.0.0.1:${port}`, '--base', 'dc=a');
  assert.deepEqual([code, output], [1, '']);
  assert.match(errors, /Connection closed/);
});

test('words that contradict each other are told with exit code 2', async () => {
  for (const [words, says] of [
    [['--base', 'dc=a'], /--ldap/],
    [['--ldap', 'ldap://a'], /--base/],
    [['--ldap', 'ldap://a', '--base', 'dc=a', '--bind-dn', 'cn=a'], /--bind-dn and --bind-password-file go together/],
    [
      ['--ldap', 'ldap://a', '--base', 'dc=a', '--client-key', 'x'],
      /--client-certificate and --client-key go together/,
    ],
    [['--ldap', 'ldap://a', '--base', 'dc=a', '--page-size', '0'], /from 1 to 1000000/],
    [['--ldap', 'ldap://a', '--base', 'dc=a', '--attributes', 'a,,b'], /single commas/],
  ] as const) {
    const { code, errors } = await read(...words);
    assert.equal(code, 2, errors);
    assert.match(errors, says);
  }
});
