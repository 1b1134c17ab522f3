import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { headerOf, runSmtpReceiver } from './testing/smtp-receiver.ts';
import { runWebhookReceiver } from './testing/webhook-receiver.ts';

const channelsPath = '/platform/v1/notice-channels';
const email = { from: 'springline@contoso.example', to: ['ops@contoso.example'] };
type Init = { headers?: Record<string, string> };

const add = (plane: RunningControlPlane, kind: 'email' | 'webhook', body: unknown, init: Init = {}) =>
  plane.ask('POST', `${channelsPath}/${kind}`, { body, ...init });
const list = async (plane: RunningControlPlane) => (await plane.ask('GET', channelsPath)).json.channels;

test('a channel is added, tested, listed and removed, each with an entry in the audit trail', async (t) => {
  const receiver = await runSmtpReceiver(t);
  const plane = await runControlPlane(t);
  const smtp = `smtp://127.0.0.1:${receiver.port}`;
  const { status, json, text } = await add(plane, 'email', { ...email, smtp, allowPrivate: '127.0.0.1' });
  assert.equal(status, 201, text);
  assert.equal(json.target, `ops@contoso.example by ${smtp}`);
  const tried = await plane.ask('POST', `${channelsPath}/${json.id}/test`);
  assert.equal(tried.json.outcome, 'sent', tried.text);
  assert.equal(headerOf(receiver.mails[0], 'Subject'), 'Test notice from Springline');
  assert.equal(headerOf(receiver.mails[0], 'X-Springline-Notice-Id'), tried.json.noticeId);
  assert.deepEqual(await list(plane), [json]);
  assert.equal((await plane.ask('DELETE', `${channelsPath}/${json.id}`)).status, 204);
  assert.deepEqual(await list(plane), []);
  for (const [method, path] of [
    ['DELETE', json.id],
    ['POST', `${json.id}/test`],
  ])
    assert.equal((await plane.ask(method!, `${channelsPath}/${path}`)).json.code, 'not-found');
  const { json: audit } = await plane.ask('GET', '/platform/v1/audit');
  const actions = audit.entries.map(({ action }: { action: string }) => action);
  assert.deepEqual(
    actions.filter((action: string) => action.startsWith('notice-channel.')),
    ['notice-channel.added', 'notice-channel.tested', 'notice-channel.removed'],
  );
});

test('the secret of a webhook is answered once; path and secret are in no list and no audit entry', async (t) => {
  const receiver = await runWebhookReceiver(t);
  const plane = await runControlPlane(t);
  const url = `http://127.0.0.1:${receiver.port}/services/T0/hunter2`;
  const { json } = await add(plane, 'webhook', { url, allowPrivate: '127.0.0.1' });
  assert.match(json.secret, /^whsec_/);
  assert.equal((await plane.ask('POST', `${channelsPath}/${json.id}/test`)).json.outcome, 'sent');
  assert.equal(receiver.posts[0]!.path, '/services/T0/hunter2');
  for (const path of [channelsPath, '/platform/v1/audit', '/platform/v1/notices']) {
    const { text } = await plane.ask('GET', path);
    assert.ok(!text.includes(json.secret) && !text.includes('hunter2'), path);
  }
});

test('neither password nor signing secret is in the database; the key is in a file of its owner', async (t) => {
  const plane = await runControlPlane(t);
  const login = { user: 'springline', password: 'correct horse battery' };
  await add(plane, 'email', { ...email, ...login, smtp: 'smtps://192.168.7.7', allowPrivate: '192.168.7.7' });
  const { json } = await add(plane, 'webhook', { url: 'https://192.168.7.7/', allowPrivate: '192.168.7.7' });
  await plane.close();
  const file = readFileSync(join(plane.home, 'control-plane', 'springline.db'));
  assert.ok(file.includes('192.168.7.7'));
  for (const secret of [login.password, json.secret, Buffer.from(login.password).toString('base64')])
    assert.ok(!file.includes(secret));
  assert.equal(statSync(join(plane.home, 'keys', 'notices.key')).mode & 0o777, 0o600);
});

test('with the key of another home a channel says so and sends nothing', async (t) => {
  const receiver = await runWebhookReceiver(t);
  const plane = await runControlPlane(t);
  const url = `http://127.0.0.1:${receiver.port}/`;
  const { json } = await add(plane, 'webhook', { url, allowPrivate: '127.0.0.1' });
  await plane.close();
  rmSync(join(plane.home, 'keys', 'notices.key'));
  const again = await runControlPlane(t, { home: plane.home, clock: plane.clock });
  const tried = await again.ask('POST', `${channelsPath}/${json.id}/test`);
  assert.deepEqual([tried.json.outcome, tried.json.problem], ['failed', 'channel-secret-unreadable']);
  assert.deepEqual(receiver.posts, []);
});

for (const [url, code] of [
  ['https://127.0.0.1/', 'address-not-allowed'],
  ['https://localhost/', 'address-not-allowed'],
  ['https://169.254.169.254/latest/meta-data', 'address-not-allowed'],
  ['https://[::ffff:10.0.0.1]/', 'address-not-allowed'],
  ['http://8.8.8.8/', 'malformed-request'],
  ['https://user:password@8.8.8.8/', 'malformed-request'],
  ['gopher://8.8.8.8/', 'malformed-request'],
  ['not a url', 'malformed-request'],
] as const) {
  test(`S30: a webhook to ${url} is refused: ${code}`, async (t) => {
    const plane = await runControlPlane(t);
    assert.equal((await add(plane, 'webhook', { url })).json.code, code);
    assert.deepEqual(await list(plane), []);
  });
}

test('S30: nobody allows the metadata service, and only the operator allows a private host', async (t) => {
  const plane = await runControlPlane(t);
  const metadata = { url: 'http://169.254.169.254/', allowPrivate: '169.254.169.254' };
  assert.equal((await add(plane, 'webhook', metadata)).json.code, 'address-not-allowed');
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'other' });
  const headers = { authorization: `Bearer ${token}` };
  const own = { url: 'http://127.0.0.1:1/', allowPrivate: '127.0.0.1' };
  assert.equal((await add(plane, 'webhook', own, { headers })).json.code, 'not-authorised');
});

for (const [what, body] of [
  ['a recipient with a line break', { ...email, to: ['a@b.example\r\nBcc: c@d.example'] }],
  ['no recipient', { ...email, to: [] }],
  ['a sender that is no address', { ...email, from: 'Springline' }],
  ['a user without a password', { ...email, user: 'springline' }],
  ['an authority that is no certificate', { ...email, authority: '/etc/passwd' }],
] as const) {
  test(`a mail channel with ${what} is refused`, async (t) => {
    const plane = await runControlPlane(t);
    const answer = await add(plane, 'email', { smtp: 'smtp://8.8.8.8', ...body });
    assert.equal(answer.json.code, 'malformed-request');
  });
}

test('a name is used once, and the channels of another tenant are not there', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await add(plane, 'webhook', { url: 'https://8.8.8.8/' });
  assert.equal((await add(plane, 'webhook', { url: 'https://8.8.8.8/', name: 'WEBHOOK' })).json.code, 'name-taken');
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'other' });
  const headers = { authorization: `Bearer ${token}` };
  assert.deepEqual((await plane.ask('GET', channelsPath, { headers })).json, { channels: [] });
  for (const [method, path] of [
    ['DELETE', json.id],
    ['POST', `${json.id}/test`],
  ])
    assert.equal((await plane.ask(method!, `${channelsPath}/${path}`, { headers })).json.code, 'not-found');
  assert.equal((await list(plane)).length, 1);
});
