import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '@springline/tools/services/certificates';
import { type Cleanup, temporaryFolder } from '../testing/running-control-plane.ts';
import { minuteMs, noticeWorld } from './testing/notice-world.ts';
import { headerOf, runSmtpReceiver, type SmtpReceiver } from './testing/smtp-receiver.ts';

const addresses = { from: 'springline@contoso.example', to: ['ops@contoso.example', 'ada@contoso.example'] };
const resolve = async () => ['127.0.0.1'];
const login = { user: 'springline', password: 'correct horse' };

/** Settings for a receiver on this machine, under the name `mail.test`. */
function settingsFor({ port }: Pick<SmtpReceiver, 'port'>, more: Record<string, string> = {}) {
  const { scheme = 'smtp', ...rest } = more;
  const settings = { smtp: `${scheme}://mail.test:${port}`, ...addresses, allowPrivate: 'mail.test', ...rest };
  return { kind: 'email', settings } as const;
}

async function certificateFor(t: Cleanup, name: string) {
  const made = await makeCertificates(temporaryFolder(t), [`DNS:${name}`]);
  return { made, authority: readFileSync(made.caFile, 'utf8') };
}

test('a notice arrives as a mail to everybody, once', async (t) => {
  const receiver = await runSmtpReceiver(t);
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver));
  assert.equal(await world.give('14 days left: 9 of 12 are below'), true);
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  assert.deepEqual(await world.send(), { sent: 0, failed: 0 });
  assert.equal(receiver.mails.length, 1);
  const [mail] = receiver.mails;
  assert.deepEqual([mail!.from, mail!.to], [addresses.from, addresses.to]);
  assert.equal(headerOf(mail, 'Subject'), '14 days left: 9 of 12 are below');
  assert.equal(headerOf(mail, 'From'), 'Springline <springline@contoso.example>');
  assert.equal(headerOf(mail, 'Auto-Submitted'), 'auto-generated');
  const id = headerOf(mail, 'X-Springline-Notice-Id');
  assert.equal(headerOf(mail, 'Message-ID'), `<${id}@contoso.example>`);
  assert.match(mail!.text, /Nine of twelve servers are below 2\.3\.2\.0\./);
  const [delivery] = await world.deliveries();
  assert.deepEqual(
    [delivery!.state, delivery!.attempts, delivery!.sentAt, delivery!.lastError],
    ['sent', 1, world.clock.now(), null],
  );
});

test('text in a subject cannot begin another header or add a recipient', async (t) => {
  const receiver = await runSmtpReceiver(t);
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver));
  await world.give('host\r\nBcc: eve@example.org\r\n\r\n<script>');
  await world.send();
  const [mail] = receiver.mails;
  assert.equal(headerOf(mail, 'Bcc'), undefined);
  assert.match(headerOf(mail, 'Subject')!, /^host Bcc: eve@example\.org/);
  assert.deepEqual(mail!.to, addresses.to);
});

for (const scheme of ['smtp', 'smtps'] as const) {
  test(`user and password go to the server over ${scheme}, within TLS`, async (t) => {
    const { made, authority } = await certificateFor(t, 'mail.test');
    const receiver = await runSmtpReceiver(t, { certificate: made, login, secure: scheme === 'smtps' });
    const world = await noticeWorld(t, resolve);
    await world.channel('ops', settingsFor(receiver, { scheme, authority, user: login.user }), login.password);
    await world.give('hello');
    assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
    assert.deepEqual([receiver.mails[0]!.user, receiver.mails[0]!.isSecured], [login.user, true]);
  });

  test(`over ${scheme} a server with the certificate of another name gets neither password nor mail`, async (t) => {
    const { made, authority } = await certificateFor(t, 'other.test');
    const receiver = await runSmtpReceiver(t, { certificate: made, login, secure: scheme === 'smtps' });
    const world = await noticeWorld(t, resolve);
    await world.channel('ops', settingsFor(receiver, { scheme, authority, user: login.user }), login.password);
    await world.give('hello');
    assert.deepEqual(await world.send(), { sent: 0, failed: 1 });
    assert.equal((await world.deliveries())[0]!.lastError, 'tls-refused');
    assert.deepEqual([receiver.mails, receiver.passwords], [[], []]);
  });

  test(`over ${scheme} a certificate of an authority that nobody named is refused`, async (t) => {
    const { made } = await certificateFor(t, 'mail.test');
    const receiver = await runSmtpReceiver(t, { certificate: made, secure: scheme === 'smtps' });
    const world = await noticeWorld(t, resolve);
    await world.channel('ops', settingsFor(receiver, { scheme }));
    await world.give('hello');
    await world.send();
    assert.equal((await world.deliveries())[0]!.lastError, 'tls-refused');
    assert.deepEqual(receiver.mails, []);
  });
}

