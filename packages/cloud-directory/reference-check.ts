/** Whether references may be changed as an operation wants it, whatever they point at. */
import { definitionOfAttribute } from './attribute-catalogue.ts';
import type { CloudObject } from './cloud-object.ts';
import { type ExportFailure, failure } from './export-failure.ts';
import type { ReferenceChanges, ReferenceDelta } from './export-operation.ts';

/** Changes by attribute, in the catalogue's spelling. */
export type ReferencePlan = readonly (ReferenceDelta & { readonly attribute: string; readonly single: boolean })[];

/** Most references that one object holds. */
export const referenceLimit = 500_000;

export function checkReferences(object: CloudObject, changes: ReferenceChanges): ReferencePlan | ExportFailure {
  const plan: ReferencePlan[number][] = [];
  let added = 0;
  for (const [attribute, { add, remove }] of changes) {
    const definition = definitionOfAttribute(attribute);
    if (definition?.kind !== 'reference' || !definition.types.includes(object.type)) {
      return failure('DataValidationFailed', `a ${object.type} has no reference ${attribute}`, { attribute });
    }
    const single = !definition.multiValued;
    if (single && new Set(add).size > 1) {
      return failure('DataValidationFailed', `${attribute} refers to one object at most`, { attribute });
    }
    added += add.length;
    plan.push({ attribute: definition.name, single, add, remove });
  }
  // Counts what is there already twice, which matters only within 5,000 of the bound.
  if (object.referenceCount + added <= referenceLimit) return plan;
  return failure('LargeObject', `an object holds at most ${referenceLimit} references`);
}
