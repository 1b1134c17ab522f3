import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RoleName } from '@springline/api/shapes/access';
import { listAudit } from '../storage/platform/audit.ts';
import { firstBrokenLink } from '../storage/platform/audit-chain.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function add(plane: RunningControlPlane, name: string, role: RoleName, headers?: Record<string, string>) {
  const answer = await plane.ask('POST', '/platform/v1/people', { body: { name, role }, ...(headers && { headers }) });
  return answer;
}

async function addOne(plane: RunningControlPlane, name: string, role: RoleName): Promise<string> {
  const { status, json, text } = await add(plane, name, role);
  assert.equal(status, 201, text);
  return json.id;
}

const people = async (plane: RunningControlPlane) =>
  (await plane.ask('GET', '/platform/v1/people')).json.people as { id: string; name: string; role: string }[];

/** A session of that person, as headers. */
async function signInAs(plane: RunningControlPlane, personId: string): Promise<Record<string, string>> {
  const link = await plane.ask('POST', `/platform/v1/people/${personId}/sign-in-links`);
  assert.equal(link.status, 201, link.text);
  const body = { linkToken: link.json.url.split('#')[1] };
  const answer = await plane.ask('POST', '/platform/v1/session', { body, headers: {} });
  assert.equal(answer.status, 201, answer.text);
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]!, origin: plane.url };
}

const sessionOf = (plane: RunningControlPlane, headers: Record<string, string>) =>
  plane.ask('GET', '/platform/v1/session', { headers });

