/** Joins, link types and how long objects live. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../../testing/bench-entries.ts';
import { anchor, Forest } from '../../../testing/bench-entries.ts';
import { cloudAnchors, faultCodes, inCloud, inMetaverse, rowOf } from '../../../testing/bench-looks.ts';
import { inbound, projectUsers, provisionUsers, ruleSetOf, type WrittenRule } from '../../../testing/bench-rules.ts';
import { baseDn, SyncBench, user } from '../../../testing/sync-bench.ts';

const other = new Forest('DC=other,DC=example', 9);
const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const shown = ['department', 'company', 'title', 'info'];

/** People of `corp`, and a second directory whose objects look for them by `rule`. */
function twoDirectories(...rules: readonly WrittenRule[]): SyncBench {
  return new SyncBench({
    directories: [
      { name: 'corp', kind: 'active-directory', baseDn },
      { name: 'other', kind: 'active-directory', baseDn: other.baseDn },
    ],
    ruleSet: ruleSetOf([
      {
        ...projectUsers,
        connector: 'corp',
        flows: [
          ...(projectUsers['flows'] as object[]),
          { target: 'mail', source: 'mail' },
          { target: 'employeeID', source: 'employeeID' },
        ],
      },
      ...rules,
      provisionUsers(shown),
    ]),
  });
}

const lookFor = (given: WrittenRule): WrittenRule => inbound('Other - find', 110, { connector: 'other', ...given });
const takes = { target: 'info', expression: '"joined " & [sAMAccountName]' };
const byMail = [{ cs: 'mail', mv: 'mail' }];
const byNumber = [{ cs: 'employeeID', mv: 'employeeID' }];

interface JoinRow {
  readonly name: string;
  readonly join: readonly (readonly object[])[];
  readonly linkType?: string;
  /** What `user1` and `user2` of the first directory are. */
  readonly people: readonly Values[];
  readonly seeker: Values;
  /** Number of the person that is found; 0: none, and nobody new; 7: somebody new. */
  readonly finds: number;
  readonly fault?: string;
}

const joins: readonly JoinRow[] = [
  {
    name: 'exactly one match joins',
    join: [byMail],
    people: [{ mail: 'a@x' }, { mail: 'b@x' }],
    seeker: { mail: 'b@x' },
    finds: 2,
  },
  {
    name: 'text is found whatever its case',
    join: [byMail],
    people: [{ mail: 'Ann@X' }],
    seeker: { mail: 'aNN@x' },
    finds: 1,
  },
  {
    name: 'where case counts, text of another case is not found',
    join: [[{ cs: 'mail', mv: 'mail', caseSensitive: true }]],
    people: [{ mail: 'Ann@x' }, { mail: 'ann@x' }],
    seeker: { mail: 'ann@x' },
    finds: 2,
  },
  {
    name: 'all clauses of a group must hold',
    join: [[...byMail, ...byNumber]],
    people: [
      { mail: 'a@x', employeeID: '1' },
      { mail: 'a@x', employeeID: '2' },
    ],
    seeker: { mail: 'a@x', employeeID: '2' },
    finds: 2,
  },
  {
    name: 'without a match the next group is tried',
    join: [byMail, byNumber],
    people: [{ mail: 'a@x' }, { employeeID: '2' }],
    seeker: { mail: 'z@x', employeeID: '2' },
    finds: 2,
  },
  {
    name: 'with more than one match the next group is tried',
    join: [byMail, byNumber],
    people: [
      { mail: 'a@x', employeeID: '1' },
      { mail: 'a@x', employeeID: '2' },
    ],
    seeker: { mail: 'a@x', employeeID: '2' },
    finds: 2,
  },
  {
    name: 'an earlier group decides, whatever a later one would find',
    join: [byMail, byNumber],
    people: [
      { mail: 'a@x', employeeID: '1' },
      { mail: 'b@x', employeeID: '2' },
    ],
    seeker: { mail: 'a@x', employeeID: '2' },
    finds: 1,
  },
  {
    name: 'more than one match in the last group joins nobody',
    join: [byMail],
    people: [{ mail: 'a@x' }, { mail: 'a@x' }],
    seeker: { mail: 'a@x' },
    finds: 0,
  },
  { name: 'an empty value matches nothing', join: [byMail], people: [{}, {}], seeker: {}, finds: 0 },
  {
    name: 'an empty value matches nothing, also beside one that does',
    join: [[...byMail, ...byNumber]],
    people: [{ mail: 'a@x' }],
    seeker: { mail: 'a@x' },
    finds: 0,
  },
  { name: 'Join makes nobody', join: [byMail], people: [], seeker: { mail: 'z@x' }, finds: 0 },
  {
    name: 'StickyJoin makes nobody',
    join: [byMail],
    linkType: 'StickyJoin',
    people: [],
    seeker: { mail: 'z@x' },
    finds: 0,
  },
  {
    name: 'Provision makes who was not found',
    join: [byMail],
    linkType: 'Provision',
    people: [],
    seeker: { mail: 'z@x' },
    finds: 7,
  },
  {
    name: 'Provision makes somebody else where several match',
    join: [byMail],
    linkType: 'Provision',
    people: [{ mail: 'a@x' }, { mail: 'a@x' }],
    seeker: { mail: 'a@x' },
    finds: 7,
  },
  {
    name: 'Provision makes nobody who has no value to be found by',
    join: [byMail, byNumber],
    linkType: 'Provision',
    people: [],
    seeker: {},
    finds: 0,
  },
  {
    name: 'for Provision one value of several is enough',
    join: [byMail, byNumber],
    linkType: 'Provision',
    people: [],
    seeker: { employeeID: '7' },
    finds: 7,
  },
  {
    name: 'Provision without criteria makes everybody',
    join: [],
    linkType: 'Provision',
    people: [{}],
    seeker: {},
    finds: 7,
  },
  {
    name: 'a rule that does not provision and has no criteria links nobody',
    join: [],
    people: [{}],
    seeker: {},
    finds: 0,
  },
];

