import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAttribute, encodeAttributeList, joinAttributes } from '@springline/directory/attribute-list/encode';
import type { AttributeValue } from '@springline/directory/entry';
import { Reference, type Value } from '../rules/expression/value.ts';
import { type CsValue, encodeHologram } from './hologram.ts';
import { isReferenceAttribute, ObjectView, refersTo } from './object-view.ts';
import type { ConnectorId, CsId, CsObjectRow, CsRow, ReferenceRow, SyncStore } from './store.ts';

const id = (n: number): CsId => n as CsId;

/** References of row 1 by attribute, and the DNs that rows have. */
function storeWith(references: Readonly<Record<string, readonly ReferenceRow[]>> = {}): SyncStore {
  const of = (row: CsId, attribute: string): readonly ReferenceRow[] =>
    row === 1 ? (references[attribute] ?? []) : [];
  const part: Partial<SyncStore> = {
    references: (row, attribute) => of(row, attribute!),
    reference: (row, attribute, target) => of(row, attribute).find((one) => one.target === target)?.state,
    countReferences: (row, attribute) => of(row, attribute).filter(({ state }) => state !== 'gone').length,
    row: (row) => (row < 90 ? ({ id: row, dn: `CN=${row}` } as CsRow) : undefined),
  };
  return part as SyncStore;
}

const to = (target: number, state: ReferenceRow['state'] = 'confirmed', attribute = 'member'): ReferenceRow => ({
  attribute,
  target: id(target),
  state,
});

function fromDirectory(
  attributes: Readonly<Record<string, readonly AttributeValue[]>>,
  store = storeWith(),
): ObjectView {
  const row: CsObjectRow = {
    id: id(1),
    connector: 1 as ConnectorId,
    anchor: new Uint8Array(16),
    dn: 'CN=Ada,DC=a',
    type: 'user',
    hologram: encodeAttributeList(Object.entries(attributes)),
  };
  return new ObjectView(store).load(row);
}

function fromCloud(
  hologram: Readonly<Record<string, readonly CsValue[]>> | null,
  {
    unconfirmed,
    anchor = 'cloud-1',
  }: { unconfirmed?: Readonly<Record<string, readonly CsValue[]>>; anchor?: string | null } = {},
): ObjectView {
  const encoded = (attributes: Readonly<Record<string, readonly CsValue[]>>): string =>
    encodeHologram(new Map(Object.entries(attributes)));
  return new ObjectView(storeWith()).load({
    id: id(1),
    connector: 2 as ConnectorId,
    anchor,
    dn: 'CN={1}',
    type: 'user',
    hologram: hologram === null ? null : encoded(hologram),
    ...(unconfirmed === undefined ? {} : { unconfirmed: encoded(unconfirmed) }),
  });
}

for (const { name, attribute, given, value, texts } of [
  { name: 'text', attribute: 'sn', given: ['Größe'], value: 'Größe', texts: ['Größe'] },
  {
    name: 'bytes',
    attribute: 'objectGUID',
    given: [new Uint8Array([1, 2])],
    value: new Uint8Array([1, 2]),
    texts: ['AQI='],
  },
  { name: 'a number', attribute: 'userAccountControl', given: ['512'], value: 512n, texts: ['512'] },
  {
    name: 'a number of 64 bits',
    attribute: 'accountExpires',
    given: ['-9223372036854775808'],
    value: -9_223_372_036_854_775_808n,
    texts: ['-9223372036854775808'],
  },
  { name: 'a number that is none', attribute: 'uidNumber', given: ['12a'], value: '12a', texts: ['12a'] },
  {
    name: 'a number of more digits than 64 bits have',
    attribute: 'uidNumber',
    given: ['12345678901234567890'],
    value: '12345678901234567890',
    texts: ['12345678901234567890'],
  },
  { name: 'TRUE', attribute: 'isDeleted', given: ['true'], value: true, texts: ['True'] },
  { name: 'FALSE', attribute: 'isDeleted', given: ['FALSE'], value: false, texts: ['False'] },
  {
    name: 'a time, which is text',
    attribute: 'whenCreated',
    given: ['20240131083000.0Z'],
    value: '20240131083000.0Z',
    texts: ['20240131083000.0Z'],
  },
  { name: 'a collection', attribute: 'proxyAddresses', given: ['a', 'b'], value: ['a', 'b'], texts: ['a', 'b'] },
  { name: 'a collection with one value', attribute: 'proxyAddresses', given: ['a'], value: ['a'], texts: ['a'] },
  {
    name: 'several values where the schema has one',
    attribute: 'sn',
    given: ['a', 'b'],
    value: ['a', 'b'],
    texts: ['a', 'b'],
  },
  {
    name: 'one value of an attribute that no schema knows',
    attribute: 'unheardOf',
    given: ['a'],
    value: 'a',
    texts: ['a'],
  },
  {
    name: 'values of an attribute that no schema knows',
    attribute: 'unheardOf',
    given: ['a', 'b'],
    value: ['a', 'b'],
    texts: ['a', 'b'],
  },
  { name: 'an attribute without values', attribute: 'sn', given: [], value: null, texts: [] },
  { name: 'empty text', attribute: 'sn', given: [''], value: '', texts: [''] },
] satisfies { name: string; attribute: string; given: AttributeValue[]; value: Value; texts: string[] }[]) {
  test(`${name} of a directory is seen as what it is`, () => {
    const view = fromDirectory({ [attribute]: given });
    assert.deepEqual(view.get(attribute), value);
    assert.deepEqual(view.imported(attribute), value, 'all that a directory has was imported');
    assert.deepEqual(view.texts(attribute), texts);
    assert.equal(view.count(attribute), given.length);
    assert.equal(view.isReference(attribute), false);
    assert.equal(view.texts(attribute), view.texts(attribute), 'texts are made once');
    assert.equal(view.get(attribute), view.get(attribute), 'values are made once');
  });
}

