import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64url, bytesFromBase64url, bytesFromHex } from './passkey.ts';

test('bytes read back from base64url as they were, as others write it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = base64url(Uint8Array.from(bytes).buffer);
      assert.equal(text, Buffer.from(bytes).toString('base64url'));
      assert.deepEqual([...bytesFromBase64url(text)], [...bytes]);
      assert.deepEqual([...bytesFromHex(Buffer.from(bytes).toString('hex'))], [...bytes]);
    }),
  );
});
