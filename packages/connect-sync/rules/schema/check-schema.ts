/**
 * Checks a value against a JSON Schema (draft 2020-12), for tests: the keywords that the schema of rule files has, and
 * an error for any other, so that none is passed over in silence.
 */

export type Schema = { readonly [keyword: string]: unknown };

/** Where and what; empty when the value fits. */
export function schemaFaults(schema: Schema, value: unknown, root: Schema = schema, path = ''): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (silent.has(keyword)) return [];
    const check = keywords[keyword];
    if (check === undefined) throw new Error(`the keyword ${keyword} is not checked here`);
    return check(wanted, value, { schema, root, path });
  });
}

interface Place {
  readonly schema: Schema;
  readonly root: Schema;
  readonly path: string;
}

type Check = (wanted: unknown, value: unknown, place: Place) => readonly string[];

/** Keywords that say nothing of a value by themselves; the last two are looked at by `if`. */
const silent: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$defs',
  'title',
  'description',
  'default',
  'then',
  'else',
]);

const fault = ({ path }: Place, sentence: string): readonly string[] => [`${path || '/'}: ${sentence}`];

const keywords: Readonly<Record<string, Check>> = {
  $ref: (wanted, value, { root, path }) => {
    const [, name] = /^#\/\$defs\/(\w+)$/.exec(String(wanted)) ?? [];
    return schemaFaults((root['$defs'] as Record<string, Schema>)[name!]!, value, root, path);
  },
  type: (wanted, value, place) => {
    const types = Array.isArray(wanted) ? wanted : [wanted];
    return types.some((type) => isOfType(String(type), value)) ? [] : fault(place, `is no ${types.join(' or ')}`);
  },
  enum: (wanted, value, place) => ((wanted as unknown[]).includes(value) ? [] : fault(place, 'is none of the words')),
  const: (wanted, value, place) => (wanted === value ? [] : fault(place, `is not ${String(wanted)}`)),
  minLength: (wanted, value, place) =>
    typeof value === 'string' && value.length < Number(wanted) ? fault(place, 'is too short') : [],
  minItems: (wanted, value, place) =>
    Array.isArray(value) && value.length < Number(wanted) ? fault(place, 'has too few items') : [],
  maxItems: (wanted, value, place) =>
    Array.isArray(value) && value.length > Number(wanted) ? fault(place, 'has too many items') : [],
  minimum: (wanted, value, place) =>
    typeof value === 'number' && value < Number(wanted) ? fault(place, 'is too small') : [],
  maximum: (wanted, value, place) =>
    typeof value === 'number' && value > Number(wanted) ? fault(place, 'is too large') : [],
  items: (wanted, value, { root, path }) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => schemaFaults(wanted as Schema, item, root, `${path}/${index}`))
      : [],
  required: (wanted, value, place) =>
    isMapping(value)
      ? (wanted as string[]).filter((key) => !Object.hasOwn(value, key)).flatMap((key) => fault(place, `lacks ${key}`))
      : [],
  properties: (wanted, value, { root, path }) =>
    isMapping(value)
      ? Object.entries(wanted as Record<string, Schema>).flatMap(([key, schema]) =>
          Object.hasOwn(value, key) ? schemaFaults(schema, value[key], root, `${path}/${key}`) : [],
        )
      : [],
  additionalProperties: (_, value, place) =>
    isMapping(value)
      ? Object.keys(value)
          .filter((key) => !Object.hasOwn(place.schema['properties'] as object, key))
          .flatMap((key) => fault(place, `has the unknown key ${key}`))
      : [],
  anyOf: (wanted, value, place) =>
    (wanted as Schema[]).some((schema) => fits(schema, value, place)) ? [] : fault(place, 'fits none'),
  oneOf: (wanted, value, place) =>
    (wanted as Schema[]).filter((schema) => fits(schema, value, place)).length === 1
      ? []
      : fault(place, 'fits not one'),
  if: (wanted, value, { schema, root, path }) => {
    const branch = schema[fits(wanted as Schema, value, { schema, root, path }) ? 'then' : 'else'];
    return branch === undefined ? [] : schemaFaults(branch as Schema, value, root, path);
  },
};

function fits(schema: Schema, value: unknown, { root, path }: Place): boolean {
  return schemaFaults(schema, value, root, path).length === 0;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMapping(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
