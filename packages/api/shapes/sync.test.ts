import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { routes } from '../routes.ts';
import { syncRoutes } from '../sync-routes.ts';
import { syncCalls } from './sync.ts';
import { isSyncMethod, type SyncMethod, syncMethods } from './sync-methods.ts';
import { question } from './sync-question.ts';

const methods = Object.keys(syncMethods) as SyncMethod[];

interface Schema {
  readonly type?: string;
  readonly [keyword: string]: unknown;
}

/** Paths of texts and lists without a bound. */
function unbounded(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((member, at) => unbounded(member, `${path}/${at}`));
  const { type, maxLength, pattern, format, enum: words, const: word, maxItems } = schema as Schema;
  const isText = type === 'string' && [maxLength, pattern, format, words, word].every((bound) => bound === undefined);
  const isList = type === 'array' && maxItems === undefined;
  return [
    ...(isText || isList ? [path] : []),
    ...Object.entries(schema).flatMap(([keyword, member]) => unbounded(member, `${path}/${keyword}`)),
  ];
}

test('every text and every list of every question and answer has a bound', () => {
  for (const method of methods) {
    const { parameters, answer } = syncCalls[method];
    for (const shape of [parameters, answer] as z.ZodType[]) {
      assert.deepEqual(unbounded(z.toJSONSchema(shape, { io: 'input' }), method), []);
    }
  }
});

test('each method that may be asked from afar has exactly one route, which reads or administers as the method does', () => {
  const asked = Object.values(syncRoutes).flatMap((route) => {
    const method = /\/:agentId\/sync\/(.+)$/.exec(route.path)?.[1];
    return method === undefined ? [] : [{ method, route }];
  });
  assert.deepEqual(asked.map(({ method }) => method).sort(), [...methods].sort());
  for (const { method, route } of asked) {
    assert.ok(isSyncMethod(method));
    assert.ok(route.id in routes);
    assert.ok(route.access.kind === 'person');
    // A preview decides nothing, but takes the host's time and a place among its plans.
    const scope = syncMethods[method].effect === 'decide' || method.startsWith('preview') ? 'administer' : 'read';
    assert.equal(route.access.scope, scope, method);
  }
});

test('names that are no method are none, also those that every object has', () => {
  for (const name of ['status', 'search', '__proto__', 'constructor', 'toString', ''])
    assert.equal(isSyncMethod(name), false);
});

test('a question to a host fits every method and leaves time for its answer', () => {
  for (const method of methods) {
    const { withinMs } = syncMethods[method];
    const words = { id: '01920000-0000-7000-8000-000000000001', method, parameters: {}, by: 'person:ada', withinMs };
    assert.deepEqual(question.parse(words), words);
  }
});

test('pages have a size without being asked, and never an endless one', () => {
  assert.equal(syncCalls['search.mv'].parameters.parse({}).limit, 50);
  assert.equal(syncCalls.history.parameters.parse({}).limit, 20);
  for (const limit of [0, 201, 1.5, '50']) {
    assert.equal(syncCalls.pending.parameters.safeParse({ limit }).success, false);
  }
});

test('a trial of a rule is about either a rule or an expression', () => {
  const { parameters } = syncCalls['rules.test'];
  assert.ok(parameters.safeParse({ object: 'a1', rule: 'In from AD - User Join' }).success);
  assert.ok(parameters.safeParse({ object: 'a1', expression: 'Trim([mail])' }).success);
  assert.equal(parameters.safeParse({ object: 'a1' }).success, false);
  assert.equal(parameters.safeParse({ object: 'a1', rule: 'x', expression: 'y' }).success, false);
});

test('runs of hosts from before this contract are read: without a kind, and with what a newer one adds dropped', () => {
  const run = { number: 7, startedAt: '2026-11-22T14:00:00.000Z', result: 'success', steps: [] };
  assert.deepEqual(syncCalls.history.answer.parse([{ ...run, news: 1 }]), [run]);
});
