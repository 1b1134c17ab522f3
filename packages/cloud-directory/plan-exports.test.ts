import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributeEntries } from './cloud-object.ts';
import { anyBatches, ExportModel, type ModelState } from './testing/export-model.ts';
import { MemoryDirectory } from './testing/memory-directory.ts';
import { add, addGroup, addUser, remove, update } from './testing/operations.ts';

function directoryWith(...operations: Parameters<MemoryDirectory['export']>[0]): MemoryDirectory {
  const directory = new MemoryDirectory();
  const results = directory.export(operations);
  assert.deepEqual(
    results.filter(({ status, unresolved }) => status !== 'created' || unresolved !== undefined),
    [],
  );
  return directory;
}
const ada = addUser('ada', { title: 'Countess' });
const only = (directory: MemoryDirectory) => {
  const [object, ...others] = directory.objectById.values();
  assert.equal(others.length, 0);
  return object!;
};

test('an add brings an object with a cloud anchor of its type', () => {
  assert.deepEqual(
    new MemoryDirectory().export([ada, addGroup('staff'), add('contact', 'c1', { mail: 'c@example.net' })]),
    [
      { sourceAnchor: 'ada', status: 'created', cloudAnchor: 'User_id-0001' },
      { sourceAnchor: 'staff', status: 'created', cloudAnchor: 'Group_id-0002' },
      { sourceAnchor: 'c1', status: 'created', cloudAnchor: 'Contact_id-0003' },
    ],
  );
});

test('adding a known anchor is a hard match: the object is updated and stays one', () => {
  const directory = directoryWith(ada);
  assert.deepEqual(directory.export([addUser('ada', { department: 'Engines' })]), [
    { sourceAnchor: 'ada', status: 'updated', cloudAnchor: 'User_id-0001' },
  ]);
  const attributes = Object.fromEntries(attributeEntries(only(directory).attributes));
  assert.deepEqual(attributes, { userPrincipalName: 'ada@example.com', title: 'Countess', department: 'Engines' });
});

test('anchors that differ in case are two objects', () => {
  const directory = directoryWith(ada, addUser('ADA', { userPrincipalName: 'other@example.com' }));
  assert.equal(directory.live().length, 2);
});

test('an update that changes nothing is unchanged and leaves version and time alone', () => {
  const directory = directoryWith(
    addUser('ada', { title: 'Countess', proxyAddresses: ['SMTP:a@example.com', 'smtp:b@example.com'] }),
  );
  const before = only(directory);
  const [result] = directory.export([
    update('user', 'ada', {
      title: 'Countess',
      department: null,
      proxyAddresses: ['smtp:b@example.com', 'SMTP:a@example.com'],
    }),
  ]);
  assert.equal(result!.status, 'unchanged');
  assert.equal(only(directory), before);
});

test('an update changes what it names, null takes away, and the version rises by one per batch', () => {
  const directory = directoryWith(ada);
  directory.export([update('user', 'ada', { title: null }), update('user', 'ada', { department: 'Engines' })]);
  const { attributes, version, createdAt, changedAt } = only(directory);
  assert.deepEqual([...attributes.keys()], ['userprincipalname', 'department']);
  assert.deepEqual([version, createdAt, changedAt], [2, 1000, 2000]);
});

test('attribute names have no case: a new spelling takes the place of the old one', () => {
  const directory = directoryWith(addUser('ada', { employeeId: '1' }));
  assert.equal(directory.export([update('user', 'ada', { employeeID: '1' })])[0]!.status, 'updated');
  assert.deepEqual(attributeEntries(only(directory).attributes), [
    ['userPrincipalName', 'ada@example.com'],
    ['employeeID', '1'],
  ]);
});

test('an update of what is not there fails', () => {
  const [result] = new MemoryDirectory().export([update('user', 'ada', { title: 'x' })]);
  assert.equal(result!.error?.code, 'ObjectNotFound');
});

