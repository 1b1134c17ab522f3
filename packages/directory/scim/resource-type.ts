/**
 * Resource types and their schemas as data (RFC 7643 6 and 7), and what an attribute path means for one. Names and URNs
 * are matched without regard to case (RFC 7643 2.1).
 */
import type { AttributePath } from './attribute-path.ts';

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'reference'
  | 'binary'
  | 'complex';

/** An attribute as `/Schemas` shows it (RFC 7643 7). */
export interface SchemaAttribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly SchemaAttribute[];
}

export interface Schema {
  /** The schema URN. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly SchemaAttribute[];
}

export interface ResourceType {
  readonly name: string;
  /** Path below the service's base: `/Users`. */
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
  /** Attributes of every resource, which no schema lists (RFC 7643 3.1). */
  readonly common: readonly SchemaAttribute[];
}

/** An attribute of a resource type, found. */
export interface ResolvedAttribute {
  /** Keys from the resource's root to the value, in the schema's spelling; arrays on the way are not counted. */
  readonly steps: readonly string[];
  /** The attribute in one word: `emails.value`, or with its URN for extensions. */
  readonly key: string;
  readonly definition: SchemaAttribute;
}

/** Finds what `path` names; undefined when the resource type has no such attribute. */
export function resolveAttribute(type: ResourceType, path: AttributePath): ResolvedAttribute | undefined {
  if (path.urn === undefined || sameName(path.urn, type.schema.id)) {
    return descend([...type.schema.attributes, ...type.common], path, []);
  }
  const urn = path.urn;
  const extension = type.extensions.find((schema) => sameName(schema.id, urn));
  if (extension !== undefined) return descend(extension.attributes, path, [extension.id]);
  return path.sub === undefined ? wholeExtension(type, `${urn}:${path.name}`) : undefined;
}

/** Finds an attribute among `attributes` by name, without regard to case. */
export function findAttribute(
  attributes: readonly SchemaAttribute[] | undefined,
  name: string,
): SchemaAttribute | undefined {
  return attributes?.find((attribute) => sameName(attribute.name, name));
}

export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function descend(
  attributes: readonly SchemaAttribute[],
  path: AttributePath,
  prefix: readonly string[],
): ResolvedAttribute | undefined {
  const definition = findAttribute(attributes, path.name);
  if (definition === undefined) return undefined;
  if (path.sub === undefined) return resolved([...prefix, definition.name], definition);
  const sub = findAttribute(definition.subAttributes, path.sub);
  return sub === undefined ? undefined : resolved([...prefix, definition.name, sub.name], sub);
}

/** `urn:…:User` without a name behind it stands for everything of that extension; a URN's last word looks like a name. */
function wholeExtension(type: ResourceType, urn: string): ResolvedAttribute | undefined {
  const extension = type.extensions.find((schema) => sameName(schema.id, urn));
  if (extension === undefined) return undefined;
  return resolved([extension.id], {
    name: extension.id,
    type: 'complex',
    multiValued: false,
    description: extension.description,
    required: false,
    caseExact: false,
    mutability: 'readOnly',
    returned: 'default',
    uniqueness: 'none',
    subAttributes: extension.attributes,
  });
}

function resolved(steps: readonly string[], definition: SchemaAttribute): ResolvedAttribute {
  const [first = '', ...rest] = steps;
  const key = first.includes(':') && rest.length > 0 ? `${first}:${rest.join('.')}` : steps.join('.');
  return { steps, key, definition };
}
