/**
 * From what a host said to what is answered to a person. A host is believed about itself and no further: its answer is
 * parsed by the shape of the method, and of a refusal only the code and a bounded sentence are passed on.
 */
import { type ProblemCode, ProblemError } from '@springline/api/problem';
import { type SyncAnswer, syncCalls } from '@springline/api/shapes/sync';
import type { SyncMethod } from '@springline/api/shapes/sync-methods';
import type { Outcome } from './question-board.ts';

/** Codes of a host that mean the same here; others come as `agent-refused` with the code in the detail. */
const sameHere: ReadonlyMap<string, ProblemCode> = new Map([
  ['component-not-running', 'component-not-running'],
  ['list-changed', 'list-changed'],
  ['not-consented', 'not-consented'],
  ['unknown-call', 'unknown-call'],
  ['malformed-call', 'malformed-request'],
  ['call-timeout', 'agent-answer-late'],
]);

const detailLimit = 1_000;

/** @throws {ProblemError} for a refusal, and `agent-answer-malformed` for what is not the method's answer. */
export function answerIn<M extends SyncMethod>(method: M, outcome: Outcome): SyncAnswer<M> {
  if (outcome.kind === 'refusal') {
    const code = sameHere.get(outcome.code);
    const message = printable(outcome.message);
    throw code === undefined
      ? new ProblemError('agent-refused', `${outcome.code}: ${message}`)
      : new ProblemError(code, message);
  }
  const parsed = syncCalls[method].answer.safeParse(outcome.answer);
  if (parsed.success) return parsed.data as SyncAnswer<M>;
  const [issue] = parsed.error.issues;
  const where = ['answer', ...(issue?.path ?? []).map(String)].join('.').slice(0, 200);
  throw new ProblemError('agent-answer-malformed', `${method}: ${where}: ${issue?.message ?? 'not as documented'}`);
}

function printable(message: string): string {
  return message.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, detailLimit);
}
