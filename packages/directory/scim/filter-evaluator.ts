/**
 * A bound filter on a plain resource. The definition of what a filter means: stores compile filters to their own
 * language and are tested against this.
 *
 * A comparison holds when one value of the attribute meets it. `ne` holds when one value differs or there is none;
 * `eq null` when there is none, `ne null` when there is one.
 */
import type { CompareOperator, FilterLiteral } from './filter.ts';
import { type BoundFilter, instantFrom } from './filter-binding.ts';
import type { SchemaAttribute } from './resource-type.ts';
import { compareText, foldCase } from './text-order.ts';

/** Whether `resource`, a SCIM resource as JSON, meets `filter`. */
export function matchesFilter(filter: BoundFilter, resource: unknown): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((part) => matchesFilter(part, resource));
    case 'or':
      return filter.filters.some((part) => matchesFilter(part, resource));
    case 'not':
      return !matchesFilter(filter.filter, resource);
    case 'constant':
      return filter.value;
    case 'present':
      return valuesAt(resource, filter.attribute.steps).some(isPresent);
    case 'element':
      return valuesAt(resource, filter.attribute.steps).some((value) => matchesFilter(filter.filter, value));
    case 'compare': {
      const { definition, steps } = filter.attribute;
      const values = valuesAt(resource, steps).flatMap((value) => comparableValue(value, definition) ?? []);
      return matchesValues(values, filter.op, filter.value, definition.caseExact);
    }
  }
}

/** The comparison itself, on the values that an attribute has. */
export function matchesValues(
  values: readonly (string | number | boolean)[],
  op: CompareOperator,
  literal: FilterLiteral,
  caseExact: boolean,
): boolean {
  if (literal === null) return (op === 'eq') === (values.length === 0);
  const wanted = typeof literal === 'string' && !caseExact ? foldCase(literal) : literal;
  const holds = (value: string | number | boolean): boolean =>
    holdsFor(typeof value === 'string' && !caseExact ? foldCase(value) : value, op, wanted);
  return op === 'ne' ? values.length === 0 || values.some(holds) : values.some(holds);
}

function holdsFor(value: string | number | boolean, op: CompareOperator, wanted: string | number | boolean): boolean {
  switch (op) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'co':
      return String(value).includes(String(wanted));
    case 'sw':
      return String(value).startsWith(String(wanted));
    case 'ew':
      return String(value).endsWith(String(wanted));
    default:
      return orderHolds(order(value, wanted), op);
  }
}

function order(value: string | number | boolean, wanted: string | number | boolean): number {
  return typeof value === 'string' ? compareText(value, String(wanted)) : Number(value) - Number(wanted);
}

function orderHolds(order: number, op: 'gt' | 'ge' | 'lt' | 'le'): boolean {
  if (order === 0) return op === 'ge' || op === 'le';
  return order > 0 ? op === 'gt' || op === 'ge' : op === 'lt' || op === 'le';
}

/** A value in the form its type compares in; undefined when it has another type than its schema says. */
function comparableValue(value: unknown, definition: SchemaAttribute): string | number | boolean | undefined {
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'decimal':
      return typeof value === 'number' ? value : undefined;
    case 'dateTime':
      return instantFrom(value);
    default:
      return typeof value === 'string' ? value : undefined;
  }
}

/** Every value under `steps`; values of arrays one by one, null and undefined never. */
function valuesAt(value: unknown, steps: readonly string[]): unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, steps));
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  return typeof value === 'object' ? valuesAt(member(value, step), rest) : [];
}

/** The schema's spelling first, then any other case of it. */
function member(object: object, name: string): unknown {
  const fields = object as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(fields, name)) return fields[name];
  const folded = name.toLowerCase();
  const spelled = Object.keys(fields).find((key) => key.toLowerCase() === folded);
  return spelled === undefined ? undefined : fields[spelled];
}

/** RFC 7644 3.4.2.2 `pr`: a non-empty value, or a complex value with one inside. */
function isPresent(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (typeof value !== 'object') return true;
  return Object.values(value).some(isPresent);
}
