/**
 * Which attributes of a resource an answer holds: `attributes` and `excludedAttributes` (RFC 7644 3.9). A projection is
 * known before anything is read, so that what nobody asked for (the members of a large group) is not read either.
 */
import { parseAttributePath } from './attribute-path.ts';
import { type ResourceType, resolveAttribute } from './resource-type.ts';
import { ScimError } from './scim-error.ts';

export interface Projection {
  /** Whether any part of the attribute at `steps` is in the answer. */
  wants(...steps: string[]): boolean;
  /** The part of `resource` that is in the answer. */
  of(resource: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** Step by step to what is named; `true` is everything from here down. */
type Selection = Map<string, Selection | true>;

const nameLimit = 100;

/**
 * Reads both parameters, each a list of attribute paths with commas. Names that the resource type does not have are
 * passed over. With both given, `excludedAttributes` takes away from `attributes`.
 *
 * @throws {ScimError} `invalidPath` for what is no attribute path, `invalidValue` for more than 100 of them.
 */
export function parseProjection(
  type: ResourceType,
  query: { readonly attributes?: string | undefined; readonly excludedAttributes?: string | undefined },
): Projection {
  const included = query.attributes === undefined ? undefined : selectionOf(type, query.attributes, 'attributes');
  const excluded = selectionOf(type, query.excludedAttributes ?? '', 'excludedAttributes');
  const always = [...type.common, ...type.schema.attributes].filter(({ returned }) => returned === 'always');
  for (const { name } of always) {
    included?.set(name, true);
    excluded.delete(name);
  }
  return {
    wants: (...steps) => (included === undefined || overlaps(included, steps)) && !covers(excluded, steps),
    of: (resource) => {
      const kept = included === undefined ? { ...resource } : keep(resource, included);
      return drop(kept, excluded);
    },
  };
}

function selectionOf(type: ResourceType, list: string, parameter: string): Selection {
  const selection: Selection = new Map();
  const names = list.split(',').flatMap((name) => name.trim() || []);
  if (names.length > nameLimit)
    throw new ScimError('invalidValue', `${parameter} names at most ${nameLimit} attributes`);
  for (const name of names) {
    const attribute = resolveAttribute(type, parseAttributePath(name));
    if (attribute !== undefined) select(selection, attribute.steps);
  }
  return selection;
}

function select(selection: Selection, [step, ...rest]: readonly string[]): void {
  if (step === undefined) return;
  const below = selection.get(step);
  if (below === true) return;
  if (rest.length === 0) selection.set(step, true);
  else if (below !== undefined) select(below, rest);
  else {
    const fresh: Selection = new Map();
    selection.set(step, fresh);
    select(fresh, rest);
  }
}

/** Whether something at, above or below `steps` is selected. */
function overlaps(selection: Selection, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  const below = selection.get(step);
  return below === true || (below !== undefined && overlaps(below, rest));
}

/** Whether everything at `steps` is selected. */
function covers(selection: Selection, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return false;
  const below = selection.get(step);
  return below === true || (below !== undefined && covers(below, rest));
}

function keep(resource: Readonly<Record<string, unknown>>, selection: Selection): Record<string, unknown> {
  return mapFields(resource, (name, value) => {
    const below = selection.get(name);
    if (below === undefined) return undefined;
    return below === true ? value : inEach(value, (part) => keep(part, below));
  });
}

function drop(resource: Readonly<Record<string, unknown>>, selection: Selection): Record<string, unknown> {
  if (selection.size === 0) return { ...resource };
  return mapFields(resource, (name, value) => {
    const below = selection.get(name);
    if (below === true) return undefined;
    return below === undefined ? value : inEach(value, (part) => drop(part, below));
  });
}

/** Rebuilds an object; fields whose new value is undefined or an empty object are left out. */
function mapFields(
  resource: Readonly<Record<string, unknown>>,
  change: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(resource)) {
    const changed = change(name, value);
    if (changed !== undefined && !isEmpty(changed)) out[name] = changed;
  }
  return out;
}

function inEach(value: unknown, change: (part: Readonly<Record<string, unknown>>) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => inEach(part, change)).filter((part) => !isEmpty(part));
  return isRecord(value) ? change(value) : value;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
