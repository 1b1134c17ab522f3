import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clearedSharePercent,
  type GuardInput,
  judgeDeletes,
  memberLimit,
  objectLimit,
  shareFloor,
  shareLimitPercent,
} from './delete-guard.ts';

type Counts = Readonly<Record<string, number>>;

function judged(
  deletes: Counts,
  objects: Counts,
  groups: GuardInput['groups'] = [],
  memberships = 100_000,
  cleared: GuardInput['cleared'] = [],
): ReturnType<typeof judgeDeletes> {
  return judgeDeletes({
    departed: 0,
    deletes: new Map(Object.entries(deletes)),
    objects: new Map(Object.entries(objects)),
    groups,
    cleared,
    memberships: () => memberships,
  });
}

/** So many groups that each lose 4 of 5 members. */
const smallGroups = (count: number): GuardInput['groups'] =>
  Array.from({ length: count }, (_, n) => ({ name: `Team ${n}`, removed: 4, remaining: 1 }));

const mail = (count: number, holders: number): GuardInput['cleared'] => [
  { type: 'user', attribute: 'mail', count, holders: () => holders },
];
const group = (removed: number, remaining: number): GuardInput['groups'] => [{ name: 'Staff', removed, remaining }];

test('the limits are 500 objects, 20% of a type above 20 objects, 50 members, and half of the values', () => {
  assert.deepEqual(
    [objectLimit, shareLimitPercent, shareFloor, memberLimit, clearedSharePercent],
    [500, 20, 20, 50, 50],
  );
});

for (const row of [
  { name: 'nothing to delete goes on', verdict: judged({}, { user: 10 }) },
  { name: '499 objects of many go on', verdict: judged({ user: 499 }, { user: 100_000 }) },
  {
    name: '499 objects over all types go on',
    verdict: judged({ user: 250, group: 249 }, { user: 100_000, group: 100_000 }),
  },
  { name: '20 objects may lose a value, even all that have it', verdict: judged({}, {}, [], 0, mail(20, 20)) },
  { name: 'less than half of the objects may lose a value', verdict: judged({}, {}, [], 0, mail(49, 99)) },
  { name: '20 objects go on, even when they are all of their type', verdict: judged({ user: 20 }, { user: 20 }) },
  { name: '21 of 106 objects go on: less than 20%', verdict: judged({ user: 21 }, { user: 106 }) },
  {
    name: 'shares are judged by type, not over all of them',
    verdict: judged({ user: 20, contact: 20 }, { user: 20, contact: 20 }),
  },
  {
    name: 'small groups may lose 20 members together, however many there are',
    verdict: judged({}, {}, smallGroups(5), 25),
  },
  { name: 'small groups may lose 499 of many members together', verdict: judged({}, {}, smallGroups(124)) },
  { name: 'a group may lose 49 members', verdict: judged({}, {}, group(49, 1)) },
  { name: 'a group may lose all of 20 members', verdict: judged({}, {}, group(20, 0)) },
  {
    name: 'several groups may lose 49 members each',
    verdict: judged({}, {}, [...group(49, 1), ...group(49, 1)]),
  },
]) {
  test(row.name, () => assert.equal(row.verdict, undefined));
}

for (const row of [
  {
    name: 'small groups that together lose a fifth of all memberships wait',
    verdict: judged({}, {}, smallGroups(6), 120),
    reason: '6 groups would lose 24 of all 120 memberships',
  },
  {
    name: '500 memberships of small groups wait, however many there are',
    verdict: judged({}, {}, smallGroups(125)),
    reason: '125 groups would lose 500 of all 100000 memberships',
  },
  {
    name: 'an attribute that half of the objects would lose waits',
    verdict: judged({ user: 2 }, { user: 100 }, [], 0, mail(21, 42)),
    reason: '21 of 42 users that have mail would lose it',
  },
  {
    name: '500 objects wait, however many there are',
    verdict: judged({ user: 500 }, { user: 1_000_000 }),
    reason: '500 objects would be deleted; 500 are too many at once',
  },
  {
    name: '500 objects over all types wait',
    verdict: judged({ user: 250, group: 250 }, { user: 100_000, group: 100_000 }),
    reason: '500 objects would be deleted; 500 are too many at once',
  },
  {
    name: '21 of 105 objects wait: 20%',
    verdict: judged({ user: 21 }, { user: 105 }),
    reason: '21 of 105 users would be deleted; from 20% on a person decides',
  },
  {
    name: 'a small type waits beside a large one that is fine',
    verdict: judged({ user: 30, contact: 21 }, { user: 10_000, contact: 21 }),
    reason: '21 of 21 contacts would be deleted; from 20% on a person decides',
  },
  {
    name: 'deletes of a type of which nothing is known to be there wait',
    verdict: judged({ device: 21 }, {}),
    reason: '21 of 0 devices would be deleted; from 20% on a person decides',
  },
  {
    name: 'a group that would lose 50 members waits, however many it has',
    verdict: judged({}, {}, group(50, 10_000)),
    reason: 'group Staff would lose 50 of 10050 members',
  },
  {
    name: 'a group that would lose all of 21 members waits',
    verdict: judged({}, {}, group(21, 0)),
    reason: 'group Staff would lose 21 of 21 members',
  },
]) {
  test(row.name, () => assert.equal(row.verdict, row.reason));
}

test('a group that keeps a member and would lose 21 goes on', () => {
  assert.equal(judged({}, {}, group(21, 1)), undefined);
});

test('one object of a directory that was taken out of the configuration waits', () => {
  const nothing = { deletes: new Map(), objects: new Map(), groups: [], cleared: [], memberships: () => 0 };
  assert.match(
    judgeDeletes({ ...nothing, departed: 1 })!,
    /^1 objects were only in a directory that is not in the conf/,
  );
});

test('more deletes never open the guard again', () => {
  const counts = fc.record({ user: fc.nat(600), group: fc.nat(600) });
  fc.assert(
    fc.property(counts, fc.nat(3_000), fc.nat(5), (deletes, objects, more) => {
      const present = { user: objects, group: objects };
      if (judged(deletes, present) === undefined) return;
      assert.notEqual(judged({ user: deletes.user + more, group: deletes.group }, present), undefined);
    }),
  );
});
