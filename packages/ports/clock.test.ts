import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, FakeClock, systemClock } from './clock.ts';

/** What every clock promises. */
function clockContract(name: string, clock: Clock): void {
  test(`${name}: reads whole milliseconds since 1970`, () => {
    const now = clock.now();
    assert.ok(Number.isSafeInteger(now));
    assert.ok(now > Date.UTC(2020, 0, 1));
  });
}

clockContract('the system clock', systemClock);
clockContract('the fake clock', new FakeClock(Date.UTC(2026, 10, 22)));

test('the fake clock stands still until it is moved, also backwards', () => {
  const clock = new FakeClock(1_000);
  assert.equal(clock.now(), 1_000);
  assert.equal(clock.now(), 1_000);
  clock.advance(500);
  assert.equal(clock.now(), 1_500);
  clock.advance(-1_000);
  assert.equal(clock.now(), 500);
});
