/** Several forests and sources: joins across them, precedence by their order, references from one to another. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { bytesFromSid } from '@springline/directory/schema';
import {
  anchor,
  Forest,
  groupOfNames,
  guid,
  inetOrgPerson,
  personnelRow,
  uuid,
  type Values,
} from '../../../testing/bench-entries.ts';
import { cloudAnchors, faultCodes, inCloud } from '../../../testing/bench-looks.ts';
import { inbound, ruleFile } from '../../../testing/bench-rules.ts';
import { SyncBench, stepOf } from '../../../testing/sync-bench.ts';

const a = new Forest('DC=a,DC=example', 11);
const b = new Forest('DC=b,DC=example', 22);
const ldapBase = 'dc=ldap,dc=example';

function twoForests(rules: readonly RuleFile[] = [], order: readonly string[] = ['a', 'b']): SyncBench {
  return new SyncBench({
    directories: order.map((name) => ({ name, kind: 'active-directory', baseDn: name === 'a' ? a.baseDn : b.baseDn })),
    rules,
  });
}

/** A template, with the names of the connectors in it as they are here. */
function template(name: string, names: Readonly<Record<string, string>> = {}): RuleFile {
  const url = new URL(`../../../../../packages/connect-sync/rules/templates/${name}.yaml`, import.meta.url);
  let text = readFileSync(url, 'utf8');
  for (const [from, to] of Object.entries(names)) text = text.replaceAll(`connector: ${from}`, `connector: ${to}`);
  return { name: `${name}.yaml`, text };
}

test('people of two forests and of OpenLDAP are in the cloud side by side', async () => {
  const bench = new SyncBench({
    directories: [
      { name: 'a', kind: 'active-directory', baseDn: a.baseDn },
      { name: 'b', kind: 'active-directory', baseDn: b.baseDn },
      { name: 'ldap', kind: 'openldap', baseDn: ldapBase },
    ],
  });
  bench.directory('a').put(a.account(1), a.group(10, [a.dnOf(1)]));
  bench.directory('b').put(b.account(2), b.group(20, [b.dnOf(2)]));
  bench.directory('ldap').put(inetOrgPerson(3, ldapBase), groupOfNames(30, ldapBase, [`uid=p3,ou=people,${ldapBase}`]));
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'success', JSON.stringify(cycle.steps));
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2), anchor(10), anchor(20), uuid(3), uuid(30)].sort());
  for (const [group, member] of [
    [anchor(10), anchor(1)],
    [anchor(20), anchor(2)],
    [uuid(30), uuid(3)],
  ] as const) {
    assert.deepEqual(inCloud(bench, group)?.references['member'], [member]);
  }
  assert.deepEqual(inCloud(bench, anchor(2))?.attributes['dnsDomainName'], ['b.example']);
});

for (const order of [
  ['a', 'b'],
  ['b', 'a'],
]) {
  test(`one person in two forests, found by mail: ${order[0]}, which was added first, wins`, async () => {
    const bench = twoForests([template('match-by-mail')], order);
    bench.directory('a').put(a.account(1, { mail: 'ann@example', title: 'from a', department: 'only a' }));
    bench.directory('b').put(b.account(2, { mail: 'Ann@example', title: 'from b', company: 'only b' }));
    await bench.cycle();
    const first = order[0] === 'a' ? 1 : 2;
    assert.deepEqual(cloudAnchors(bench), [anchor(first)]);
    const attributes = inCloud(bench, anchor(first))!.attributes;
    assert.deepEqual(attributes['title'], [`from ${order[0]}`]);
    assert.deepEqual([attributes['department'], attributes['company']], [['only a'], ['only b']]);
    // Goes and comes back.
    bench.directory('b').put(b.account(3));
    const [later] = [bench.directory(order[1]!)];
    later.drop(order[1] === 'a' ? a.dnOf(1) : b.dnOf(2));
    if (order[1] === 'a') later.put(a.account(4));
    await bench.cycle();
    assert.deepEqual(inCloud(bench, anchor(first))?.attributes['title'], [`from ${order[0]}`]);
    assert.equal(inCloud(bench, anchor(first))?.attributes[order[1] === 'a' ? 'department' : 'company'], undefined);
  });
}

