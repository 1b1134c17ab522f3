/**
 * Questions of people to agent hosts, and their answers, on their way through this process. A host that nobody asks costs
 * nothing: only its heartbeat, which comes anyhow, tells it that somebody does; then it holds one request open here for
 * as long as questions keep coming, and five minutes more. Nothing is written down: an answer holds values of a
 * directory, which the control plane does not keep, and a question that is lost on the way is asked again by the person
 * who waits for it. Each is handed out once, so nothing is decided twice.
 *
 * One process serves a store, and so the board is in its memory. Where several serve one PostgreSQL, a question goes into
 * a row (without its answer) that wakes the process in which the host listens, and the answer goes straight to the
 * process that asked.
 */
import { ProblemError } from '@springline/api/problem';
import { type AnswerQuestion, type Question, questionsAtOnce } from '@springline/api/shapes/sync-question';

export interface BoardLimits {
  /** Until a host that was told so by its heartbeat, which comes every 10 s, has taken the question. */
  readonly takenWithinMs: number;
  /** How long a request for questions is held. */
  readonly holdMs: number;
  /** After its last question a host listens for so long. */
  readonly listenMs: number;
  /** Questions under way, by host, by tenant, and of all. */
  readonly perAgent: number;
  readonly perTenant: number;
  readonly all: number;
  /** Hosts that listen at once: each holds a connection. */
  readonly listeners: number;
}

export const usualLimits: BoardLimits = {
  takenWithinMs: 15_000,
  holdMs: 25_000,
  listenMs: 5 * 60_000,
  perAgent: 8,
  perTenant: 64,
  all: 512,
  listeners: 2_000,
};

/** When too many listen, a host asks again after this, and so spends a request instead of a connection. */
const againInMs = 5_000;
const retryAfter = { 'retry-after': '5' } as const;

export interface AgentName {
  readonly tenantId: string;
  readonly agentId: string;
}

export type Outcome = AnswerQuestion['outcome'];

interface UnderWay {
  readonly question: Question;
  readonly settle: (outcome: Outcome) => void;
  /** It is the host's now, which gets `withinMs` for it. */
  readonly taken: () => void;
}

/** What is known here of one host that is being asked. */
interface Desk {
  readonly tenantId: string;
  /** In the order in which they came; not handed out yet. */
  readonly waiting: UnderWay[];
  readonly takenById: Map<string, UnderWay>;
  /** On the clock of `monotonicMs`. */
  listenUntilMs: number;
  /** Wakes the request that is held open; with `true`, because a newer one of the host has come. */
  wake: ((isReplaced: boolean) => void) | undefined;
}

export interface Taken {
  readonly questions: readonly Question[];
  readonly listenMs: number;
  readonly againInMs?: number;
}

export class QuestionBoard {
  readonly #limits: BoardLimits;
  readonly #monotonicMs: () => number;
  /** By tenant and agent; only hosts that are asked, or were a few minutes ago. */
  readonly #desks = new Map<string, Desk>();
  #listeners = 0;

