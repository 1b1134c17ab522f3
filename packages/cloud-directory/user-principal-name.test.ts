import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfUserPrincipalName } from './user-principal-name.ts';

for (const value of [
  'ada@example.com',
  "o'malley-1_x@sub.example.co.uk",
  'a.b+c@lab',
  `${'x'.repeat(64)}@example.com`,
]) {
  test(`${value.slice(0, 30)} may sign in`, () => assert.equal(faultOfUserPrincipalName(value), undefined));
}
for (const value of [
  'ada',
  '@example.com',
  'ada@',
  'a b@example.com',
  'a@b@example.com',
  '.ada@example.com',
  'ada.@example.com',
  'a..b@example.com',
  'adá@example.com',
  'ada@exa_mple.com',
  'ada@-x.com',
  'ada@example..com',
  'ada@exämple.com',
  `${'x'.repeat(65)}@example.com`,
  `ada@${'x.'.repeat(126)}com`,
]) {
  test(`${value.slice(0, 30)} may not sign in`, () => assert.equal(typeof faultOfUserPrincipalName(value), 'string'));
}
