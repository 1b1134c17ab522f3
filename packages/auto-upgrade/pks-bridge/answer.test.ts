import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { readOwnRoot } from '@springline/tuf/client/trusted-set';
import { HostileRepository } from '@springline/tuf/testing/hostile-repository';
import { componentTargetPath } from '../release/target-path.ts';
import {
  type BridgeAnswer,
  type BridgeEnvelope,
  bridgeAnswerLimitBytes,
  bridgingOf,
  readBridgeAnswer,
  signBridgeAnswer,
  verifyBridgeAnswer,
} from './answer.ts';

const image = new HostileRepository(Date.parse('2024-02-21T00:00:00Z') as EpochMs);
const root = () => readOwnRoot(image.files.get('1.root.json')!).root;
const trust = { root: root(), imageRoot: image.pin(), component: 'connect-sync' } as const;

const named = { component: 'connect-sync', version: '2.3.6.0', platform: 'linux-x64' } as const;
const path = componentTargetPath(named);
const answer: BridgeAnswer = {
  component: 'connect-sync',
  version: '2.3.6.0',
  releaseNumber: 6,
  signedAt: '2024-02-21T00:00:00Z',
  imageRoot: image.pin(),
  upgradesFrom: '2.0.0.0',
  archives: [
    {
      platform: 'linux-x64',
      path,
      length: 2_000_000,
      sha256: 'ab'.repeat(32),
      transport: { path: `${path}.zst`, length: 500_000, sha256: 'cd'.repeat(32) },
    },
  ],
};
const signed = (changes: Partial<BridgeAnswer> = {}, signers = image.signers.targets): Uint8Array =>
  signBridgeAnswer({ ...answer, ...changes }, signers);

test('what the targets keys of the Image root signed is taken as it was signed', () => {
  assert.deepEqual(verifyBridgeAnswer(signed(), trust), answer);
});

test('an answer names bytes, and neither an identity nor a token nor a tenant', () => {
  const { envelope } = readBridgeAnswer(signed());
  const payload = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as object;
  assert.deepEqual(Object.keys(payload).sort(), [
    'archives',
    'component',
    'imageRoot',
    'releaseNumber',
    'signedAt',
    'upgradesFrom',
    'version',
  ]);
});

test('the same answer signed again is the same file', () => {
  assert.deepEqual(signed(), signed());
});

test('an answer of any other role of the repository is not taken', () => {
  for (const role of ['root', 'snapshot', 'timestamp'] as const) {
    assert.throws(() => verifyBridgeAnswer(signed({}, image.signers[role]), trust), { code: 'pks-answer-unsigned' });
  }
});

test('one key that signed twice counts once', () => {
  const two = { ...root(), roles: { ...root().roles, targets: { ...root().roles.targets, threshold: 2 } } };
  const twice = signed({}, [...image.signers.targets, ...image.signers.targets]);
  assert.throws(() => verifyBridgeAnswer(twice, { ...trust, root: two }), { code: 'pks-answer-unsigned' });
});

test('a changed byte of the payload, of the signature or of the type is refused', () => {
  const { envelope } = readBridgeAnswer(signed());
  const other = readBridgeAnswer(signed({ version: '2.3.6.0', releaseNumber: 7 })).envelope;
  const altered: readonly [BridgeEnvelope, string][] = [
    [{ ...envelope, payload: other.payload }, 'pks-answer-unsigned'],
    [{ ...envelope, signatures: other.signatures }, 'pks-answer-unsigned'],
    [{ ...envelope, signatures: [] }, 'pks-answer-malformed'],
    [{ ...envelope, payloadType: 'application/json' }, 'pks-answer-malformed'],
  ];
  for (const [lie, code] of altered) {
    assert.throws(() => verifyBridgeAnswer(Buffer.from(JSON.stringify(lie)), trust), { code });
  }
});

test('every single altered byte of the file leads to a refusal or to the same answer', () => {
  const file = signed();
  for (let at = 0; at < file.length; at++) {
    const lie = Buffer.from(file);
    lie[at] = (lie[at] ?? 0) ^ 0x01;
    try {
      assert.deepEqual(verifyBridgeAnswer(lie, trust), answer, `byte ${at}`);
    } catch (error) {
      assert.equal((error as Error).name, 'PksError', `byte ${at}: ${error}`);
    }
  }
});

