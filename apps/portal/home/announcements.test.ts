import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HomeView } from '@springline/api/shapes/person';
import { agent, home, syncStatus, threeErrors, watcher } from '../testing/home-fixtures.ts';
import { announceChanges } from './announcements.ts';

const calm = home();
const withSync = (sync: Partial<ReturnType<typeof syncStatus>>): HomeView => ({
  ...calm,
  agents: [agent({ sync: syncStatus(sync) }), watcher()],
});
const cycle = syncStatus().lastCycle!;

for (const row of [
  { name: 'nothing changed: nothing is said', before: calm, after: calm, said: '' },
  {
    name: 'another good cycle is not news',
    before: calm,
    after: withSync({ lastCycle: { ...cycle, number: 413 } }),
    said: '',
  },
  {
    name: 'an agent that went silent is named',
    before: calm,
    after: { ...calm, agents: [agent(), watcher({ state: 'offline' as const })] },
    said: 'DC-02.contoso.example is offline.',
  },
  {
    name: 'an agent that comes is named',
    before: { ...calm, agents: [agent()] },
    after: calm,
    said: 'DC-02.contoso.example was enrolled.',
  },
  {
    name: 'a cycle that ended otherwise than the last one is told with its result',
    before: calm,
    after: withSync({ lastCycle: { ...cycle, result: 'stopped-connectivity' } }),
    said: 'Sync of contoso.example: Stopped: connectivity.',
  },
  {
    name: 'a cycle on its way is not told',
    before: calm,
    after: withSync({ lastCycle: { ...cycle, result: 'in-progress' } }),
    said: '',
  },
  {
    name: 'deletes held back are told with their number',
    before: calm,
    after: withSync({ heldDeletes: 642 }),
    said: '642 deletes held back on contoso.example.',
  },
  {
    name: 'errors are told by their number, and once more when the last is gone',
    before: { ...calm, errorCount: 3, errors: threeErrors() },
    after: calm,
    said: 'No errors any more.',
  },
]) {
  test(row.name, () => {
    assert.equal(announceChanges(row.before, row.after), row.said);
  });
}

test('when a whole site goes down three agents are named and the rest counted', () => {
  const many = Array.from({ length: 40 }, (_, place) =>
    watcher({ id: `0192d4e0-7c1a-7000-8000-${String(place).padStart(12, '0')}`, hostName: `DC-${place}` }),
  );
  const down = many.map((each) => ({ ...each, state: 'offline' as const }));
  assert.equal(
    announceChanges({ ...calm, agents: many }, { ...calm, agents: down }),
    'DC-0 is offline. DC-1 is offline. DC-2 is offline. And 37 more changes.',
  );
});
