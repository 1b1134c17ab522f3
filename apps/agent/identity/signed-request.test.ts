import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { keyId } from '@springline/api/signature/key';
import { parseRequestSignature, signAnswer, verifyRequest } from '@springline/api/signature/message';
import { RefusedError, type Sender, sendSigned, UnreachableError } from './signed-request.ts';

const plane = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const agent = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const planeKeyId = keyId(plane.publicKey);

/** What a server sends; the test may lie in each part. */
interface Sent {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Answerer = (request: IncomingMessage, body: Buffer) => Sent;

async function serving(
  t: TestContext,
  serve: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<{ sender: Sender; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    requests.push(request);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    serve(request, response, Buffer.concat(parts));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const sender: Sender = {
    key: { privateKey: agent.privateKey, keyId: keyId(agent.publicKey) },
    controlPlane: { publicKey: plane.publicKey, keyId: planeKeyId },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  return { sender, requests };
}

const answering = (t: TestContext, answer: Answerer): ReturnType<typeof serving> =>
  serving(t, (request, response, received) => {
    const { status = 200, body = '', headers = {} } = answer(request, received);
    response.writeHead(status, headers).end(body);
  });

const now = (): number => Math.floor(Date.now() / 1000);

/** Signed as the control plane does, for `request` and over status and body as told. */
function signed(request: { headers: IncomingMessage['headers'] }, sent: Sent, key = plane): Required<Sent> {
  const { status = 200, body = '{"ok":true}' } = sent;
  const requestSignature = String(request.headers['signature']);
  const signer = { privateKey: key.privateKey, keyId: key === plane ? planeKeyId : keyId(key.publicKey) };
  const headers = signAnswer({ status, body: Buffer.from(body), requestSignature }, signer, now());
  return { status, body, headers: { ...headers, 'content-type': 'application/json', ...sent.headers } };
}

const heartbeat = { method: 'POST', path: '/platform/v1/heartbeat', body: { name: 'Zoë' } } as const;

test('a request is signed with the agent’s key over method, address and body, and a signed answer is believed', async (t) => {
  const { sender } = await answering(t, (request, received) => {
    const claim = parseRequestSignature((name) => request.headers[name] as string | undefined);
    const targetUri = `${sender.url}${request.url}`;
    verifyRequest(claim, { method: request.method!, targetUri, body: received }, agent.publicKey);
    assert.equal(claim.keyId, keyId(agent.publicKey));
    assert.ok(Math.abs(claim.created - now()) < 5);
    return signed(request, { body: JSON.stringify({ heard: JSON.parse(received.toString()) }) });
  });
  assert.deepEqual(await sendSigned(sender, heartbeat), { heard: { name: 'Zoë' } });
});

test('no two requests have one nonce, so that a repeated one can be told', async (t) => {
  const nonces = new Set<string>();
  const { sender } = await answering(t, (request) => {
    nonces.add(parseRequestSignature((name) => request.headers[name] as string | undefined).nonce);
    return signed(request, {});
  });
  for (let n = 0; n < 5; n++) await sendSigned(sender, heartbeat);
  assert.equal(nonces.size, 5);
});

test('an answer without content is undefined', async (t) => {
  const { sender } = await answering(t, (request) => signed(request, { status: 204, body: '' }));
  assert.equal(await sendSigned(sender, { method: 'GET', path: '/x' }), undefined);
});

for (const row of [
  { name: 'without a signature', answer: () => ({ body: '{"ok":true}' }) },
  { name: 'signed by another key', answer: (request: IncomingMessage) => signed(request, {}, stranger) },
  {
    name: 'signed by another key that claims to be the enrolled one',
    answer: (request: IncomingMessage) => {
      const { headers, ...rest } = signed(request, {}, stranger);
      const input = headers['signature-input']!.replace(keyId(stranger.publicKey), planeKeyId);
      return { ...rest, headers: { ...headers, 'signature-input': input } };
    },
  },
  {
    name: 'signed for another request',
    answer: () => signed({ headers: { signature: `springline=:${'A'.repeat(86)}==:` } }, {}),
  },
  {
    name: 'with an altered body',
    answer: (request: IncomingMessage) => ({ ...signed(request, {}), body: '{"ok":false}' }),
  },
  {
    name: 'with an altered body and its digest',
    answer: (request: IncomingMessage) => {
      const other = signed(request, { body: '{"ok":false}' }, stranger);
      const digest = other.headers['content-digest']!;
      return { ...other, headers: { ...signed(request, {}).headers, 'content-digest': digest } };
    },
  },
  {
    name: 'with an altered status',
    answer: (request: IncomingMessage) => ({ ...signed(request, { status: 403 }), status: 200 }),
  },
  {
    name: 'that is an unsigned refusal: a proxy must not tell an agent that it was dismissed',
    answer: () => ({ status: 401, body: '{"code":"agent-unknown"}' }),
  },
] satisfies readonly { name: string; answer: Answerer }[]) {
  test(`an answer ${row.name} counts as none`, async (t) => {
    const { sender, requests } = await answering(t, row.answer);
    await assert.rejects(
      sendSigned(sender, heartbeat),
      new UnreachableError(
        `${sender.url} answered without the signature of the control plane that this agent was enrolled with`,
      ),
    );
    assert.equal(requests.length, 1);
  });
}

test('a recorded answer is not believed for the next request', async (t) => {
  let recorded: Sent | undefined;
  const { sender } = await answering(t, (request) => {
    recorded ??= signed(request, {});
    return recorded;
  });
  await sendSigned(sender, heartbeat);
  await assert.rejects(sendSigned(sender, heartbeat), { name: 'UnreachableError' });
});

test('a signed refusal is told by its code, status and sentence', async (t) => {
  const body = JSON.stringify({ code: 'agent-revoked', title: 'Revoked', detail: 'This agent was revoked.' });
  const { sender } = await answering(t, (request) => signed(request, { status: 403, body }));
  await assert.rejects(sendSigned(sender, heartbeat), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual(
      { status: error.status, code: error.code, message: error.message },
      { status: 403, code: 'agent-revoked', message: 'This agent was revoked.' },
    );
    return true;
  });
});

for (const body of ['', 'null', '[]', '{}']) {
  test(`a signed refusal that says "${body}" is still a refusal`, async (t) => {
    const { sender } = await answering(t, (request) => signed(request, { status: 500, body }));
    await assert.rejects(sendSigned(sender, heartbeat), {
      name: 'RefusedError',
      code: 'unknown',
      message: 'the control plane answered 500',
    });
  });
}

test('a signed answer that is not JSON counts as none', async (t) => {
  const { sender } = await answering(t, (request) => signed(request, { body: '<html>' }));
  await assert.rejects(sendSigned(sender, heartbeat), { name: 'UnreachableError', message: /is not JSON$/ });
});

test('a redirect is not followed, signed or not', async (t) => {
  const other = await answering(t, (request) => signed(request, {}));
  const location = `${other.sender.url}/stolen`;
  for (const isSigned of [true, false]) {
    const { sender } = await answering(t, (request) =>
      isSigned ? signed(request, { status: 307, headers: { location } }) : { status: 307, headers: { location } },
    );
    const name = isSigned ? 'RefusedError' : 'UnreachableError';
    await assert.rejects(sendSigned(sender, heartbeat), { name });
  }
  assert.deepEqual(other.requests, []);
});

test('an answer larger than 64 MiB is given up while it comes, however much more there is', async (t) => {
  let sentBytes = 0;
  const chunk = Buffer.alloc(1024 * 1024);
  const closed = Promise.withResolvers<void>();
  const { sender } = await serving(t, (_, response) => {
    response.writeHead(200).on('close', closed.resolve);
    const more = (): void => {
      while (!response.destroyed && sentBytes < 1024 * chunk.length) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) return;
      }
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(sendSigned(sender, heartbeat), new UnreachableError('the answer is larger than 64 MiB'));
  await closed.promise;
  assert.ok(sentBytes < 100 * chunk.length, `${sentBytes} bytes were taken`);
});

for (const row of [
  { name: 'never begins', begin: () => undefined },
  { name: 'begins and never ends', begin: (response: ServerResponse) => response.writeHead(200).write('{') },
]) {
  test(`an answer that ${row.name} is not waited for beyond the caller’s patience`, { timeout: 10_000 }, async (t) => {
    const { sender } = await serving(t, (_, response) => void row.begin(response));
    await assert.rejects(sendSigned(sender, heartbeat, AbortSignal.timeout(100)), { name: 'UnreachableError' });
  });
}

test('an answer that breaks off counts as none', async (t) => {
  const { sender } = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    setImmediate(() => response.destroy());
  });
  await assert.rejects(sendSigned(sender, heartbeat), { name: 'UnreachableError', message: /does not answer/ });
});

test('where nobody listens, the address and the reason are told', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((resolve) => server.close(resolve));
  const { sender } = await answering(t, () => ({}));
  await assert.rejects(sendSigned({ ...sender, url }, heartbeat), {
    name: 'UnreachableError',
    code: 'control-plane-unreachable',
    message: `${url} does not answer (ECONNREFUSED)`,
  });
});
