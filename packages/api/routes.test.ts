import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type Route, scopes } from './route.ts';
import { routes } from './routes.ts';

const table = Object.entries(routes) as [string, Route][];

test('every route goes by its own id, and no two share a method and path', () => {
  for (const [id, route] of table) assert.equal(route.id, id);
  assert.equal(new Set(table.map(([, { method, path }]) => `${method} ${path}`)).size, table.length);
});

test('paths live where the architecture puts them', () => {
  for (const [, { path }] of table) {
    assert.match(
      path,
      /^\/(platform\/v1\/|directory\/v1\/|hus\/v1\/|pks\/v1\/|scim\/v2\/|openapi\.json$|metrics$|healthz$)/,
    );
  }
});

test('the parameters of a path are exactly those that its shape parses', () => {
  for (const [id, { path, params }] of table) {
    const inPath = [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name);
    const shape = params instanceof z.ZodObject ? Object.keys(params.shape) : [];
    assert.deepEqual(shape, inPath, id);
  }
});

test('what changes something is open to nobody but whoever signs in', () => {
  const open = table.filter(([, { method, access }]) => method !== 'GET' && access.kind === 'none');
  assert.deepEqual(
    open.map(([id]) => id),
    ['signIn', 'askPks'],
  );
});

test('every scope is asked for by some route, and only known ones are', () => {
  const asked = new Set(table.flatMap(([, { access }]) => (access.kind === 'person' ? [access.scope] : [])));
  assert.deepEqual([...asked].sort(), [...scopes].sort());
});

test('every body has a bound of at most 8 MiB, and GET has none', () => {
  for (const [id, { method, body, bodyLimitBytes }] of table) {
    assert.ok(bodyLimitBytes <= 8 * 1024 * 1024, id);
    if (method === 'GET') assert.equal(body, undefined, id);
  }
});

test('every JSON shape on the wire is strict or open by decision: an unknown field of a body is refused', () => {
  for (const [id, { body }] of table) {
    if (body === undefined) continue;
    const { error } = body.safeParse({ unexpected: 1 });
    assert.ok(
      error?.issues.some((issue) => issue.code === 'unrecognized_keys'),
      id,
    );
  }
});
