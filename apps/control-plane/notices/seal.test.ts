import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '@springline/ports/random';
import { temporaryFolder } from '../testing/running-control-plane.ts';
import { loadSealer, type Sealer } from './seal.ts';

const context = { tenantId: 't1', channelId: 'c1', settings: '{"url":"https://a.example/"}' };
const unreadable = { name: 'DeliveryError', code: 'channel-secret-unreadable' };

function open(t: TestContext): { sealer: Sealer; path: string } {
  const path = join(temporaryFolder(t), 'notices.key');
  return { sealer: loadSealer(path, systemRandom), path };
}

test('a secret opens for what it was sealed for, also after a restart, and never looks the same', (t) => {
  const { sealer, path } = open(t);
  assert.equal(existsSync(path), false, 'the key is made when it is needed');
  const [first, second] = [sealer.seal('pässword', context), sealer.seal('pässword', context)];
  assert.notEqual(first, second);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  assert.equal(loadSealer(path, systemRandom).open(first, context), 'pässword');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

for (const [what, other] of [
  ['tenant', { ...context, tenantId: 't2' }],
  ['channel', { ...context, channelId: 'c2' }],
  ['destination', { ...context, settings: '{"url":"https://evil.example/"}' }],
] as const) {
  test(`a secret does not open for another ${what}`, (t) => {
    const { sealer } = open(t);
    const sealed = sealer.seal('password', context);
    assert.throws(() => sealer.open(sealed, other), unreadable);
  });
}

test('what was altered, cut off or never sealed does not open', (t) => {
  const { sealer } = open(t);
  const sealed = sealer.seal('password', context);
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  for (const wrong of [bytes.toString('base64url'), sealed.slice(0, 20), '', 'password'])
    assert.throws(() => sealer.open(wrong, context), unreadable);
});

test('a home without its key opens nothing, and makes no key by trying', (t) => {
  const sealed = open(t).sealer.seal('password', context);
  const { sealer, path } = open(t);
  assert.throws(() => sealer.open(sealed, context), unreadable);
  assert.equal(existsSync(path), false);
});

test('a key file with something else in it is refused and left alone', (t) => {
  const path = join(temporaryFolder(t), 'notices.key');
  writeFileSync(path, 'not a key\n');
  assert.throws(() => loadSealer(path, systemRandom), { name: 'NoticeKeyError', code: 'notice-key-malformed' });
});
