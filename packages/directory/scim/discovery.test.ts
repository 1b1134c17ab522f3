import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import type { SchemaAttribute } from './resource-type.ts';

const base = 'https://id.example.com/scim/v2';

test('every schema that a resource type names is among the schemas', () => {
  const known = new Set(schemas(base).map((schema) => schema['id']));
  for (const type of resourceTypes(base)) {
    assert.ok(known.has(type['schema']));
    for (const { schema } of type['schemaExtensions'] as { schema: string }[]) assert.ok(known.has(schema), schema);
  }
  assert.equal(known.size, 5);
});

test('schemas are complete by RFC 7643 7: every attribute states all its characteristics', () => {
  const characteristics = [
    'name',
    'type',
    'multiValued',
    'description',
    'required',
    'caseExact',
    'mutability',
    'returned',
    'uniqueness',
  ];
  const check = (attribute: SchemaAttribute): void => {
    for (const name of characteristics) assert.ok(Object.hasOwn(attribute, name), `${attribute.name} lacks ${name}`);
    assert.equal(attribute.type === 'complex', attribute.subAttributes !== undefined, attribute.name);
    attribute.subAttributes?.forEach(check);
  };
  for (const schema of schemas(base)) (schema['attributes'] as SchemaAttribute[]).forEach(check);
});

test('the configuration promises no more than is there', () => {
  const config = serviceProviderConfig(base, { largest: 1000, usual: 100 });
  assert.deepEqual(
    ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'].map((name) => [
      name,
      (config[name] as { supported: boolean }).supported,
    ]),
    [
      ['patch', false],
      ['bulk', false],
      ['filter', true],
      ['changePassword', false],
      ['sort', true],
      ['etag', true],
    ],
  );
});
