import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchRefusedError } from '@springline/connect-sync/run-profile/export';
import { decideHeldDeletes, heldDeletes } from '@springline/connect-sync/run-profile/held-deletes';
import { bytesFromSid } from '@springline/directory/schema';
import fc from 'fast-check';
import { anchor, baseDn, contact, group, guid, Killed, SyncBench, user } from '../../testing/sync-bench.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const objectOf = (bench: SyncBench, n: number): Record<string, unknown> | undefined =>
  bench.cloud.state()[anchor(n)] as Record<string, unknown> | undefined;

const attributesOf = (bench: SyncBench, n: number): Record<string, unknown> =>
  objectOf(bench, n)!['attributes'] as Record<string, unknown>;

test('users, groups and contacts reach the cloud with their attributes and references', async () => {
  const bench = new SyncBench();
  bench.put(
    user(1, { department: ' Sales ', manager: staff(2) }),
    user(2),
    group(10, [staff(1), staff(2)]),
    contact(20),
  );
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'success', JSON.stringify(cycle.steps));
  assert.deepEqual(Object.keys(bench.cloud.state()).sort(), [anchor(1), anchor(2), anchor(10), anchor(20)].sort());
  const { attributes, references } = objectOf(bench, 1) as { attributes: Record<string, unknown>; references: unknown };
  assert.deepEqual(attributes['department'], ['Sales']);
  assert.deepEqual(attributes['accountEnabled'], [true]);
  assert.deepEqual(attributes['userPrincipalName'], ['user1@corp.example']);
  assert.deepEqual(references, { manager: [anchor(2)] });
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(1), anchor(2)] });
});

test('a disabled user is synchronised as disabled', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { userAccountControl: '514' }));
  await bench.cycle();
  assert.deepEqual(attributesOf(bench, 1)['accountEnabled'], [false]);
});

for (const [name, attributes] of Object.entries({
  'a critical system account': { isCriticalSystemObject: 'TRUE' },
  'the account of another sync service': { sAMAccountName: 'MSOL_0123456789ab' },
  'an account that the cloud wrote back': { adminDescription: 'User_42' },
})) {
  test(`${name} never reaches the cloud`, async () => {
    const bench = new SyncBench();
    bench.put(user(1, attributes), user(2));
    await bench.cycle();
    assert.deepEqual(Object.keys(bench.cloud.state()), [anchor(2)]);
  });
}

test('a second cycle with nothing changed exports nothing', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { manager: staff(2) }), user(2), group(10, [staff(1)]), contact(20));
  await bench.cycle();
  bench.cloud.operations.length = 0;
  const cycle = await bench.cycle();
  assert.deepEqual(bench.cloud.operations, []);
  assert.equal(cycle.result, 'success');
  assert.equal(cycle.steps[0]?.counters['stage-no-change'], 4);
});

test('one changed attribute is one update of one attribute', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.cloud.operations.length = 0;
  bench.put(user(1, { title: 'Engineer' }));
  await bench.cycle();
  assert.deepEqual(bench.cloud.operations, [
    { op: 'update', objectType: 'user', sourceAnchor: anchor(1), attributes: { title: 'Engineer' } },
  ]);
});

test('an attribute that went away is removed in the cloud', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { title: 'Engineer' }));
  await bench.cycle();
  bench.put(user(1));
  await bench.cycle();
  assert.equal(attributesOf(bench, 1)['title'], undefined);
});

test('a member added to a group is one value on the wire', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2), group(10, [staff(1)]));
  await bench.cycle();
  bench.cloud.operations.length = 0;
  bench.put(group(10, [staff(1), staff(2)]));
  await bench.cycle();
  const references = bench.cloud.operations.flatMap((operation) =>
    'references' in operation ? [operation.references] : [],
  );
  assert.deepEqual(references, [{ member: { add: [anchor(2)], remove: [] } }]);
});

