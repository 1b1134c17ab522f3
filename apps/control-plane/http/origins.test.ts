import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Origins } from './origins.ts';

for (const [addresses, url] of [
  [['127.0.0.1'], 'http://127.0.0.1:8743'],
  [['0.0.0.0'], 'http://127.0.0.1:8743'],
  [['::1'], 'http://[::1]:8743'],
  [['::'], 'http://[::1]:8743'],
  [['::1', '127.0.0.1'], 'http://[::1]:8743'],
  [['10.1.2.3'], 'http://localhost:8743'],
] as const) {
  test(`programs of this machine reach a listener on ${addresses.join(' and ')} at ${url}`, () => {
    const origins = new Origins('https://sync.example.org');
    origins.listening(8743);
    assert.equal(origins.boundUrl(addresses), url);
    assert.ok(origins.originOfHost(new URL(url).host) !== undefined, 'its Host is accepted');
  });
}