test('who changed the sign-in from one forest to another keeps the account while its anchor stays', async () => {
  const bench = twoForests([template('match-by-mail')]);
  const moved = { mail: 'ann@example', 'mS-DS-ConsistencyGuid': guid(1) };
  bench.directory('a').put(a.account(1, { mail: 'ann@example' }), a.account(5));
  bench.directory('b').put(b.account(6));
  await bench.cycle();
  bench.directory('b').put(b.account(2, moved));
  await bench.cycle();
  bench.directory('a').drop(a.dnOf(1));
  await bench.cycle();
  assert.equal(bench.cloud.created.length, 3);
  assert.deepEqual(faultCodes(bench), []);
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['userPrincipalName'], ['user2@b.example']);
});

test('a member from another forest is the person of that forest, whichever forest is read first', async () => {
  for (const order of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const bench = twoForests([], order);
    const foreign = a.foreign(50, b.sid(2));
    bench.directory('a').put(a.account(1), foreign, a.group(10, [a.dnOf(1), foreign.dn]));
    bench.directory('b').put(b.account(2), b.account(3));
    await bench.cycle();
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), []);
    assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1), anchor(2)], order.join());
    assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2), anchor(3), anchor(10)].sort());
    // The account goes; what stood for it stays behind and leads nowhere, until somebody has the SID again.
    bench.directory('b').drop(b.dnOf(2));
    await bench.cycle();
    assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
    bench.directory('b').put(b.user(4, { objectSid: bytesFromSid(b.sid(2)) }));
    await bench.cycle();
    await bench.cycle();
    assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1), anchor(4)]);
  }
});

test('a manager who is one person with somebody of another forest is that person', async () => {
  const bench = twoForests([template('match-by-mail')]);
  bench.directory('a').put(a.account(1, { mail: 'boss@example' }));
  bench
    .directory('b')
    .put(b.account(2, { mail: 'boss@example' }), b.account(3, { mail: 'c@example', manager: b.dnOf(2) }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(3))?.references['manager'], [anchor(1)]);
});

const linkedMailbox = (n: number, owner: string, attributes: Values = {}): ReturnType<Forest['user']> =>
  b.account(n, {
    userAccountControl: '514',
    msExchMasterAccountSid: bytesFromSid(owner),
    msExchRecipientTypeDetails: '2',
    mailNickname: `box${n}`,
    mail: `box${n}@example`,
    ...attributes,
  });

for (const rules of ['standard', 'template'] as const) {
  test(`account and resource forest by the ${rules} rules: sign-in from the account, mail from the mailbox`, async () => {
    const files = rules === 'standard' ? [] : [template('account-resource-forest', { accounts: 'a', resources: 'b' })];
    for (const isMailboxFirst of [false, true]) {
      const bench = twoForests(files);
      const [accounts, resources] = [bench.directory('a'), bench.directory('b')];
      const account = a.account(1, { title: 'Boss' });
      const mailbox = linkedMailbox(2, a.sid(1), { proxyAddresses: ['SMTP:box2@example'] });
      accounts.put(a.account(5), ...(isMailboxFirst ? [] : [account]));
      resources.put(
        b.account(6, rules === 'standard' ? {} : { msExchMasterAccountSid: bytesFromSid(a.sid(5)) }),
        mailbox,
      );
      await bench.cycle();
      if (isMailboxFirst) {
        assert.equal(inCloud(bench, anchor(2)), undefined, 'a mailbox alone is no user');
        accounts.put(account);
        await bench.cycle();
      }
      assert.deepEqual(faultCodes(bench), []);
      const user = inCloud(bench, anchor(1))!;
      assert.deepEqual(user.attributes['accountEnabled'], [true]);
      assert.deepEqual(user.attributes['userPrincipalName'], ['user1@a.example']);
      assert.deepEqual(user.attributes['proxyAddresses'], ['SMTP:box2@example']);
      assert.deepEqual(user.attributes['title'], ['Boss']);
      assert.equal(inCloud(bench, anchor(2)), undefined);
    }
  });
}

