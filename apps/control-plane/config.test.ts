import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from './config.ts';

test('without options the home is .springline, the port 8743 and the address this machine’s own', () => {
  assert.deepEqual(parseConfig([]), { home: resolve('.springline'), port: 8743, host: '127.0.0.1' });
});

test('the public URL is kept as an origin', () => {
  for (const [given, origin] of [
    ['https://sync.example.org', 'https://sync.example.org'],
    ['https://sync.example.org/', 'https://sync.example.org'],
    ['https://SYNC.example.org:443', 'https://sync.example.org'],
    ['https://sync.example.org:8443', 'https://sync.example.org:8443'],
    ['http://localhost:9000', 'http://localhost:9000'],
  ] as const) {
    assert.equal(parseConfig(['--public-url', given]).publicUrl, origin);
  }
});

for (const [name, args, sentence] of [
  ['a port that is no number', ['--port', 'x'], /^--port is a number from 0 to 65535, not "x"$/],
  ['a port out of range', ['--port', '65536'], /^--port/],
  ['a negative port', ['--port=-1'], /^--port/],
  ['an empty home', ['--home', ''], /^--home needs a value$/],
  ['an empty host', ['--host', ' '], /^--host needs a value$/],
  ['an option without its value', ['--home'], /--home/],
  ['an unknown option', ['--hom', 'x'], /--hom/],
  ['a stray word', ['start'], /start/],
  ['a public URL that is none', ['--public-url', 'sync.example.org'], /is an origin such as/],
  ['a public URL of another scheme', ['--public-url', 'ftp://sync.example.org'], /is an origin such as/],
  ['a public URL with a path', ['--public-url', 'https://sync.example.org/x'], /without a path: https:\/\/sync/],
  ['a public URL with a password', ['--public-url', 'https://a:b@sync.example.org'], /without a path/],
  ['a public URL in the clear', ['--public-url', 'http://sync.example.org'], /must be https/],
] as const) {
  test(`${name} is refused in one sentence`, () => {
    assert.throws(
      () => parseConfig(args),
      (error: Error) => {
        assert.equal(error.name, 'ConfigError');
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}
