import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTrustedWith } from './delegations.ts';

for (const { pattern, path, trusted } of [
  { pattern: 'sync/*/*', path: 'sync/1.0/sync-1.0.tar', trusted: true },
  { pattern: 'sync/*/*', path: 'sync/1.0', trusted: false },
  { pattern: 'sync/*/*', path: 'sync/1.0/a/b', trusted: false },
  { pattern: 'sync/*/*', path: 'health/1.0/x', trusted: false },
  { pattern: '*', path: 'a/b', trusted: false },
  { pattern: '*.tar', path: 'a.tar', trusted: true },
  { pattern: 'a?c', path: 'abc', trusted: true },
  { pattern: 'a?c', path: 'ac', trusted: false },
  { pattern: 'recall/sync.json', path: 'recall/sync.json', trusted: true },
  { pattern: 'recall/sync.json', path: 'recall/syncXjson', trusted: false },
  { pattern: '[a]', path: 'a', trusted: false },
  { pattern: `${'*a'.repeat(200)}b`, path: 'a'.repeat(400), trusted: false },
]) {
  const name = `${pattern.slice(0, 20)} ${trusted ? 'takes' : 'does not take'} ${path.slice(0, 30)}`;
  test(`the pattern ${name}`, () => assert.equal(isTrustedWith({ paths: [pattern] }, path), trusted));
}

test('a pattern takes what a regular expression of the same meaning takes', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
  fc.assert(
    fc.property(part, text, (pattern, path) => {
      const source = pattern.replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
      assert.equal(isTrustedWith({ paths: [pattern] }, path), new RegExp(`^${source}$`).test(path));
    }),
    { numRuns: 2_000 },
  );
});
