import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventIds } from './event-id.ts';

const events = Object.entries(eventIds);

test('each upgrade event has a number of its own from 300 to 399', () => {
  const ids = events.map(([, { id }]) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [name, { id }] of events) assert.ok(Number.isInteger(id) && id >= 300 && id <= 399, name);
});

test('the numbers that operators filter by do not change', () => {
  assert.deepEqual(Object.fromEntries(events.map(([name, { id }]) => [name, id])), {
    'upgrade.checked': 300,
    'upgrade.offered': 301,
    'upgrade.step': 302,
    'upgrade.ended': 303,
    'upgrade.by-hand': 304,
    'upgrade.blocked': 310,
    'upgrade.refused': 320,
    'upgrade.freeze-suspected': 321,
    'upgrade.unreachable': 322,
    'upgrade.recovered': 330,
    'upgrade.fell-back': 331,
    'upgrade.slot-altered': 340,
    'upgrade.state-changed': 350,
    'upgrade.wish-taken': 351,
    'upgrade.wish-refused': 352,
    'upgrade.report-kept': 360,
  });
});

test('each upgrade event says what it means in whole sentences', () => {
  for (const [name, { meaning }] of events) assert.match(meaning, /^[A-Z].{8,}\.$/, name);
});
