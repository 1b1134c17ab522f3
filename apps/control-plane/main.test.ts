import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Cleanup, temporaryFolder } from './testing/running-control-plane.ts';

const main = new URL('./main.ts', import.meta.url).pathname;

/** Starts the process with an IPC channel, as `springline up` does, and waits until it serves. */
async function start(
  t: Cleanup,
  ...args: string[]
): Promise<{ child: ChildProcess; url: string; errors: Promise<string> }> {
  const child = fork(main, ['--port', '0', ...args], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  t.after(() => void child.kill('SIGKILL'));
  const errors = text(child.stderr!);
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(async () => Promise.reject(new Error(await errors))),
  ]);
  assert.equal(message.type, 'ready');
  return { child, url: message.url, errors };
}

async function run(args: string[], uid?: number): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, errors };
}

/** Exit code 1 and exactly one sentence. */
function assertFailed({ code, errors }: { code: number; errors: string }, sentence: RegExp): void {
  assert.equal(code, 1, errors);
  assert.match(errors, /^springline control plane: [^\n]+\n$/);
  assert.match(errors, sentence);
}

const exitOf = async (child: ChildProcess) => ((await once(child, 'exit')) as [number])[0];

test('it says where it serves, stops cleanly on SIGTERM and on SIGINT, and leaves no lock and no log behind', async (t) => {
  const home = temporaryFolder(t);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, url, errors } = await start(t, '--home', home);
    assert.match(url, /^http:\/\/localhost:\d+$/);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const exited = exitOf(child);
    child.kill(signal);
    assert.equal(await exited, 0);
    assert.equal(await errors, '');
    assert.deepEqual(readdirSync(join(home, 'control-plane')).sort(), ['lock.guard', 'springline.db']);
  }
});

test('it stops when its parent is gone', async (t) => {
  const { child } = await start(t, '--home', temporaryFolder(t));
  const exited = exitOf(child);
  child.disconnect();
  assert.equal(await exited, 0);
});

test('an open event stream does not keep it from stopping', async (t) => {
  const home = temporaryFolder(t);
  const { child, url } = await start(t, '--home', home);
  const authorization = `Bearer ${readFileSync(join(home, 'admin-token'), 'utf8').trim()}`;
  const stream = await fetch(`${url}/platform/v1/home/events`, { headers: { authorization } });
  const exited = exitOf(child);
  child.kill('SIGTERM');
  assert.equal(await exited, 0);
  await stream.text();
});

test('everything in the home is its owner’s alone', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const { child } = await start(t, '--home', home);
  for (const name of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    assert.equal(statSync(join(home, name)).mode & 0o077, 0, name);
  }
  const key = readFileSync(join(home, 'keys', 'control-plane.pem'), 'utf8');
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  const exited = exitOf(child);
  child.kill('SIGTERM');
  await exited;
  const again = await start(t, '--home', home);
  assert.equal(readFileSync(join(home, 'keys', 'control-plane.pem'), 'utf8'), key);
  again.child.kill('SIGTERM');
});

test('after a SIGKILL it starts again on the same home', async (t) => {
  const home = temporaryFolder(t);
  const first = await start(t, '--home', home);
  const exited = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await exited;
  assert.equal(existsSync(join(home, 'control-plane', 'lock.sock')), true);
  const second = await start(t, '--home', home);
  assert.equal((await fetch(`${second.url}/healthz`)).status, 200);
});

test('misuse ends with 2 and one sentence', async () => {
  const { code, errors } = await run(['--port', 'many']);
  assert.equal(code, 2);
  assert.match(errors, /^springline control plane: --port is a number from 0 to 65535, not "many"\n$/);
});

test('a port in use is said so', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const outcome = await run(['--home', temporaryFolder(t), '--port', String(port)]);
  assertFailed(outcome, new RegExp(`port ${port} is in use; stop the other program, or choose another --port`));
});

test('a second control plane on the same home is refused', async (t) => {
  const home = temporaryFolder(t);
  const { child } = await start(t, '--home', home);
  const outcome = await run(['--home', home, '--port', '0']);
  assertFailed(outcome, new RegExp(`\\(process ${child.pid}\\).*stop it first`));
});

test('a damaged database is said so and left as it is', async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, 'control-plane'));
  const path = join(home, 'control-plane', 'springline.db');
  writeFileSync(path, 'not a database at all, but long enough to look like one '.repeat(50));
  const before = readFileSync(path);
  assertFailed(
    await run(['--home', home, '--port', '0']),
    /springline\.db is damaged or no database; restore a backup/,
  );
  assert.deepEqual(readFileSync(path), before);
});

test('a home that is a file, one that cannot be written, and a key that is none are said so', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  assertFailed(await run(['--home', join(folder, 'file'), '--port', '0']), /is no folder; choose another --home/);
  mkdirSync(join(folder, 'home', 'keys'), { recursive: true });
  writeFileSync(join(folder, 'home', 'keys', 'control-plane.pem'), 'nonsense');
  assertFailed(await run(['--home', join(folder, 'home'), '--port', '0']), /is not a private key; restore it/);
  const portal = ['--portal', join(folder, 'missing')];
  const elsewhere = join(folder, 'elsewhere');
  assertFailed(await run(['--home', elsewhere, '--port', '0', ...portal]), /the portal's folder cannot be read/);
});

test('without the right to write, the home is named', { skip: process.getuid?.() !== 0 }, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const outcome = await run(['--home', join(folder, 'home'), '--port', '0'], 65_534);
  assertFailed(outcome, /no right to use .*home; check its owner and mode/);
});

test('idle it stays under 200 MB', { skip: process.platform !== 'linux' }, async (t) => {
  const { child, url } = await start(t, '--home', temporaryFolder(t));
  for (const path of ['/healthz', '/openapi.json', '/docs']) assert.equal((await fetch(url + path)).status, 200);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
  assert.ok(rssKib <= 200 * 1024, `${rssKib} KiB`);
});
