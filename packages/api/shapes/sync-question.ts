/**
 * Questions on their way to an agent host, and what comes back. The host asks for them with signed requests, so that it
 * opens no port; each question is handed out once. Who asks, and why, goes along: the host writes it into its log.
 */
import { z } from 'zod';
import { syncAnswerLimitBytes } from './sync-methods.ts';
import { code, displayText, uuid } from './text.ts';

/** Questions that one answer hands out. */
export const questionsAtOnce = 4;

export const question = z
  .strictObject({
    id: uuid,
    method: z.string().regex(/^[a-z][a-z.]{0,63}$/),
    parameters: z.record(z.string().max(64), z.unknown()),
    /** `person:<name>` or `token:<name>`. */
    by: z.string().max(256),
    reason: displayText.optional(),
    /** The answer is of no use after that. */
    withinMs: z.int().positive().max(60_000),
  })
  .meta({ id: 'Question' });
export type Question = z.infer<typeof question>;

export const takeQuestionsAnswer = z
  .strictObject({
    questions: z.array(question).max(questionsAtOnce),
    /** For so long there may be more: ask again at once. 0: wait for a heartbeat that says `listen`. */
    listenMs: z
      .int()
      .nonnegative()
      .max(10 * 60_000),
    /** Ask again no sooner than this, since too many hosts are listening. */
    againInMs: z.int().positive().max(60_000).optional(),
  })
  .meta({ id: 'Questions' });

export const answerQuestionBody = z
  .strictObject({
    questionId: uuid,
    outcome: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('answer'), answer: z.unknown() }),
      z.strictObject({ kind: z.literal('refusal'), code, message: z.string().max(2_000) }),
    ]),
  })
  .meta({ id: 'AnswerQuestion' });
export type AnswerQuestion = z.infer<typeof answerQuestionBody>;
/** False when nobody waits for it: it came too late, or was never a question to this host. */
export const answerQuestionAnswer = z.strictObject({ accepted: z.boolean() }).meta({ id: 'QuestionAnswered' });

export const answerBodyLimitBytes = syncAnswerLimitBytes + 64 * 1024;

/** What the consent file of a host allows from afar (rule S1). */
export const remoteConsentShape = z
  .strictObject({ read: z.boolean(), decide: z.boolean() })
  .meta({ id: 'RemoteConsent' });
export type RemoteConsent = z.infer<typeof remoteConsentShape>;
