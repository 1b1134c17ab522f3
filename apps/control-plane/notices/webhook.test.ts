import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemRandom } from '@springline/ports/random';
import { makeCertificates } from '@springline/tools/services/certificates';
import { temporaryFolder } from '../testing/running-control-plane.ts';
import { minuteMs, noticeWorld } from './testing/notice-world.ts';
import { runWebhookReceiver } from './testing/webhook-receiver.ts';
import { newWebhookSecret, webhookSignature } from './webhook.ts';

const resolve = async () => ['127.0.0.1'];
const secret = newWebhookSecret(systemRandom);
const settingsFor = (port: number, path = '/in?x=1') =>
  ({ kind: 'webhook', settings: { url: `http://hook.test:${port}${path}`, allowPrivate: 'hook.test' } }) as const;

test('the signature is that of Standard Webhooks', () => {
  // Computed with: printf 'msg_1.1614265330.{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:<key> -binary | base64
  const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  assert.equal(
    webhookSignature(key, 'msg_1', 1_614_265_330, '{"a":1}'),
    'v1,msJ2Az1Qy8kMjwuvkeK90JarUwpqFGH0hHfkaJBv2gg=',
  );
  assert.match(newWebhookSecret(systemRandom), /^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('a notice is posted as JSON, signed over id, time and body', async (t) => {
  const receiver = await runWebhookReceiver(t);
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  await world.give('14 days left');
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  const [post] = receiver.posts;
  const { headers, body } = post!;
  assert.equal(post!.path, '/in?x=1');
  assert.equal(headers.host, `hook.test:${receiver.port}`);
  const id = headers['webhook-id'] as string;
  assert.equal(headers['x-springline-notice-id'], id);
  const timestamp = Number(headers['webhook-timestamp']);
  assert.equal(timestamp, Math.floor(world.clock.now() / 1000));
  assert.equal(headers['webhook-signature'], webhookSignature(secret, id, timestamp, body));
  assert.deepEqual(JSON.parse(body), {
    type: 'campaign-deadline',
    timestamp: new Date(world.clock.now()).toISOString(),
    data: {
      noticeId: id,
      subject: '14 days left',
      text: 'Nine of twelve servers are below 2.3.2.0.',
      detail: { below: 9 },
    },
  });
});

test('a try after a failure has the same id, and the time and signature of its own', async (t) => {
  const receiver = await runWebhookReceiver(t, (response, count) => response.writeHead(count === 1 ? 503 : 200).end());
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  await world.give('hello');
  assert.deepEqual(await world.send(), { sent: 0, failed: 1 });
  assert.equal((await world.deliveries())[0]!.lastError, 'webhook-refused (503)');
  world.clock.advance(minuteMs);
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  const [first, second] = receiver.posts.map(({ headers }) => headers);
  assert.equal(first!['webhook-id'], second!['webhook-id']);
  assert.equal(Number(second!['webhook-timestamp']) - Number(first!['webhook-timestamp']), 60);
  assert.notEqual(first!['webhook-signature'], second!['webhook-signature']);
});

test('S30: a redirect is not followed, wherever it leads', async (t) => {
  const inner = await runWebhookReceiver(t);
  const receiver = await runWebhookReceiver(t, (response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end(),
  );
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  await world.give('hello');
  await world.send();
  assert.equal((await world.deliveries())[0]!.lastError, 'webhook-redirects (307)');
  assert.deepEqual(inner.posts, []);
});

test('S30: a name that leads to a private address by the time of sending is not connected to', async (t) => {
  const receiver = await runWebhookReceiver(t);
  const world = await noticeWorld(t, async () => ['127.0.0.1']);
  await world.channel(
    'hook',
    { kind: 'webhook', settings: { url: `https://rebind.example:${receiver.port}/` } },
    secret,
  );
  await world.give('hello');
  await world.send();
  assert.equal((await world.deliveries())[0]!.lastError, 'address-not-allowed');
  assert.deepEqual(receiver.posts, []);
});

test('an answer without end is cut off and counts as none', async (t) => {
  const receiver = await runWebhookReceiver(t, (response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  await world.give('hello');
  await world.send();
  assert.equal((await world.deliveries())[0]!.lastError, 'connection-failed');
});

test('over https the certificate must be for the name', async (t) => {
  const made = await makeCertificates(temporaryFolder(t), ['DNS:hook.test']);
  const receiver = await runWebhookReceiver(t, undefined, made);
  const world = await noticeWorld(t, resolve);
  const authority = readFileSync(made.caFile, 'utf8');
  for (const [name, host] of [
    ['right', 'hook.test'],
    ['wrong', 'other.test'],
  ] as const) {
    const url = `https://${host}:${receiver.port}/`;
    await world.channel(name, { kind: 'webhook', settings: { url, authority, allowPrivate: host } }, secret);
  }
  await world.give('hello');
  assert.deepEqual(await world.send(), { sent: 1, failed: 1 });
  const problems = (await world.deliveries()).map(({ lastError }) => lastError);
  assert.deepEqual(problems.map(String).sort(), ['null', 'tls-refused']);
});

test('a channel that fails keeps no other channel from the notice, and gets it later', async (t) => {
  let isBroken = true;
  const broken = await runWebhookReceiver(t, (response) => response.writeHead(isBroken ? 500 : 200).end());
  const sound = await runWebhookReceiver(t);
  const world = await noticeWorld(t, resolve);
  await world.channel('a', settingsFor(broken.port), secret);
  await world.channel('b', settingsFor(sound.port), secret);
  await world.give('one');
  await world.give('two');
  assert.deepEqual(await world.send(), { sent: 2, failed: 1 });
  isBroken = false;
  world.clock.advance(minuteMs);
  assert.deepEqual(await world.send(), { sent: 2, failed: 0 });
  assert.equal(sound.posts.length, 2);
});

test('a channel that fails for three days is given up for that notice', async (t) => {
  const receiver = await runWebhookReceiver(t, (response) => response.writeHead(500).end());
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  await world.give('hello');
  await world.send();
  world.clock.advance(3 * 24 * 60 * minuteMs - 1);
  await world.send();
  assert.equal((await world.deliveries())[0]!.state, 'due');
  world.clock.advance(60 * minuteMs);
  await world.send();
  assert.equal((await world.deliveries())[0]!.state, 'given-up');
});

test('a notice with a key that was given before is not given again', async (t) => {
  const receiver = await runWebhookReceiver(t);
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(receiver.port), secret);
  assert.deepEqual([await world.give('same'), await world.give('same', 'other words')], [true, false]);
  await world.send();
  assert.equal(receiver.posts.length, 1);
});

test('a channel whose destination was altered in the database does not get its secret used', async (t) => {
  const [meant, evil] = [await runWebhookReceiver(t), await runWebhookReceiver(t)];
  const world = await noticeWorld(t, resolve);
  await world.channel('hook', settingsFor(meant.port), secret);
  await world.give('hello');
  const settings = JSON.stringify(settingsFor(evil.port).settings);
  await world.database.write((writer) => writer.updateTable('platform_notice_channels').set({ settings }).execute());
  await world.send();
  assert.equal((await world.deliveries())[0]!.lastError, 'channel-secret-unreadable');
  assert.deepEqual(evil.posts, []);
});