test('a genuine answer of another component is refused', () => {
  assert.throws(() => verifyBridgeAnswer(signed(), { ...trust, component: 'health-sync' }), {
    code: 'pks-answer-other-component',
  });
});

test('a genuine answer with another pin is refused', () => {
  assert.throws(() => verifyBridgeAnswer(signed({ imageRoot: 'f'.repeat(64) }), trust), {
    code: 'pks-answer-other-root',
  });
});

test('metadata of the Image repository, which the same keys sign, is no answer', () => {
  assert.throws(() => verifyBridgeAnswer(image.file('targets'), trust), { code: 'pks-answer-malformed' });
});

/** An envelope around any payload, signed properly. */
function signedPayload(change: (payload: Record<string, unknown>) => void): Uint8Array {
  const { envelope } = readBridgeAnswer(signed());
  const payload = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Record<string, unknown>;
  change(payload);
  const bytes = Buffer.from(JSON.stringify(payload));
  const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${bytes.length} `;
  const message = Buffer.concat([Buffer.from(head), bytes]);
  const signatures = image.signers.targets.map((signer) => ({
    keyid: signer.keyId,
    sig: Buffer.from(signer.sign(message)).toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ ...envelope, payload: bytes.toString('base64'), signatures }));
}

const lies: readonly [string, (payload: Record<string, unknown>) => void][] = [
  ['a token', (payload) => Object.assign(payload, { token: 'x' })],
  ['a tenant', (payload) => Object.assign(payload, { tenantId: 'x' })],
  ['a path elsewhere', (payload) => Object.assign((payload['archives'] as object[])[0]!, { path: '../../etc/passwd' })],
  [
    'a path of another version',
    (payload) =>
      Object.assign((payload['archives'] as object[])[0]!, {
        path: componentTargetPath({ ...named, version: '2.3.5.0' }),
      }),
  ],
  [
    'two archives for one platform',
    (payload) => (payload['archives'] as object[]).push((payload['archives'] as object[])[0]!),
  ],
  ['no archive', (payload) => Object.assign(payload, { archives: [] })],
  ['a length that is no number', (payload) => Object.assign((payload['archives'] as object[])[0]!, { length: '5' })],
  ['a version that is a number', (payload) => Object.assign(payload, { version: 2.3 })],
  ['a release number that fell to 0', (payload) => Object.assign(payload, { releaseNumber: 0 })],
];
for (const [name, change] of lies) {
  test(`a properly signed answer with ${name} is refused`, () => {
    assert.throws(() => verifyBridgeAnswer(signedPayload(change), trust), { code: 'pks-answer-malformed' });
  });
}

test('an answer larger than 16 KiB is not even parsed', () => {
  const large = Buffer.alloc(bridgeAnswerLimitBytes + 1, 0x5b);
  assert.throws(() => verifyBridgeAnswer(large, trust), { code: 'pks-answer-malformed', message: /16384 bytes/ });
});

test('deep, repeated and foreign JSON is refused without harm', () => {
  for (const text of ['['.repeat(16_000), '{"__proto__":1}', 'null', '"x"', '{}', '\u0000', '{"payload":{}}']) {
    assert.throws(() => verifyBridgeAnswer(Buffer.from(text), trust), { code: 'pks-answer-malformed' });
  }
});

for (const [version, bridging] of [
  ['1.6.16.0', 'swing-migration'],
  ['2.0.0.0', 'bridge'],
  ['2.1.20.0', 'bridge'],
  ['2.3.6', 'bridged'],
  ['2.3.20.0', 'bridged'],
] as const) {
  test(`from ${version} the way is: ${bridging}`, () => assert.equal(bridgingOf(answer, version), bridging));
}

test('without a lowest build everything older is bridged', () => {
  const { upgradesFrom: _, ...rest } = answer;
  assert.equal(bridgingOf(rest, '1.0.0.0'), 'bridge');
});
