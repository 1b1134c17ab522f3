import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemBody } from '@springline/api/problem';
import { ApiError, createApiClient, pathOf } from './api-client.ts';
import { home, session } from './testing/home-fixtures.ts';

/** A server that answers once with this, and keeps what it was sent. */
function answering(status: number, text: string) {
  const sent: { path: string; init: RequestInit }[] = [];
  const client = createApiClient(async (path, init) => {
    sent.push({ path: String(path), init: init ?? {} });
    return new Response(status === 204 ? null : text, { status });
  });
  return { client, sent };
}

const failure = (code: string, status: number) => (error: unknown) =>
  error instanceof ApiError && error.code === code && error.status === status;

test('a path carries its parameters and query, encoded', () => {
  assert.equal(pathOf('revokeAgent', { agentId: 'a/b ?' }), '/platform/v1/agents/a%2Fb%20%3F/revoke');
  assert.equal(pathOf('listAudit', {}, { after: 7, limit: undefined }), '/platform/v1/audit?after=7');
});

test('a call sends method, path and body of its route and returns the parsed answer', async () => {
  const { client, sent } = answering(201, JSON.stringify(session()));
  const answer = await client.call('signIn', { body: { linkToken: 'A'.repeat(22) } });
  assert.equal(answer.tenant.name, 'Contoso');
  assert.equal(sent[0]?.path, '/platform/v1/session');
  assert.equal(sent[0]?.init.method, 'POST');
  assert.equal(sent[0]?.init.body, JSON.stringify({ linkToken: 'A'.repeat(22) }));
});

test('a route without an answer answers nothing', async () => {
  assert.equal(await answering(204, '').client.call('signOut', {}), undefined);
});

test('a refusal becomes an error with the code and the words of the server', async () => {
  const { client } = answering(403, JSON.stringify(problemBody('sign-in-link-invalid', 'Used at noon.', undefined)));
  await assert.rejects(client.call('getHome', {}), (error) => {
    assert.ok(failure('sign-in-link-invalid', 403)(error));
    return error instanceof ApiError && error.detail === 'Used at noon.';
  });
});

for (const row of [
  { name: 'a refusal in HTML by something in between', status: 502, text: '<h1>Bad gateway</h1>' },
  { name: 'an answer that is not JSON', status: 200, text: '<h1>Hello</h1>' },
  { name: 'an answer of another shape', status: 200, text: JSON.stringify({ ...home(), agents: 'none' }) },
  {
    name: 'an answer with a field that this page does not know',
    status: 200,
    text: JSON.stringify({ ...home(), extra: 1 }),
  },
]) {
  test(`${row.name} is an unexpected answer`, async () => {
    await assert.rejects(
      answering(row.status, row.text).client.call('getHome', {}),
      failure('unexpected-answer', row.status),
    );
  });
}

test('a connection that fails is no answer', async () => {
  const client = createApiClient(async () => {
    throw new TypeError('fetch failed');
  });
  await assert.rejects(client.call('getHome', {}), failure('no-answer', 0));
});