  constructor(limits: BoardLimits = usualLimits, monotonicMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  /** Whether the host should listen: what its heartbeat is told. */
  isWanted(agent: AgentName): boolean {
    const desk = this.#desks.get(keyOf(agent));
    return desk !== undefined && this.#listenMs(desk) > 0;
  }

  /**
   * Asks, and waits for what the host says.
   *
   * @throws {ProblemError} `rate-limited` when too many questions are under way, `agent-not-listening` when the host
   *   took it not in time, `agent-answer-late` when it took it and did not answer within `question.withinMs`.
   */
  async ask(agent: AgentName, question: Question, signal: AbortSignal): Promise<Outcome> {
    this.#requireRoom(agent);
    if (signal.aborted) throw endedFirst();
    const desk = this.#deskOf(agent);
    desk.listenUntilMs = this.#monotonicMs() + this.#limits.listenMs;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    let timer = setTimeout(
      () => reject(new ProblemError('agent-not-listening', 'the host is online and took no question; it may be older')),
      this.#limits.takenWithinMs,
    );
    const underWay: UnderWay = {
      question,
      settle: resolve,
      taken: () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new ProblemError('agent-answer-late')), question.withinMs);
      },
    };
    // Whoever asked has gone: the host is spared what it has not taken yet.
    const gone = (): void => reject(endedFirst());
    signal.addEventListener('abort', gone, { once: true });
    desk.waiting.push(underWay);
    desk.wake?.(false);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      desk.takenById.delete(question.id);
      const at = desk.waiting.indexOf(underWay);
      if (at >= 0) desk.waiting.splice(at, 1);
    }
  }

  /** The questions that wait for a host; held open until there is one. A newer request of the host ends an older one. */
  async take(agent: AgentName, signal: AbortSignal): Promise<Taken> {
    const desk = this.#desks.get(keyOf(agent));
    if (desk === undefined || this.#listenMs(desk) === 0) return { questions: [], listenMs: 0 };
    desk.wake?.(true);
    if (desk.waiting.length === 0) {
      if (this.#listeners >= this.#limits.listeners) {
        return { questions: [], listenMs: this.#listenMs(desk), againInMs };
      }
      if (await this.#heldUntilWoken(desk, signal)) return { questions: [], listenMs: this.#listenMs(desk) };
    }
    // Nobody reads the answer any more: what waits is for the next request.
    if (signal.aborted) return { questions: [], listenMs: 0 };
    const handedOut = desk.waiting.splice(0, questionsAtOnce);
    for (const underWay of handedOut) {
      desk.takenById.set(underWay.question.id, underWay);
      underWay.taken();
    }
    return { questions: handedOut.map(({ question }) => question), listenMs: this.#listenMs(desk) };
  }

  /** False when no such question of this host waits for an answer: it came too late, or was never this host's. */
  answer(agent: AgentName, questionId: string, outcome: Outcome): boolean {
    const underWay = this.#desks.get(keyOf(agent))?.takenById.get(questionId);
    underWay?.settle(outcome);
    return underWay !== undefined;
  }

  /** True when a newer request of the same host took its place. */
  async #heldUntilWoken(desk: Desk, signal: AbortSignal): Promise<boolean> {
    this.#listeners += 1;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wake = (isReplaced: boolean): void => resolve(isReplaced);
    const timeUp = (): void => resolve(false);
    const timer = setTimeout(timeUp, this.#limits.holdMs);
    signal.addEventListener('abort', timeUp, { once: true });
    if (signal.aborted) timeUp();
    desk.wake = wake;
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', timeUp);
      if (desk.wake === wake) desk.wake = undefined;
      this.#listeners -= 1;
    }
  }

  #requireRoom({ tenantId, agentId }: AgentName): void {
    const { perAgent, perTenant, all } = this.#limits;
    let ofTenant = 0;
    let ofAll = 0;
    for (const desk of this.#desks.values()) {
      const count = underWayAt(desk);
      ofAll += count;
      if (desk.tenantId === tenantId) ofTenant += count;
    }
    const own = this.#desks.get(keyOf({ tenantId, agentId }));
    if ((own === undefined ? 0 : underWayAt(own)) >= perAgent) {
      throw new ProblemError('rate-limited', `${perAgent} questions to this host are under way already`, {
        headers: retryAfter,
      });
    }
    if (ofTenant >= perTenant || ofAll >= all) {
      throw new ProblemError('rate-limited', 'too many questions to hosts are under way', { headers: retryAfter });
    }
  }

  #deskOf(agent: AgentName): Desk {
    const key = keyOf(agent);
    const known = this.#desks.get(key);
    if (known !== undefined) return known;
    for (const [other, desk] of this.#desks) {
      if (underWayAt(desk) === 0 && desk.wake === undefined && this.#listenMs(desk) === 0) this.#desks.delete(other);
    }
    const made: Desk = {
      tenantId: agent.tenantId,
      waiting: [],
      takenById: new Map(),
      listenUntilMs: 0,
      wake: undefined,
    };
    this.#desks.set(key, made);
    return made;
  }

  #listenMs({ listenUntilMs }: Desk): number {
    return Math.max(0, Math.ceil(listenUntilMs - this.#monotonicMs()));
  }
}

/** Read by somebody only where the server is being stopped; whoever hung up reads nothing. */
function endedFirst(): ProblemError {
  return new ProblemError('overloaded', 'the request ended before the host answered', { headers: retryAfter });
}

function underWayAt({ waiting, takenById }: Desk): number {
  return waiting.length + takenById.size;
}

function keyOf({ tenantId, agentId }: AgentName): string {
  return `${tenantId} ${agentId}`;
}
