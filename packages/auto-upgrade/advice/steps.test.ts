import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownSteps } from './steps.ts';

const commands = (...which: Parameters<typeof ownSteps>) => ownSteps(...which).flatMap(({ command }) => command ?? []);
const byHand = 'springline agent upgrade connect-sync';

for (const { name, group, before } of [
  { name: 'was opted out', group: 'opted-out', before: ['springline agent auto-upgrade set Enabled'] },
  {
    name: 'failed',
    group: 'failed',
    before: ['springline agent auto-upgrade readiness', 'springline agent auto-upgrade now'],
  },
  { name: 'needs a build that comes by hand alone', group: 'by-hand', before: [] },
  { name: 'waits for a build that is not for auto-upgrade', group: 'upgrading', before: [] },
] as const) {
  test(`an agent that ${name} is told how to upgrade in place by hand`, () => {
    const after = 'springline agent auto-upgrade history';
    assert.deepEqual(commands('in-place', group, 'connect-sync'), [...before, byHand, after]);
  });
}

test('an agent that upgrades itself is told to do it now, and none elsewhere is sent to the command', () => {
  assert.ok(!commands('auto', 'upgrading', 'connect-sync').includes(byHand));
  for (const group of ['on-pks', 'not-seen'] as const) {
    assert.ok(!commands('in-place', group, 'connect-sync').includes(byHand), group);
  }
  assert.ok(!commands('swing', 'failed', 'connect-sync').includes(byHand));
});