test('a delete goes to the recycle bin, and a second one is answered alike', () => {
  const directory = directoryWith(ada);
  const deleted = { sourceAnchor: 'ada', status: 'deleted' };
  assert.deepEqual(directory.export([remove('user', 'ada')]), [deleted]);
  assert.deepEqual(directory.export([remove('user', 'ada')]), [deleted]);
  assert.deepEqual(directory.export([remove('user', 'nobody')]), [{ ...deleted, sourceAnchor: 'nobody' }]);
  assert.equal(only(directory).deletedAt, 2000);
  assert.equal(directory.export([update('user', 'ada', { title: 'x' })])[0]!.error?.code, 'ObjectNotFound');
});

test('an add of an anchor in the recycle bin restores that object with its id and the attributes of the add', () => {
  const directory = directoryWith(ada);
  directory.export([remove('user', 'ada')]);
  const [result] = directory.export([addUser('ada', { department: 'Engines' })]);
  assert.deepEqual(result, { sourceAnchor: 'ada', status: 'created', cloudAnchor: 'User_id-0001' });
  const { attributes, deletedAt, createdAt, version } = only(directory);
  assert.deepEqual([...attributes.keys()], ['userprincipalname', 'department']);
  assert.deepEqual([deletedAt, createdAt, version], [undefined, 1000, 3]);
});

test('an anchor whose object is in the recycle bin may come back as another type, as another object', () => {
  const directory = directoryWith(add('contact', 'ada', { mail: 'ada@example.com' }));
  const [, result] = directory.export([remove('contact', 'ada'), ada]);
  assert.deepEqual(result, { sourceAnchor: 'ada', status: 'created', cloudAnchor: 'User_id-0002' });
});

test('values of a deleted object are free, and a restore that finds them taken fails and leaves it in the bin', () => {
  const directory = directoryWith(ada);
  directory.export([remove('user', 'ada')]);
  directory.export([addUser('eve', { userPrincipalName: 'ada@example.com' })]);
  const [result] = directory.export([ada]);
  assert.deepEqual([result!.error?.code, result!.error?.conflictsWith], ['AttributeValueMustBeUnique', 'User_id-0002']);
  assert.equal(directory.live().length, 1);
});

for (const row of [
  {
    name: 'a userPrincipalName, in any case',
    first: ada,
    second: addUser('eve', { userPrincipalName: 'ADA@example.com' }),
    code: 'AttributeValueMustBeUnique',
    attribute: 'userPrincipalName',
  },
  {
    name: 'a mail address',
    first: addUser('ada', { mail: 'a@example.com' }),
    second: addUser('eve', { mail: 'A@example.com' }),
    code: 'AttributeValueMustBeUnique',
    attribute: 'mail',
  },
  {
    name: 'a proxy address that is another one’s mail',
    first: addUser('ada', { mail: 'a@example.com' }),
    second: addUser('eve', { proxyAddresses: ['SMTP:eve@example.com', 'smtp:a@example.com'] }),
    code: 'AttributeValueMustBeUnique',
    attribute: 'proxyAddresses',
  },
  {
    name: 'an address of another kind',
    first: addUser('ada', { proxyAddresses: ['sip:a@example.com'] }),
    second: addUser('eve', { proxyAddresses: ['SIP:a@example.com'] }),
    code: 'AttributeValueMustBeUnique',
    attribute: 'proxyAddresses',
  },
  {
    name: 'a security identifier',
    first: addUser('ada', { onPremiseSecurityIdentifier: 'S-1' }),
    second: addUser('eve', { onPremisesSecurityIdentifier: 'S-1' }),
    code: 'AttributeValueMustBeUnique',
    attribute: 'onPremisesSecurityIdentifier',
  },
  {
    name: 'an address, when a new object is of another type',
    first: addUser('ada', { mail: 'a@example.com' }),
    second: addGroup('staff', [], { mail: 'a@example.com' }),
    code: 'ObjectTypeMismatch',
    attribute: 'mail',
  },
]) {
  test(`two objects cannot have ${row.name}`, () => {
    const directory = directoryWith(row.first);
    const [result] = directory.export([row.second]);
    assert.equal(result!.status, 'failed');
    assert.deepEqual([result!.error?.code, result!.error?.attribute], [row.code, row.attribute]);
    assert.equal(result!.error?.conflictsWith, 'User_id-0001');
    assert.equal(directory.live().length, 1);
  });
}

