import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';

const minuteMs = 60_000;

async function makeLink(plane: RunningControlPlane): Promise<{ url: string; linkToken: string }> {
  const { json } = await plane.ask('POST', '/platform/v1/sign-in-links');
  return { url: json.url, linkToken: json.url.split('#')[1] };
}

const follow = (plane: RunningControlPlane, linkToken: string) =>
  plane.ask('POST', '/platform/v1/session', { body: { linkToken }, headers: {} });

async function signIn(plane: RunningControlPlane): Promise<Record<string, string>> {
  const answer = await follow(plane, (await makeLink(plane)).linkToken);
  assert.equal(answer.status, 201, answer.text);
  const [cookie] = answer.headers.get('set-cookie')!.split(';');
  return { cookie: cookie!, origin: plane.url };
}

const sessionOf = (plane: RunningControlPlane, headers: Record<string, string>) =>
  plane.ask('GET', '/platform/v1/session', { headers });

test('the link has its token behind the hash sign, where no server log sees it', async (t) => {
  const plane = await runControlPlane(t);
  const { url } = await makeLink(plane);
  assert.match(url, new RegExp(`^${plane.url}/sign-in#[A-Za-z0-9_-]{22}$`));
});

test('S30: a link signs its person in by POST, and the cookie is out of reach of scripts and other sites', async (t) => {
  const plane = await runControlPlane(t);
  const { linkToken } = await makeLink(plane);
  const answer = await follow(plane, linkToken);
  assert.equal(answer.status, 201);
  assert.equal(answer.json.person.name, 'admin');
  assert.deepEqual(answer.json.scopes, ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve']);
  const cookie = answer.headers.get('set-cookie')!;
  assert.match(cookie, /^springline_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  const session = await sessionOf(plane, { cookie: cookie.split(';')[0]! });
  assert.deepEqual(session.json, answer.json);
});

test('behind https the cookie is Secure and the browser told to stay with https', async (t) => {
  const plane = await runControlPlane(t, { publicUrl: 'https://sync.example.org' });
  const { url, linkToken } = await makeLink(plane);
  assert.match(url, /^https:\/\/sync\.example\.org\/sign-in#/);
  const answer = await follow(plane, linkToken);
  assert.match(answer.headers.get('set-cookie')!, /; Secure$/);
  assert.equal(answer.headers.get('strict-transport-security'), 'max-age=31536000');
});

test('S30: a link works once; of 20 racing requests one wins', async (t) => {
  const plane = await runControlPlane(t);
  const { linkToken } = await makeLink(plane);
  const answers = await Promise.all(Array.from({ length: 20 }, () => follow(plane, linkToken)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ json }) => json.code === 'sign-in-link-invalid').length, 19);
});

test('S30: a link ends after 15 minutes, to the millisecond', async (t) => {
  const plane = await runControlPlane(t);
  const [inTime, late] = [await makeLink(plane), await makeLink(plane)];
  plane.clock.advance(15 * minuteMs - 1);
  assert.equal((await follow(plane, inTime.linkToken)).status, 201);
  plane.clock.advance(1);
  assert.equal((await follow(plane, late.linkToken)).json.code, 'sign-in-link-invalid');
});

test('a session ends after 30 minutes without a request', async (t) => {
  const plane = await runControlPlane(t);
  const headers = await signIn(plane);
  for (let i = 0; i < 3; i++) {
    plane.clock.advance(29 * minuteMs);
    assert.equal((await sessionOf(plane, headers)).status, 200);
  }
  plane.clock.advance(30 * minuteMs);
  assert.equal((await sessionOf(plane, headers)).status, 401);
});

test('a session ends after 12 hours however busy it is', async (t) => {
  const plane = await runControlPlane(t);
  const headers = await signIn(plane);
  for (let i = 0; i < 12 * 4 - 1; i++) {
    plane.clock.advance(15 * minuteMs);
    const { status, json } = await sessionOf(plane, headers);
    assert.equal(status, 200);
    assert.ok(Date.parse(json.expiresAt) <= Date.UTC(2026, 10, 23, 2));
  }
  plane.clock.advance(15 * minuteMs);
  assert.equal((await sessionOf(plane, headers)).status, 401);
});

test('signing out ends the session at once and clears the cookie', async (t) => {
  const plane = await runControlPlane(t);
  const [headers, elsewhere] = [await signIn(plane), await signIn(plane)];
  const answer = await plane.ask('DELETE', '/platform/v1/session', { headers });
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('set-cookie')!, /^springline_session=; Path=\/; Max-Age=0;/);
  assert.equal((await sessionOf(plane, headers)).status, 401);
  assert.equal((await sessionOf(plane, elsewhere)).status, 200);
});

test('a person who is signed in can make a link for another browser', async (t) => {
  const plane = await runControlPlane(t);
  const headers = await signIn(plane);
  const { status, json } = await plane.ask('POST', '/platform/v1/sign-in-links', { headers });
  assert.equal(status, 201);
  const answer = await follow(plane, json.url.split('#')[1]);
  assert.equal(answer.json.person.name, 'admin');
});

test('two session cookies at once are refused: one of them was planted', async (t) => {
  const plane = await runControlPlane(t);
  const { cookie } = await signIn(plane);
  const { status } = await sessionOf(plane, { cookie: `${cookie}; springline_session=${'A'.repeat(43)}` });
  assert.equal(status, 401);
});

test('whoever tries links is slowed down', async (t) => {
  const plane = await runControlPlane(t, { limits: { signIn: { burst: 2, perMinute: 60 } } });
  const guess = () => follow(plane, 'AAAAAAAAAAAAAAAAAAAAAA');
  assert.equal((await guess()).status, 403);
  assert.equal((await guess()).status, 403);
  assert.equal((await guess()).json.code, 'rate-limited');
  plane.clock.advance(1_000);
  assert.equal((await guess()).status, 403);
});

test('sessions survive a restart', async (t) => {
  const plane = await runControlPlane(t);
  const headers = await signIn(plane);
  await plane.close();
  const restarted = await runControlPlane(t, { home: plane.home, clock: plane.clock });
  assert.equal((await sessionOf(restarted, headers)).status, 200);
});
