import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';

const dayMs = 24 * 60 * 60_000;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const add = (plane: RunningControlPlane, body: unknown, headers?: Record<string, string>) =>
  plane.ask('POST', '/platform/v1/tenants', { body, ...(headers && { headers }) });

const names = async (plane: RunningControlPlane) =>
  (await plane.ask('GET', '/platform/v1/tenants')).json.tenants.map(({ name }: { name: string }) => name);

test('a tenant comes with an administrator, whose token does there what an administrator may, and nothing here', async (t) => {
  const plane = await runControlPlane(t);
  const { status, json } = await add(plane, { name: 'Woodgrove Bank & Sons, Inc.', administrator: 'Ada Okonkwo' });
  assert.equal(status, 201);
  assert.deepEqual(
    [json.isOperator, json.administrator.name, json.administrator.role],
    [false, 'Ada Okonkwo', 'administrator'],
  );
  assert.deepEqual(json.token.scopes, ['read', 'directory.read', 'administer']);
  assert.equal(Date.parse(json.token.expiresAt), plane.clock.now() + 90 * dayMs);
  const headers = bearer(json.token.secret);
  const session = (await plane.ask('GET', '/platform/v1/session', { headers })).json;
  assert.deepEqual(session.tenant, { id: json.id, name: 'Woodgrove Bank & Sons, Inc.' });
  const people = (await plane.ask('GET', '/platform/v1/people', { headers })).json.people;
  assert.deepEqual(
    people.map(({ name }: { name: string }) => name),
    ['Ada Okonkwo'],
  );
  const body = { connector: { name: 'woodgrove.example', kind: 'openldap' } };
  assert.equal((await plane.ask('POST', '/platform/v1/enrolments', { body, headers })).status, 201);
  assert.equal((await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: true }, headers })).status, 403);
});

test('the list begins with the tenant whose people run the installation', async (t) => {
  const plane = await runControlPlane(t);
  await add(plane, { name: 'Fabrikam' });
  plane.clock.advance(1);
  await add(plane, { name: 'Contoso' });
  const { tenants } = (await plane.ask('GET', '/platform/v1/tenants')).json;
  assert.deepEqual(
    tenants.map(({ name, isOperator }: { name: string; isOperator: boolean }) => [name, isOperator]),
    [
      ['default', true],
      ['Fabrikam', false],
      ['Contoso', false],
    ],
  );
});

test('people of another tenant neither see nor add tenants, also when a clock that was set back made theirs the oldest', async (t) => {
  const plane = await runControlPlane(t);
  plane.clock.advance(-dayMs);
  const made = (await add(plane, { name: 'Fabrikam' })).json;
  const headers = bearer(made.token.secret);
  for (const answer of [
    await plane.ask('GET', '/platform/v1/tenants', { headers }),
    await add(plane, { name: 'Contoso' }, headers),
  ]) {
    assert.deepEqual([answer.status, answer.json.code], [403, 'operator-only']);
  }
  assert.deepEqual(await names(plane), ['default', 'Fabrikam']);
});

test('who may not administer adds no tenant, and nobody gives the scopes that they lack themselves', async (t) => {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  for (const [scopes, code] of [
    [['read', 'directory.read', 'upgrade.manage'], 'not-authorised'],
    [['administer', 'read'], 'scope-not-held'],
  ] as const) {
    const { json } = await add(plane, { name: 'Fabrikam' }, bearer(await makeToken(plane, database, { scopes })));
    assert.equal(json.code, code);
  }
  assert.deepEqual(await names(plane), ['default']);
});

test('the token of the new administrator does not outlive the token that asked', async (t) => {
  const plane = await runControlPlane(t);
  const lifetimeMs = 2 * dayMs;
  const short = await makeToken(plane, await plane.openDatabase(), { lifetimeMs });
  const { json } = await add(plane, { name: 'Fabrikam', lifetimeDays: 366 }, bearer(short));
  assert.equal(Date.parse(json.token.expiresAt), plane.clock.now() + lifetimeMs);
});

test('a name is there once, in whichever case, and none is that of hosts without a tenant', async (t) => {
  const plane = await runControlPlane(t);
  assert.equal((await add(plane, { name: 'Fabrikam' })).status, 201);
  for (const name of ['Fabrikam', 'FABRIKAM', 'Default', 'unknown', 'Ｆabrikam']) {
    assert.equal((await add(plane, { name })).json.code, 'name-taken', name);
  }
  assert.deepEqual(await names(plane), ['default', 'Fabrikam']);
});

for (const name of [
  '',
  ' ',
  ' Fabrikam',
  'Fabrikam ',
  'a\nb',
  'a\u202eb',
  '<b>',
  '"quoted"',
  'x'.repeat(101),
  7,
  null,
]) {
  test(`the name ${JSON.stringify(name)} is refused`, async (t) => {
    const plane = await runControlPlane(t);
    assert.equal((await add(plane, { name })).json.code, 'malformed-request');
  });
}

test('the trail of either tenant has it, and neither has the secret', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await add(plane, { name: 'Fabrikam' });
  const here = await plane.ask('GET', '/platform/v1/audit?limit=500');
  const there = await plane.ask('GET', '/platform/v1/audit', { headers: bearer(json.token.secret) });
  const words = ({ action, actor, subject }: Record<string, string>) => [action, actor, subject];
  assert.deepEqual(words(here.json.entries.at(-1)), ['tenant.created', 'token:admin-token', `tenant:${json.id}`]);
  assert.deepEqual(there.json.entries.map(words), [
    ['tenant.created', 'operator', `tenant:${json.id}`],
    ['person.created', 'operator', `person:${json.administrator.id}`],
    ['token.created', 'operator', `token:${json.token.id}`],
  ]);
  assert.ok(!here.text.includes(json.token.secret) && !there.text.includes(json.token.secret));
});

test('the first token is its tenant’s own: it can be revoked there', async (t) => {
  const plane = await runControlPlane(t);
  const { token } = (await add(plane, { name: 'Fabrikam' })).json;
  const headers = bearer(token.secret);
  const revoke = (auth?: Record<string, string>) =>
    plane.ask('DELETE', `/platform/v1/tokens/${token.id}`, auth && { headers: auth });
  assert.equal((await revoke()).status, 404);
  assert.equal((await revoke(headers)).status, 204);
  assert.equal((await plane.ask('GET', '/platform/v1/session', { headers })).status, 401);
});