for (const [role, scopes] of [
  ['administrator', ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve']],
  ['release-manager', ['read', 'upgrade.manage']],
  ['rollout-approver', ['read', 'upgrade.approve']],
  ['reader', ['read']],
  ['application', ['directory.read']],
] as const) {
  test(`a person with the role ${role} holds ${scopes.join(', ')}`, async (t) => {
    const plane = await runControlPlane(t);
    const { json } = await add(plane, 'Ada', role);
    assert.deepEqual({ role: json.role, scopes: json.scopes }, { role, scopes });
    const headers = await signInAs(plane, json.id);
    if (role === 'application') assert.equal((await sessionOf(plane, headers)).json.code, 'not-authorised');
    else assert.deepEqual((await sessionOf(plane, headers)).json.scopes, scopes);
  });
}

test('people are listed by name, the first administrator among them', async (t) => {
  const plane = await runControlPlane(t);
  await addOne(plane, 'Zoë Müller', 'reader');
  await addOne(plane, 'Bo', 'rollout-approver');
  assert.deepEqual(
    (await people(plane)).map(({ name, role }) => [name, role]),
    [
      ['Bo', 'rollout-approver'],
      ['Zoë Müller', 'reader'],
      ['admin', 'administrator'],
    ],
  );
});

test('two people cannot be confused: a name is taken in any case', async (t) => {
  const plane = await runControlPlane(t);
  assert.equal((await add(plane, 'ADMIN', 'reader')).json.code, 'name-taken');
});

for (const name of ['', ' ada', 'ada ', 'a\nb', '=cmd', 'a\u202eb', 'x'.repeat(101)]) {
  test(`${JSON.stringify(name.slice(0, 8))} is no name`, async (t) => {
    const plane = await runControlPlane(t);
    assert.equal((await add(plane, name, 'reader')).json.code, 'malformed-request');
  });
}

test('a role counts from the next request on, also for a session that is open', async (t) => {
  const plane = await runControlPlane(t);
  const id = await addOne(plane, 'Ada', 'administrator');
  const headers = await signInAs(plane, id);
  assert.equal((await plane.ask('GET', '/platform/v1/people', { headers })).status, 200);
  const changed = await plane.ask('PATCH', `/platform/v1/people/${id}`, { body: { role: 'reader' } });
  assert.deepEqual([changed.status, changed.json.role, changed.json.scopes], [200, 'reader', ['read']]);
  assert.equal((await plane.ask('GET', '/platform/v1/people', { headers })).json.code, 'not-authorised');
  assert.deepEqual((await sessionOf(plane, headers)).json.scopes, ['read']);
});

test('with a person go their sessions, links and tokens, at once', async (t) => {
  const plane = await runControlPlane(t);
  const id = await addOne(plane, 'Ada', 'reader');
  const session = await signInAs(plane, id);
  const link = await plane.ask('POST', `/platform/v1/people/${id}/sign-in-links`);
  const body = { name: 'of ada', scopes: ['read'], personId: id };
  const { json: token } = await plane.ask('POST', '/platform/v1/tokens', { body });
  for (const headers of [session, bearer(token.secret)])
    assert.equal((await plane.ask('GET', '/platform/v1/home', { headers })).status, 200);
  assert.equal((await plane.ask('DELETE', `/platform/v1/people/${id}`)).status, 204);
  for (const headers of [session, bearer(token.secret)])
    assert.equal((await plane.ask('GET', '/platform/v1/home', { headers })).status, 401);
  const follow = { body: { linkToken: link.json.url.split('#')[1] }, headers: {} };
  assert.equal((await plane.ask('POST', '/platform/v1/session', follow)).json.code, 'sign-in-link-invalid');
  assert.ok(!(await people(plane)).some(({ name }) => name === 'Ada'));
  const { json } = await plane.ask('GET', '/platform/v1/tokens');
  assert.ok(!json.tokens.some((listed: { id: string }) => listed.id === token.id));
});

test('a page that watches ends when its person is removed', async (t) => {
  const plane = await runControlPlane(t);
  const id = await addOne(plane, 'Ada', 'reader');
  const { cookie } = await signInAs(plane, id);
  const stream = await fetch(`${plane.url}/platform/v1/home/events`, { headers: { cookie: cookie! } });
  const reader = stream.body!.getReader();
  await reader.read();
  await plane.ask('DELETE', `/platform/v1/people/${id}`);
  for (let last = await reader.read(); !last.done; ) last = await reader.read();
});

test('the last administrator stays one and stays', async (t) => {
  const plane = await runControlPlane(t);
  const [admin] = await people(plane);
  const path = `/platform/v1/people/${admin!.id}`;
  assert.equal((await plane.ask('DELETE', path)).json.code, 'last-administrator');
  const demoted = await plane.ask('PATCH', path, { body: { role: 'reader' } });
  assert.equal(demoted.json.code, 'last-administrator');
  assert.equal((await plane.ask('PATCH', path, { body: { role: 'administrator' } })).status, 200);
});

test('of two administrators who remove each other at once, one is left', async (t) => {
  const plane = await runControlPlane(t);
  const other = await addOne(plane, 'Ada', 'administrator');
  const [admin] = (await people(plane)).filter(({ name }) => name === 'admin');
  const answers = await Promise.all([admin!.id, other].map((id) => plane.ask('DELETE', `/platform/v1/people/${id}`)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  assert.equal((await people(plane)).length, 1);
});

test('the admin token goes on when the first administrator is removed, and no start brings them back', async (t) => {
  const plane = await runControlPlane(t);
  await addOne(plane, 'Ada', 'administrator');
  const admin = (await people(plane)).find(({ name }) => name === 'admin')!;
  assert.equal((await plane.ask('DELETE', `/platform/v1/people/${admin.id}`)).status, 204);
  assert.equal((await plane.ask('GET', '/platform/v1/home')).status, 200);
  await plane.close();
  const again = await runControlPlane(t, { home: plane.home, clock: plane.clock });
  assert.equal(again.adminToken, readFileSync(join(plane.home, 'admin-token'), 'utf8').trim());
  assert.deepEqual(
    (await people(again)).map(({ name }) => name),
    ['Ada'],
  );
});

test('nobody gives a role that may do more than they may', async (t) => {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  const narrow = bearer(await makeToken(plane, database, { scopes: ['read', 'administer', 'upgrade.manage'] }));
  for (const role of ['administrator', 'rollout-approver', 'application'] as const)
    assert.equal((await add(plane, 'Ada', role, narrow)).json.code, 'scope-not-held', role);
  assert.equal((await add(plane, 'Ada', 'release-manager', narrow)).status, 201);
  const id = (await people(plane)).find(({ name }) => name === 'Ada')!.id;
  const raised = await plane.ask('PATCH', `/platform/v1/people/${id}`, {
    body: { role: 'administrator' },
    headers: narrow,
  });
  assert.equal(raised.json.code, 'scope-not-held');
});

test('a narrow token does not become a wide session by a sign-in link', async (t) => {
  const plane = await runControlPlane(t);
  const narrow = bearer(await makeToken(plane, await plane.openDatabase(), { scopes: ['administer', 'read'] }));
  const [admin] = await people(plane);
  for (const path of ['/platform/v1/sign-in-links', `/platform/v1/people/${admin!.id}/sign-in-links`])
    assert.equal((await plane.ask('POST', path, { headers: narrow })).json.code, 'scope-not-held');
});

test('S30: roles that reach every agent are not grantable by another tenant, and its administrator has no such scope', async (t) => {
  const plane = await runControlPlane(t);
  const other = bearer(await makeToken(plane, await plane.openDatabase(), { tenant: 'other' }));
  for (const role of ['release-manager', 'rollout-approver'] as const)
    assert.equal((await add(plane, 'Ada', role, other)).json.code, 'role-not-grantable');
  const { json } = await sessionOf(plane, other);
  assert.deepEqual(json.scopes, ['read', 'directory.read', 'administer']);
  const body = { name: 'wide', scopes: ['upgrade.manage'] };
  assert.equal((await plane.ask('POST', '/platform/v1/tokens', { body, headers: other })).json.code, 'scope-not-held');
  assert.equal((await add(plane, 'Ada', 'administrator', other)).status, 201);
});

test('the people of another tenant are not there', async (t) => {
  const plane = await runControlPlane(t);
  const other = bearer(await makeToken(plane, await plane.openDatabase(), { tenant: 'other' }));
  const id = await addOne(plane, 'Ada', 'reader');
  const seen = await plane.ask('GET', '/platform/v1/people', { headers: other });
  assert.deepEqual(
    seen.json.people.map(({ name }: { name: string }) => name),
    ['admin'],
  );
  for (const [method, suffix, body] of [
    ['PATCH', '', { role: 'administrator' }],
    ['DELETE', '', undefined],
    ['POST', '/sign-in-links', undefined],
  ] as const) {
    const path = `/platform/v1/people/${id}${suffix}`;
    const answer = await plane.ask(method, path, { ...(body && { body }), headers: other });
    assert.deepEqual([answer.status, answer.json.code], [404, 'not-found'], method);
  }
  const forThem = { name: 'theirs', scopes: ['read'], personId: id };
  const answer = await plane.ask('POST', '/platform/v1/tokens', { body: forThem, headers: other });
  assert.equal(answer.json.code, 'not-found');
});

test('each change is in the audit trail, and what was refused is not', async (t: TestContext) => {
  const plane = await runControlPlane(t);
  const id = await addOne(plane, 'Ada', 'reader');
  await plane.ask('PATCH', `/platform/v1/people/${id}`, { body: { role: 'administrator' } });
  await plane.ask('DELETE', `/platform/v1/people/${id}`);
  await plane.ask('DELETE', `/platform/v1/people/${id}`);
  const database = await plane.openDatabase();
  const { json: session } = await sessionOf(plane, bearer(plane.adminToken));
  const entries = await listAudit(database.read, session.tenant.id, { after: 0, limit: 100 });
  assert.equal(firstBrokenLink(session.tenant.id, entries), undefined);
  assert.deepEqual(
    entries
      .filter(({ subject }) => subject === `person:${id}`)
      .map(({ actor, action, detail }) => ({ actor, action, detail })),
    [
      { actor: 'token:admin-token', action: 'person.created', detail: { name: 'Ada', role: 'reader' } },
      {
        actor: 'token:admin-token',
        action: 'person.role-changed',
        detail: { name: 'Ada', before: 'reader', after: 'administrator' },
      },
      { actor: 'token:admin-token', action: 'person.removed', detail: { name: 'Ada', role: 'administrator' } },
    ],
  );
});