test('an attribute that the object has not is no value', () => {
  const view = fromDirectory({ sn: ['x'] });
  assert.deepEqual(
    [view.get('mail'), view.imported('mail'), view.texts('mail'), view.count('mail')],
    [null, null, [], 0],
  );
});

test('a name of a rule is exact: another spelling of a known attribute is another name', () => {
  const view = fromDirectory({ displayName: ['x'] });
  for (const name of ['DisplayName', 'displayname', 'DISPLAYNAME']) {
    assert.deepEqual([view.get(name), view.texts(name), view.count(name)], [null, [], 0], name);
  }
  assert.equal(view.get('displayName'), 'x');
});

test('of an attribute that no schema knows, any spelling may be the right one', () => {
  const view = fromDirectory({ customAttribute: ['x'] });
  assert.equal(view.get('customAttribute'), 'x');
  assert.equal(view.get('CUSTOMATTRIBUTE'), 'x');
});

test('the DN is an attribute of every object', () => {
  for (const [view, dn] of [
    [fromDirectory({ dn: ['no'] }), 'CN=Ada,DC=a'],
    [fromCloud({}), 'CN={1}'],
  ] as const) {
    assert.deepEqual([view.get('dn'), view.imported('dn'), view.texts('dn')], [dn, dn, [dn]]);
    assert.deepEqual([view.isReference('dn'), view.count('dn')], [false, 1]);
  }
});

const withMembers = storeWith({
  member: [to(2), to(3, 'new'), to(4, 'gone'), to(5, 'moved')],
  manager: [to(6, 'confirmed', 'manager')],
  secretary: [to(6, 'gone', 'secretary')],
});

test('references are seen as the DNs that they lead to, without those that are gone', () => {
  const view = fromDirectory({ sn: ['x'] }, withMembers);
  assert.deepEqual(view.get('member'), [new Reference('CN=2'), new Reference('CN=3'), new Reference('CN=5')]);
  assert.deepEqual(view.texts('member'), ['CN=2', 'CN=3', 'CN=5']);
  assert.deepEqual([view.count('member'), view.isReference('member')], [3, true]);
  assert.deepEqual(view.get('manager'), new Reference('CN=6'), 'a manager is one');
  assert.deepEqual([view.get('secretary'), view.texts('secretary'), view.count('secretary')], [null, [], 0]);
  assert.deepEqual([view.get('owner'), view.texts('owner'), view.isReference('owner')], [null, [], true]);
});

test('a collection of references stays one when it has a single value', () => {
  const view = fromDirectory({}, storeWith({ member: [to(2)] }));
  assert.deepEqual(view.get('member'), [new Reference('CN=2')]);
});

test('a reference that leads to a row which is not there has an empty DN', () => {
  const view = fromDirectory({}, storeWith({ manager: [to(99)] }));
  assert.deepEqual(view.get('manager'), new Reference(''));
});

test('reference attributes are known in any spelling, values are not', () => {
  assert.ok(['member', 'MEMBER', 'manager', 'uniqueMember'].every(isReferenceAttribute));
  assert.ok(!['sn', 'dn', 'unheardOf', 'memberUid', ''].some(isReferenceAttribute));
});

test('an object refers to another as long as the reference is not gone', () => {
  const refers = (target: number): boolean => refersTo(withMembers, id(1), 'member', id(target));
  assert.deepEqual([2, 3, 4, 5, 6].map(refers), [true, true, false, true, false]);
});