test('a moved user stays the same object and keeps its memberships', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2), group(10, [staff(1), staff(2)]));
  await bench.cycle();
  bench.drop(staff(1));
  const moved = user(1, {}, `OU=Alumni,${baseDn}`);
  bench.put(moved, group(10, [moved.dn, staff(2)]));
  const cycle = await bench.cycle();
  assert.equal(cycle.steps[0]?.counters['stage-rename'], 1);
  assert.equal(bench.cloud.created.length, 3);
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(1), anchor(2)] });
});

test('two users who swap their names in one read stay who they are', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { title: 'one' }), user(2, { title: 'two' }), group(10, [staff(1)]));
  await bench.cycle();
  bench.put({ ...user(1, { title: 'one' }), dn: staff(2) }, { ...user(2, { title: 'two' }), dn: staff(1) });
  bench.put(group(10, [staff(2)]));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'success', JSON.stringify(cycle.steps));
  assert.equal(bench.cloud.created.length, 3);
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(1)] });
});

test('a deleted user leaves the cloud and its groups', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2), group(10, [staff(1), staff(2)]));
  await bench.cycle();
  bench.drop(staff(1));
  bench.put(group(10, [staff(2)]));
  await bench.cycle();
  assert.equal(objectOf(bench, 1), undefined);
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(2)] });
});

test('a membership that names nobody yet is made when the person arrives', async () => {
  const bench = new SyncBench();
  bench.put(user(2), group(10, [staff(1), staff(2)]));
  await bench.cycle();
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(2)] });
  bench.put(user(1));
  await bench.cycle();
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(1), anchor(2)] });
});

test('a person who was filtered and is not any more gets all memberships', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { adminDescription: 'User_x' }), group(10, [staff(1)]));
  await bench.cycle();
  assert.equal(objectOf(bench, 1), undefined);
  bench.put(user(1));
  await bench.cycle();
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(1)] });
});

test('nested groups keep their nesting, in a ring too', async () => {
  const bench = new SyncBench();
  const groupDn = (n: number): string => `CN=group${n},OU=Groups,${baseDn}`;
  bench.put(group(10, [groupDn(11)]), group(11, [groupDn(10)]));
  await bench.cycle();
  assert.deepEqual(objectOf(bench, 10)?.['references'], { member: [anchor(11)] });
  assert.deepEqual(objectOf(bench, 11)?.['references'], { member: [anchor(10)] });
});

test('what somebody removed in the cloud comes back with its memberships', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2, { manager: staff(1) }), group(10, [staff(1)]));
  await bench.cycle();
  const before = bench.cloud.state();
  bench.cloud.remove(anchor(1));
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), before);
});

test('a cloud directory that lost everything is filled again', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { manager: staff(2) }), user(2), group(10, [staff(1), staff(2)]), contact(20));
  await bench.cycle();
  const before = bench.cloud.state();
  bench.cloud.forgetEverything();
  await bench.cycle();
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), before);
});

test('an agent that lost its store takes the objects up again and creates none', async () => {
  const first = new SyncBench();
  first.put(user(1, { manager: staff(2) }), user(2), group(10, [staff(1), staff(2)]));
  await first.cycle();
  const before = first.cloud.state();
  const second = new SyncBench();
  second.put(...first.entries.values());
  Object.assign(second, { cloud: first.cloud });
  const cycle = await second.cycle();
  assert.equal(cycle.result, 'success');
  assert.deepEqual(first.cloud.state(), before);
  assert.equal(first.cloud.created.length, 3);
});

test('a source that suddenly answers nothing deletes nobody', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.entries.clear();
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'stopped-import-read');
  assert.match(cycle.steps[0]?.detail ?? '', /nobody is deleted/);
  assert.equal(Object.keys(bench.cloud.state()).length, 2);
});

