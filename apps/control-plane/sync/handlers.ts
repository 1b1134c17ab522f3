/**
 * People's questions to Connect Sync on an agent host, and the host's side of it. What is asked and answered passes
 * through and is not kept; what is decided is in the audit trail, before the host is told and when it has answered.
 */
import { ProblemError } from '@springline/api/problem';
import type { SyncAnswer } from '@springline/api/shapes/sync';
import { type SyncMethod, syncMethods } from '@springline/api/shapes/sync-methods';
import type { Question } from '@springline/api/shapes/sync-question';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import { viewOfAgent } from '../platform/agent-view.ts';
import type { PersonCaller } from '../platform/callers.ts';
import type { Database } from '../storage/database.ts';
import { findAgent } from '../storage/platform/agents.ts';
import { type AuditEvent, appendAudit } from '../storage/platform/audit.ts';
import { answerIn } from './outcome.ts';
import type { QuestionBoard } from './question-board.ts';

export interface SyncDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly board: QuestionBoard;
}

type SyncRoute = Extract<keyof Handlers, `sync${string}`> | 'takeQuestions' | 'answerQuestion';

/** As far as one route of people has it. */
interface Asked {
  readonly caller: PersonCaller;
  readonly params: { readonly agentId: string };
  readonly body: Readonly<Record<string, unknown>>;
  readonly now: EpochMs;
  readonly signal: AbortSignal;
}

export function syncHandlers(deps: SyncDeps): Pick<Handlers, SyncRoute> {
  const { board } = deps;
  const on =
    <M extends SyncMethod>(method: M) =>
    (asked: Asked): Promise<SyncAnswer<M>> =>
      answered(deps, method, asked);
  return {
    syncConnectors: on('connectors'),
    syncHistory: on('history'),
    syncPending: on('pending'),
    syncPreview: on('preview'),
    syncPreviewPage: on('preview.get'),
    syncPreviewCommit: on('preview.commit'),
    syncSearchCs: on('search.cs'),
    syncCsObject: on('cs.object'),
    syncSearchMv: on('search.mv'),
    syncMvObject: on('mv.object'),
    syncExplain: on('explain'),
    syncRules: on('rules'),
    syncRulesTest: on('rules.test'),
    syncDeletes: on('deletes.list'),
    syncDeletesApprove: on('deletes.approve'),
    syncDeletesReject: on('deletes.reject'),
    syncStaging: on('staging'),
    syncStagingPromote: on('staging.promote'),
    syncStagingDemote: on('staging.demote'),
    syncRun: on('run'),

    async takeQuestions({ caller, signal }) {
      const { questions, ...rest } = await board.take(caller, signal);
      return { questions: questions.map((question) => ({ ...question })), ...rest };
    },

    async answerQuestion({ caller, body }) {
      return { accepted: board.answer(caller, body.questionId, body.outcome) };
    },
  };
}

async function answered<M extends SyncMethod>(deps: SyncDeps, method: M, asked: Asked): Promise<SyncAnswer<M>> {
  const { caller, body } = asked;
  await requireListening(deps, method, asked);
  const { reason, ...parameters } = body;
  const question: Question = {
    id: uuidV7(deps.clock, deps.random),
    method,
    parameters,
    by: caller.actor,
    ...(typeof reason === 'string' ? { reason } : {}),
    withinMs: syncMethods[method].withinMs,
  };
  if (syncMethods[method].effect === 'decide') return decided(deps, method, asked, question);
  return ask(deps, method, asked, question);
}

async function ask<M extends SyncMethod>(
  { board }: SyncDeps,
  method: M,
  { caller, params, signal }: Asked,
  question: Question,
): Promise<SyncAnswer<M>> {
  const agent = { tenantId: caller.tenantId, agentId: params.agentId };
  return answerIn(method, await board.ask(agent, question, signal));
}

/** Two entries, since what the host does it does between them: one alone says that its end is not known. */
async function decided<M extends SyncMethod>(
  deps: SyncDeps,
  method: M,
  asked: Asked,
  question: Question,
): Promise<SyncAnswer<M>> {
  const detail = { questionId: question.id, method, ...scalarsOf(question.parameters) };
  const why = question.reason === undefined ? {} : { reason: question.reason };
  await audit(deps, asked, { action: 'sync.decision-asked', detail: { ...detail, ...why } });
  let answer: SyncAnswer<M>;
  try {
    answer = await ask(deps, method, asked, question);
  } catch (error) {
    const result = error instanceof ProblemError ? error.code : 'internal-error';
    await audit(deps, asked, { action: 'sync.decision-ended', detail: { ...detail, result } });
    throw error;
  }
  const outcome = { ...detail, result: 'done', ...scalarsOf(answer as Readonly<Record<string, unknown>>) };
  await audit(deps, asked, { action: 'sync.decision-ended', detail: outcome });
  return answer;
}

function audit(
  { database, clock }: SyncDeps,
  { caller, params }: Asked,
  event: Pick<AuditEvent, 'action' | 'detail'>,
): Promise<void> {
  const { tenantId, actor } = caller;
  const whole = { at: clock.now(), actor, subject: `agent:${params.agentId}`, ...event };
  return database.write((writer) => appendAudit(writer, tenantId, whole));
}

/** Names, counts and ids; nothing deeper. */
function scalarsOf(words: Readonly<Record<string, unknown>>): NonNullable<AuditEvent['detail']> {
  const textLimit = 256;
  return Object.fromEntries(
    Object.entries(words).flatMap(([key, value]): [string, string | number | boolean][] => {
      if (typeof value === 'string') return [[key, value.slice(0, textLimit)]];
      return typeof value === 'number' || typeof value === 'boolean' ? [[key, value]] : [];
    }),
  );
}

/**
 * @throws {ProblemError} `not-found` also for an agent of another tenant; `agent-not-listening`; `agent-conflicted` for a
 * decision where two hosts would be the one that is meant (rule S16).
 */
async function requireListening(
  { database }: SyncDeps,
  method: SyncMethod,
  { caller, params, now }: Asked,
): Promise<void> {
  const agent = await findAgent(database.read, caller.tenantId, params.agentId);
  if (agent === undefined) throw new ProblemError('not-found', 'no agent has this id');
  const { state, lastSeenAt, hostName, conflictedSince } = viewOfAgent(agent, now);
  if (state !== 'online') {
    const why = state === 'revoked' ? 'was revoked' : `was last seen ${lastSeenAt ?? 'never'}`;
    throw new ProblemError('agent-not-listening', `${hostName} ${why}`);
  }
  if (conflictedSince !== undefined && syncMethods[method].effect === 'decide') {
    throw new ProblemError('agent-conflicted');
  }
}
