import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { syncQuestionLimitBytes } from '@springline/api/shapes/sync-methods';
import { CallError } from '../channel.ts';
import { type ControlCalls, createControlServer } from './control-socket.ts';

const echo: ControlCalls = {
  status: () => ({ agentId: 'a1' }),
  call: (component, method, parameters) => Promise.resolve({ component, method, parameters }),
};

async function serving(t: TestContext, calls: Partial<ControlCalls> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-control-'));
  const socketPath = join(folder, 'control.sock');
  const server = createControlServer({ ...echo, ...calls }).listen(socketPath);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  return socketPath;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(socketPath: string, method: string, path: string, body = ''): Promise<Answer> {
  const asked = request({ socketPath, method, path, agent: false });
  // A server that refuses a large body may hang up on the rest of it after its answer.
  const answered = Promise.race([
    once(asked, 'response'),
    once(asked, 'error').then(([error]) => Promise.reject(error)),
  ]);
  asked.on('error', () => undefined).end(body);
  const [response] = await answered;
  const text: string[] = await response.setEncoding('utf8').toArray();
  return { status: response.statusCode, body: JSON.parse(text.join('')) };
}

test('the state of the agent is told', async (t) => {
  assert.deepEqual(await ask(await serving(t), 'GET', '/status'), { status: 200, body: { agentId: 'a1' } });
});

test('a call reaches its component with its parameters', async (t) => {
  const call = { component: 'connect-sync', method: 'run', parameters: { full: true } };
  assert.deepEqual(await ask(await serving(t), 'POST', '/call', JSON.stringify(call)), { status: 200, body: call });
});

test('a call without parameters has none, and one without a result answers null', async (t) => {
  const path = await serving(t, { call: (_, __, parameters) => Promise.resolve(parameters['x']) });
  const call = JSON.stringify({ component: 'connect-sync', method: 'run' });
  assert.deepEqual(await ask(path, 'POST', '/call', call), { status: 200, body: null });
});

for (const [method, path] of [
  ['POST', '/status'],
  ['GET', '/call'],
  ['DELETE', '/call'],
  ['GET', '/'],
  ['GET', '/status?x=1'],
  ['POST', '/call/'],
] as const) {
  test(`${method} ${path} is nothing that can be asked`, async (t) => {
    assert.deepEqual(await ask(await serving(t), method, path), {
      status: 409,
      body: { code: 'unknown-call', message: 'GET /status or POST /call' },
    });
  });
}

for (const body of [
  '',
  '{',
  'null',
  '[]',
  '"run"',
  '7',
  '{"component":"connect-sync"}',
  '{"component":1,"method":2}',
]) {
  test(`${body === '' ? 'an empty call' : `the call ${body}`} is refused as malformed`, async (t) => {
    const path = await serving(t, { call: () => assert.fail('nothing may be called') });
    const answer = await ask(path, 'POST', '/call', body);
    assert.equal(answer.status, 409);
    assert.equal((answer.body as { code: string }).code, 'malformed-call');
  });
}

for (const parameters of ['[]', '"full"', '7', 'true']) {
  test(`parameters that are ${parameters} are refused: they are a map`, async (t) => {
    const path = await serving(t, { call: () => assert.fail('nothing may be called') });
    const call = `{"component":"connect-sync","method":"run","parameters":${parameters}}`;
    assert.deepEqual(await ask(path, 'POST', '/call', call), {
      status: 409,
      body: { code: 'malformed-call', message: 'the parameters of a call are an object' },
    });
  });
}

test('no refusal quotes what was sent: it may hold what belongs in no log', async (t) => {
  const { body } = await ask(await serving(t), 'POST', '/call', '{"password":"hunter2"');
  assert.deepEqual(body, { code: 'malformed-call', message: 'the call is not JSON' });
});

test('a call takes parameters as long as a question from afar may be: rules that are tried travel in it', async (t) => {
  const parameters = { rules: 'r'.repeat(syncQuestionLimitBytes - 12) };
  const path = await serving(t, { call: (_, __, { rules }) => Promise.resolve(String(rules).length) });
  const call = JSON.stringify({ component: 'connect-sync', method: 'preview', parameters });
  assert.deepEqual(await ask(path, 'POST', '/call', call), { status: 200, body: syncQuestionLimitBytes - 12 });
});

for (const size of [syncQuestionLimitBytes + 1025, 8 * 1024 * 1024]) {
  test(`a call of ${size} bytes is refused, and the caller is told`, async (t) => {
    const path = await serving(t, { call: () => assert.fail('nothing may be called') });
    assert.deepEqual(await ask(path, 'POST', '/call', ' '.repeat(size)), {
      status: 409,
      body: { code: 'malformed-call', message: 'the call is too large' },
    });
  });
}

test('a refusal of the component keeps its code and its sentence', async (t) => {
  const path = await serving(t, {
    call: () => Promise.reject(new CallError('component-not-running', 'it is stopped')),
  });
  assert.deepEqual(await ask(path, 'POST', '/call', '{"component":"x","method":"y"}'), {
    status: 409,
    body: { code: 'component-not-running', message: 'it is stopped' },
  });
});

test('a fault of ours is told as one', async (t) => {
  const path = await serving(t, { call: () => Promise.reject(new TypeError('x is undefined')) });
  assert.deepEqual(await ask(path, 'POST', '/call', '{"component":"x","method":"y"}'), {
    status: 500,
    body: { code: 'internal-error', message: 'TypeError: x is undefined' },
  });
});

test('whoever speaks no HTTP, or hangs up within a call, harms nobody else', async (t) => {
  const path = await serving(t);
  for (const words of ['\0\0\0 hello\r\n\r\n', 'POST /call HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{']) {
    const socket = connect(path);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.on('error', () => undefined).resume();
    socket.end(words);
    await closed;
  }
  assert.equal((await ask(path, 'GET', '/status')).status, 200);
});
