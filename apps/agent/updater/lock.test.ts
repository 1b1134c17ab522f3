import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createControlServer } from './control-socket.ts';
import { bindAsLock, LockError } from './lock.ts';

/** Where the control socket of a home lies, `depth` characters deep. */
function socketPath(t: TestContext, depth = 0): string {
  // Binding moves the process into the agent's folder: back again before that folder goes.
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'springline-lock-'));
  t.after(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
  return join(folder, ...(depth > 0 ? ['h'.repeat(depth)] : []), 'agent', 'control.sock');
}

function newServer(t: TestContext): Server {
  const server = createServer();
  t.after(() => server.close());
  return server;
}

test('the lock is a socket in a folder that only its owner may enter', async (t) => {
  const path = socketPath(t);
  await bindAsLock(newServer(t), path);
  assert.ok(lstatSync(path).isSocket());
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
});

test('a second agent in the same home is refused, and the first one keeps its socket', async (t) => {
  const path = socketPath(t);
  const first = newServer(t);
  await bindAsLock(first, path);
  const { ino } = statSync(path);
  await assert.rejects(bindAsLock(newServer(t), path), {
    name: 'LockError',
    code: 'agent-already-running',
    message: `an agent already runs in ${dirname(path)}; stop it, or choose another --home`,
  });
  assert.equal(statSync(path).ino, ino);
  assert.ok(first.listening);
});

test('what an agent leaves behind that was killed does not lock its home', { timeout: 20_000 }, async (t) => {
  const path = socketPath(t);
  mkdirSync(dirname(path), { recursive: true });
  const source = `require('node:net').createServer().listen('control.sock', () => process.stdout.write('bound'))`;
  const killed = spawn(process.execPath, ['-e', source], { cwd: dirname(path), stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout!, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.ok(existsSync(path), 'the dead agent left its socket');
  await bindAsLock(newServer(t), path);
  await assert.rejects(bindAsLock(newServer(t), path), { code: 'agent-already-running' });
});

test('an agent that ended by itself leaves its home free', async (t) => {
  const path = socketPath(t);
  const first = newServer(t);
  await bindAsLock(first, path);
  await new Promise((resolve) => first.close(resolve));
  await bindAsLock(newServer(t), path);
});

test('a home 200 characters deep works, though a socket’s path may have 107', async (t) => {
  const path = socketPath(t, 200);
  assert.ok(path.length > 200);
  const server = createControlServer({ status: () => ({ deep: true }), call: () => Promise.reject(new Error()) });
  t.after(() => server.close());
  await bindAsLock(server, path);
  const asked = request({ socketPath: 'control.sock', path: '/status', agent: false }).end();
  const [response] = await once(asked, 'response');
  assert.deepEqual(await response.setEncoding('utf8').toArray(), ['{"deep":true}']);
  await assert.rejects(bindAsLock(newServer(t), path), { code: 'agent-already-running' });
});

test('a file of somebody else in the place of the socket is left alone', async (t) => {
  const path = socketPath(t);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'precious');
  await assert.rejects(bindAsLock(newServer(t), path), (error) => {
    assert.ok(error instanceof LockError);
    assert.equal(error.code, 'socket-unusable');
    assert.ok(error.message.startsWith(`${path} cannot be bound: `), error.message);
    return true;
  });
  assert.equal(readFileSync(path, 'utf8'), 'precious');
});

test('a folder in the place of the socket is told as unusable', async (t) => {
  const path = socketPath(t);
  mkdirSync(path, { recursive: true });
  await assert.rejects(bindAsLock(newServer(t), path), { code: 'socket-unusable' });
});