test('a read that breaks off deletes nobody, and the next whole one does', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2), user(3));
  await bench.cycle();
  bench.drop(staff(3));
  bench.explain = () => ({ result: 'stopped-connectivity', detail: 'broke off' });
  bench.read = async function* () {
    yield user(1);
    throw new Error('connection lost');
  };
  assert.equal((await bench.cycle()).result, 'stopped-connectivity');
  assert.equal(Object.keys(bench.cloud.state()).length, 3);
  bench.read = undefined;
  await bench.cycle();
  assert.deepEqual(Object.keys(bench.cloud.state()).sort(), [anchor(1), anchor(2)].sort());
});

test('an entry that cannot be placed is named, nothing counts as deleted, and the others go on', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.drop(staff(2));
  bench.put({ ...user(1, { title: 'new' }) }, { ...user(1), dn: staff(99) });
  const cycle = await bench.cycle();
  assert.equal(cycle.steps[0]?.result, 'completed-discovery-errors');
  assert.match(cycle.steps[0]?.detail ?? '', /duplicate-object/);
  assert.notEqual(objectOf(bench, 2), undefined);
});

test('an object outside the consented base DNs is not read', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2, {}, `OU=Secret,${baseDn}`));
  bench.mayReadEntry = (dn) => !dn.includes('OU=Secret');
  const cycle = await bench.cycle();
  assert.deepEqual(Object.keys(bench.cloud.state()), [anchor(1)]);
  assert.equal(cycle.steps[0]?.counters['not-consented'], 1);
});

test('an attribute that is not consented to never leaves the host', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { mobile: '+1 555 0100' }));
  bench.mayReadAttribute = (name) => name !== 'mobile';
  await bench.cycle();
  assert.doesNotMatch(JSON.stringify(bench.cloud.state()), /555 0100/);
});

const crowd = (count: number): ReturnType<typeof user>[] => Array.from({ length: count }, (_, n) => user(n + 100));

test('the delete guard stops an export before its first delete, and approval carries it out', async () => {
  const bench = new SyncBench();
  bench.put(user(1), ...crowd(30));
  await bench.cycle();
  for (const entry of crowd(25)) bench.drop(entry.dn);
  bench.put(user(1, { title: 'waits as well' }));
  bench.cloud.operations.length = 0;
  const stopped = await bench.cycle();
  assert.equal(stopped.result, 'stopped-deletion-threshold-exceeded');
  assert.deepEqual(bench.cloud.operations, []);
  assert.equal(heldDeletes(bench.engine).length, 25);
  assert.equal(decideHeldDeletes(bench.engine, 'approved'), 25);
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(Object.keys(bench.cloud.state()).length, 6);
});

test('rejected deletes are never sent, and the objects are taken up again when they come back', async () => {
  const bench = new SyncBench();
  bench.put(user(1), ...crowd(30));
  await bench.cycle();
  const before = bench.cloud.state();
  for (const entry of crowd(25)) bench.drop(entry.dn);
  await bench.cycle();
  decideHeldDeletes(bench.engine, 'rejected');
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(bench.cloud.state(), before);
  bench.put(...crowd(25));
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), before);
  assert.equal(bench.cloud.created.length, 31);
});

test('a group that would lose most members at once waits for a person', async () => {
  const bench = new SyncBench();
  const people = crowd(60);
  bench.put(
    ...people,
    group(
      10,
      people.map(({ dn }) => dn),
    ),
  );
  await bench.cycle();
  bench.put(group(10, [people[0]!.dn]));
  assert.equal((await bench.cycle()).result, 'stopped-deletion-threshold-exceeded');
  const members = (): string[] => (objectOf(bench, 10)!['references'] as Record<string, string[]>)['member']!;
  assert.equal(members().length, 60);
  decideHeldDeletes(bench.engine, 'approved');
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(members().length, 1);
});

