import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import {
  attributeDefinition,
  bytesFromGuid,
  bytesFromSid,
  formatGeneralizedTime,
  guidFromBytes,
  parseGeneralizedTime,
  sidFromBytes,
} from './schema.ts';

for (const [type, name, syntax, singleValued] of [
  ['OBJECTGUID', 'objectGUID', 'binary', true],
  ['memberof', 'memberOf', 'reference', false],
  ['PWDLASTSET', 'pwdLastSet', 'integer', true],
  ['iscriticalsystemobject', 'isCriticalSystemObject', 'boolean', true],
  ['whencreated', 'whenCreated', 'generalized-time', true],
  ['proxyaddresses', 'proxyAddresses', 'string', false],
  ['ms-ds-consistencyguid', 'mS-DS-ConsistencyGuid', 'binary', true],
  ['uidnumber', 'uidNumber', 'integer', true],
  ['uniquemember', 'uniqueMember', 'reference', false],
  ['userid', 'uid', 'string', false],
] as const) {
  test(`${name} is ${singleValued ? 'one' : 'any number'} of ${syntax}`, () => {
    assert.deepEqual(attributeDefinition(type), { name, syntax, singleValued });
  });
}

test('an attribute that the schema does not know has no definition', () => {
  for (const type of ['made-up', '__proto__', 'constructor', '']) assert.equal(attributeDefinition(type), undefined);
});

test('types of up to three letters are no aliases, on which the fast path of DNs relies', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const short = letters.flatMap((a) => [a, ...letters.flatMap((b) => [a + b, ...letters.map((c) => a + b + c)])]);
  for (const type of short) assert.equal((attributeDefinition(type)?.name ?? type).toLowerCase(), type);
});

test('a GUID is text in the byte order of AD', () => {
  const bytes = new Uint8Array(Buffer.from('eFY0Erya8N4RIjNEVWZ3iA==', 'base64'));
  assert.equal(guidFromBytes(bytes), '12345678-9abc-def0-1122-334455667788');
  assert.deepEqual(bytesFromGuid('{12345678-9ABC-def0-1122-334455667788}'), bytes);
});

test('a GUID from bytes and back is the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      assert.deepEqual(bytesFromGuid(guidFromBytes(bytes)), bytes);
    }),
    { seed: 16 },
  );
});

test('what is no GUID is refused', () => {
  for (const length of [0, 15, 17])
    assert.throws(() => guidFromBytes(new Uint8Array(length)), { code: 'guid-invalid' });
  for (const text of [
    '',
    '12345678-9abc-def0-1122-33445566778',
    '123456789abcdef01122334455667788',
    'x2345678-9abc-def0-1122-334455667788',
  ]) {
    assert.throws(() => bytesFromGuid(text), { code: 'guid-invalid' });
  }
});

for (const [name, sid, hex] of [
  [
    'an account of a domain',
    'S-1-5-21-1004336348-1177238915-682003330-512',
    '010500000000000515000000dcf4dc3b833d2b46828ba62800020000',
  ],
  ['the builtin administrators', 'S-1-5-32-544', '01020000000000052000000020020000'],
  ['everyone', 'S-1-1-0', '010100000000000100000000'],
  ['an authority beyond 32 bits, in hex', 'S-1-0x100000000000-1', '010110000000000001000000'],
] as const) {
  test(`the SID of ${name} is text and bytes`, () => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    assert.equal(sidFromBytes(bytes), sid);
    assert.deepEqual(bytesFromSid(sid), bytes);
  });
}

test('what is no SID is refused', () => {
  for (const hex of [
    '',
    '01',
    '0201000000000001',
    '010100000000000100',
    '01100000000000050000',
    '0100000000000005ff',
  ]) {
    assert.throws(() => sidFromBytes(Buffer.from(hex, 'hex')), { code: 'sid-invalid' }, hex);
  }
  for (const text of [
    '',
    'S-1',
    'S-2-5-1',
    'S-1-5-4294967296',
    'S-1-5--1',
    'S-1-281474976710656',
    `S-1-5${'-1'.repeat(16)}`,
  ]) {
    assert.throws(() => bytesFromSid(text), { code: 'sid-invalid' }, text);
  }
});

for (const [text, iso] of [
  ['20240131083000.0Z', '2024-01-31T08:30:00.000Z'],
  ['20240229083000Z', '2024-02-29T08:30:00.000Z'],
  ['19941216103205.5Z', '1994-12-16T10:32:05.500Z'],
  ['199412161032Z', '1994-12-16T10:32:00.000Z'],
  ['199412161032.5Z', '1994-12-16T10:32:30.000Z'],
  ['1994121610,25Z', '1994-12-16T10:15:00.000Z'],
  ['199412160532-0500', '1994-12-16T10:32:00.000Z'],
  ['1994121612+02', '1994-12-16T10:00:00.000Z'],
  ['20161231235960Z', '2017-01-01T00:00:00.000Z'],
  ['00010101000000.0Z', '0001-01-01T00:00:00.000Z'],
  ['16010101000000.0Z', '1601-01-01T00:00:00.000Z'],
] as const) {
  test(`${text} is ${iso}`, () => assert.equal(new Date(parseGeneralizedTime(text)).toISOString(), iso));
}

for (const text of [
  '',
  '2024',
  '20240131',
  '20240131083000',
  '20240230083000.0Z',
  '20230229083000Z',
  '20241301083000Z',
  '20240100083000Z',
  '20240131240000Z',
  '20240131086000Z',
  '20240131083061Z',
  '20240131083000.Z',
  '20240131083000+2400',
  '20240131083000+0160',
  ' 20240131083000Z',
  '20240131083000Z\n',
  '2024-01-31T08:30:00Z',
  '２０２４0131083000Z',
]) {
  test(`${JSON.stringify(text)} is no time`, () => {
    assert.throws(() => parseGeneralizedTime(text), { code: 'time-invalid' });
  });
}

test('an instant in whole seconds survives its text', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const instant = (Math.floor(date.getTime() / 1_000) * 1_000) as EpochMs;
      assert.equal(parseGeneralizedTime(formatGeneralizedTime(instant)), instant);
    }),
    { seed: 4517 },
  );
});

test('any text is an instant or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,Z+-'), maxLength: 22 }), (text) => {
      try {
        assert.ok(Number.isSafeInteger(parseGeneralizedTime(text)));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'time-invalid');
      }
    }),
    { seed: 4517, numRuns: 2_000 },
  );
});