test('an update cannot take an address of another type either', () => {
  const directory = directoryWith(addUser('ada', { mail: 'a@example.com' }), addGroup('staff'));
  const [result] = directory.export([update('group', 'staff', { mail: 'a@example.com' })]);
  assert.equal(result!.error?.code, 'AttributeValueMustBeUnique');
});

test('the same address as mail and as proxy address of one object is no conflict', () => {
  directoryWith(
    addUser('ada', { mail: 'A@example.com', proxyAddresses: ['SMTP:a@example.com', 'smtp:A@EXAMPLE.com'] }),
  );
});

test('a sip address and a mail address may be alike', () => {
  directoryWith(addUser('ada', { mail: 'a@example.com', proxyAddresses: ['sip:a@example.com'] }), addUser('eve'));
});

test('within a batch a value that one object lets go of can be taken by the next', () => {
  const directory = directoryWith(ada, addUser('eve'));
  const results = directory.export([
    update('user', 'ada', { userPrincipalName: 'ada2@example.com' }),
    update('user', 'eve', { userPrincipalName: 'ada@example.com' }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['updated', 'updated'],
  );
});

test('an anchor belongs to one type at a time', () => {
  const directory = directoryWith(ada);
  for (const operation of [add('group', 'ada', { displayName: 'x' }), update('group', 'ada'), remove('group', 'ada')]) {
    const [result] = directory.export([operation]);
    assert.deepEqual([result!.error?.code, result!.error?.conflictsWith], ['ObjectTypeMismatch', 'User_id-0001']);
  }
  assert.equal(only(directory).deletedAt, undefined);
});

test('only the connector that brought an object may change, delete or restore it', () => {
  const directory = directoryWith(ada);
  const refusals = (operations: Parameters<MemoryDirectory['export']>[0]): unknown[] =>
    directory.export(operations, 'another connector').map(({ error }) => error?.code);
  const attempts = [ada, update('user', 'ada', { title: 'x' }), remove('user', 'ada')];
  assert.deepEqual(refusals(attempts), Array(3).fill('object-not-yours'));
  directory.export([remove('user', 'ada')]);
  assert.deepEqual(refusals([ada]), ['object-not-yours']);
});

test('a failing operation changes nothing and stops no other', () => {
  const directory = directoryWith(ada);
  const results = directory.export([
    update('user', 'ada', { department: 'Engines', shoeSize: 38 }, { manager: { add: ['ada'] } }),
    addUser('eve'),
    update('user', 'ada', { title: null }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['failed', 'created', 'updated'],
  );
  assert.deepEqual(results[0]!.error?.attribute, 'shoeSize');
  assert.deepEqual(directory.referencesOf('ada'), {});
});

test('references are given by anchor, added and removed, and what is already so is unchanged', () => {
  const directory = directoryWith(ada, addUser('eve'), addGroup('staff', ['ada', 'eve', 'ada']));
  assert.deepEqual(directory.referencesOf('staff'), { member: ['ada', 'eve'] });
  const again = update('group', 'staff', {}, { member: { add: ['ada'], remove: ['nobody'] } });
  assert.equal(directory.export([again])[0]!.status, 'unchanged');
  const less = update('group', 'staff', {}, { member: { remove: ['ada'] } });
  assert.equal(directory.export([less])[0]!.status, 'updated');
  assert.deepEqual(directory.referencesOf('staff'), { member: ['eve'] });
});

test('a single-valued reference is replaced by the next one', () => {
  const directory = directoryWith(ada, addUser('bob'), addUser('eve', {}, { manager: { add: ['ada'] } }));
  directory.export([update('user', 'eve', {}, { manager: { add: ['bob'] } })]);
  assert.deepEqual(directory.referencesOf('eve'), { manager: ['bob'] });
  const [two] = directory.export([update('user', 'eve', {}, { manager: { add: ['ada', 'bob'] } })]);
  assert.equal(two!.error?.code, 'DataValidationFailed');
});

test('a reference without a target is told and not stored, while the rest of the operation is carried out', () => {
  const directory = new MemoryDirectory();
  const [result] = directory.export([addGroup('staff', ['ada', 'eve'])]);
  const unresolved = [
    { attribute: 'member', sourceAnchor: 'ada' },
    { attribute: 'member', sourceAnchor: 'eve' },
  ];
  assert.deepEqual(result, { sourceAnchor: 'staff', status: 'created', cloudAnchor: 'Group_id-0001', unresolved });
  directory.export([ada]);
  assert.deepEqual(directory.referencesOf('staff'), {}, 'it has to be sent again');
});

test('a reference to an object that comes later in the batch is resolved at its end', () => {
  const directory = new MemoryDirectory();
  const results = directory.export([
    addGroup('staff', ['ada', 'eve', 'nobody']),
    addUser('ada', {}, { manager: { add: ['eve'] } }),
    addUser('eve', {}, { manager: { add: ['ada'] } }),
  ]);
  assert.deepEqual(
    results.map(({ unresolved }) => unresolved),
    [[{ attribute: 'member', sourceAnchor: 'nobody' }], undefined, undefined],
  );
  assert.deepEqual(directory.referencesOf('staff'), { member: ['ada', 'eve'] });
  assert.deepEqual(
    [directory.referencesOf('ada'), directory.referencesOf('eve')],
    [{ manager: ['eve'] }, { manager: ['ada'] }],
  );
});

test('a later operation of the batch may take a waiting reference back', () => {
  const directory = directoryWith(addGroup('staff'));
  directory.export([
    update('group', 'staff', {}, { member: { add: ['ada'] } }),
    update('group', 'staff', {}, { member: { remove: ['ada'] } }),
    ada,
  ]);
  assert.deepEqual(directory.referencesOf('staff'), {});
});

test('whoever references a deleted object lets go of it and counts as changed', () => {
  const directory = directoryWith(
    ada,
    addUser('eve', {}, { manager: { add: ['ada'] } }),
    addGroup('staff', ['ada', 'eve']),
  );
  directory.export([remove('user', 'ada')]);
  const versions = directory
    .live()
    .map(({ sourceAnchor, version, referenceCount }) => [sourceAnchor, version, referenceCount]);
  assert.deepEqual(versions, [
    ['eve', 2, 0],
    ['staff', 2, 1],
  ]);
  directory.export([ada]);
  assert.deepEqual(
    directory.referencesOf('staff'),
    { member: ['eve'] },
    'the restored object is not a member again by itself',
  );
});

test('a deleted group holds nothing, also after it is restored', () => {
  const directory = directoryWith(ada, addGroup('staff', ['ada']));
  directory.export([remove('group', 'staff')]);
  directory.export([addGroup('staff')]);
  assert.deepEqual(directory.referencesOf('staff'), {});
});

for (const row of [
  { name: 'a reference of another type', operation: addUser('eve', {}, { member: { add: ['ada'] } }) },
  { name: 'a reference that does not exist', operation: addUser('eve', {}, { boss: { add: ['ada'] } }) },
  { name: 'a plain attribute among the references', operation: addUser('eve', {}, { title: { add: ['ada'] } }) },
  { name: 'a reference among the attributes', operation: addUser('eve', { manager: 'ada' }) },
]) {
  test(`${row.name} is refused by name`, () => {
    const [result] = directoryWith(ada).export([row.operation]);
    assert.equal(result!.error?.code, 'DataValidationFailed');
    assert.ok(result!.error?.attribute);
  });
}

test('any sequence of batches leaves what the plain model leaves, with the same answers', () => {
  fc.assert(
    fc.property(anyBatches, (batches) => {
      const directory = new MemoryDirectory();
      const model = new ExportModel();
      for (const batch of batches) {
        assert.deepEqual(
          directory.export(batch).map(({ status }) => status),
          model.export(batch),
        );
        assert.deepEqual(stateOf(directory), model.state());
        for (const object of directory.live()) {
          const held = Object.values(directory.referencesOf(object.sourceAnchor)).flat();
          assert.equal(object.referenceCount, held.length);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

function stateOf(directory: MemoryDirectory): ModelState {
  return Object.fromEntries(
    directory.live().map(({ sourceAnchor, type, attributes }) => [
      sourceAnchor,
      {
        type,
        attributes: Object.fromEntries(attributeEntries(attributes)),
        references: directory.referencesOf(sourceAnchor),
      },
    ]),
  );
}