for (const { name, join, linkType = 'Join', people, seeker, finds, fault } of joins) {
  test(name, async () => {
    const own = [{ target: 'sourceAnchor', expression: 'ConvertToBase64([objectGUID])' }];
    const bench = twoDirectories(lookFor({ linkType, join, flows: [takes, ...(finds === 7 ? own : [])] }));
    bench.put(user(50), ...people.map((attributes, at) => user(at + 1, attributes)));
    bench.directory('other').put(other.user(7, seeker));
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), fault === undefined ? [] : [fault]);
    const joined = [1, 2, 7, 50].filter((n) => inCloud(bench, anchor(n))?.attributes['info']?.[0] === 'joined user7');
    assert.deepEqual(joined, finds === 0 ? [] : [finds]);
    assert.equal(cloudAnchors(bench).length, people.length + 1 + (finds === 7 ? 1 : 0));
    assert.equal(rowOf(bench, 'other', other.dnOf(7))?.mv != null, finds > 0);
  });
}

test('later changes of what it was joined by part nobody', async () => {
  const bench = twoDirectories(lookFor({ join: [byMail], flows: [takes] }));
  bench.put(user(1, { mail: 'a@x' }), user(2, { mail: 'b@x' }));
  bench.directory('other').put(other.user(7, { mail: 'a@x' }));
  await bench.cycle();
  bench.directory('other').put(other.user(7, { mail: 'b@x' }));
  await bench.cycle();
  bench.put(user(1, { mail: 'c@x' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['joined user7']);
  assert.equal(inCloud(bench, anchor(2))?.attributes['info'], undefined);
});

test('an object that leaves the scope of the rule that joined it is parted, and joins anew when it comes back', async () => {
  const scope = [[{ attribute: 'company', operator: 'EQUAL', value: 'A' }]];
  const bench = twoDirectories(lookFor({ scope, join: [byMail], flows: [takes] }));
  bench.put(user(1, { mail: 'a@x' }), user(2, { mail: 'b@x' }));
  const seeker = bench.directory('other');
  seeker.put(other.user(7, { mail: 'a@x', company: 'A' }));
  await bench.cycle();
  seeker.put(other.user(7, { mail: 'a@x', company: 'B' }));
  await bench.cycle();
  assert.equal(inCloud(bench, anchor(1))?.attributes['info'], undefined);
  assert.equal(rowOf(bench, 'other', other.dnOf(7))?.mv, null);
  seeker.put(other.user(7, { mail: 'b@x', company: 'A' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(2))?.attributes['info'], ['joined user7']);
});

test('who found nobody joins as soon as there is somebody to find', async () => {
  const bench = twoDirectories(lookFor({ join: [byMail, byNumber], flows: [takes] }));
  bench.put(user(50));
  bench.directory('other').put(other.user(7, { mail: 'a@x', employeeID: '3' }));
  await bench.cycle();
  bench.put(user(1, { employeeID: '3' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['joined user7']);
});

test('rules with the same criteria may take the object in together; with different ones nobody is guessed', async () => {
  for (const { join, expected } of [
    { join: [byMail], expected: [] },
    { join: [byNumber], expected: ['join-criteria-ambiguous'] },
  ]) {
    const bench = twoDirectories(
      lookFor({ join: [byMail], flows: [takes] }),
      inbound('Other - find again', 111, { connector: 'other', join }),
    );
    bench.put(user(1, { mail: 'a@x', employeeID: '1' }));
    bench.directory('other').put(other.user(7, { mail: 'a@x', employeeID: '1' }));
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), expected);
    assert.equal(rowOf(bench, 'other', other.dnOf(7))?.mv != null, expected.length === 0);
  }
});

test('a metaverse object takes one object of a connector; the second is named and waits until the first is gone', async () => {
  const bench = twoDirectories(lookFor({ join: [byMail], flows: [takes] }));
  bench.put(user(1, { mail: 'a@x' }));
  const seekers = bench.directory('other');
  seekers.put(other.user(7, { mail: 'a@x' }));
  await bench.cycle();
  seekers.put(other.user(8, { mail: 'a@x' }));
  assert.equal((await bench.cycle()).result, 'completed-sync-errors');
  assert.deepEqual(faultCodes(bench), ['ambiguous-import-flow-from-multiple-connectors']);
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['joined user7']);
  seekers.drop(other.dnOf(7));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['joined user8']);
  assert.deepEqual(faultCodes(bench), []);
});

test('flows of a rule that links nothing reach an object that another rule linked, and no other', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      { ...projectUsers, scope: [[{ attribute: 'company', operator: 'EQUAL', value: 'A' }]] },
      inbound('attributes', 101, { flows: [{ target: 'info', constant: 'yes' }] }),
      provisionUsers(['info']),
    ]),
  });
  bench.put(user(1, { company: 'A' }), user(2));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(1)]);
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['yes']);
});

