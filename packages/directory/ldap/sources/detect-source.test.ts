import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { detectLdapSource } from './detect-source.ts';

const { signal } = new AbortController();

test('a server is told by what it can do, and may be asked by anybody', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap !== undefined) {
    const endpoint = { urls: [ldap.ldapsUrl], caPem: readFileSync(ldap.caFile, 'utf8') };
    assert.deepEqual(await detectLdapSource(endpoint, signal), { kind: 'openldap', vendor: undefined });
  }
  const ad = await requireService(t, 'samba-ad');
  if (ad !== undefined) {
    const endpoint = { urls: [ad.ldapsUrl], caPem: readFileSync(ad.caFile, 'utf8') };
    const detected = await detectLdapSource(endpoint, signal);
    assert.equal(detected.kind, 'active-directory');
    assert.match(detected.vendor ?? '', /Samba/);
  }
});
