/**
 * Any bytes as what a server sends: cut into messages, taken apart as every kind of answer, its controls looked up. What
 * is no sound LDAP is told with a BerError or an LdapError.
 */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { DirectoryError } from '../error.ts';
import { BerError, BerReader, berTag, contentStart, elementEnd, integerAt, taggedEnd } from './ber.ts';
import { readControls } from './control.ts';
import { decodeEntry } from './decode-entry.ts';
import { defaultLimits } from './endpoint.ts';
import { LdapError } from './error.ts';
import { FrameReader } from './frames.ts';
import { checkSearchEntry, operationTag, readUrls } from './message.ts';
import { readExtendedResponse } from './operation.ts';

const messageLimitBytes = 1024 * 1024;

export const fuzz = {
  name: 'ldap-message',
  seeds: [
    hex('30 0c 02 01 01 61 07 0a 01 00 04 00 04 00'),
    hex(
      '30 25 02 01 02 64 20 04 09 63 6e 3d 78 2c 64 63 3d 61 30 13 30 09 04 02 63 6e 31 03 04 01 78 30 06 04 02 73 6e 31 00',
    ),
    hex('30 18 02 01 02 73 13 04 11 6c 64 61 70 3a 2f 2f 61 2f 64 63 3d 62 3f 3f 73 75 62'),
    hex(
      '30 2f 02 01 02 65 07 0a 01 00 04 00 04 00 a0 21 30 1f 04 16 31 2e 32 2e 38 34 30 2e 31 31 33 35 35 36 2e 31 2e 34 2e 33 31 39 04 05 30 03 02 01 00',
    ),
    hex('30 1e 02 01 00 78 19 0a 01 34 04 00 04 00 8a 10 31 2e 33 2e 36 2e 31 2e 34 2e 31 2e 31 34 36 36'),
    hex('30 84 00 00 00 0f 02 01 02 65 84 00 00 00 06 0a 01 00 04 00 04'),
  ],
  run(input: Uint8Array): void {
    const bytes = Buffer.from(input);
    const whole = messagesOf(bytes, bytes.length);
    // However the bytes are cut, the messages are the same.
    deepStrictEqual(messagesOf(bytes, 1 + ((bytes[0] ?? 0) % 7)), whole);
    for (const message of whole) takeApart(message);
  },
  allowed: (error: unknown): boolean =>
    error instanceof BerError || error instanceof LdapError || error instanceof DirectoryError,
};

function messagesOf(bytes: Buffer, step: number): Buffer[] {
  const frames = new FrameReader('ldap://fuzz', messageLimitBytes);
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    const chunk = bytes.subarray(at, at + step);
    frames.read(chunk, chunk.length, (from, start, end) => found.push(Buffer.from(from.subarray(start, end))));
  }
  ok(frames.pendingBytes <= bytes.length);
  return found;
}

function takeApart(message: Buffer): void {
  const end = message.length;
  const idAt = contentStart(message, 0);
  const idEnd = taggedEnd(message, idAt, end, berTag.integer);
  integerAt(message, idAt, idEnd);
  const operationEnd = elementEnd(message, idEnd, end);
  const controls = readControls(message, operationEnd, end, defaultLimits.controls);
  controls.copy().value('1.2.840.113556.1.4.319');
  const start = contentStart(message, idEnd);
  switch (message[idEnd]) {
    case operationTag.searchEntry:
      checkSearchEntry(message, start, operationEnd, defaultLimits.attributes);
      decodeEntry({ bytes: message, start, end: operationEnd });
      break;
    case operationTag.searchReference:
      readUrls(new BerReader(message, start, operationEnd), defaultLimits.referrals);
      break;
    default:
      readExtendedResponse(message, start, operationEnd, defaultLimits.referrals);
  }
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
