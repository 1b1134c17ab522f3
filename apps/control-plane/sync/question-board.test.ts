import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@springline/api/problem';
import type { Question } from '@springline/api/shapes/sync-question';
import { uuidV7 } from '@springline/ports/uuid';
import { type BoardLimits, type Outcome, QuestionBoard, usualLimits } from './question-board.ts';

const agent = { tenantId: 't1', agentId: 'a1' };
const answer: Outcome = { kind: 'answer', answer: { fine: true } };
const never = new AbortController().signal;

function questionOf(words: Partial<Question> = {}): Question {
  return { id: uuidV7(), method: 'history', parameters: {}, by: 'person:admin', withinMs: 20_000, ...words };
}

function boardWith(limits: Partial<BoardLimits> = {}, monotonicMs?: () => number): QuestionBoard {
  return new QuestionBoard({ ...usualLimits, ...limits }, monotonicMs);
}

const isProblem = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;

test('a host that nobody asks is not told to listen, and one that asks anyway is sent away at once', async () => {
  const board = boardWith();
  assert.equal(board.isWanted(agent), false);
  assert.deepEqual(await board.take(agent, never), { questions: [], listenMs: 0 });
});

test('a question waits for the host, is handed out once, and its answer reaches who asked', async () => {
  const board = boardWith();
  const question = questionOf();
  const asked = board.ask(agent, question, never);
  assert.equal(board.isWanted(agent), true);
  const { questions, listenMs } = await board.take(agent, never);
  assert.deepEqual(questions, [question]);
  assert.ok(listenMs > 0);
  const second = board.take(agent, never);
  assert.equal(board.answer(agent, question.id, answer), true);
  assert.deepEqual(await asked, answer);
  assert.equal(board.answer(agent, question.id, answer), false, 'the second answer is for nobody');
  const next = questionOf();
  const askedNext = board.ask(agent, next, never);
  assert.deepEqual((await second).questions, [next], 'the request that was held open gets the next question');
  board.answer(agent, next.id, answer);
  await askedNext;
});

test('a host answers its own questions only, and those of its own tenant', async () => {
  const board = boardWith();
  const question = questionOf();
  const asked = board.ask(agent, question, never);
  for (const other of [
    { tenantId: 't1', agentId: 'a2' },
    { tenantId: 't2', agentId: 'a1' },
  ]) {
    assert.deepEqual((await board.take(other, never)).questions, []);
    assert.equal(board.answer(other, question.id, answer), false);
  }
  assert.equal(board.answer(agent, question.id, answer), false, 'not before it was handed out');
  await board.take(agent, never);
  board.answer(agent, question.id, answer);
  await asked;
});

test('a host that does not take the question is not listening', async () => {
  const board = boardWith({ takenWithinMs: 10, holdMs: 1 });
  await assert.rejects(board.ask(agent, questionOf(), never), isProblem('agent-not-listening'));
  assert.equal(board.isWanted(agent), true, 'its next heartbeat is still told, for the next try');
  assert.deepEqual((await board.take(agent, never)).questions, [], 'a question that was given up is not handed out');
});

test('a host that took the question and says nothing is late, and its answer is for nobody then', async () => {
  const board = boardWith();
  const question = questionOf({ withinMs: 10 });
  const asked = board.ask(agent, question, never);
  await Promise.all([board.take(agent, never), assert.rejects(asked, isProblem('agent-answer-late'))]);
  assert.equal(board.answer(agent, question.id, answer), false);
});

test('whoever asked and has gone spares the host the question', async () => {
  const board = boardWith({ holdMs: 1 });
  const gone = new AbortController();
  const asked = board.ask(agent, questionOf(), gone.signal);
  gone.abort();
  await assert.rejects(asked, isProblem('overloaded'));
  assert.deepEqual((await board.take(agent, never)).questions, []);
});

test('a host whose connection is lost while it listens loses no question', async () => {
  const board = boardWith();
  const first = board.ask(agent, questionOf(), never);
  const [{ id }] = (await board.take(agent, never)).questions as [Question];
  board.answer(agent, id, answer);
  await first;
  const lost = new AbortController();
  const held = board.take(agent, lost.signal);
  const question = questionOf();
  const asked = board.ask(agent, question, never);
  lost.abort();
  assert.deepEqual((await held).questions, []);
  assert.deepEqual((await board.take(agent, never)).questions, [question]);
  board.answer(agent, question.id, answer);
  await asked;
});

test('of two requests of one host the newer one is held, the older one ends', async () => {
  const board = boardWith();
  const first = board.ask(agent, questionOf(), never);
  const [{ id }] = (await board.take(agent, never)).questions as [Question];
  board.answer(agent, id, answer);
  await first;
  const older = board.take(agent, never);
  const newer = board.take(agent, never);
  assert.deepEqual((await older).questions, []);
  const question = questionOf();
  const asked = board.ask(agent, question, never);
  assert.deepEqual((await newer).questions, [question]);
  board.answer(agent, question.id, answer);
  await asked;
});

test('a request is held no longer than the limit, and then says how long to go on listening', async () => {
  const board = boardWith({ holdMs: 5, takenWithinMs: 1 });
  await assert.rejects(board.ask(agent, questionOf(), never));
  const { questions, listenMs } = await board.take(agent, never);
  assert.deepEqual(questions, []);
  assert.ok(listenMs > 60_000);
});

test('five minutes after its last question a host stops listening', async () => {
  let nowMs = 1_000;
  const board = boardWith({ takenWithinMs: 1 }, () => nowMs);
  await assert.rejects(board.ask(agent, questionOf(), never));
  nowMs += usualLimits.listenMs - 1;
  assert.equal(board.isWanted(agent), true);
  nowMs += 1;
  assert.equal(board.isWanted(agent), false);
  assert.deepEqual(await board.take(agent, never), { questions: [], listenMs: 0 });
});

for (const row of [
  { name: 'one host', limits: { perAgent: 2 }, third: agent },
  { name: 'a tenant', limits: { perTenant: 2 }, third: { tenantId: 't1', agentId: 'a3' } },
  { name: 'all tenants', limits: { all: 2 }, third: { tenantId: 't9', agentId: 'a9' } },
]) {
  test(`more questions to ${row.name} than the limit are refused, until one has ended`, async () => {
    const board = boardWith({ ...row.limits, takenWithinMs: 20 });
    const first = [board.ask(agent, questionOf(), never), board.ask(agent, questionOf(), never)];
    const refused = assert.rejects(board.ask(row.third, questionOf(), never), isProblem('rate-limited'));
    await Promise.all([refused, ...first.map((asked) => assert.rejects(asked, isProblem('agent-not-listening')))]);
    await assert.rejects(board.ask(row.third, questionOf(), never), isProblem('agent-not-listening'));
  });
}

test('when too many hosts listen, another one is told when to ask again and holds no connection', async () => {
  const board = boardWith({ listeners: 0, takenWithinMs: 1 });
  await assert.rejects(board.ask(agent, questionOf(), never));
  assert.equal((await board.take(agent, never)).againInMs, 5_000);
});

test('four questions go out at once, the rest with the next request', async () => {
  const board = boardWith();
  const questions = Array.from({ length: 6 }, () => questionOf());
  const asked = questions.map((question) => board.ask(agent, question, never));
  assert.deepEqual((await board.take(agent, never)).questions, questions.slice(0, 4));
  assert.deepEqual((await board.take(agent, never)).questions, questions.slice(4));
  for (const { id } of questions) board.answer(agent, id, answer);
  await Promise.all(asked);
});