for (const { name, given, value, texts } of [
  { name: 'text', given: ['x'], value: 'x', texts: ['x'] },
  { name: 'a number', given: [7], value: 7n, texts: ['7'] },
  { name: 'a number with a fraction', given: [-7.9], value: -7n, texts: ['-7'] },
  { name: 'a truth value', given: [false], value: false, texts: ['False'] },
  { name: 'bytes', given: [new Uint8Array([1])], value: new Uint8Array([1]), texts: ['AQ=='] },
  { name: 'several values', given: ['a', 'b'], value: ['a', 'b'], texts: ['a', 'b'] },
] satisfies { name: string; given: CsValue[]; value: Value; texts: string[] }[]) {
  test(`${name} of the cloud is seen as what it is`, () => {
    const view = fromCloud({ extension: given });
    assert.deepEqual([view.get('extension'), view.texts('extension')], [value, texts]);
    assert.deepEqual([view.count('extension'), view.isReference('extension')], [given.length, false]);
  });
}

test('what was exported lies over what was imported, until an import confirms it', () => {
  const view = fromCloud({ title: ['Countess'], sn: ['Byron'] }, { unconfirmed: { title: ['Lady'] } });
  assert.deepEqual([view.get('title'), view.imported('title')], ['Lady', 'Countess']);
  assert.deepEqual([view.get('sn'), view.imported('sn')], [null, 'Byron']);
  assert.deepEqual([view.count('sn'), view.texts('title')], [0, ['Lady']]);
});

test('an object of the cloud that was never seen has what was exported, and nothing imported', () => {
  const view = fromCloud(null, { unconfirmed: { title: ['Lady'] }, anchor: null });
  assert.deepEqual([view.get('title'), view.imported('title')], ['Lady', null]);
  assert.deepEqual(fromCloud(null, { anchor: null }).get('title'), null);
});

test('the anchor that the cloud gave is an attribute of its objects, and of no others', () => {
  assert.equal(fromCloud({}).get('cloudAnchor'), 'cloud-1');
  assert.equal(fromCloud({}).count('cloudAnchor'), 1);
  assert.equal(fromCloud({}, { anchor: null }).get('cloudAnchor'), null);
  assert.equal(fromDirectory({ sn: ['x'] }).get('cloudAnchor'), null);
});

test('an object of the cloud has the source anchor of its DN, unless the cloud says another', () => {
  const row = { id: id(1), connector: 2 as ConnectorId, anchor: 'a', dn: 'CN={41513D3D}', type: 'user' };
  const view = new ObjectView(storeWith());
  assert.deepEqual(
    [view.load({ ...row, hologram: '{}' }).get('sourceAnchor'), view.count('sourceAnchor')],
    ['AQ==', 1],
  );
  assert.equal(view.load({ ...row, hologram: '{"sourceAnchor":["Ag=="]}' }).get('sourceAnchor'), 'Ag==');
});

test('references of the cloud are between its rows, and no attribute of an object', () => {
  const view = fromCloud({});
  assert.deepEqual([view.get('member'), view.isReference('member')], [null, false]);
});

test('one view serves object after object, and keeps nothing of the one before', () => {
  const view = fromDirectory({ sn: ['x'], mail: ['y'], proxyAddresses: ['a', 'b'] });
  view.get('sn');
  view.texts('proxyAddresses');
  const base = { id: id(1), connector: 1 as ConnectorId, anchor: null, dn: 'CN=B', type: 'user' };
  view.load({ ...base, hologram: encodeAttributeList([['mail', ['z']]]) });
  assert.deepEqual([view.get('sn'), view.texts('sn'), view.get('mail'), view.get('dn')], [null, [], 'z', 'CN=B']);
  view.load({ ...base, hologram: '{"title":["Lady"]}' });
  assert.deepEqual([view.get('mail'), view.texts('mail'), view.get('title')], [null, [], 'Lady']);
  const many = Array.from({ length: 200 }, (_, at) => encodeAttribute(`view-${at}`, [Buffer.from(`${at}`)]));
  view.load({ ...base, hologram: joinAttributes(many) });
  assert.deepEqual([view.get('title'), view.get('view-199'), view.texts('view-0')], [null, '199', ['0']]);
  view.load({ ...base, hologram: null });
  assert.deepEqual([view.get('view-199'), view.texts('view-0'), view.count('title')], [null, [], 0]);
});

test('a damaged object is refused where it is loaded', () => {
  const row = { id: id(1), connector: 1 as ConnectorId, anchor: null, dn: 'CN=B', type: 'user' };
  assert.throws(() => new ObjectView(storeWith()).load({ ...row, hologram: new Uint8Array([0x30, 9]) }), {
    code: 'entry-malformed',
  });
});

for (const name of ['', 'two words', '__proto__', '1x', 'sn;', 'a'.repeat(2_000)]) {
  test(`a name that no attribute can have (${name.slice(0, 12)}) is nothing that an object has`, () => {
    const view = fromDirectory({ sn: ['x'] });
    assert.deepEqual(
      [view.get(name), view.texts(name), view.count(name), view.isReference(name)],
      [null, [], 0, false],
    );
  });
}
