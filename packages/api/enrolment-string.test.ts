import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatEnrolmentString, parseEnrolmentString } from './enrolment-string.ts';

const enrolment = {
  token: 'AAECAwQFBgcICQoLDA0ODw',
  url: 'https://sync.example.org',
  controlPlaneKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  imageRoot: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  directorRoot: 'YDA64iuZiGG847KPM-7BvnWKITyGyTwHbb6fVYwRx1I',
};
const encode = (fields: unknown) => `springline-enrol.1.${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;

test('what was formatted is parsed again, also with white space around it', () => {
  assert.deepEqual(parseEnrolmentString(formatEnrolmentString(enrolment)), enrolment);
  assert.deepEqual(parseEnrolmentString(`\n  ${formatEnrolmentString(enrolment)}\r\n`), enrolment);
});

test('it is one word, so that it survives being copied', () => {
  assert.match(formatEnrolmentString(enrolment), /^[A-Za-z0-9_.-]+$/);
});

test('a string that was cut anywhere is refused', () => {
  const whole = formatEnrolmentString(enrolment);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseEnrolmentString(whole.slice(0, length)), { name: 'EnrolmentStringError' }, String(length));
  }
});

test('any other text is refused, and never with another error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue().map(encode)), (text) => {
      assert.throws(() => parseEnrolmentString(text), { code: 'enrolment-string-malformed' });
    }),
  );
});

for (const [name, fields] of [
  ['a short token', { ...enrolment, token: 'AAECAwQFBgcICQoLDA0OD' }],
  ['a short key', { ...enrolment, controlPlaneKey: 'x' }],
  ['no key', { ...enrolment, controlPlaneKey: undefined }],
  ['no pin of the Image root (S4)', { ...enrolment, imageRoot: undefined }],
  ['no pin of the Director root (S4)', { ...enrolment, directorRoot: undefined }],
  ['a pin in another form', { ...enrolment, imageRoot: 'ab'.repeat(32) }],
  ['a URL with a path', { ...enrolment, url: 'https://sync.example.org/x' }],
  ['a URL of another scheme', { ...enrolment, url: 'file:///etc/passwd' }],
  ['a list in the place of a text', { ...enrolment, url: [enrolment.url] }],
  ['nothing at all', null],
] as const) {
  test(`a string with ${name} is refused`, () => {
    assert.throws(() => parseEnrolmentString(encode(fields)), { code: 'enrolment-string-malformed' });
  });
}

test('a control plane in the clear is refused beyond this machine, with the reason', () => {
  for (const url of ['http://localhost:8743', 'http://127.0.0.1:8743', 'http://[::1]:8743', 'http://localhost']) {
    assert.equal(parseEnrolmentString(encode({ ...enrolment, url })).url, url);
  }
  for (const url of ['http://sync.example.org', 'http://localhost.example.org', 'http://127.0.0.1.example.org:80']) {
    assert.throws(() => parseEnrolmentString(encode({ ...enrolment, url })), /not encrypted.*must be https/);
  }
});
