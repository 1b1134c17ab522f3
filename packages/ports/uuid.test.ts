import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { SeededRandom } from './random.ts';
import { uuidV7 } from './uuid.ts';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a UUIDv7 has its version, its variant and the time in front: the example of RFC 9562 A.6', () => {
  const random = { bytes: () => Buffer.from('0cc318c4dc0c0c07398f', 'hex') };
  assert.equal(uuidV7(new FakeClock(0x017f22e279b0), random), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('ids made later sort later', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 45), fc.integer({ min: 1, max: 1e9 }), fc.nat(), (start, step, seed) => {
      const clock = new FakeClock(start);
      const random = new SeededRandom(seed);
      const earlier = uuidV7(clock, random);
      clock.advance(step);
      assert.ok(earlier < uuidV7(clock, random));
    }),
  );
});

test('ten thousand ids of one millisecond differ', () => {
  const clock = new FakeClock(1_000);
  const ids = Array.from({ length: 10_000 }, () => uuidV7(clock));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, form);
});
