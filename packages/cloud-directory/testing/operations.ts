/** Export operations, briefly written. */
import type { AttributeValue, ObjectType } from '../cloud-object.ts';
import type { ExportOperation, ReferenceDelta } from '../export-operation.ts';

type Values = Readonly<Record<string, AttributeValue | null>>;
type References = Readonly<Record<string, Partial<ReferenceDelta>>>;

function change(op: 'add' | 'update') {
  return (
    objectType: ObjectType,
    sourceAnchor: string,
    attributes: Values = {},
    references: References = {},
  ): ExportOperation => ({
    op,
    objectType,
    sourceAnchor,
    attributes: new Map(Object.entries(attributes)),
    references: new Map(
      Object.entries(references).map(([name, { add = [], remove = [] }]) => [name, { add, remove }] as const),
    ),
  });
}

export const add = change('add');
export const update = change('update');
export const remove = (objectType: ObjectType, sourceAnchor: string): ExportOperation => ({
  op: 'delete',
  objectType,
  sourceAnchor,
});

/** A user with what a user needs. */
export const addUser = (name: string, attributes: Values = {}, references: References = {}): ExportOperation =>
  add('user', name, { userPrincipalName: `${name}@example.com`, ...attributes }, references);
export const addGroup = (name: string, members: readonly string[] = [], attributes: Values = {}): ExportOperation =>
  add('group', name, { displayName: name, ...attributes }, { member: { add: members } });