test('a password is never sent to a server without STARTTLS', async (t) => {
  const receiver = await runSmtpReceiver(t, { login });
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver, { user: login.user }), login.password);
  await world.give('hello');
  await world.send();
  assert.equal((await world.deliveries())[0]!.lastError, 'tls-refused');
  assert.deepEqual(receiver.passwords, []);
});

test('a wrong password is told by code and tried again, and appears in no log', async (t) => {
  const { made, authority } = await certificateFor(t, 'mail.test');
  const receiver = await runSmtpReceiver(t, { certificate: made, login });
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver, { authority, user: login.user }), 'a wrong secret');
  await world.give('hello');
  assert.deepEqual(await world.send(), { sent: 0, failed: 1 });
  const [delivery] = await world.deliveries();
  assert.deepEqual([delivery!.state, delivery!.lastError], ['due', 'mail-login-refused (535)']);
  assert.deepEqual(receiver.passwords, ['a wrong secret']);
  assert.match(world.logLines.join(''), /notice\.failed/);
  assert.doesNotMatch(world.logLines.join(''), /secret|hunter2/);
});

test('what a server postpones is tried again after 1, 2, 4 minutes, and arrives with the same ids', async (t) => {
  const receiver = await runSmtpReceiver(t, { refuseMail: (count) => (count <= 3 ? 451 : undefined) });
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver));
  await world.give('hello');
  for (const minutes of [1, 2, 4]) {
    assert.deepEqual(await world.send(), { sent: 0, failed: 1 });
    const [delivery] = await world.deliveries();
    assert.equal(delivery!.lastError, 'mail-postponed (451)');
    assert.equal(delivery!.dueAt - world.clock.now(), minutes * minuteMs);
    world.clock.advance(minutes * minuteMs - 1);
    assert.deepEqual(await world.send(), { sent: 0, failed: 0 });
    world.clock.advance(1);
  }
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  assert.equal((await world.deliveries())[0]!.attempts, 4);
});

test('what a server refuses for good is given up at once, and the next notice goes out', async (t) => {
  const receiver = await runSmtpReceiver(t, { refuseMail: (count) => (count === 1 ? 554 : undefined) });
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver));
  await world.give('first');
  world.clock.advance(1);
  await world.give('second');
  assert.deepEqual(await world.send(), { sent: 1, failed: 1 });
  const [first] = await world.deliveries('first');
  assert.deepEqual([first!.state, first!.lastError], ['given-up', 'mail-refused (554)']);
  assert.match(world.logLines.join(''), /notice\.given-up/);
});

test('one recipient who is refused does not keep the others from it', async (t) => {
  const receiver = await runSmtpReceiver(t, {
    refuseRecipient: (address) => (address.startsWith('ada') ? 550 : undefined),
  });
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor(receiver));
  await world.give('hello');
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  assert.deepEqual(receiver.mails[0]!.to, ['ops@contoso.example']);
  assert.equal((await world.deliveries())[0]!.lastError, 'mail-refused (1 of 2 recipients)');
});

test('a server that hangs up, and one that is not there, are tried again', async (t) => {
  const server = createServer((socket) =>
    socket
      .resume()
      .on('error', () => undefined)
      .end('220 hello\r\n'),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const world = await noticeWorld(t, resolve);
  await world.channel('ops', settingsFor({ port }));
  await world.give('hello');
  await world.send();
  const [hungUp] = await world.deliveries();
  assert.deepEqual([hungUp!.state, hungUp!.lastError], ['due', 'connection-failed']);
  server.close();
  await once(server, 'close');
  world.clock.advance(minuteMs);
  await world.send();
  const [gone] = await world.deliveries();
  assert.deepEqual([gone!.attempts, gone!.lastError], [2, 'connection-failed']);
});

test('killed between sending and remembering, the notice is sent once more with the same ids, and not again', async (t) => {
  const world = await noticeWorld(t);
  let kill: (() => Promise<void>) | undefined;
  const receiver = await runSmtpReceiver(t, {
    async beforeAnswer() {
      await kill?.();
      kill = undefined;
    },
  });
  const smtp = `smtp://127.0.0.1:${receiver.port}`;
  await world.channel('ops', { kind: 'email', settings: { smtp, ...addresses, allowPrivate: '127.0.0.1' } });
  await world.give('hello');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing', 'send-due.ts'), world.home]);
  kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await once(child, 'exit');
  const [left] = await world.deliveries();
  assert.deepEqual([left!.state, left!.attempts], ['due', 1]);
  world.clock.advance(2 * minuteMs);
  assert.deepEqual(await world.send(), { sent: 1, failed: 0 });
  world.clock.advance(60 * minuteMs);
  assert.deepEqual(await world.send(), { sent: 0, failed: 0 });
  assert.equal(receiver.mails.length, 2);
  assert.equal(headerOf(receiver.mails[0], 'Message-ID'), headerOf(receiver.mails[1], 'Message-ID'));
});