test('rejected removals of members are never sent, later ones are, and a member who comes back counts as before', async () => {
  const bench = new SyncBench();
  const people = crowd(60);
  const membersOf = (count: number): ReturnType<typeof group> =>
    group(
      10,
      people.slice(0, count).map(({ dn }) => dn),
    );
  bench.put(...people, membersOf(60));
  await bench.cycle();
  bench.put(membersOf(5));
  await bench.cycle();
  assert.equal(decideHeldDeletes(bench.engine, 'rejected'), 1);
  assert.equal((await bench.cycle()).result, 'success');
  const members = (): string[] => (objectOf(bench, 10)!['references'] as Record<string, string[]>)['member']!;
  assert.equal(members().length, 60);
  bench.put(membersOf(4));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(members().length, 59);
  bench.put(membersOf(60));
  await bench.cycle();
  bench.put(membersOf(58));
  await bench.cycle();
  assert.equal(members().length, 58);
});

test('an object that the cloud refuses is named, retried, and stops no other', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  bench.cloud.refuse = ({ sourceAnchor }) => (sourceAnchor === anchor(1) ? 'AttributeValueMustBeUnique' : undefined);
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'completed-export-errors');
  assert.deepEqual(Object.keys(bench.cloud.state()), [anchor(2)]);
  await bench.cycle();
  const [fault] = bench.store.faults(undefined, 10);
  assert.equal(fault?.fault?.code, 'AttributeValueMustBeUnique');
  assert.equal(fault?.fault?.retryCount, 1);
  bench.cloud.refuse = () => undefined;
  await bench.cycle();
  assert.equal(bench.store.countFaults(), 0);
  assert.equal(Object.keys(bench.cloud.state()).length, 2);
});

test('an object whose rule fails is named and stops no other', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { pwdLastSet: '9223372036854775807' }), user(2));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'completed-sync-errors');
  assert.deepEqual(Object.keys(bench.cloud.state()), [anchor(2)]);
  bench.put(user(1));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(Object.keys(bench.cloud.state()).length, 2);
});

test('a source anchor that changes stops its object until it has the old value again', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { 'mS-DS-ConsistencyGuid': guid(77) }));
  await bench.cycle();
  bench.put(user(1, { 'mS-DS-ConsistencyGuid': guid(78), title: 'x' }));
  assert.equal((await bench.cycle()).result, 'completed-sync-errors');
  assert.equal(bench.cloud.created.length, 1);
  bench.put(user(1, { 'mS-DS-ConsistencyGuid': guid(77), title: 'x' }));
  assert.equal((await bench.cycle()).result, 'success');
});

test('a rule of one’s own overrides the out-of-box one, and a change of rules is evaluated for everybody', async () => {
  const text = `rules:
  - name: Own title
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: title, expression: 'UCase([title])' }
`;
  const bench = new SyncBench();
  bench.put(user(1, { title: 'Engineer' }));
  await bench.cycle();
  const { rules } = new SyncBench('active-directory', [{ name: 'own.yaml', text }]).engine;
  bench.engine = { ...bench.engine, rules };
  const cycle = await bench.cycle();
  assert.ok(cycle.steps.some(({ profile }) => profile === 'Full Synchronization'));
  assert.deepEqual(attributesOf(bench, 1)['title'], ['ENGINEER']);
});

test('a second object with the same source anchor never gets the first one’s account, and comes when that is free', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { 'mS-DS-ConsistencyGuid': guid(77) }));
  await bench.cycle();
  bench.put(user(2, { 'mS-DS-ConsistencyGuid': guid(77) }));
  assert.equal((await bench.cycle()).result, 'completed-sync-errors');
  assert.equal(bench.store.faults(undefined, 10)[0]?.fault?.code, 'duplicate-source-anchor');
  assert.deepEqual(attributesOf(bench, 77)['userPrincipalName'], ['user1@corp.example']);
  bench.drop(staff(1));
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(attributesOf(bench, 77)['userPrincipalName'], ['user2@corp.example']);
  assert.equal(bench.store.countFaults(), 0);
  assert.equal(bench.cloud.created.length, 1, 'the object is handed over, not made again');
});

