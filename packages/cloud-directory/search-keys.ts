/**
 * The single-valued attributes by which a store finds and orders objects without opening them. They are those of the
 * SCIM resource, so that a search means the same wherever it is carried out.
 */
import { foldCase } from '@springline/directory/scim/text-order';
import type { CloudObject } from './cloud-object.ts';
import { displayNameOf, isActive, type PersonText, personText } from './scim-names.ts';

/** Texts are in the case-folded form of SCIM comparisons, except `displayName`. */
export interface SearchKeys {
  /** As it is shown beside links to the object. */
  readonly displayName: string | null;
  readonly displayNameKey: string | null;
  readonly userNameKey: string | null;
  readonly givenNameKey: string | null;
  readonly familyNameKey: string | null;
  readonly titleKey: string | null;
  readonly departmentKey: string | null;
  readonly employeeNumberKey: string | null;
  readonly active: boolean;
}

export function searchKeysOf({ type, attributes }: Pick<CloudObject, 'type' | 'attributes'>): SearchKeys {
  const folded = (name: PersonText): string | null => {
    const text = type === 'group' ? undefined : personText(attributes, name);
    return text === undefined ? null : foldCase(text);
  };
  const displayName = displayNameOf(type, attributes) ?? null;
  return {
    displayName,
    displayNameKey: displayName === null ? null : foldCase(displayName),
    userNameKey: folded('userName'),
    givenNameKey: folded('givenName'),
    familyNameKey: folded('familyName'),
    titleKey: folded('title'),
    departmentKey: folded('department'),
    employeeNumberKey: folded('employeeNumber'),
    active: isActive(attributes),
  };
}
