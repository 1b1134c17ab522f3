import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CookieRefusedError, type ReadRequest } from '../../source.ts';
import { decodeCookie, encodeCookie, readDigest } from './cookie.ts';

const request: ReadRequest = { cookie: undefined, attributes: new Set(['cn', 'Mail']) };
const digest = readDigest(request, 'dc=x', undefined);

test('a cookie gives back what was put in, for the read that it was made for', () => {
  const cookie = encodeCookie('openldap', digest, { sync: 'abc', other: '1' });
  assert.equal(decodeCookie(cookie, 'openldap', digest, ['sync']).sync, 'abc');
  assert.throws(() => decodeCookie(cookie, 'generic', digest, ['sync']), CookieRefusedError);
  assert.throws(() => decodeCookie(cookie, 'openldap', 'x', ['sync']), CookieRefusedError);
  assert.throws(() => decodeCookie(cookie, 'openldap', digest, ['missing']), CookieRefusedError);
});

test('whatever bytes are kept in its place, a cookie is read or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        assert.throws(() => decodeCookie(bytes, 'openldap', digest, ['sync']), CookieRefusedError);
      },
    ),
  );
  const nested = Buffer.from('{"version":1,"kind":"openldap","digest":"d","__proto__":{"sync":"x"}}');
  assert.throws(() => decodeCookie(nested, 'openldap', 'd', ['sync']), CookieRefusedError);
});

test('reads are the same when they want the same, in whatever order and case', () => {
  const [a, b] = [new Uint8Array([1]), new Uint8Array([2])];
  const same = readDigest({ ...request, attributes: new Set(['mail', 'CN']) }, 'dc=x', { include: [], exclude: [] });
  assert.equal(same, digest);
  const others = [
    readDigest(request, 'dc=y', undefined),
    readDigest({ ...request, filter: '(cn=a)' }, 'dc=x', undefined),
    readDigest({ ...request, attributes: new Set(['cn']) }, 'dc=x', undefined),
    readDigest(request, 'dc=x', { include: [a], exclude: [] }),
    readDigest(request, 'dc=x', { include: [], exclude: [a] }),
    readDigest(request, 'dc=x', { include: [a, b], exclude: [] }),
  ];
  assert.equal(new Set([digest, ...others]).size, others.length + 1);
  assert.equal(readDigest(request, 'dc=x', { include: [b, a], exclude: [] }), others.at(-1));
});
