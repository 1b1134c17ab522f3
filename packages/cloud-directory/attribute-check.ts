/**
 * Whether attributes may be stored: first each value by itself, in the form that the catalogue gives it, then the object
 * as it would be. The first fault is told; an object with a fault is left as it was.
 */
import { isMailAddress, splitProxyAddress } from './addresses.ts';
import {
  type AttributeDefinition,
  definitionOfAttribute,
  extensionLimits,
  isExtension,
} from './attribute-catalogue.ts';
import {
  type Attribute,
  type Attributes,
  type AttributeValue,
  type ObjectType,
  type Scalar,
  sameValue,
  textOf,
} from './cloud-object.ts';
import { type ExportFailure, failure } from './export-failure.ts';
import { faultOfUserPrincipalName } from './user-principal-name.ts';

/** By lower-case name; null takes the attribute away. */
export type AttributeChanges = ReadonlyMap<string, Attribute | null>;

/** Largest object: names and values together, in characters. */
export const objectSizeLimit = 128 * 1024;

/**
 * Checks and normalises what an operation brings: single values stand alone, multi-valued attributes are lists without
 * repetition.
 */
export function checkChanges(
  type: ObjectType,
  sourceAnchor: string,
  values: Iterable<readonly [name: string, value: AttributeValue | null]>,
): AttributeChanges | ExportFailure {
  const changes = new Map<string, Attribute | null>();
  for (const [name, value] of values) {
    const definition = definitionOfAttribute(name);
    const fault = faultOfName(name, definition, type, changes);
    if (fault !== undefined) return failure('DataValidationFailed', fault, { attribute: name });
    if (value === null) {
      changes.set(name.toLowerCase(), null);
      continue;
    }
    const scalars = Array.isArray(value) ? [...new Set<Scalar>(value)] : [value as Scalar];
    const failed = faultOfValues(name, definition!, scalars) ?? faultOfMeaning(name, scalars, sourceAnchor);
    if (failed !== undefined) return failed;
    const listed = definition!.multiValued && (definition!.kind !== 'any' || Array.isArray(value));
    changes.set(name.toLowerCase(), { name, value: listed ? scalars : scalars[0]! });
  }
  return changes;
}

/** The attributes after `changes`, and whether that is something else than before. */
export function applyChanges(
  before: Attributes,
  changes: AttributeChanges,
): { attributes: Attributes; changed: boolean } {
  const attributes = new Map(before);
  let changed = false;
  for (const [key, change] of changes) {
    const old = before.get(key);
    if (change === null) changed = attributes.delete(key) || changed;
    else if (old === undefined || old.name !== change.name || !sameValue(old.value, change.value)) {
      attributes.set(key, change);
      changed = true;
    }
  }
  return { attributes: changed ? attributes : before, changed };
}

/** What the whole object must have, and how large it may be. */
export function checkObject(type: ObjectType, attributes: Attributes): ExportFailure | undefined {
  if (type === 'user' && textOf(attributes, 'userPrincipalName') === undefined) {
    const attribute = 'userPrincipalName';
    return failure('IdentityDataValidationFailed', 'a user needs a userPrincipalName', { attribute });
  }
  if (type === 'group' && textOf(attributes, 'displayName') === undefined) {
    return failure('DataValidationFailed', 'a group needs a displayName', { attribute: 'displayName' });
  }
  let size = 0;
  let extensionValues = 0;
  for (const [key, { name, value }] of attributes) {
    const scalars: readonly Scalar[] = Array.isArray(value) ? value : [value as Scalar];
    size += name.length;
    for (const scalar of scalars) size += typeof scalar === 'string' ? scalar.length : 8;
    if (isExtension(key)) extensionValues += scalars.length;
  }
  if (size > objectSizeLimit) return failure('LargeObject', `the object has more than ${objectSizeLimit} characters`);
  if (extensionValues > extensionLimits.values) {
    return failure('LargeObject', `the object has more than ${extensionLimits.values} directory extension values`);
  }
  return undefined;
}

function faultOfName(
  name: string,
  definition: AttributeDefinition | undefined,
  type: ObjectType,
  seen: ReadonlyMap<string, unknown>,
): string | undefined {
  if (definition === undefined) return `the directory has no attribute ${name}`;
  if (definition.kind === 'reference') return `${name} is a reference; send it among the references`;
  if (!definition.types.includes(type)) return `a ${type} has no attribute ${name}`;
  if (seen.has(name.toLowerCase())) return `${name} is given twice`;
  return undefined;
}

function faultOfValues(
  name: string,
  definition: AttributeDefinition,
  values: readonly Scalar[],
): ExportFailure | undefined {
  const attribute = name;
  if (values.length === 0) return failure('DataValidationFailed', `${name} has an empty list`, { attribute });
  if (!definition.multiValued && values.length > 1) {
    return failure('DataValidationFailed', `${name} has one value at most`, { attribute });
  }
  if (values.length > definition.maxValues) {
    return failure('LargeObject', `${name} has at most ${definition.maxValues} values`, { attribute });
  }
  for (const value of values) {
    const fault = faultOfScalar(definition, value);
    if (fault !== undefined) return failure('DataValidationFailed', `${name} ${fault}`, { attribute });
    if (typeof value === 'string' && value.length > definition.maxLength) {
      const message = `${name} has at most ${definition.maxLength} characters`;
      return failure('ExceededAllowedLength', message, { attribute });
    }
  }
  return undefined;
}

function faultOfScalar({ kind }: AttributeDefinition, value: Scalar): string | undefined {
  if (kind === 'flag' && typeof value !== 'boolean') return 'is true or false';
  if (kind === 'integer' && !Number.isSafeInteger(value)) return 'is a whole number';
  if (kind === 'text' && typeof value !== 'string') return 'is a text';
  if (typeof value !== 'string') return undefined;
  if (value === '') return 'is empty; send null to remove it';
  // No engine stores these alike: PostgreSQL refuses U+0000, and half a surrogate pair has no UTF-8.
  if (value.includes('\u0000') || !value.isWellFormed()) return 'holds U+0000 or half of a surrogate pair';
  return undefined;
}

/** Rules of single attributes. */
function faultOfMeaning(name: string, values: readonly Scalar[], sourceAnchor: string): ExportFailure | undefined {
  const attribute = name;
  const [value] = values;
  switch (name.toLowerCase()) {
    case 'userprincipalname': {
      const fault = faultOfUserPrincipalName(String(value));
      if (fault === undefined) return undefined;
      return failure('IdentityDataValidationFailed', `the userPrincipalName ${fault}`, { attribute });
    }
    case 'mail':
      if (isMailAddress(String(value))) return undefined;
      return failure('DataValidationFailed', 'mail is not of the form name@domain', { attribute });
    case 'proxyaddresses':
      if (values.every((proxy) => isSoundProxyAddress(String(proxy)))) return undefined;
      return failure('DataValidationFailed', 'an SMTP proxy address is not of the form name@domain', { attribute });
    case 'usagelocation':
    case 'countrylettercode':
      if (/^[A-Za-z]{2}$/.test(String(value))) return undefined;
      return failure('DataValidationFailed', `${name} is a country code of two letters`, { attribute });
    case 'sourceanchor':
      if (value === sourceAnchor) return undefined;
      return failure('DataValidationFailed', 'the sourceAnchor attribute has changed', { attribute });
    default:
      return undefined;
  }
}

function isSoundProxyAddress(value: string): boolean {
  const { scheme, address } = splitProxyAddress(value);
  return scheme.toLowerCase() !== 'smtp' || isMailAddress(address);
}
