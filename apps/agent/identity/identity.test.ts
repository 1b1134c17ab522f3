import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keyId } from '@springline/api/signature/key';
import { type AgentHome, agentHome } from '../home.ts';
import { loadIdentity, loadOrMakeKey, moveControlPlane, saveIdentity } from './identity.ts';

function newHome(t: TestContext): AgentHome {
  const folder = mkdtempSync(join(tmpdir(), 'springline-identity-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return agentHome(folder);
}

const plane = generateKeyPairSync('ed25519').publicKey;
const stored = {
  agentId: '019a0000-0000-7000-8000-000000000001',
  tenantId: '019a0000-0000-7000-8000-000000000002',
  url: 'http://localhost:8743',
  controlPlaneKey: String(plane.export({ format: 'jwk' }).x),
  connectors: [{ id: '019a0000-0000-7000-8000-000000000003', name: 'default', kind: 'openldap' }],
};

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

test('a host makes its P-256 key once and keeps it', (t) => {
  const home = newHome(t);
  const made = loadOrMakeKey(home);
  const pem = readFileSync(home.key, 'utf8');
  const kept = loadOrMakeKey(home);
  assert.equal(made.privateKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(kept.keyId, made.keyId);
  assert.equal(made.keyId, keyId(made.privateKey));
  assert.equal(readFileSync(home.key, 'utf8'), pem);
});

test('two hosts have two keys', (t) => {
  assert.notEqual(loadOrMakeKey(newHome(t)).keyId, loadOrMakeKey(newHome(t)).keyId);
});

test('before enrolment there is no identity', (t) => assert.equal(loadIdentity(newHome(t)), undefined));

test('key and identity are their owner’s alone, whatever the umask', (t) => {
  const before = process.umask(0o000);
  t.after(() => process.umask(before));
  const home = newHome(t);
  loadOrMakeKey(home);
  saveIdentity(home, stored);
  assert.deepEqual([modeOf(home.key), modeOf(home.identity)], ['600', '600']);
});

test('what enrolment told is read as it was saved', (t) => {
  const home = newHome(t);
  saveIdentity(home, stored);
  const { controlPlane, ...rest } = loadIdentity(home)!;
  const { controlPlaneKey: _, ...expected } = stored;
  assert.deepEqual(rest, expected);
  assert.equal(controlPlane.keyId, keyId(plane));
  assert.ok(controlPlane.publicKey.equals(plane));
});

test('a control plane that moved keeps its key, its agents and the mode of the file', (t) => {
  const home = newHome(t);
  saveIdentity(home, stored);
  moveControlPlane(home, 'http://localhost:9999');
  const moved = loadIdentity(home)!;
  assert.equal(moved.url, 'http://localhost:9999');
  assert.equal(moved.agentId, stored.agentId);
  assert.ok(moved.controlPlane.publicKey.equals(plane));
  assert.equal(modeOf(home.identity), '600');
});

test('moving before enrolment writes nothing', (t) => {
  const home = newHome(t);
  moveControlPlane(home, 'http://localhost:9999');
  assert.equal(existsSync(home.identity), false);
});

const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
for (const [name, content] of [
  ['is empty', ''],
  ['is cut off', '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n'],
  ['is binary', Buffer.alloc(64, 0xff)],
  ['holds a public key', plane.export({ type: 'spki', format: 'pem' })],
  ['holds a key on another curve', p384.export({ type: 'pkcs8', format: 'pem' })],
  ['holds an RSA key', rsa.export({ type: 'pkcs8', format: 'pem' })],
] as const) {
  test(`a key file that ${name} is damaged, and is never replaced in silence`, (t) => {
    const home = newHome(t);
    write(home.key, content);
    const before = readFileSync(home.key);
    assert.throws(() => loadOrMakeKey(home), {
      name: 'IdentityError',
      code: 'identity-damaged',
      message: `${home.key} is damaged. Move ${home.folder}/identity away and enrol this agent again.`,
    });
    assert.deepEqual(readFileSync(home.key), before);
  });
}

for (const [name, content] of [
  ['is empty', ''],
  ['is cut off', '{"agentId":"019a'],
  ['is null', 'null'],
  ['is a list', '[]'],
  ['lacks its tenant', JSON.stringify({ ...stored, tenantId: undefined })],
  ['has no text for its agent', JSON.stringify({ ...stored, agentId: 7 })],
  ['has no address', JSON.stringify({ ...stored, url: '' })],
  ['has an address that no request can go to', JSON.stringify({ ...stored, url: 'ftp://localhost' })],
  ['has another kind of key', JSON.stringify({ ...stored, controlPlaneKey: 'AAAA' })],
  ['lacks the key of the control plane', JSON.stringify({ ...stored, controlPlaneKey: undefined })],
  ['lacks its connectors', JSON.stringify({ ...stored, connectors: undefined })],
] as const) {
  test(`an identity file that ${name} is damaged, and the remedy is told`, (t) => {
    const home = newHome(t);
    write(home.identity, content);
    assert.throws(() => loadIdentity(home), {
      name: 'IdentityError',
      code: 'identity-damaged',
      message: `${home.identity} is damaged. Move ${home.folder}/identity away and enrol this agent again.`,
    });
  });
}

test('a damaged identity is also told as such when the control plane moves', (t) => {
  const home = newHome(t);
  write(home.identity, '{');
  assert.throws(() => moveControlPlane(home, 'http://localhost:9999'), { code: 'identity-damaged' });
});
