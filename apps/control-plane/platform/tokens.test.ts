import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';

const dayMs = 24 * 60 * 60_000;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const create = (plane: RunningControlPlane, body: Record<string, unknown>, headers?: Record<string, string>) =>
  plane.ask('POST', '/platform/v1/tokens', { body, ...(headers && { headers }) });

const listed = async (plane: RunningControlPlane, name: string) =>
  (await plane.ask('GET', '/platform/v1/tokens')).json.tokens.find((token: { name: string }) => token.name === name);

test('a token does what its scopes say and nothing else', async (t) => {
  const plane = await runControlPlane(t);
  const { status, json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  assert.equal(status, 201);
  assert.match(json.secret, /^[A-Za-z0-9_-]{43}$/);
  const headers = bearer(json.secret);
  assert.equal((await plane.ask('GET', '/metrics', { headers })).status, 200);
  assert.equal((await plane.ask('GET', '/scim/v2/Users?count=1', { headers })).status, 403);
  assert.equal((await plane.ask('GET', '/platform/v1/tokens', { headers })).status, 403);
});

test('the secret is answered once and is nowhere in the store', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  const { text } = await plane.ask('GET', '/platform/v1/tokens');
  assert.ok(!text.includes(json.secret));
  const { text: audit } = await plane.ask('GET', '/platform/v1/audit');
  assert.ok(!audit.includes(json.secret));
  await plane.close();
  const file = readFileSync(join(plane.home, 'control-plane', 'springline.db'));
  assert.ok(file.includes('monitoring'));
  assert.ok(!file.includes(json.secret));
});

test('a token ends after 90 days unless another time was named, to the millisecond', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  assert.equal(Date.parse(json.expiresAt), plane.clock.now() + 90 * dayMs);
  const short = (await create(plane, { name: 'short', scopes: ['read'], lifetimeDays: 1 })).json;
  const ask = (secret: string) => plane.ask('GET', '/metrics', { headers: bearer(secret) });
  plane.clock.advance(dayMs - 1);
  assert.equal((await ask(short.secret)).status, 200);
  plane.clock.advance(1);
  assert.equal((await ask(short.secret)).status, 401);
  assert.equal((await ask(json.secret)).status, 200);
});

for (const lifetimeDays of [0, 367, 1.5, -1, null, 'never']) {
  test(`a lifetime of ${lifetimeDays} days is refused`, async (t) => {
    const plane = await runControlPlane(t);
    assert.equal((await create(plane, { name: 'x', scopes: ['read'], lifetimeDays })).json.code, 'malformed-request');
  });
}

for (const scopes of [[], ['everything'], 'read']) {
  test(`the scopes ${JSON.stringify(scopes)} are refused`, async (t) => {
    const plane = await runControlPlane(t);
    assert.equal((await create(plane, { name: 'x', scopes })).json.code, 'malformed-request');
  });
}

test('a token makes no token with a scope that it lacks, nor one that outlives it', async (t) => {
  const plane = await runControlPlane(t);
  const body = { name: 'builder', scopes: ['administer', 'read'], lifetimeDays: 2 };
  const builder = (await create(plane, body)).json;
  const headers = bearer(builder.secret);
  for (const scope of ['directory.read', 'upgrade.manage', 'upgrade.approve']) {
    const { json } = await create(plane, { name: 'wide', scopes: ['read', scope] }, headers);
    assert.equal(json.code, 'scope-not-held');
    assert.match(json.detail, new RegExp(scope.replace('.', '\\.')));
  }
  const child = await create(plane, { name: 'child', scopes: ['read'], lifetimeDays: 366 }, headers);
  assert.equal(child.json.expiresAt, builder.expiresAt);
});

