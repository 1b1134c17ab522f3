/** Who is synchronised at all: by group, by container, by attribute, and by all of them together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import { anchor, changed } from '../../../testing/bench-entries.ts';
import { cloudAnchors, inCloud, rowOf } from '../../../testing/bench-looks.ts';
import { cloudName, inbound, outbound, projectUsers, provisionUsers, ruleSetOf } from '../../../testing/bench-rules.ts';
import { baseDn, contact, group, SyncBench, user } from '../../../testing/sync-bench.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const groupDn = (n: number): string => `CN=group${n},OU=Groups,${baseDn}`;
const anchors = (...numbers: readonly number[]): string[] => numbers.map(anchor).sort();

function template(name: string, change: (text: string) => string = (text) => text): RuleFile {
  const url = new URL(`../../../../../packages/connect-sync/rules/templates/${name}.yaml`, import.meta.url);
  return { name: `${name}.yaml`, text: change(readFileSync(url, 'utf8')) };
}

for (const manner of ['whole', 'dirsync'] as const) {
  test(`${manner}: with a pilot group only its direct members are synchronised, as they come and go`, async () => {
    const bench = new SyncBench({
      directories: [{ name: 'corp', kind: 'active-directory', filterGroupDn: groupDn(10).toUpperCase() }],
      rules: [template('pilot-group')],
    });
    bench.directory('corp').manner = manner;
    const pilot = (...members: readonly string[]): ReturnType<typeof group> => group(10, members);
    bench.put(
      user(1),
      user(2),
      user(3),
      contact(4),
      group(11, [staff(3)]),
      group(12, []),
      pilot(staff(1), groupDn(11)),
    );
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), anchors(1, 11), 'members of a member do not count');
    assert.notEqual(rowOf(bench, 'corp', staff(2))?.mv, null, 'who is filtered stays in the metaverse');
    bench.put(pilot(staff(2), groupDn(11), `CN=contact4,OU=Contacts,${baseDn}`));
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), anchors(2, 4, 11));
    bench.put(pilot(staff(1), staff(2), staff(3)));
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), anchors(1, 2, 3));
    assert.deepEqual(bench.cloud.operations.filter(({ op }) => op === 'delete').length, 3);
  });
}

test('a pilot group that is renamed, or not there, filters by its name: nobody is a member of nothing', async () => {
  const bench = new SyncBench({
    directories: [{ name: 'corp', kind: 'active-directory', filterGroupDn: groupDn(10) }],
    rules: [template('pilot-group')],
  });
  bench.put(user(1), user(2));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), []);
  bench.put(group(10, [staff(1)]));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1));
});

test('a container that is not chosen any more takes its objects along, and one that is chosen brings them', async () => {
  const bench = new SyncBench();
  const directory = bench.directory('corp');
  bench.put(user(1), user(2, {}, `OU=Guests,${baseDn}`), group(10, [staff(1), `CN=user2,OU=Guests,${baseDn}`]));
  await bench.cycle();
  const all = bench.cloud.state();
  directory.isInScope = (dn) => !dn.includes('OU=Guests');
  directory.scopeDigest = 'no guests';
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1, 10));
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], anchors(1));
  directory.isInScope = () => true;
  directory.scopeDigest = '';
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), all);
});

test('an object that moves out of the chosen containers leaves, and is the same when it moves back', async () => {
  for (const manner of ['whole', 'delete-phase'] as const) {
    const bench = new SyncBench();
    const directory = bench.directory('corp');
    directory.manner = manner;
    directory.isInScope = (dn) => dn.includes('OU=Staff');
    bench.put(user(1), user(2));
    await bench.cycle();
    const before = bench.cloud.state();
    bench.drop(staff(1));
    const elsewhere = changed(user(1), {}, `CN=user1,OU=Elsewhere,${baseDn}`);
    bench.put(elsewhere);
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), anchors(2), manner);
    bench.drop(elsewhere.dn);
    bench.put(user(1));
    await bench.cycle();
    assert.deepEqual(bench.cloud.state(), before, manner);
  }
});

test('negative attribute filtering withdraws from the cloud alone, and gives back', async () => {
  const bench = new SyncBench({ rules: [template('filter-by-attribute')] });
  const filtered = { employeeType: 'Contractor' };
  bench.put(user(1), user(2, filtered), user(3, { extensionAttribute15: 'nosync' }), group(10, [staff(1), staff(2)]));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1, 10));
  assert.notEqual(rowOf(bench, 'corp', staff(2))?.mv, null);
  bench.put(user(1, filtered), user(2));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(2, 10));
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], anchors(2));
});

test('positive attribute filtering takes only whom a rule wants, system accounts too if it wants them', async () => {
  const bench = new SyncBench({
    rules: [template('filter-by-attribute', (text) => text.replaceAll('    disabled: true\n', ''))],
  });
  bench.put(
    user(1, { department: 'Sales' }),
    user(2, { department: 'Law' }),
    user(3),
    user(4, { department: 'Sales', sAMAccountName: 'MSOL_1' }),
    user(5, { department: 'Sales', employeeType: 'Contractor' }),
  );
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1));
});

test('cloudFiltered of a system account stands against a rule that says nothing', async () => {
  const bench = new SyncBench({ rules: [template('filter-by-attribute')] });
  bench.put(user(1), user(2, { sAMAccountName: 'MSOL_x' }), user(3, { mailNickname: 'SystemMailbox{1}' }));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1));
});

test('a filter is all filters together: the container first, then the group, then attributes', async () => {
  const bench = new SyncBench({
    directories: [{ name: 'corp', kind: 'active-directory', filterGroupDn: groupDn(10) }],
    rules: [template('pilot-group'), template('filter-by-attribute')],
  });
  bench.directory('corp').isInScope = (dn) => !dn.includes('OU=Guests');
  const guest = user(4, {}, `OU=Guests,${baseDn}`);
  bench.put(
    user(1),
    user(2, { employeeType: 'Contractor' }),
    user(3),
    guest,
    group(10, [staff(1), staff(2), guest.dn]),
  );
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1));
});

test('a filter takes nothing from the cloud that it did not bring there', async () => {
  const bench = new SyncBench({ rules: [template('filter-by-attribute')] });
  await bench.cloud.sendBatch([
    { op: 'add', objectType: 'user', sourceAnchor: anchor(2), attributes: { displayName: 'by another tool' } },
  ]);
  bench.put(user(1), user(2, { employeeType: 'Contractor' }));
  await bench.cycle();
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1, 2));
});

test('an attribute that no rule flows any more stays in the cloud as it was last', async () => {
  const title = {
    ...projectUsers,
    flows: [
      ...(projectUsers['flows'] as object[]),
      { target: 'title', source: 'title' },
      { target: 'department', source: 'department' },
    ],
  };
  const bench = new SyncBench({ ruleSet: ruleSetOf([title, provisionUsers(['title', 'department'])]) });
  bench.put(user(1, { title: 'Boss' }));
  await bench.cycle();
  const titleOf = (n: number): unknown => inCloud(bench, anchor(n))?.attributes['title'];
  bench.setRules(ruleSetOf([title, provisionUsers(['department'])]));
  await bench.cycle();
  assert.deepEqual(titleOf(1), ['Boss']);
  // It is not managed: changes do not reach it, and other changes of the object leave it alone.
  bench.put(user(1, { title: 'Board', department: 'Another' }), user(2, { title: 'Clerk' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['department'], ['Another']);
  assert.deepEqual([titleOf(1), titleOf(2)], [['Boss'], undefined]);
  // What somebody writes there in the cloud is theirs.
  await bench.cloud.sendBatch([
    { op: 'update', objectType: 'user', sourceAnchor: anchor(1), attributes: { title: 'by hand' } },
  ]);
  await bench.cycle();
  await bench.cycle();
  assert.deepEqual(titleOf(1), ['by hand']);
  const cleared = outbound('clear', 990, { flows: [{ target: 'title', expression: 'AuthoritativeNull' }] });
  bench.setRules(ruleSetOf([title, provisionUsers(['department']), cleared]));
  await bench.cycle();
  bench.setRules(ruleSetOf([title, provisionUsers(['department'])]));
  await bench.cycle();
  assert.equal(titleOf(1), undefined);
  bench.setRules(ruleSetOf([title, provisionUsers(['title', 'department'])]));
  await bench.cycle();
  assert.deepEqual([titleOf(1), titleOf(2)], [['Board'], ['Clerk']]);
});

test('references that no rule flows any more stay as they are, and are followed again when one does', async () => {
  const manager = {
    ...projectUsers,
    flows: [...(projectUsers['flows'] as object[]), { target: 'manager', source: 'manager' }],
  };
  const bench = new SyncBench({ ruleSet: ruleSetOf([manager, provisionUsers(['manager'])]) });
  bench.put(user(1), user(2), user(3, { manager: staff(1) }));
  await bench.cycle();
  const managerOf = (n: number): unknown => inCloud(bench, anchor(n))?.references['manager'];
  assert.deepEqual(managerOf(3), [anchor(1)]);
  bench.setRules(ruleSetOf([manager, provisionUsers([])]));
  await bench.cycle();
  bench.put(user(3, { manager: staff(2) }), user(2, { manager: staff(1) }));
  await bench.cycle();
  assert.deepEqual([managerOf(3), managerOf(2)], [[anchor(1)], undefined]);
  bench.setRules(ruleSetOf([manager, provisionUsers(['manager'])]));
  await bench.cycle();
  assert.deepEqual([managerOf(3), managerOf(2)], [[anchor(2)], [anchor(1)]]);
});

test('references and values that no rule flows any more outlast what happens to others, and to their object', async () => {
  const flows = ['manager', 'member', 'title', 'department'].map((name) => ({ target: name, source: name }));
  const both = { ...projectUsers, flows: [...(projectUsers['flows'] as object[]), ...flows] };
  const rules = (attributes: readonly string[]): RuleSet => ruleSetOf([both, provisionUsers(attributes)]);
  const bench = new SyncBench({ ruleSet: rules(['title', 'manager', 'department']) });
  // The manager comes last, so that it has the highest row.
  bench.put(user(1, { manager: staff(9), title: 'Boss' }), user(2, { manager: staff(9) }));
  await bench.cycle();
  bench.put(user(9));
  await bench.cycle();
  bench.setRules(rules(['department']));
  await bench.cycle();
  const seen = (n: number): unknown => [
    inCloud(bench, anchor(n))?.references['manager'],
    inCloud(bench, anchor(n))?.attributes['title'],
  ];
  assert.deepEqual(seen(1), [[anchor(9)], ['Boss']]);
  // The manager goes and comes back before anything is exported.
  bench.drop(staff(9));
  bench.isStaging = true;
  await bench.cycle();
  bench.put(user(9));
  await bench.cycle();
  bench.isStaging = false;
  await bench.cycle();
  assert.deepEqual(
    [seen(1), seen(2)],
    [
      [[anchor(9)], ['Boss']],
      [[anchor(9)], undefined],
    ],
  );
  // Removed in the cloud and changed in the directory at once, it comes back with its title.
  await bench.cloud.sendBatch([{ op: 'delete', objectType: 'user', sourceAnchor: anchor(1) }]);
  bench.put(user(1, { department: 'other' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['Boss']);
});

test('members that left while no rule flowed them leave the cloud when one does again', async () => {
  const groups = { sourceObjectType: 'group', targetObjectType: 'group', linkType: 'Provision' };
  const projected = inbound('In - Group', 101, {
    ...groups,
    flows: [
      { target: 'sourceAnchor', expression: 'ConvertToBase64([objectGUID])' },
      { target: 'member', source: 'member' },
    ],
  });
  const rules = (...more: object[]): RuleSet =>
    ruleSetOf([
      ...[projectUsers, provisionUsers([]), projected],
      outbound('Out - Group', 901, { ...groups, flows: [cloudName, ...more] }),
    ]);
  const member = { target: 'member', source: 'member' };
  const bench = new SyncBench({ ruleSet: rules(member) });
  bench.put(user(1), user(2), group(10, [staff(1), staff(2)]));
  await bench.cycle();
  const membersOf = (): readonly string[] | undefined => inCloud(bench, anchor(10))?.references['member'];
  bench.setRules(rules());
  await bench.cycle();
  bench.put(group(10, []));
  await bench.cycle();
  assert.deepEqual(membersOf()?.toSorted(), anchors(1, 2));
  bench.setRules(rules(member));
  await bench.cycle();
  assert.equal(membersOf()?.length ?? 0, 0);
});

test('rules that name objects no more delete none, and make none', async () => {
  const bench = new SyncBench({ ruleSet: ruleSetOf([projectUsers, provisionUsers(['title'])]) });
  bench.put(user(1), user(2));
  await bench.cycle();
  const nameless = provisionUsers([], { flows: [{ target: 'title', source: 'title' }] });
  bench.setRules(ruleSetOf([projectUsers, nameless]));
  bench.put(user(3));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), anchors(1, 2));
});