test('an object that could not join because of another is tried again when the other is gone', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { objectSid: bytesFromSid('S-1-5-21-1-2-3-500') }));
  await bench.cycle();
  bench.put(user(2, { objectSid: bytesFromSid('S-1-5-21-1-2-3-500') }));
  assert.equal((await bench.cycle()).result, 'completed-sync-errors');
  bench.drop(staff(1));
  await bench.cycle();
  await bench.cycle();
  assert.notEqual(objectOf(bench, 2), undefined);
  assert.equal(bench.store.countFaults(), 0);
});

test('binary join values differ by case: two GUIDs are two people', async () => {
  const bench = new SyncBench();
  assert.equal(anchor(1).toLowerCase(), anchor(105).toLowerCase());
  bench.put(user(1));
  await bench.cycle();
  bench.put(user(105));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(bench.cloud.created.length, 2);
});

test('an escaped comma before dc= in a name is no domain, and stops nobody', async () => {
  const bench = new SyncBench();
  bench.put(
    { ...user(1, { userPrincipalName: [] as unknown as string }), dn: `CN=x\\,dc=#zz,OU=Staff,${baseDn}` },
    user(2),
  );
  const entry = [...bench.entries.values()][0]!;
  (entry.attributes as Map<string, unknown>).delete('userPrincipalName');
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(attributesOf(bench, 1)['userPrincipalName'], ['user1@corp.example']);
});

test('a value that the wire cannot carry is the trouble of its object alone', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { company: 'x'.repeat(70_000) }), user(2));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'completed-export-errors');
  assert.deepEqual(Object.keys(bench.cloud.state()), [anchor(2)]);
  assert.match(bench.store.faults(undefined, 1)[0]?.fault?.message ?? '', /company/);
  bench.put(user(1));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(bench.store.countFaults(), 0);
});

test('of a batch that the cloud refuses as a whole, only the culprit stays behind', async () => {
  const bench = new SyncBench();
  bench.put(...crowd(20));
  const culprit = anchor(107);
  const send = bench.cloud.sendBatch;
  Object.assign(bench.cloud, {
    sendBatch: (operations: Parameters<typeof send>[0]) =>
      operations.some(({ sourceAnchor }) => sourceAnchor === culprit)
        ? Promise.reject(new BatchRefusedError('malformed'))
        : send(operations),
  });
  assert.equal((await bench.cycle()).result, 'completed-export-errors');
  assert.equal(Object.keys(bench.cloud.state()).length, 19);
});

test('an approval ends when the removals it was for are not needed any more', async () => {
  const bench = new SyncBench();
  const people = crowd(60);
  const all = group(
    10,
    people.map(({ dn }) => dn),
  );
  bench.put(...people, all);
  await bench.cycle();
  bench.put(group(10, []));
  assert.equal((await bench.cycle()).result, 'stopped-deletion-threshold-exceeded');
  decideHeldDeletes(bench.engine, 'approved');
  bench.put(all);
  assert.equal((await bench.cycle()).result, 'success');
  bench.put(group(10, []));
  assert.equal((await bench.cycle()).result, 'stopped-deletion-threshold-exceeded');
});

test('an object that was made, never seen back and then lost is made again', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  bench.cloud.beforeAnswer = () => undefined;
  const read = bench.cloud.readPage;
  let reads = 0;
  Object.assign(bench.cloud, {
    readPage: (cursor: string | undefined) => {
      reads += 1;
      return reads === 2 ? Promise.reject(new Killed()) : read(cursor);
    },
  });
  await assert.rejects(bench.cycle(), Killed);
  bench.cloud.forgetEverything();
  await bench.cycle();
  await bench.cycle();
  assert.deepEqual(Object.keys(bench.cloud.state()).sort(), [anchor(1), anchor(2)].sort());
});

