import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketPpm } from './bucket.ts';

/** The arithmetic of the design, by Node's own hash. */
function ppmByNode(digest: string, ring: string, agentId: string): number {
  const salt = createHash('sha256').update(Buffer.from(digest, 'hex')).update(ring).digest();
  const hash = createHash('sha256').update(salt).update(Buffer.of(0)).update(agentId.toLowerCase()).digest();
  return Number((BigInt(hash.readUInt32BE()) * 1_000_000n) >> 32n);
}

const digests = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

test('the share of an agent is the one of the published arithmetic', () => {
  fc.assert(
    fc.property(digests, fc.string(), fc.uuid(), (digest, ring, agentId) => {
      assert.equal(bucketPpm(digest, ring, agentId), ppmByNode(digest, ring, agentId));
      assert.equal(bucketPpm(digest, ring, agentId.toUpperCase()), ppmByNode(digest, ring, agentId));
    }),
  );
});

test('agents are spread evenly: a tenth of the shares holds a tenth of the agents', () => {
  const counts = new Array<number>(10).fill(0);
  for (let at = 0; at < 20_000; at++) {
    const id = `00000000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`;
    counts[Math.floor(bucketPpm('ab'.repeat(32), 'broad', id) / 100_000)]! += 1;
  }
  for (const count of counts) assert.ok(count > 1_800 && count < 2_200, String(counts));
});

test('who is early for one release is not early for the next, nor in another ring', () => {
  const id = randomUUID();
  const shares = ['canary', 'early', 'broad'].flatMap((ring) =>
    ['aa', 'bb', 'cc'].map((byte) => bucketPpm(byte.repeat(32), ring, id)),
  );
  assert.ok(new Set(shares).size > 6, String(shares));
});

test('an id that is no UUID has no share', () => {
  for (const id of ['', 'agent-1', 'ä'.repeat(36), 'a'.repeat(37)]) {
    assert.throws(() => bucketPpm('ab'.repeat(32), 'broad', id), { code: 'malformed-agent-id' });
  }
});
