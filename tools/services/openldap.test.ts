import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requireService } from './catalogue.ts';
import type { DirectoryFacts } from './facts.ts';
import { run } from './process-group.ts';

function search(server: DirectoryFacts, dn: string, passwordFile: string, args: readonly string[]): Promise<string> {
  const env = { PATH: '/usr/bin:/bin', LDAPTLS_CACERT: server.caFile };
  const bind = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', server.ldapsUrl, '-D', dn, '-y', passwordFile];
  return run({ command: 'ldapsearch', args: [...bind, ...args], env });
}

test('the sync account reads a test’s own subtree over LDAPS, without passwords', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('openldap-reads');
  await ldap.apply(`dn: uid=ada,${base}\nobjectClass: inetOrgPerson\nuid: ada\ncn: Ada\nsn: L\nuserPassword: secret\n`);
  const found = await search(ldap, ldap.syncDn, ldap.syncPasswordFile, ['-b', base, '(uid=ada)', '*', '+']);
  assert.match(found, /^cn: Ada$/m);
  assert.match(found, /^entryUUID: [0-9a-f-]{36}$/m);
  assert.doesNotMatch(found, /userPassword/);
});

test('the synchronisation provider answers with a cookie (RFC 4533)', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('openldap-syncrepl');
  const args = ['-E', '!sync=ro', '-b', base, '(objectClass=*)', '1.1'];
  const found = await search(ldap, ldap.syncDn, ldap.syncPasswordFile, args);
  assert.match(found, new RegExp(`^dn: ${base}$`, 'm'));
});

test('nobody reads without a bind, and a taken name of a subtree is refused', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('openldap-closed');
  const anonymous = run({ command: 'ldapsearch', args: ['-x', '-LLL', '-H', ldap.url, '-b', base] });
  await assert.rejects(anonymous, /No such object/);
  await assert.rejects(ldap.subtree('openldap-closed'), /Already exists/);
  await assert.rejects(ldap.subtree('a,dc=example'), /not a plain name/);
});

test('the certificate is for loopback and signed by the authority of the run', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const authority = new X509Certificate(readFileSync(ldap.caFile));
  const server = new X509Certificate(readFileSync(ldap.caFile.replace('ca.crt', 'server.crt')));
  assert.ok(authority.ca);
  assert.ok(!server.ca);
  assert.ok(server.verify(authority.publicKey));
  assert.equal(server.checkIP('127.0.0.1'), '127.0.0.1');
});
