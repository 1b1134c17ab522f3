import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SeededRandom, systemRandom } from '@springline/ports/random';
import { ed25519Signer } from '@springline/tuf/key';
import { KeyError, type KeyErrorCode } from './error.ts';
import { openKeyFile, readKeyFile, readPassphrase, writeKeyFile } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'springline-keys-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const wanted = { repository: 'image', role: 'targets' } as const;
const passphrase = 'correct horse battery staple';
const { privateKey } = generateKeyPairSync('ed25519');
const { keyId } = ed25519Signer(privateKey);
const sealed = join(folder, 'image-targets.key.json');
await writeKeyFile(sealed, { ...wanted, keyId }, privateKey, passphrase, systemRandom);

function refusedAs(code: KeyErrorCode) {
  return (error: unknown): boolean => error instanceof KeyError && error.code === code;
}

/** The sealed file after `change`, under a name of its own. */
function changed(name: string, change: (text: string) => string): string {
  const path = join(folder, name);
  writeFileSync(path, change(readFileSync(sealed, 'utf8')));
  return path;
}

test('a key comes back from its file with the passphrase', async () => {
  const opened = await openKeyFile(sealed, wanted, passphrase);
  assert.equal(ed25519Signer(opened).keyId, keyId);
  assert.equal(readKeyFile(sealed).keyId, keyId);
});

test('only the owner may read a key file, and it holds neither key nor passphrase in clear', () => {
  assert.equal(statSync(sealed).mode & 0o777, 0o600);
  const text = readFileSync(sealed);
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  for (const form of [
    secret,
    Buffer.from(secret.toString('hex')),
    Buffer.from(secret.toString('base64')),
    Buffer.from(passphrase),
  ]) {
    assert.equal(text.includes(form), false);
  }
});

test('a wrong passphrase is told as such', async () => {
  await assert.rejects(openKeyFile(sealed, wanted, `${passphrase}!`), refusedAs('key-passphrase-wrong'));
});

for (const row of [
  { name: 'a truncated key file is damaged', change: (text: string) => text.slice(0, 300) },
  {
    name: 'a key file with another byte in its seal is damaged',
    change: (text: string) => text.replace(/"tag": "./, '"tag": "_'),
  },
  {
    name: 'a key file with the key id of another key is damaged',
    change: (text: string) => text.replace(keyId, 'a'.repeat(64)),
  },
  {
    name: 'a key file that asks for gigabytes is refused before they are taken',
    change: (text: string) => text.replace('"N": 32768', '"N": 1073741824'),
  },
  {
    name: 'a key file that asks for hours is refused before they pass',
    change: (text: string) => text.replace('"p": 1', '"p": 1000000'),
  },
  {
    name: 'a key file with a weak derivation is refused',
    change: (text: string) => text.replace('"N": 32768', '"N": 2'),
  },
  { name: 'a key file that is a list is damaged', change: () => '[]' },
  { name: 'a key file of a megabyte is not read', change: () => ' '.repeat(1_000_000) },
]) {
  test(row.name, async () => {
    const path = changed(`${row.name}.json`, row.change);
    await assert.rejects(openKeyFile(path, wanted, passphrase), refusedAs('key-file-damaged'));
  });
}

test('a key file under the name of another role is refused', async () => {
  await assert.rejects(openKeyFile(sealed, { ...wanted, role: 'root' }, passphrase), refusedAs('key-file-damaged'));
});

test('what was changed on purpose does not open, though its checksum fits', async () => {
  const other = join(folder, 'other.json');
  await writeKeyFile(other, { repository: 'director', role: 'targets', keyId }, privateKey, passphrase, systemRandom);
  // The seal of one file in the header of the other, and a checksum over both.
  const { seal } = JSON.parse(readFileSync(other, 'utf8'));
  const file = JSON.parse(readFileSync(sealed, 'utf8'));
  const { N, r, p, salt, name } = file.kdf;
  const header = JSON.stringify([
    file.format,
    file.repository,
    file.role,
    file.keyId,
    file.publicKey,
    name,
    N,
    r,
    p,
    salt,
  ]);
  const sealText = JSON.stringify([seal.name, seal.nonce, seal.ciphertext, seal.tag]);
  const checksum = createHash('sha256').update(`${header}\0${sealText}`).digest('hex');
  const forged = join(folder, 'forged.json');
  writeFileSync(forged, JSON.stringify({ ...file, seal, checksum }));
  await assert.rejects(openKeyFile(forged, wanted, passphrase), refusedAs('key-passphrase-wrong'));
});

test('no changed byte of a key file goes unnoticed', async (t) => {
  const seed = 20261122;
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const original = readFileSync(sealed);
  const meaning = JSON.stringify(JSON.parse(original.toString()));
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(original);
    bytes[random.below(bytes.length)]! ^= 1 << random.below(7);
    const path = join(folder, 'flipped.json');
    writeFileSync(path, bytes);
    try {
      // White space and unused base64 bits may differ; then the meaning is the same.
      assert.equal(readKeyFile(path).keyId, keyId);
      const { checksum: _, ...rest } = JSON.parse(bytes.toString());
      const { checksum: __, ...before } = JSON.parse(meaning);
      assert.deepEqual(rest, before);
    } catch (error) {
      assert.ok(refusedAs('key-file-damaged')(error), String(error));
    }
  }
});

test('a passphrase file that others may read, that is empty or missing is refused in a sentence', () => {
  const path = join(folder, 'passphrase');
  assert.throws(() => readPassphrase(path), refusedAs('key-passphrase-missing'));
  writeFileSync(path, '\n', { mode: 0o600 });
  assert.throws(() => readPassphrase(path), /is empty/);
  writeFileSync(path, 'secret\nsecond line\n');
  assert.equal(readPassphrase(path), 'secret');
  chmodSync(path, 0o640);
  assert.throws(() => readPassphrase(path), /others than its owner/);
});
