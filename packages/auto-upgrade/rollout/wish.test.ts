import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from './decide.ts';
import { at } from './testing/hand-cases.ts';
import { randomCase, randomOwnWish, Seeded } from './testing/random-case.ts';
import { formatWish, narrower, parseWish } from './wish.ts';

const wishes = fc.nat().map((seed) => randomOwnWish(new Seeded(seed)));

test('S22: joined wishes never let anything act that one of them would hold', () => {
  let acted = 0;
  fc.assert(
    fc.property(fc.nat(), wishes, wishes, wishes, (seed, a, b, c) => {
      const { policy, facts, now } = randomCase(seed);
      for (const release of facts.offered) {
        const given = { ...facts, offered: [release] };
        const acts = (wish: typeof facts.wish) => decide(policy, { ...given, wish }, now).action === 'install';
        const joined = narrower(narrower(a, b), c);
        assert.equal(acts(joined), acts(narrower(c, narrower(b, a))));
        if (!acts(joined)) continue;
        acted += 1;
        assert.ok(acts(a) && acts(b) && acts(c));
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(acted > 50, String(acted));
});

test('a wish joined with itself or with none is the same wish', () => {
  fc.assert(
    fc.property(wishes, ({ disabled, ...rest }) => {
      const wish = disabled === true ? { ...rest, disabled } : rest;
      assert.deepEqual(narrower(wish, wish), wish);
      assert.deepEqual(narrower(wish, {}), wish);
    }),
  );
});

test('of two wishes the lower pin, the later date, the longer soak and every freeze count', () => {
  const freeze = (name: string) => ({ name, from: at('2026-01-01T00:00:00Z'), until: at('2026-01-02T00:00:00Z') });
  const a = { pin: '2.10', notBefore: at('2026-02-01T00:00:00Z'), afterStagingSoakMs: 5, freezes: [freeze('a')] };
  const b = { pin: '2.9.1', notBefore: at('2026-01-01T00:00:00Z'), afterStagingSoakMs: 7, freezes: [freeze('b')] };
  assert.deepEqual(narrower(a, b), {
    ...{ pin: '2.9.1', notBefore: a.notBefore, afterStagingSoakMs: 7, freezes: [freeze('a'), freeze('b')] },
  });
});

test('a wish that was written is read as the same', () => {
  fc.assert(
    fc.property(wishes, (wish) => {
      const text = formatWish(wish);
      assert.deepEqual(parseWish(JSON.parse(text)), wish);
      assert.deepEqual(parseWish(new TextEncoder().encode(text)), wish);
    }),
  );
});

const day = {
  days: [1],
  fromMinute: 0,
  untilMinute: 60,
  transitions: [{ from: '2026-01-01T00:00:00Z', offsetMinutes: 0 }],
};
for (const row of [
  { name: 'no object', json: [] },
  { name: 'a member that this build does not know', json: { sooner: true } },
  { name: 'a member of that name which every object inherits', json: JSON.parse('{"__proto__":{"disabled":false}}') },
  { name: 'no version', json: { pin: 'latest' } },
  { name: 'no ring', json: { ring: 'Broad' } },
  { name: 'no instant', json: { notBefore: '2026-02-30T00:00:00Z' } },
  { name: 'a soak of a year', json: { afterStagingSoakMs: 365 * 86_400_000 } },
  { name: 'half a millisecond', json: { afterStagingSoakMs: 0.5 } },
  { name: 'no flag', json: { disabled: 'yes' } },
  {
    name: 'too many freezes',
    json: { freezes: Array(65).fill({ name: 'a', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' }) },
  },
  {
    name: 'a freeze that ends before it begins',
    json: { freezes: [{ name: 'a', from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }] },
  },
  { name: 'an eighth day', json: { window: [{ ...day, days: [7] }] } },
  { name: 'a window without a day', json: { window: [{ ...day, days: [] }] } },
  { name: 'a window in no zone', json: { window: [{ ...day, transitions: [] }] } },
  {
    name: 'transitions out of order',
    json: { window: [{ ...day, transitions: [day.transitions[0], day.transitions[0]] }] },
  },
  { name: 'more than 64 KiB', json: new Uint8Array(64 * 1_024 + 1).fill(0x20) },
  { name: 'a text that is no UTF-8', json: Uint8Array.of(0x22, 0xff, 0x22) },
]) {
  test(`refused as a wish: ${row.name}`, () => assert.throws(() => parseWish(row.json), { code: 'malformed-wish' }));
}