for (const { linkType, survives } of [
  { linkType: 'Join', survives: false },
  { linkType: 'StickyJoin', survives: true },
  { linkType: 'Provision', survives: true },
]) {
  test(`who is joined by ${linkType} ${survives ? 'keeps' : 'does not keep'} the person when its maker is gone`, async () => {
    const bench = twoDirectories(lookFor({ linkType, join: [byMail], flows: [takes] }));
    bench.put(user(1, { mail: 'a@x' }), user(50));
    bench.directory('other').put(other.user(7, { mail: 'a@x' }), other.user(8));
    await bench.cycle();
    const before = rowOf(bench, 'other', other.dnOf(7))?.mv;
    bench.drop(staff(1));
    await bench.cycle();
    const after = rowOf(bench, 'other', other.dnOf(7))?.mv;
    assert.equal(after, survives ? before : null);
    // What the maker contributed is gone with it: the source anchor, and so the object in the cloud.
    assert.equal(bench.store.countMvObjects(), survives ? 2 : 1);
    assert.equal(inMetaverse(bench, 'other', other.dnOf(7))?.get('info')?.[0], survives ? 'joined user7' : undefined);
    bench.directory('other').drop(other.dnOf(7));
    await bench.cycle();
    assert.equal(bench.store.countMvObjects(), 1);
  });
}

test('the maker’s leaving its scope ends the person as its delete does', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      { ...projectUsers, scope: [[{ attribute: 'company', operator: 'NOTEQUAL', value: 'left' }]] },
      provisionUsers([]),
    ]),
  });
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.put(user(1, { company: 'left' }));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(2)]);
  assert.equal(bench.store.countMvObjects(), 1);
});

test('a person that no outbound rule provisions any more leaves the cloud and stays in the metaverse', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      { ...projectUsers, flows: [...(projectUsers['flows'] as object[]), { target: 'company', source: 'company' }] },
      provisionUsers([], { scope: [[{ attribute: 'company', operator: 'NOTEQUAL', value: 'hidden' }]] }),
    ]),
  });
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.put(user(1, { company: 'hidden' }));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(2)]);
  assert.equal(bench.store.countMvObjects(), 2);
  bench.put(user(1));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2)]);
});

test('what is in the cloud under the name that a rule would give is taken, not made again', async () => {
  const first = new SyncBench();
  first.put(user(1), user(2));
  await first.cycle();
  const second = new SyncBench({ cloud: first.cloud });
  second.put(user(1, { title: 'Boss' }), user(2));
  await second.cycle();
  assert.equal(first.cloud.created.length, 2);
  assert.deepEqual(inCloud(second, anchor(1))?.attributes['title'], ['Boss']);
});
