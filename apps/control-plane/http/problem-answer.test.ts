import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemCatalogue, problemShape } from '@springline/api/problem';
import { jsonLog } from '@springline/ports/log';
import { StorageError } from '../storage/storage-error.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { standInDirectory } from '../testing/stand-in-directory.ts';
import { answerForError } from './problem-answer.ts';

test('every error has a code of the catalogue, its status, and the request id that the log has', async (t) => {
  const plane = await runControlPlane(t);
  for (const [method, path, code] of [
    ['GET', '/nothing', 'not-found'],
    ['GET', '/platform/v1/nothing', 'not-found'],
    ['POST', '/nothing', 'not-found'],
    ['PUT', '/platform/v1/home', 'method-not-allowed'],
    ['GET', '/%zz', 'malformed-request'],
    ['POST', `/platform/v1/agents/${'x'.repeat(300)}/revoke`, 'malformed-request'],
    ['GET', '/platform/v1/audit?limit=x', 'malformed-request'],
  ] as const) {
    const { status, headers, json } = await plane.ask(method, path);
    assert.equal(json.code, code, path);
    assert.equal(status, problemCatalogue[code][0]);
    assert.match(headers.get('content-type')!, /^application\/problem\+json/);
    assert.equal(json.requestId, headers.get('x-request-id'));
    assert.equal(problemShape.safeParse(json).success, true);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('405 names the methods that there are (RFC 9110 15.5.6)', async (t) => {
  const plane = await runControlPlane(t);
  const allow = async (path: string) => (await plane.ask('PATCH', path)).headers.get('allow');
  assert.equal(await allow('/platform/v1/session'), 'POST, HEAD, GET, DELETE');
  assert.equal(await allow('/platform/v1/home/events'), 'GET');
  assert.equal(await allow('/directory/v1/changes'), 'GET');
});

test('HEAD answers as GET does, without the body', async (t) => {
  const plane = await runControlPlane(t);
  const answer = await plane.ask('HEAD', '/platform/v1/home');
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '');
});

test('under /scim/v2 errors are SCIM errors (RFC 7644 3.12)', async (t) => {
  const plane = await runControlPlane(t);
  for (const [path, status, headers] of [
    ['/scim/v2/Users/missing', 404, undefined],
    ['/scim/v2/Nothing', 404, undefined],
    ['/scim/v2/Users?count=x', 400, undefined],
    ['/scim/v2/Users', 401, {}],
  ] as const) {
    const answer = await plane.ask('GET', path, headers === undefined ? {} : { headers });
    assert.equal(answer.status, status, path);
    assert.match(answer.headers.get('content-type')!, /^application\/scim\+json/);
    assert.deepEqual(answer.json.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
    assert.equal(answer.json.status, String(status));
    assert.equal(typeof answer.json.detail, 'string');
  }
});

test('a fault of ours is a 500 that says nothing, and the log has where, not what', async (t) => {
  const lines: string[] = [];
  const plane = await runControlPlane(t, {
    log: jsonLog((line) => lines.push(line)),
    directory: {
      ...standInDirectory,
      handlers: (deps) => ({
        ...standInDirectory.handlers(deps),
        async scimListUsers() {
          throw new RangeError('the value was hunter2');
        },
        // An answer with a field too many must not leave the house.
        scimGetGroup: async () => ({ schemas: 'hunter2' }) as never,
      }),
    },
  });
  for (const path of ['/scim/v2/Users', '/scim/v2/Groups/g1']) {
    const { status, text, headers } = await plane.ask('GET', path);
    assert.equal(status, 500);
    assert.doesNotMatch(text, /hunter2|RangeError|TypeError/);
    const line = lines.find((logged) => logged.includes(headers.get('x-request-id')!));
    assert.match(line!, /http\.request-failed.*"frames":" {4}at /);
  }
  assert.doesNotMatch(lines.join(), /hunter2/);
});

test('a store that is full or busy says what to do', () => {
  const full = answerForError(new StorageError('database-full', 'x'), '/platform/v1/home', 'r1');
  assert.equal(full.status, 507);
  const busy = answerForError(new StorageError('database-busy', 'x'), '/platform/v1/home', 'r1');
  assert.equal(busy.status, 503);
  assert.equal(busy.headers['retry-after'], '5');
  const corrupt = answerForError(new StorageError('database-corrupt', '/srv/home/db is damaged'), '/x', 'r1');
  assert.equal(corrupt.status, 500);
  assert.doesNotMatch(corrupt.body, /srv/);
});
