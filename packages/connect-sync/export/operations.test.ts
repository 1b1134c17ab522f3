import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CsValue, encodeHologram } from '../connector-space/hologram.ts';
import type { ConnectorId, CsId, CsRow, ReferenceRow, ReferenceState } from '../connector-space/store.ts';
import {
  attributeOperation,
  inBatches,
  inExportOrder,
  type PlannedOperation,
  referenceOperations,
} from './operations.ts';

const batchLimit = 200;
const batchReferenceLimit = 4_000;
const batchCharacterLimit = 2 * 1024 * 1024;

type Attributes = Readonly<Record<string, readonly CsValue[]>>;
const encoded = (attributes: Attributes): string => encodeHologram(new Map(Object.entries(attributes)));

function row(id: number, more: Partial<CsRow> = {}): CsRow {
  return {
    id: id as CsId,
    connector: 1 as ConnectorId,
    anchor: null,
    dn: `CN={${id}}`,
    type: 'user',
    isTransient: false,
    hologram: null,
    pendingImport: 'none',
    synchronized: null,
    mv: null,
    link: 'provisioned',
    desired: encoded({}),
    unconfirmed: null,
    pendingExport: 'add',
    referenceSources: null,
    referenceAttributes: [],
    fault: null,
    guard: null,
    kept: null,
    ...more,
  };
}

test('users go first, then contacts and groups, then other types by their names', () => {
  const types = ['group', 'device', 'contact', 'user', 'computer'];
  const ordered = ['user', 'contact', 'group', 'computer', 'device'];
  assert.deepEqual(inExportOrder(types), ordered);
  assert.deepEqual(inExportOrder(types.toReversed()), ordered);
});

test('what the cloud never had is an add with all attributes', () => {
  const desired = encoded({ surname: ['Lovelace'], accountEnabled: [true], proxyAddresses: ['a', 'b'], n: [7] });
  assert.deepEqual(attributeOperation(row(1, { desired }), 'anchor-1'), {
    row: 1,
    operation: {
      op: 'add',
      objectType: 'user',
      sourceAnchor: 'anchor-1',
      attributes: { surname: 'Lovelace', accountEnabled: true, proxyAddresses: ['a', 'b'], n: 7 },
    },
    desired,
    references: [],
  });
});

function delta(before: Attributes, after: Attributes): Readonly<Record<string, unknown>> {
  const changed = row(1, { hologram: encoded(before), desired: encoded(after), pendingExport: 'update' });
  const { operation } = attributeOperation(changed, 'anchor-1');
  assert.ok(operation.op === 'update');
  return operation.attributes;
}

interface DeltaRow {
  readonly name: string;
  readonly before: Attributes;
  readonly after: Attributes;
  readonly gives: object;
}

const deltaRows: readonly DeltaRow[] = [
  {
    name: 'an update carries only what changed',
    before: { surname: ['Byron'], title: ['Countess'] },
    after: { surname: ['Lovelace'], title: ['Countess'] },
    gives: { surname: 'Lovelace' },
  },
  {
    name: 'an attribute that is new is carried',
    before: {},
    after: { title: ['Countess'] },
    gives: { title: 'Countess' },
  },
  {
    name: 'an attribute that is wanted no more is null',
    before: { surname: ['Lovelace'], title: ['Countess'] },
    after: { surname: ['Lovelace'] },
    gives: { title: null },
  },
  {
    name: 'an attribute with one value changed is carried with all its values',
    before: { proxyAddresses: ['a', 'b'] },
    after: { proxyAddresses: ['a', 'c'] },
    gives: { proxyAddresses: ['a', 'c'] },
  },
  {
    name: 'False is a value and not a removal',
    before: { accountEnabled: [true] },
    after: { accountEnabled: [false] },
    gives: { accountEnabled: false },
  },
  {
    name: 'a change of case is a change',
    before: { surname: ['lovelace'] },
    after: { surname: ['Lovelace'] },
    gives: { surname: 'Lovelace' },
  },
  {
    name: 'a number is not its text',
    before: { n: ['7'] },
    after: { n: [7] },
    gives: { n: 7 },
  },
  { name: 'nothing changed is nothing carried', before: { n: [7] }, after: { n: [7] }, gives: {} },
  {
    name: 'names of JavaScript are names like others',
    before: { ['constructor']: ['x'] },
    after: { ['__proto__']: ['y'], ['toString']: ['z'] },
    gives: { ['__proto__']: 'y', toString: 'z', ['constructor']: null },
  },
];

