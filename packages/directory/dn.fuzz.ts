/** Any text as a DN: a key that is its own key, or a DirectoryError. */
import { strictEqual } from 'node:assert/strict';
import { formatDn, normaliseDn, parseDn } from './dn.ts';
import { DirectoryError } from './error.ts';

export const fuzz = {
  name: 'dn',
  seeds: [
    'CN=Ada Lovelace,OU=Middle East\\, Africa,DC=corp,DC=example',
    'cn=a+uid=\\C3\\B6,1.2.3=#0403414243, o = " x"',
    'OU=Größe\\20,DC=x',
    '',
  ],
  run(input: Uint8Array): void {
    const text = Buffer.from(input).toString('utf8');
    const key = normaliseDn(text);
    strictEqual(normaliseDn(key), key);
    strictEqual(normaliseDn(formatDn(parseDn(text))), key);
  },
  allowed: (error: unknown): boolean => error instanceof DirectoryError,
};
