import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinkToken } from './link-token.ts';

const token = 'Zm9vYmFyYmF6cXV4-_1234';

for (const [fragment, link] of [
  [`#${token}`, { kind: 'whole', token }],
  [token, { kind: 'whole', token }],
  ['', { kind: 'absent' }],
  ['#', { kind: 'absent' }],
  [`#${token.slice(1)}`, { kind: 'broken' }],
  [`#${token}x`, { kind: 'broken' }],
  ['#<script>', { kind: 'broken' }],
] as const) {
  test(`the fragment ${JSON.stringify(fragment)} is ${link.kind === 'whole' ? 'a whole token' : link.kind}`, () => {
    assert.deepEqual(parseLinkToken(fragment), link);
  });
}
