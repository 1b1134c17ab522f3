/** Writing schemas down briefly: the defaults of RFC 7643 2.2, with read-only mutability, since applications read here. */
import type { AttributeType, SchemaAttribute } from './resource-type.ts';

type Words = Partial<Omit<SchemaAttribute, 'name' | 'type' | 'description'>>;

export function attribute(name: string, type: AttributeType, description: string, words: Words = {}): SchemaAttribute {
  return {
    name,
    type,
    multiValued: false,
    description,
    required: false,
    caseExact: type === 'reference' || type === 'binary',
    mutability: 'readOnly',
    returned: 'default',
    uniqueness: 'none',
    ...words,
  };
}

export const text = (name: string, description: string, words: Words = {}): SchemaAttribute =>
  attribute(name, 'string', description, words);

export const flag = (name: string, description: string): SchemaAttribute => attribute(name, 'boolean', description);

export const parts = (
  name: string,
  description: string,
  subAttributes: readonly SchemaAttribute[],
  words: Words = {},
): SchemaAttribute => attribute(name, 'complex', description, { ...words, subAttributes });

export const list = (name: string, description: string, subAttributes: readonly SchemaAttribute[]): SchemaAttribute =>
  parts(name, description, subAttributes, { multiValued: true });
