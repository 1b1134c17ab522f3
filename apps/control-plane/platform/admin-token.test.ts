import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnrolmentString } from '@springline/api/enrolment-string';
import { runControlPlane, temporaryFolder } from '../testing/running-control-plane.ts';

const status = async (plane: Awaited<ReturnType<typeof runControlPlane>>, token: string) =>
  (await plane.ask('GET', '/platform/v1/home', { headers: { authorization: `Bearer ${token}` } })).status;

test('the first start writes a token with every scope that only the owner may read', async (t) => {
  const plane = await runControlPlane(t);
  const path = join(plane.home, 'admin-token');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, 'utf8'), /^[A-Za-z0-9_-]{43}\n$/);
  const { json } = await plane.ask('GET', '/platform/v1/session');
  assert.deepEqual(json.scopes, ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve']);
  assert.equal(json.tenant.name, 'default');
});

test('the token goes on working over a restart, and one whose mode was loosened is tightened', async (t) => {
  const plane = await runControlPlane(t);
  const path = join(plane.home, 'admin-token');
  await plane.close();
  chmodSync(path, 0o644);
  const again = await runControlPlane(t, { home: plane.home });
  assert.equal(again.adminToken, plane.adminToken);
  assert.equal(await status(again, plane.adminToken), 200);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('who owns the home is not locked out by a lost database', async (t) => {
  const plane = await runControlPlane(t);
  await plane.close();
  rmSync(join(plane.home, 'control-plane', 'springline.db'));
  const again = await runControlPlane(t, { home: plane.home });
  assert.equal(again.adminToken, plane.adminToken);
  assert.equal(await status(again, plane.adminToken), 200);
});

test('deleting the file makes a new token and ends the old one', async (t) => {
  const plane = await runControlPlane(t);
  await plane.close();
  rmSync(join(plane.home, 'admin-token'));
  const again = await runControlPlane(t, { home: plane.home });
  assert.notEqual(again.adminToken, plane.adminToken);
  assert.equal(await status(again, plane.adminToken), 401);
  assert.equal(await status(again, again.adminToken), 200);
});

test('a file that holds something else is no token, however it got there', async (t) => {
  const home = temporaryFolder(t);
  for (const content of ['', 'password', 'A'.repeat(44)]) {
    writeFileSync(join(home, 'admin-token'), content);
    await assert.rejects(runControlPlane(t, { home }), { code: 'admin-token-malformed' });
  }
});

test('no secret is in the database: not the admin token, a link, an enrolment or a session', async (t) => {
  const plane = await runControlPlane(t);
  const { json: link } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const linkToken = link.url.split('#')[1];
  const signedIn = await plane.ask('POST', '/platform/v1/session', { body: { linkToken }, headers: {} });
  const session = /=([^;]+)/.exec(signedIn.headers.get('set-cookie')!)![1]!;
  const body = { connector: { name: 'c', kind: 'ldif' } };
  const { json: enrolment } = await plane.ask('POST', '/platform/v1/enrolments', { body });
  const { token } = parseEnrolmentString(enrolment.enrolmentString);
  await plane.close();
  const bytes = readFileSync(join(plane.home, 'control-plane', 'springline.db'));
  for (const secret of [plane.adminToken, linkToken, session, token]) assert.equal(bytes.includes(secret), false);
});
