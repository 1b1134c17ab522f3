import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCli } from '../testing/running-up.ts';
import { findProductKeyCertificates } from './certificates.ts';
import { certificate, pem } from './testing/certificate.ts';

const issuer = 'Contoso PolicyKeyService Certificate Authority';
const leftover = certificate({ subject: ['ADATUM-SYNC1'], issuer });

function folderWith(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-certificates-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

test('leftover product-key certificates are found, in PEM and DER, also in bundles and folders below', (t) => {
  const folder = folderWith(t, {
    'one.pem': pem(leftover),
    'deep/er/two.CER': leftover,
    'bundle.crt': pem(certificate({ subject: ['other'], issuer: 'Contoso CA' })) + pem(leftover),
  });
  const { found, unread, files } = findProductKeyCertificates(folder);
  assert.deepEqual(found.map(({ file }) => file.slice(folder.length + 1)).sort(), [
    'bundle.crt',
    'deep/er/two.CER',
    'one.pem',
  ]);
  assert.deepEqual(new Set(found.map(({ hostName }) => hostName)), new Set(['ADATUM-SYNC1']));
  assert.equal(found[0]!.expires, '2025-05-01T00:00:00.000Z');
  assert.deepEqual([files, unread], [3, []]);
});

for (const [name, words] of [
  ['from another authority', { subject: ['adatum-sync1'], issuer: 'Contoso Issuing CA 1' }],
  ['of a person', { subject: ['Ada Lovelace'], issuer }],
  ['with more than a host name for a subject', { subject: ['adatum-sync1', 'web'], issuer }],
  ['of the authority itself', { subject: ['pks-ca'], issuer, isAuthority: true }],
  ['whose subject, and not its issuer, names the service', { subject: ['policykeyservice'], issuer: 'Contoso CA' }],
] as const) {
  test(`a certificate ${name} is nobody's leftover`, (t) => {
    const folder = folderWith(t, { 'a.pem': pem(certificate(words)) });
    assert.deepEqual(findProductKeyCertificates(folder).found, []);
  });
}

test('what cannot be read is named, and stops nothing', (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const folder = folderWith(t, {
    'broken.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'store.pfx': 'x',
    'large.der': Buffer.alloc(300_000),
    'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'notes.txt': pem(leftover),
    'good.crt': pem(leftover),
  });
  symlinkSync(folder, join(folder, 'round'));
  const { found, unread } = findProductKeyCertificates(folder);
  assert.equal(found.length, 1);
  assert.deepEqual(unread.map(({ file }) => file.slice(folder.length + 1)).sort(), [
    'broken.pem',
    'large.der',
    'store.pfx',
  ]);
});

test('the command lists them as safe to delete, and deletes nothing', async (t) => {
  const folder = folderWith(t, { 'one.pem': pem(leftover) });
  const { code, output } = await runCli(['pks', 'certificates', folder]);
  assert.equal(code, 0);
  assert.match(output, /^1 product-key certificates in 1 files\. They are safe to delete; nothing was deleted\./);
  assert.match(output, /ADATUM-SYNC1\s+2025-05-01\s+\S+one\.pem/);
  assert.ok(existsSync(join(folder, 'one.pem')));
  const json = JSON.parse((await runCli(['pks', 'certificates', folder, '--json'])).output);
  assert.equal(json.found[0].hostName, 'ADATUM-SYNC1');
  assert.equal((await runCli(['pks', 'certificates', join(folder, 'missing')])).code, 2);
});