for (const { name, before, after, gives } of deltaRows) {
  test(name, () => assert.deepEqual(delta(before, after), gives));
}

test('what was exported and not yet seen back goes along, also what was sent and is to be cleared', () => {
  const sent = row(1, {
    hologram: encoded({ surname: ['Byron'], title: ['Countess'] }),
    unconfirmed: encoded({ surname: ['Lovelace'], title: ['Countess'], info: ['poet'] }),
    desired: encoded({ surname: ['Lovelace'], title: ['Lady'] }),
    pendingExport: 'update',
  });
  const { operation } = attributeOperation(sent, 'a');
  assert.deepEqual(operation, {
    op: 'update',
    objectType: 'user',
    sourceAnchor: 'a',
    attributes: { surname: 'Lovelace', title: 'Lady', info: null },
  });
});

test('an add that was sent and not yet seen back is changed by an update', () => {
  const sent = row(1, { unconfirmed: encoded({ n: [1] }), desired: encoded({ n: [2] }) });
  const { operation } = attributeOperation(sent, 'a');
  assert.equal(operation.op, 'update');
});

for (const { name, pending } of [
  { name: 'a row that waits for its delete', pending: { pendingExport: 'delete' as const } },
  { name: 'a row that nothing is wanted of', pending: { pendingExport: 'update' as const, desired: null } },
]) {
  test(`${name} becomes a delete by source anchor`, () => {
    assert.deepEqual(attributeOperation(row(3, { hologram: encoded({ n: [1] }), ...pending }), 'anchor-3'), {
      row: 3,
      operation: { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-3' },
      desired: null,
      references: [],
    });
  });
}

test('an update brings the cloud from what it has to what is wanted', () => {
  const values = fc.uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
    selector: (value) => JSON.stringify(value),
  });
  const attributes = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), values);
  fc.assert(
    fc.property(attributes, attributes, (before, after) => {
      const state = new Map<string, unknown>(Object.entries(before));
      for (const [name, value] of Object.entries(delta(before, after))) {
        if (value === null) state.delete(name);
        else state.set(name, Array.isArray(value) ? value : [value]);
      }
      const hologram = new Map([...state] as [string, CsValue[]][]);
      assert.equal(encodeHologram(hologram), encoded(after));
    }),
  );
});

const anchorOf = (target: CsId): string => `anchor-${target}`;
const reference = (attribute: string, target: number, state: ReferenceState): ReferenceRow => ({
  attribute,
  target: target as CsId,
  state,
});

test('pending references are added and removed by attribute, and nothing else of the object is touched', () => {
  const pending = [
    reference('member', 1, 'pending-add'),
    reference('managedBy', 2, 'pending-add'),
    reference('member', 3, 'pending-delete'),
    reference('member', 4, 'pending-add'),
  ];
  assert.deepEqual(referenceOperations(row(9, { type: 'group' }), 'anchor-9', pending, anchorOf), [
    {
      row: 9,
      operation: {
        op: 'update',
        objectType: 'group',
        sourceAnchor: 'anchor-9',
        attributes: {},
        references: {
          member: { add: ['anchor-1', 'anchor-4'], remove: ['anchor-3'] },
          managedBy: { add: ['anchor-2'], remove: [] },
        },
      },
      desired: null,
      references: pending,
    },
  ]);
});

for (const attribute of ['constructor', '__proto__', 'toString']) {
  test(`a reference attribute may be named ${attribute}`, () => {
    const [planned] = referenceOperations(row(9), 'a', [reference(attribute, 1, 'pending-add')], anchorOf);
    assert.ok(planned?.operation.op === 'update');
    assert.deepEqual(Object.entries(planned.operation.references!), [[attribute, { add: ['anchor-1'], remove: [] }]]);
  });
}

test('without pending references there is no operation', () => {
  assert.deepEqual(referenceOperations(row(9), 'a', [], anchorOf), []);
});

