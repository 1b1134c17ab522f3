import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireService } from './catalogue.ts';
import type { SambaAdFacts } from './facts.ts';
import { run } from './process-group.ts';

function search(server: SambaAdFacts, account: 'sync' | 'read', args: readonly string[]): Promise<string> {
  const dn = account === 'sync' ? server.syncDn : server.readDn;
  const passwordFile = account === 'sync' ? server.syncPasswordFile : server.readPasswordFile;
  const env = { PATH: '/usr/bin:/bin', LDAPTLS_CACERT: server.caFile };
  const bind = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', server.ldapsUrl, '-D', dn, '-y', passwordFile];
  return run({ command: 'ldapsearch', args: [...bind, ...args], env });
}

test('the domain controller serves users of a test’s own subtree over LDAPS', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('samba-ad-reads');
  await ad.apply(`dn: CN=Ada,${base}\nobjectClass: user\nsAMAccountName: ada\n`);
  const found = await search(ad, 'sync', ['-b', base, '(sAMAccountName=ada)', 'objectGUID', 'uSNChanged']);
  assert.match(found, /^objectGUID:: /m);
  assert.match(found, /^uSNChanged: [0-9]+$/m);
});

test('only the sync account may use DirSync', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const args = ['-E', '!dirSync=0/0', '-b', ad.baseDn, '(sAMAccountName=svc-read)', 'sAMAccountName'];
  assert.match(await search(ad, 'sync', args), /^sAMAccountName: svc-read$/m);
  await assert.rejects(search(ad, 'read', args), /Insufficient access/);
});

test('a simple bind without TLS is refused, as by a hardened domain controller', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const args = ['-x', '-LLL', '-H', ad.url, '-D', ad.readDn, '-y', ad.readPasswordFile, '-s', 'base', '-b', ad.baseDn];
  await assert.rejects(run({ command: 'ldapsearch', args }), /Strong\(er\) authentication required/);
});
