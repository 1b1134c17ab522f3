/**
 * The export rules once more, as plainly as they can be said, with anchors only and no sets of facts: what any directory
 * must agree with after any sequence of batches. And batches to try it with.
 */
import fc from 'fast-check';
import type { AttributeValue, ObjectType } from '../cloud-object.ts';
import type { ExportOperation, ExportResult } from '../export-operation.ts';

interface ModelObject {
  readonly type: ObjectType;
  readonly attributes: Map<string, AttributeValue>;
  readonly references: Map<string, Set<string>>;
}

/** State in a form that two directories can be compared by: live objects by anchor. */
export type ModelState = Record<
  string,
  { type: ObjectType; attributes: Record<string, AttributeValue>; references: Record<string, string[]> }
>;

export class ExportModel {
  readonly #objects = new Map<string, ModelObject>();

  /** The statuses of the answers. */
  export(operations: readonly ExportOperation[]): ExportResult['status'][] {
    const late: { holder: ModelObject; anchor: string; attribute: string; target: string; at: number }[] = [];
    const statuses = operations.map((operation, at): ExportResult['status'] => {
      const { sourceAnchor: anchor } = operation;
      const old = this.#objects.get(anchor);
      if (old !== undefined && old.type !== operation.objectType) return 'failed';
      if (operation.op === 'delete') {
        this.#objects.delete(anchor);
        for (const { references } of this.#objects.values()) for (const set of references.values()) set.delete(anchor);
        return 'deleted';
      }
      if (old === undefined && operation.op === 'update') return 'failed';
      const attributes = new Map(old?.attributes);
      for (const [name, value] of operation.attributes) {
        if (value === null) attributes.delete(name);
        else attributes.set(name, value);
      }
      if (!attributes.has(operation.objectType === 'user' ? 'userPrincipalName' : 'displayName')) return 'failed';
      for (const [other, { attributes: theirs }] of this.#objects) {
        if (other !== anchor && keysOf(attributes).some((key) => keysOf(theirs).includes(key))) return 'failed';
      }
      const before = old && JSON.stringify(shown(old));
      const object = old ?? { type: operation.objectType, attributes: new Map(), references: new Map() };
      object.attributes.clear();
      for (const [name, value] of attributes) object.attributes.set(name, value);
      this.#objects.set(anchor, object);
      for (const [attribute, delta] of operation.references) {
        const held = object.references.get(attribute) ?? new Set();
        object.references.set(attribute, held);
        for (const target of delta.remove) {
          // Added and removed in one operation: it stays, or goes on waiting.
          if (delta.add.includes(target)) continue;
          held.delete(target);
          dropWhere(late, (one) => one.holder === object && one.attribute === attribute && one.target === target);
        }
        if (attribute === 'manager' && delta.add.length > 0) {
          dropWhere(late, (one) => one.holder === object && one.attribute === attribute);
        }
        for (const target of delta.add) {
          if (!this.#objects.has(target)) late.push({ holder: object, anchor, attribute, target, at });
          else if (attribute === 'manager') object.references.set(attribute, new Set([target]));
          else held.add(target);
        }
      }
      if (old === undefined) return 'created';
      return before === JSON.stringify(shown(object)) ? 'unchanged' : 'updated';
    });
    for (const { holder, anchor, attribute, target, at } of late) {
      if (this.#objects.get(anchor) !== holder || !this.#objects.has(target)) continue;
      const held = holder.references.get(attribute)!;
      if (!held.has(target) && statuses[at] === 'unchanged') statuses[at] = 'updated';
      if (attribute === 'manager') held.clear();
      held.add(target);
    }
    return statuses;
  }

  state(): ModelState {
    return Object.fromEntries([...this.#objects].map(([anchor, object]) => [anchor, shown(object)]));
  }
}

function shown({ type, attributes, references }: ModelObject): ModelState[string] {
  const held = [...references].filter(([, targets]) => targets.size > 0);
  return {
    type,
    attributes: Object.fromEntries([...attributes].sort()),
    references: Object.fromEntries(held.map(([name, targets]) => [name, [...targets].sort()])),
  };
}

function keysOf(attributes: ReadonlyMap<string, AttributeValue>): string[] {
  return ['userPrincipalName', 'mail'].flatMap((name) => {
    const value = attributes.get(name);
    return value === undefined ? [] : [`${name} ${String(value).toLowerCase()}`];
  });
}

function dropWhere<T>(list: T[], holds: (one: T) => boolean): void {
  for (let at = list.length - 1; at >= 0; at--) if (holds(list[at]!)) list.splice(at, 1);
}

const anchors = ['A', 'a', 'B', 'C', 'D'];
const anchor = fc.constantFrom(...anchors);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });
const delta = fc.record({
  add: fc.uniqueArray(anchor, { maxLength: 3 }),
  remove: fc.uniqueArray(anchor, { maxLength: 2 }),
});

/** Few names and values, so that operations meet. The text of an empty value is never sent: it means nothing. */
const userWords = fc.record(
  {
    userPrincipalName: fc.constantFrom('x@example.com', 'X@example.com', 'y@example.com', 'z@example.com'),
    title: maybe(fc.constantFrom('Engineer', 'engineer', 'Countess')),
    mail: maybe(fc.constantFrom('one@example.com', 'ONE@example.com', 'two@example.com')),
    accountEnabled: fc.boolean(),
  },
  { requiredKeys: [] },
);
const groupWords = fc.record(
  {
    displayName: maybe(fc.constantFrom('Staff', 'Engines')),
    mail: maybe(fc.constantFrom('one@example.com', 'three@example.com')),
  },
  { requiredKeys: [] },
);
const managerDelta = fc.record({
  add: fc.uniqueArray(anchor, { maxLength: 1 }),
  remove: fc.uniqueArray(anchor, { maxLength: 1 }),
});

const operation: fc.Arbitrary<ExportOperation> = fc.oneof(
  { weight: 5, arbitrary: changeOf('user', userWords, 'manager', managerDelta) },
  { weight: 3, arbitrary: changeOf('group', groupWords, 'member', delta) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('delete' as const),
      objectType: fc.constantFrom('user' as const, 'group' as const),
      sourceAnchor: anchor,
    }),
  },
);

/** One to eight batches of one to six operations. */
export const anyBatches: fc.Arbitrary<ExportOperation[][]> = fc.array(
  fc.array(operation, { minLength: 1, maxLength: 6 }),
  { minLength: 1, maxLength: 8 },
);

function changeOf(
  objectType: ObjectType,
  words: fc.Arbitrary<Partial<Record<string, AttributeValue | null>>>,
  reference: string,
  deltas: fc.Arbitrary<{ add: string[]; remove: string[] }>,
): fc.Arbitrary<ExportOperation> {
  return fc
    .record({
      op: fc.constantFrom('add' as const, 'update' as const),
      sourceAnchor: anchor,
      words,
      held: maybe(deltas),
    })
    .map(({ op, sourceAnchor, words: values, held }) => ({
      op,
      objectType,
      sourceAnchor,
      // Only an update takes away.
      attributes: new Map(
        (Object.entries(values) as [string, AttributeValue | null][]).filter(
          ([, value]) => op === 'update' || value !== null,
        ),
      ),
      references: new Map(held === null ? [] : [[reference, held]]),
    }));
}