for (const { count, portions } of [
  { count: 4_000, portions: [4_000] },
  { count: 4_001, portions: [4_000, 1] },
  { count: 8_000, portions: [4_000, 4_000] },
]) {
  test(`${count} references of one object are sent in ${portions.length} portions, each once and in order`, () => {
    const pending = Array.from({ length: count }, (_, at) =>
      reference(at % 2 === 0 ? 'member' : 'owner', at, at % 3 === 0 ? 'pending-delete' : 'pending-add'),
    );
    const operations = referenceOperations(row(9), 'a', pending, anchorOf);
    assert.deepEqual(
      operations.map(({ references }) => references.length),
      portions,
    );
    assert.deepEqual(
      operations.flatMap(({ references }) => references),
      pending,
    );
    for (const { operation, references } of operations) assert.equal(countOf(operation), references.length);
    assert.equal([...inBatches(operations)].length, portions.length);
  });
}

function countOf(operation: PlannedOperation['operation']): number {
  if (operation.op === 'delete') return 0;
  const deltas = Object.values(operation.references ?? {});
  return deltas.reduce((sum, { add, remove }) => sum + add.length + remove.length, 0);
}

/** An operation of a size; what it says does not matter for batches. */
function sized(id: number, characters: number, references = 0): PlannedOperation {
  return {
    row: id as CsId,
    operation: { op: 'delete', objectType: 'user', sourceAnchor: `${id}` },
    desired: characters === 0 ? null : 'x'.repeat(characters),
    references: Array.from({ length: references }, (_, at) => reference('member', at, 'pending-add')),
  };
}

const sizes = (operations: readonly PlannedOperation[]): number[] => [...inBatches(operations)].map((b) => b.length);
const many = (count: number, characters: number, references = 0): PlannedOperation[] =>
  Array.from({ length: count }, (_, id) => sized(id, characters, references));

for (const { name, operations, gives } of [
  { name: 'no operations are no batch', operations: [], gives: [] },
  { name: '200 operations are one batch', operations: many(200, 1), gives: [200] },
  { name: '201 operations are two batches', operations: many(201, 1), gives: [200, 1] },
  { name: '4000 references are one batch', operations: many(4, 0, 1_000), gives: [4] },
  { name: '4001 references are two batches', operations: [...many(4, 0, 1_000), sized(5, 0, 1)], gives: [4, 1] },
  { name: '2 MiB are one batch', operations: many(2, 1024 * 1024), gives: [2] },
  { name: 'more than 2 MiB are two batches', operations: [...many(2, 1024 * 1024), sized(3, 1)], gives: [2, 1] },
  {
    name: 'one operation larger than a batch goes alone',
    operations: [sized(1, 1), sized(2, 2 * 1024 * 1024 + 1), sized(3, 1)],
    gives: [1, 1, 1],
  },
]) {
  test(name, () => assert.deepEqual(sizes(operations), gives));
}

test('batches hold every operation once, in order, and never exceed a limit together', () => {
  const operation = fc.tuple(
    fc.oneof(fc.nat(10), fc.nat(batchCharacterLimit)),
    fc.oneof(fc.constant(0), fc.nat(20), fc.nat(batchReferenceLimit)),
  );
  const runs = fc.tuple(operation, fc.integer({ min: 1, max: 250 }));
  fc.assert(
    fc.property(fc.array(runs, { maxLength: 4 }), (parts) => {
      // A few operations repeated: what is shared costs no memory.
      const operations = parts.flatMap(([[characters, references], times], at) =>
        new Array<PlannedOperation>(times).fill(sized(at, characters, references)),
      );
      const batches = [...inBatches(operations)];
      assert.ok(batches.flat().every((planned, at) => planned === operations[at]));
      assert.equal(batches.flat().length, operations.length);
      for (const batch of batches) {
        assert.ok(batch.length >= 1 && batch.length <= batchLimit);
        assert.ok(batch.reduce((sum, { references }) => sum + references.length, 0) <= batchReferenceLimit);
        const characters = batch.reduce((sum, { desired }) => sum + (desired?.length ?? 0), 0);
        assert.ok(characters <= batchCharacterLimit || batch.length === 1);
      }
    }),
    { numRuns: 50 },
  );
});

test('a batch is given before the operations after it are planned', () => {
  let planned = 0;
  function* plan(): Generator<PlannedOperation> {
    for (let id = 0; id < 1_000; id++) {
      planned += 1;
      yield sized(id, 1);
    }
  }
  inBatches(plan()).next();
  assert.equal(planned, batchLimit + 1);
});
