import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSmtpReceiver } from '@springline/control-plane/notices/testing/smtp-receiver';
import { runWebhookReceiver } from '@springline/control-plane/notices/testing/webhook-receiver';
import { makeCertificates } from '@springline/tools/services/certificates';
import { planeWithCli } from '../testing/running-plane.ts';

const mail = ['--from', 'springline@contoso.example', '--to', 'ops@contoso.example', 'ada@contoso.example'];

test('a mail channel is planned, added with a password from a file, tested and removed', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const certificate = await makeCertificates(plane.home, ['IP:127.0.0.1']);
  const login = { user: 'springline', password: 'correct horse' };
  const receiver = await runSmtpReceiver(t, { certificate, login });
  const passwordFile = join(plane.home, 'smtp.password');
  writeFileSync(passwordFile, `${login.password}\n`, { mode: 0o600 });
  const words = [
    ...['notices', 'channel', 'add', 'email', '--smtp', `smtp://127.0.0.1:${receiver.port}`, ...mail],
    ...['--user', login.user, '--password-file', passwordFile, '--authority', certificate.caFile],
    ...['--allow-private', '127.0.0.1'],
  ];
  assert.match((await run(...words, '--dry-run')).output, /^would send notices to ops@contoso\.example, ada@/);
  assert.match((await run('notices', 'channel', 'list')).output, /^notices go nowhere yet/);
  const added = await run(...words, '--json');
  assert.equal(added.code, 0, added.errors);
  assert.ok(!added.output.includes(login.password));
  const tried = await run('notices', 'channel', 'test', 'email');
  assert.match(tried.output, /^sent, notice [0-9a-f-]{36}\n$/);
  assert.deepEqual([receiver.mails.length, receiver.mails[0]!.user], [1, login.user]);
  assert.match((await run('notices', 'channel', 'list')).output, /email {2}email {2}ops@contoso\.example, ada@/);
  assert.match((await run('notices', 'channel', 'remove', 'email', '--dry-run')).output, /^would remove email/);
  assert.equal((await run('notices', 'channel', 'remove', 'email')).code, 0);
  assert.equal((await run('notices', 'channel', 'remove', 'email')).code, 1);
});

test('the signing secret of a webhook is shown once, and a test that fails is exit code 1', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const receiver = await runWebhookReceiver(t, (response) => response.writeHead(500).end());
  const file = join(plane.home, 'webhook.secret');
  const url = `http://127.0.0.1:${receiver.port}/in`;
  const add = ['notices', 'channel', 'add', 'webhook', '--url', url, '--out', file];
  const refused = await run(...add);
  assert.equal(refused.code, 1);
  const added = await run(...add, '--allow-private', '127.0.0.1');
  assert.equal(added.code, 0, added.errors);
  assert.match(readFileSync(file, 'utf8'), /^whsec_[A-Za-z0-9+/=]{44}\n$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const tried = await run('notices', 'channel', 'test', 'webhook');
  assert.deepEqual([tried.code, tried.output], [1, 'not sent: webhook-refused (500)\n']);
  assert.equal((await run('notices', 'list')).output, 'no notices yet\n');
});
