import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Route } from '@springline/api/route';
import { routes } from '@springline/api/routes';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { openApiDocument } from './open-api.ts';

const golden = new URL('./open-api.golden.json', import.meta.url);

test('the contract is as committed: a change of it is reviewed (UPDATE_GOLDEN=1 writes it)', () => {
  const text = `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('every route is in the document once, with its parameters', () => {
  const { paths } = openApiDocument();
  const listed = Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })),
  );
  assert.equal(listed.length, Object.keys(routes).length);
  for (const route of Object.values(routes) as Route[]) {
    const found = listed.find(({ operation }) => operation.operationId === route.id)!;
    assert.equal(found.method, route.method.toLowerCase());
    const inPath = [...found.path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name);
    const parameters = (found.operation.parameters ?? []) as { name: string; in: string; required: boolean }[];
    assert.deepEqual(
      parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
      inPath,
    );
    assert.ok(parameters.every((parameter) => parameter.in !== 'path' || parameter.required));
    assert.equal(found.operation.requestBody !== undefined, route.body !== undefined);
    assert.ok(String(route.status) in found.operation.responses);
  }
});

test('the document is sound OpenAPI 3.1: references resolve, ids are unique, security schemes exist', () => {
  const document = openApiDocument();
  const { components, paths, openapi } = document;
  assert.equal(openapi, '3.1.0');
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
  assert.ok(references.length > 20);
  for (const reference of references) {
    assert.match(reference, /^#\/components\/schemas\/[A-Za-z]+$/);
    assert.ok(reference.slice('#/components/schemas/'.length) in components.schemas, reference);
  }
  assert.doesNotMatch(text, /\$defs|\$schema/);
  const used = new Set(references.map((reference) => reference.slice('#/components/schemas/'.length)));
  assert.deepEqual(
    Object.keys(components.schemas).filter((name) => !used.has(name)),
    [],
  );
  const ids = Object.values(paths).flatMap((byMethod) => Object.values(byMethod).map(({ operationId }) => operationId));
  assert.equal(new Set(ids).size, ids.length);
  const schemes = Object.keys(components.securitySchemes as object);
  for (const byMethod of Object.values(paths)) {
    for (const { security } of Object.values(byMethod)) {
      for (const scheme of security.flatMap(Object.keys)) assert.ok(schemes.includes(scheme));
    }
  }
});

test('the document is served, and the page made from it lists every route without a script', async (t) => {
  const plane = await runControlPlane(t);
  const { json, headers } = await plane.ask('GET', '/openapi.json', { headers: {} });
  assert.match(headers.get('content-type')!, /^application\/json/);
  assert.deepEqual(json, JSON.parse(JSON.stringify(openApiDocument())));
  const page = await plane.ask('GET', '/docs', { headers: {} });
  assert.match(page.headers.get('content-type')!, /^text\/html/);
  assert.doesNotMatch(page.text, /<script| style=| on[a-z]+=/);
  for (const { method, path } of Object.values(routes) as Route[]) {
    assert.ok(page.text.includes(`${method} ${path.replace(/:([A-Za-z]+)/g, '{$1}')}`), path);
  }
  const style = await plane.ask('GET', '/docs/style.css', { headers: {} });
  assert.match(style.headers.get('content-type')!, /^text\/css/);
});
