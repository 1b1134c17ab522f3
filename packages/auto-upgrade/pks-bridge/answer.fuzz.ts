/**
 * Any bytes as a bridge answer: what is not what was signed is refused. What is no envelope is taken for a payload and put
 * into one, because changed bytes of a whole answer hardly get past its signature; what then comes through must be
 * signable again.
 */
import { deepEqual, ok } from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { ed25519Signer } from '@springline/tuf/key';
import { bridgePayloadType, readBridgeAnswer, signBridgeAnswer } from './answer.ts';
import { PksError } from './error.ts';
import { TestBridge } from './testing/test-bridge.ts';

const bridge = new TestBridge(Date.UTC(2026, 10, 22));
const whole = bridge.signed('connect-sync');
const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);

export const fuzz = {
  name: 'pks-answer',
  seeds: [whole, Buffer.from(readBridgeAnswer(whole).envelope.payload, 'base64')],
  run(input: Uint8Array): void {
    if (Buffer.from(input).includes('signatures')) {
      deepEqual(bridge.verified(input, 'connect-sync'), bridge.answer('connect-sync'));
      return;
    }
    const signature = { keyid: '0'.repeat(64), sig: 'AAAA' };
    const payload = Buffer.from(input).toString('base64');
    const envelope = { payloadType: bridgePayloadType, payload, signatures: [signature] };
    const { answer } = readBridgeAnswer(Buffer.from(JSON.stringify(envelope)));
    deepEqual(readBridgeAnswer(signBridgeAnswer(answer, [signer])).answer, answer);
    ok(answer.archives.length > 0);
  },
  allowed: (error: unknown): boolean => error instanceof PksError,
};
