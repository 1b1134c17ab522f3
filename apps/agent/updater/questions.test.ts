import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keyId } from '@springline/api/signature/key';
import { signAnswer } from '@springline/api/signature/message';
import { jsonLog } from '@springline/ports/log';
import { Questions } from './questions.ts';

const plane = generateKeyPairSync('ed25519');
const agent = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const consent = "version: 1\nread:\n  baseDns: ['dc=x']\n  attributes: all\nremote:\n  read: true\n  decide: true\n";

interface Heard {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: test data, looked at field by field
  readonly json: any;
  /** Answers it, signed as the control plane does. */
  reply(status: number, body?: unknown): void;
}

/** A control plane of the test's making, and the agent's part that asks it. */
async function world(
  t: TestContext,
  call: (method: string, parameters: unknown) => Promise<unknown> = async (method) => ({ method }),
) {
  const waiting: Heard[] = [];
  let wake: (() => void) | undefined;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    waiting.push({
      path: request.url!,
      json: text === '' ? undefined : JSON.parse(text),
      reply: (status, body) => reply(response, String(request.headers['signature']), status, body),
    });
    wake?.();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'springline-questions-'));
  const consentPath = join(folder, 'consent.yaml');
  writeFileSync(consentPath, consent, { mode: 0o600 });
  const lines: string[] = [];
  const questions = new Questions({
    sender: {
      key: { privateKey: agent.privateKey, keyId: keyId(agent.publicKey) },
      controlPlane: { publicKey: plane.publicKey, keyId: keyId(plane.publicKey) },
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    log: jsonLog((line) => void lines.push(line)),
    consentPath,
    call,
  });
  t.after(() => {
    questions.stop();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  /** The next request of the agent to this path. */
  const next = async (path: string): Promise<Heard> => {
    for (;;) {
      const at = waiting.findIndex((heard) => heard.path === `/platform/v1/agents/self/${path}`);
      if (at >= 0) return waiting.splice(at, 1)[0]!;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { questions, next, waiting, lines };
}

function reply(response: ServerResponse, requestSignature: string, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  const key = { privateKey: plane.privateKey, keyId: keyId(plane.publicKey) };
  const signed = signAnswer({ status, body: Buffer.from(text), requestSignature }, key, Math.floor(Date.now() / 1000));
  response.writeHead(status, { ...signed }).end(text);
}

/** What is on its way within this process has arrived. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const idOf = (n: number): string => `01920000-0000-7000-8000-00000000000${n}`;

function question(n: number, words: object = {}) {
  return { id: idOf(n), method: 'rules', parameters: {}, by: 'person:ada', withinMs: 20_000, ...words };
}

test('a host sends nothing until a heartbeat says that somebody asks, and stops when nobody does any more', async (t) => {
  const { questions, next, waiting } = await world(t);
  assert.deepEqual(waiting, []);
  questions.listen();
  questions.listen();
  const first = await next('questions');
  assert.equal(first.json, undefined);
  assert.deepEqual(waiting, [], 'one request at a time');
  first.reply(200, { questions: [], listenMs: 60_000 });
  (await next('questions')).reply(200, { questions: [], listenMs: 0 });
  await settled();
  assert.deepEqual(waiting, []);
  // As heartbeats do, until one comes after the end.
  while (waiting.length === 0) {
    questions.listen();
    await settled();
  }
});

test('a question is answered by the component while the host goes on listening, and the log says who asked', async (t) => {
  const { questions, next, lines } = await world(t, async (method, parameters) => ({ method, parameters }));
  questions.listen();
  const asked = question(1, { method: 'search.mv', parameters: { text: 'ada' } });
  (await next('questions')).reply(200, { questions: [asked], listenMs: 60_000 });
  const answer = await next('answers');
  const listening = await next('questions');
  assert.deepEqual(answer.json, {
    questionId: idOf(1),
    outcome: { kind: 'answer', answer: { method: 'search.mv', parameters: { text: 'ada' } } },
  });
  answer.reply(200, { accepted: true });
  listening.reply(200, { questions: [], listenMs: 0 });
  const logged = lines.find((line) => line.includes('question.answered'))!;
  assert.match(logged, /"by":"person:ada"/);
  assert.ok(!logged.includes('"ada"'), 'what was looked for is not logged');
});

test('a component that takes too long is reported as late; the host still answers other questions', async (t) => {
  const { questions, next } = await world(t, (method) =>
    method === 'rules' ? new Promise(() => undefined) : Promise.resolve({ method }),
  );
  questions.listen();
  const asked = [question(1, { withinMs: 1_000 }), question(2, { method: 'connectors' })];
  (await next('questions')).reply(200, { questions: asked, listenMs: 60_000 });
  const quick = await next('answers');
  assert.equal(quick.json.questionId, idOf(2));
  quick.reply(200, { accepted: true });
  const late = await next('answers');
  assert.equal(late.json.questionId, idOf(1));
  assert.equal(late.json.outcome.code, 'call-timeout');
  late.reply(200, { accepted: true });
});

for (const other of ['run', 'rules.test']) {
  test(`a preview and ${other} are worked on one at a time`, async (t) => {
    const slow = Promise.withResolvers<unknown>();
    const { questions, next } = await world(t, () => slow.promise);
    questions.listen();
    const asked = [question(1, { method: 'preview' }), question(2, { method: other })];
    (await next('questions')).reply(200, { questions: asked, listenMs: 60_000 });
    const second = await next('answers');
    assert.equal(second.json.questionId, idOf(2));
    assert.equal(second.json.outcome.code, 'host-busy');
    second.reply(200, { accepted: true });
    slow.resolve({});
    const first = await next('answers');
    assert.deepEqual(first.json.outcome, { kind: 'answer', answer: {} });
    first.reply(200, { accepted: true });
  });
}

test('four questions are under way at most: with those, the host asks for no more', async (t) => {
  const slow = Promise.withResolvers<unknown>();
  const { questions, next, waiting } = await world(t, () => slow.promise);
  questions.listen();
  const asked = [1, 2, 3, 4, 5].map((n) => question(n));
  (await next('questions')).reply(200, { questions: asked, listenMs: 60_000 });
  await settled();
  assert.deepEqual(waiting, []);
  slow.resolve({});
  for (let n = 1; n <= 4; n++) (await next('answers')).reply(200, { accepted: true });
  (await next('questions')).reply(200, { questions: [], listenMs: 0 });
});

test('what is not a question as documented is passed over, and the rest is answered', async (t) => {
  const { questions, next } = await world(t);
  questions.listen();
  const odd = [null, 1, {}, { ...question(1), id: '../x' }, { ...question(2), parameters: [] }];
  (await next('questions')).reply(200, { questions: [...odd.slice(2), question(3)], listenMs: 60_000 });
  const answer = await next('answers');
  assert.equal(answer.json.questionId, idOf(3));
  answer.reply(200, { accepted: true });
  (await next('questions')).reply(200, { questions: 'none', listenMs: 'long' });
});

test('a refusal of the control plane ends the listening until the next heartbeat says so again', async (t) => {
  const { questions, next, lines } = await world(t);
  questions.listen();
  (await next('questions')).reply(403, { code: 'agent-revoked', title: 'revoked' });
  while (!lines.some((line) => line.includes('question.failed'))) await settled();
  questions.listen();
  (await next('questions')).reply(200, { questions: [], listenMs: 0 });
});

test('more than 240 questions within a minute are refused without asking the component', async (t) => {
  let calls = 0;
  const { questions, next } = await world(t, async () => {
    calls += 1;
    return {};
  });
  questions.listen();
  const four = [1, 2, 3, 4].map((n) => question(n));
  let last: Heard | undefined;
  for (let round = 0; round <= 60; round++) {
    (await next('questions')).reply(200, { questions: four, listenMs: 60_000 });
    for (const _ of four) {
      last = await next('answers');
      last.reply(200, { accepted: true });
    }
  }
  assert.equal(calls, 240);
  assert.equal(last!.json.outcome.code, 'too-many-questions');
});