test('an error of the cloud goes with its cause, also when the old value comes back', async () => {
  const bench = new SyncBench();
  bench.put(user(1));
  await bench.cycle();
  bench.cloud.refuse = () => 'AttributeValueMustBeUnique';
  bench.put(user(1, { title: 'refused' }));
  await bench.cycle();
  assert.equal(bench.store.countFaults(), 1);
  bench.put(user(1));
  assert.equal((await bench.cycle()).result, 'success');
  assert.equal(bench.store.countFaults(), 0);
});

/** One change of a small directory. */
const changes = fc.oneof(
  fc.record({
    kind: fc.constant('user' as const),
    n: fc.integer({ min: 1, max: 6 }),
    title: fc.constantFrom('a', 'b', undefined),
    manager: fc.integer({ min: 0, max: 6 }),
    ou: fc.constantFrom('Staff', 'Alumni'),
  }),
  fc.record({
    kind: fc.constant('group' as const),
    n: fc.integer({ min: 10, max: 12 }),
    members: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), n: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('cycle' as const) }),
);

type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

function apply(bench: SyncBench, change: Change): void {
  const holder = (n: number): string | undefined =>
    [...bench.entries.values()].find(({ attributes }) =>
      Buffer.from(attributes.get('objectGUID')![0] as Uint8Array).equals(guid(n)),
    )?.dn;
  const dnOf = (n: number): string => holder(n) ?? (n < 10 ? staff(n) : `CN=group${n},OU=Groups,${baseDn}`);
  if (change.kind === 'delete') {
    const dn = holder(change.n);
    if (dn !== undefined) bench.drop(dn);
  } else if (change.kind === 'user') {
    const old = holder(change.n);
    const { title, manager } = change;
    const next = user(
      change.n,
      { ...(title === undefined ? {} : { title }), ...(manager === 0 ? {} : { manager: dnOf(manager) }) },
      `OU=${change.ou},${baseDn}`,
    );
    if (old !== undefined) bench.drop(old);
    bench.put(next);
  } else if (change.kind === 'group') {
    bench.put(group(change.n, change.members.map(dnOf)));
  }
}

/** The same directory, read by an agent that never saw it before, into a cloud that holds nothing. */
async function freshState(
  bench: SyncBench,
  order: (entries: unknown[]) => unknown[] = (entries) => entries,
): Promise<unknown> {
  const fresh = new SyncBench();
  fresh.put(...(order([...bench.entries.values()]) as ReturnType<typeof user>[]));
  await fresh.cycle();
  return fresh.cloud.state();
}

test('any sequence of adds, changes, moves and deletes ends where a fresh import ends, whatever its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 25 }), async (sequence) => {
      const bench = new SyncBench();
      bench.put(user(50)); // Never empty, which would be held as an accident.
      await bench.cycle();
      for (const change of sequence) {
        if (change.kind === 'cycle') await bench.cycle();
        else apply(bench, change);
      }
      await bench.cycle();
      assert.deepEqual(bench.cloud.state(), await freshState(bench));
      assert.deepEqual(bench.cloud.state(), await freshState(bench, (entries) => entries.reverse()));
      bench.cloud.operations.length = 0;
      await bench.cycle();
      assert.deepEqual(bench.cloud.operations, []);
    }),
    { numRuns: 60, seed: 20261122 },
  );
});

test('answers lost at any point leave no object twice and none behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(changes, { minLength: 3, maxLength: 15 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 8 })),
      async (sequence, kills) => {
        const bench = new SyncBench();
        bench.put(user(50));
        for (const change of sequence) {
          if (change.kind !== 'cycle') apply(bench, change);
          let left = kills.next().value as number;
          bench.cloud.beforeAnswer = () => {
            left -= 1;
            if (left === 0) throw new Killed();
          };
          await bench.cycle().catch((error: unknown) => assert.ok(error instanceof Killed, String(error)));
          bench.cloud.beforeAnswer = () => undefined;
        }
        await bench.cycle();
        assert.deepEqual(bench.cloud.state(), await freshState(bench));
      },
    ),
    { numRuns: 60, seed: 20261122 },
  );
});
