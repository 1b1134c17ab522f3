/**
 * Gives a filter its meaning for one resource type: paths become attributes, literals are checked against their types,
 * and what the type does not have becomes a constant (RFC 7644 3.4.2.1: as if there were no value). Both the evaluator
 * and the compilers to a store's language start from here, so they cannot disagree on types or case.
 */
import { type CompareOperator, type Filter, type FilterLiteral, isEquality, isOrder, isPartial } from './filter.ts';
import { findAttribute, type ResolvedAttribute, type ResourceType, resolveAttribute } from './resource-type.ts';
import { ScimError } from './scim-error.ts';

export type BoundFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly filter: BoundFilter }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'present'; readonly attribute: ResolvedAttribute }
  | {
      readonly kind: 'compare';
      readonly attribute: ResolvedAttribute;
      readonly op: CompareOperator;
      /** Of the attribute's type; an instant is in milliseconds since 1970. */
      readonly value: FilterLiteral;
    }
  /** The attributes in `filter` start at one value of `attribute`. */
  | { readonly kind: 'element'; readonly attribute: ResolvedAttribute; readonly filter: BoundFilter };

/** @throws {ScimError} `invalidFilter` when a literal or an operator does not fit its attribute. */
export function bindFilter(filter: Filter, type: ResourceType): BoundFilter {
  return bind(filter, (path) => resolveAttribute(type, path));
}

type Resolve = (path: Parameters<typeof resolveAttribute>[1]) => ResolvedAttribute | undefined;

function bind(filter: Filter, resolve: Resolve): BoundFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { kind: filter.op, filters: filter.filters.map((part) => bind(part, resolve)) };
    case 'not':
      return { kind: 'not', filter: bind(filter.filter, resolve) };
    case 'pr': {
      const attribute = resolve(filter.path);
      return attribute === undefined ? { kind: 'constant', value: false } : { kind: 'present', attribute };
    }
    case 'element':
      return bindElement(filter, resolve);
    default:
      return bindComparison(filter, resolve);
  }
}

function bindElement(filter: Extract<Filter, { op: 'element' }>, resolve: Resolve): BoundFilter {
  const attribute = resolve(filter.path);
  if (attribute === undefined) return { kind: 'constant', value: false };
  const { definition } = attribute;
  if (definition.subAttributes === undefined) {
    throw new ScimError('invalidFilter', `${definition.name} has no sub-attributes to filter by`);
  }
  const inner = bind(filter.filter, (path) => {
    const sub = path.urn === undefined && path.sub === undefined && findAttribute(definition.subAttributes, path.name);
    return sub ? { steps: [sub.name], key: sub.name, definition: sub } : undefined;
  });
  return { kind: 'element', attribute, filter: inner };
}

function bindComparison(
  filter: { readonly op: CompareOperator; readonly path: Parameters<Resolve>[0]; readonly value: FilterLiteral },
  resolve: Resolve,
): BoundFilter {
  const found = resolve(filter.path);
  if (found === undefined) return { kind: 'constant', value: holdsWithoutValue(filter.op, filter.value) };
  const attribute = comparable(found);
  return { kind: 'compare', attribute, op: filter.op, value: literalFor(attribute, filter.op, filter.value) };
}

/** Unassigned and null are one state (RFC 7643 2.5), so `eq null` and `ne "x"` hold where nothing is. */
function holdsWithoutValue(op: CompareOperator, value: FilterLiteral): boolean {
  return value === null ? op === 'eq' : op === 'ne';
}

/** A complex attribute compares by its `value` (RFC 7643 2.4: the default sub-attribute). */
function comparable(attribute: ResolvedAttribute): ResolvedAttribute {
  if (attribute.definition.type !== 'complex') return attribute;
  const sub = findAttribute(attribute.definition.subAttributes, 'value');
  if (sub === undefined) {
    throw new ScimError('invalidFilter', `${attribute.key} has parts: name one, as in ${example(attribute)}`);
  }
  return { steps: [...attribute.steps, sub.name], key: `${attribute.key}.${sub.name}`, definition: sub };
}

const example = (attribute: ResolvedAttribute): string =>
  `${attribute.key}.${attribute.definition.subAttributes?.[0]?.name ?? 'value'}`;

function literalFor(attribute: ResolvedAttribute, op: CompareOperator, value: FilterLiteral): FilterLiteral {
  const refuse = (wanted: string): never => {
    throw new ScimError('invalidFilter', `${attribute.key} ${op}: compare with ${wanted}`);
  };
  if (value === null) return value;
  switch (attribute.definition.type) {
    case 'boolean':
      if (!isEquality(op)) return refuse('eq or ne, true or false');
      return typeof value === 'boolean' ? value : refuse('true or false, without quotes');
    case 'integer':
    case 'decimal':
      return typeof value === 'number' ? value : refuse('a number, without quotes');
    case 'dateTime':
      if (isPartial(op)) return refuse('eq, ne, gt, ge, lt or le');
      return instantFrom(value) ?? refuse('an instant such as "2026-11-22T14:00:00Z"');
    case 'binary':
      if (isOrder(op)) return refuse('eq, ne, co, sw or ew');
      return typeof value === 'string' ? value : refuse('text in quotes');
    default:
      return typeof value === 'string' ? value : refuse('text in quotes');
  }
}

const dateTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;

/** Milliseconds since 1970 of an xsd:dateTime with a zone; finer digits are cut off. Undefined when it is none. */
export function instantFrom(value: unknown): number | undefined {
  if (typeof value !== 'string' || !dateTime.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
