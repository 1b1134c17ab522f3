/**
 * `sync rules eval --batch`: cases in, one line of JSON each, answers out, in the order of the cases. A line that is no
 * case is answered as well, and the others go on. Memory holds a line, the answers of one piece of input, and the
 * expressions that the evaluator keeps.
 */
import { isUtf8 } from 'node:buffer';
import { answerText } from '@springline/connect-sync/rules/trial/answer';
import { TrialError } from '@springline/connect-sync/rules/trial/error';
import { Evaluator, trialCaseFrom } from '@springline/connect-sync/rules/trial/evaluator';
import { parseExactJson } from '@springline/connect-sync/rules/trial/exact-json';
import { type Line, linesOf } from './lines.ts';

/** Enough for a group of 100,000 members. */
export const lineLimitBytes = 16 * 1024 * 1024;
const flushLength = 64 * 1024;

/**
 * Answers every line of `input` through `write`, which is waited for. Blank lines are skipped.
 *
 * @returns how many lines were no case; an expression that fails is an answer and not counted.
 */
export async function answerBatch(
  input: AsyncIterable<Uint8Array>,
  write: (text: string) => Promise<void>,
  limitBytes: number = lineLimitBytes,
): Promise<number> {
  const evaluator = new Evaluator();
  let refused = 0;
  let number = 0;
  let pending = '';
  for await (const lines of linesOf(input, limitBytes)) {
    for (const line of lines) {
      number += 1;
      if (isBlank(line)) continue;
      try {
        pending += `${answerText(evaluator.evaluate(trialCaseFrom(parseExactJson(textOf(line, limitBytes)))))}\n`;
      } catch (error) {
        if (!(error instanceof TrialError)) throw error;
        refused += 1;
        pending += `${JSON.stringify({ error: 'input', message: error.message, line: number })}\n`;
      }
      if (pending.length >= flushLength) {
        await write(pending);
        pending = '';
      }
    }
    if (pending !== '') await write(pending);
    pending = '';
  }
  return refused;
}

function textOf(line: Line, limitBytes: number): string {
  if (line === 'too-long') throw new TrialError(`the line is longer than ${limitBytes} bytes`);
  if (!isUtf8(line)) throw new TrialError('the line is no UTF-8 text');
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
}

function isBlank(line: Line): boolean {
  return line !== 'too-long' && line.every((byte) => byte === 0x20 || byte === 0x09);
}
