/**
 * Takes questions of people from the control plane, and brings the answers back. It does so only while somebody asks: the
 * answer to a heartbeat says so, and then one signed request is held open at a time until the control plane says that
 * nobody asks any more. The host opens no port, and a host that nobody asks sends nothing. No trouble with it ever stops
 * a component. Imports nothing from npm.
 */
import { syncMethods } from '@springline/api/shapes/sync-methods';
import type { Log } from '@springline/ports/log';
import { CallError } from '../channel.ts';
import { RefusedError, type Sender, sendSigned, UnreachableError } from '../identity/signed-request.ts';
import { type AnswerPorts, answerTo, type Outcome, refusalOf } from './questions-answer.ts';

/** Whatever the control plane says, only a heartbeat makes this host listen for longer. */
const longestListenMs = 10 * 60_000;
/** Questions that are worked on at a time. */
const atOnceLimit = 4;
/** Questions answered in a minute; more are refused. */
const perMinuteLimit = 240;
/** What takes the component longer than this does is asked one at a time. */
const quickMs = 20_000;
const shortestWaitMs = 1_000;
const longestWaitMs = 60_000;

export interface QuestionPorts extends AnswerPorts {
  readonly sender: Sender;
  readonly log: Log;
}

interface Question {
  readonly id: string;
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly withinMs: number;
}

export class Questions {
  readonly #ports: QuestionPorts;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #isListening = false;
  #isBusy = false;
  #minute = { startedMs: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(ports: QuestionPorts) {
    this.#ports = ports;
  }

  /** A heartbeat said that somebody asks. */
  listen(): void {
    if (this.#isListening || this.#stop.signal.aborted) return;
    this.#isListening = true;
    this.#listenOn().then(
      () => {
        this.#isListening = false;
      },
      (error: unknown) => {
        this.#isListening = false;
        this.#failed(error);
      },
    );
  }

  stop(): void {
    this.#stop.abort();
  }

  async #listenOn(): Promise<void> {
    const { signal } = this.#stop;
    const untilMs = performance.now() + longestListenMs;
    while (!signal.aborted && performance.now() < untilMs) {
      const request = { method: 'POST', path: '/platform/v1/agents/self/questions' } as const;
      const { questions, listenMs, againInMs } = parseTaken(await sendSigned(this.#ports.sender, request, signal));
      for (const question of questions) this.#work(question);
      if (listenMs === 0) return;
      if (this.#underWay.size >= atOnceLimit) await Promise.race(this.#underWay);
      if (againInMs > 0) await pause(againInMs, signal);
    }
  }

  #work(question: Question): void {
    const work = this.#answer(question).then(
      () => undefined,
      // The control plane may have given it up, and whoever asked sees that.
      (error: unknown) => this.#failed(error),
    );
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
  }

  async #answer(question: Question): Promise<void> {
    const { id, method, by } = question;
    const outcome = await this.#outcomeOf(question);
    // Who looked, and who decided, is for the administrator of this host to see. What was answered is not logged.
    const result = outcome.kind === 'answer' ? 'answered' : outcome.code;
    this.#ports.log.info('question.answered', { method, by, result });
    const body = { questionId: id, outcome };
    const request = { method: 'POST', path: '/platform/v1/agents/self/answers', body } as const;
    await sendSigned(this.#ports.sender, request, this.#stop.signal);
  }

  async #outcomeOf(question: Question): Promise<Outcome> {
    if (!this.#hasRoom()) return refusalOf(new CallError('too-many-questions', 'this host was asked too much; wait'));
    // Trying an expression may take as long as whoever wrote it likes, up to its bound.
    const isLong = (wordsOf(question.method)?.withinMs ?? 0) > quickMs || question.method === 'rules.test';
    if (isLong && this.#isBusy) {
      return refusalOf(
        new CallError('host-busy', 'the host is at work on another preview or decision; wait for its end'),
      );
    }
    if (isLong) this.#isBusy = true;
    const answering = answerTo(question, this.#ports);
    // Also when nobody waits for it any more: the component is still at work on it.
    if (isLong) void answering.then(() => this.#free());
    return within(answering, question.withinMs, this.#stop.signal);
  }

  #free(): void {
    this.#isBusy = false;
  }

  #hasRoom(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#minute.startedMs >= 60_000) this.#minute = { startedMs: nowMs, count: 0 };
    this.#minute.count += 1;
    return this.#minute.count <= perMinuteLimit;
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const code = error instanceof RefusedError || error instanceof UnreachableError ? error.code : 'internal-error';
    this.#ports.log.warn('question.failed', { code, reason: (error as Error).message });
  }
}

function wordsOf(method: string): { readonly withinMs: number } | undefined {
  return Object.entries(syncMethods).find(([name]) => name === method)?.[1];
}

async function within(answering: Promise<Outcome>, withinMs: number, signal: AbortSignal): Promise<Outcome> {
  const ended = new AbortController();
  const late = pause(withinMs, AbortSignal.any([signal, ended.signal])).then(() =>
    refusalOf(new CallError('call-timeout', `Connect Sync did not answer within ${withinMs / 1000} s; it goes on`)),
  );
  try {
    return await Promise.race([answering, late]);
  } finally {
    ended.abort();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** What is not a question as documented is passed over: a newer control plane may ask in other ways. */
function parseTaken(answer: unknown): { questions: Question[]; listenMs: number; againInMs: number } {
  const { questions, listenMs, againInMs } = Object(answer) as Record<string, unknown>;
  return {
    questions: (Array.isArray(questions) ? questions : []).slice(0, atOnceLimit).flatMap(parseQuestion),
    listenMs: bounded(listenMs, 0, longestListenMs, 0),
    againInMs: againInMs === undefined ? 0 : bounded(againInMs, shortestWaitMs, longestWaitMs, shortestWaitMs),
  };
}

function parseQuestion(value: unknown): Question[] {
  const { id, method, parameters, by, withinMs } = Object(value) as Record<string, unknown>;
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id) || typeof method !== 'string') return [];
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return [];
  return [
    {
      id,
      method,
      parameters: { ...parameters },
      by: typeof by === 'string' ? by.slice(0, 256) : 'unknown',
      withinMs: bounded(withinMs, shortestWaitMs, longestWaitMs, quickMs),
    },
  ];
}

function bounded(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}