test('a contact of another forest that was there first becomes the user whose address it has', async () => {
  const bench = twoForests([template('gal-contacts')]);
  const contact = b.contact(2, { mail: 'ann@example', displayName: 'Ann, elsewhere' });
  bench.directory('a').put(a.account(5));
  bench.directory('b').put(b.account(6), contact, b.group(10, [contact.dn]));
  await bench.cycle();
  assert.equal(inCloud(bench, anchor(2))?.objectType, 'contact');
  bench.directory('a').put(a.account(1, { mail: 'ann@example', displayName: 'Ann' }));
  await bench.cycle();
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), []);
  assert.equal(inCloud(bench, anchor(1))?.objectType, 'user');
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['displayName'], ['Ann']);
  assert.equal(inCloud(bench, anchor(2)), undefined);
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
});

test('a contact of a person who is there already is that person, and gives nothing of its own', async () => {
  const bench = twoForests([template('gal-contacts')]);
  const contact = b.contact(2, { mail: 'ann@example', displayName: 'Ann, elsewhere', title: 'of the contact' });
  bench.directory('a').put(a.account(1, { mail: 'ann@example', displayName: 'Ann', title: 'of the user' }));
  bench.directory('b').put(b.account(6), contact, b.group(10, [contact.dn]));
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), []);
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(6), anchor(10)].sort());
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['of the user']);
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
});

function withPersonnel(): SyncBench {
  return new SyncBench({
    directories: [
      { name: 'a', kind: 'active-directory', baseDn: a.baseDn },
      { name: 'hr', kind: 'csv', baseDn: '' },
    ],
    rules: [template('hr-csv')],
  });
}

test('the personnel system wins for title and name, the directory for the account, joined by employee number', async () => {
  for (const isPersonnelFirst of [true, false]) {
    const bench = withPersonnel();
    const [accounts, personnel] = [bench.directory('a'), bench.directory('hr')];
    const account = a.account(1, { employeeID: '17', title: 'old title', mail: 'ann@example' });
    const row = personnelRow(17, { givenName: 'Ann', sn: 'Lee', title: 'Engineer', department: 'R&D' });
    accounts.put(a.account(5), ...(isPersonnelFirst ? [] : [account]));
    personnel.put(personnelRow(99, { givenName: 'No', sn: 'Account' }), ...(isPersonnelFirst ? [row] : []));
    await bench.cycle();
    accounts.put(account);
    personnel.put(row);
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), [], `personnel first: ${isPersonnelFirst}`);
    assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(5)].sort());
    const { attributes } = inCloud(bench, anchor(1))!;
    assert.deepEqual(
      [attributes['title'], attributes['displayName'], attributes['department'], attributes['mail']],
      [['Engineer'], ['Ann Lee'], ['R&D'], ['ann@example']],
      `personnel first: ${isPersonnelFirst}`,
    );
    personnel.put(personnelRow(17, { givenName: 'Ann', sn: 'Lee', status: 'left' }));
    await bench.cycle();
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes['accountEnabled'], [false]);
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['old title']);
  }
});

test('one directory that cannot be read holds up no other, and deletes nobody', async () => {
  const bench = twoForests();
  bench.directory('a').put(a.account(1));
  bench.directory('b').put(b.account(2));
  await bench.cycle();
  bench.explain = () => ({ result: 'stopped-connectivity', detail: 'the server of a is down' });
  bench.directory('a').read = async function* () {
    yield* [];
    throw new Error('down');
  };
  bench.directory('b').put(b.account(2, { title: 'new' }));
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'a', 'Import').result, 'stopped-connectivity');
  assert.equal(cycle.result, 'stopped-connectivity');
  assert.deepEqual(inCloud(bench, anchor(2))?.attributes['title'], ['new']);
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2)]);
});

test('a rule for one connector leaves those of its kind alone', async () => {
  const rule = inbound('Only b', 50, { connector: 'b', flows: [{ target: 'title', constant: 'of b' }] });
  const bench = twoForests([ruleFile([rule])]);
  bench.directory('a').put(a.account(1, { title: 'own' }));
  bench.directory('b').put(b.account(2, { title: 'own' }));
  await bench.cycle();
  const titles = [1, 2].map((n) => inCloud(bench, anchor(n))?.attributes['title']?.[0]);
  assert.deepEqual(titles, ['own', 'of b']);
});