test('a token for a person has at most what their role holds, and loses it with the role', async (t) => {
  const plane = await runControlPlane(t);
  const added = await plane.ask('POST', '/platform/v1/people', { body: { name: 'Ada', role: 'release-manager' } });
  const personId = added.json.id;
  const wide = await create(plane, { name: 'wide', scopes: ['directory.read'], personId });
  assert.equal(wide.json.code, 'scope-not-held');
  const { json } = await create(plane, { name: 'pipeline', scopes: ['read', 'upgrade.manage'], personId });
  assert.deepEqual(json.person, { id: personId, name: 'Ada' });
  await plane.ask('PATCH', `/platform/v1/people/${personId}`, { body: { role: 'application' } });
  assert.equal((await plane.ask('GET', '/metrics', { headers: bearer(json.secret) })).status, 403);
  assert.deepEqual((await listed(plane, 'pipeline')).scopes, []);
});

test('a revoked token ends at once, and twice is once too often', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  const path = `/platform/v1/tokens/${json.id}`;
  assert.equal((await plane.ask('DELETE', path)).status, 204);
  assert.equal((await plane.ask('GET', '/metrics', { headers: bearer(json.secret) })).status, 401);
  assert.equal((await plane.ask('DELETE', path)).json.code, 'not-found');
});

test('a token that ended can still be seen and revoked, and its name is free again after 30 days', async (t) => {
  const plane = await runControlPlane(t);
  await create(plane, { name: 'monitoring', scopes: ['read'], lifetimeDays: 1 });
  plane.clock.advance(dayMs);
  assert.ok(Date.parse((await listed(plane, 'monitoring')).expiresAt) <= plane.clock.now());
  assert.equal((await create(plane, { name: 'Monitoring', scopes: ['read'] })).json.code, 'name-taken');
  const { id } = await listed(plane, 'monitoring');
  assert.equal((await plane.ask('DELETE', `/platform/v1/tokens/${id}`)).status, 204);
  assert.equal((await create(plane, { name: 'Monitoring', scopes: ['read'] })).status, 201);
});

test('the last use is shown to the minute and written down once in one', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  assert.equal((await listed(plane, 'monitoring')).lastUsedAt, undefined);
  const use = () => plane.ask('GET', '/metrics', { headers: bearer(json.secret) });
  plane.clock.advance(90_500);
  await use();
  assert.equal((await listed(plane, 'monitoring')).lastUsedAt, '2026-11-22T14:01:00.000Z');
  plane.clock.advance(59_999);
  await use();
  assert.equal((await listed(plane, 'monitoring')).lastUsedAt, '2026-11-22T14:01:00.000Z');
  plane.clock.advance(1);
  await use();
  assert.equal((await listed(plane, 'monitoring')).lastUsedAt, '2026-11-22T14:02:00.000Z');
});

test('the admin token is a file of the home: it is listed, has no end, and is not revoked over the API', async (t) => {
  const plane = await runControlPlane(t);
  const token = await listed(plane, 'admin-token');
  assert.equal(token.expiresAt, undefined);
  assert.equal((await plane.ask('DELETE', `/platform/v1/tokens/${token.id}`)).json.code, 'home-token');
  assert.equal((await create(plane, { name: 'Admin-Token', scopes: ['read'] })).json.code, 'name-taken');
});

test('an admin token made by a version with fewer scopes gets the new ones at the start', async (t) => {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  await database.write((writer) =>
    writer.updateTable('platform_tokens').set({ scopes: '["read","administer"]' }).execute(),
  );
  await plane.close();
  const again = await runControlPlane(t, { home: plane.home, clock: plane.clock });
  const { json } = await again.ask('GET', '/platform/v1/session');
  assert.deepEqual(json.scopes, ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve']);
});

test('the tokens of another tenant are not there', async (t) => {
  const plane = await runControlPlane(t);
  const other = bearer(await makeToken(plane, await plane.openDatabase(), { tenant: 'other' }));
  const { json } = await create(plane, { name: 'monitoring', scopes: ['read'] });
  const seen = await plane.ask('GET', '/platform/v1/tokens', { headers: other });
  assert.ok(!seen.text.includes(json.id));
  const answer = await plane.ask('DELETE', `/platform/v1/tokens/${json.id}`, { headers: other });
  assert.deepEqual([answer.status, answer.json.code], [404, 'not-found']);
  assert.equal((await plane.ask('GET', '/metrics', { headers: bearer(json.secret) })).status, 200);
});
