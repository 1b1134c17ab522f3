/** Fuzzing of cases to evaluate: any text is answered by one line of JSON, or refused. */
import { answerText } from './answer.ts';
import { TrialError } from './error.ts';
import { Evaluator, trialCaseFrom } from './evaluator.ts';
import { parseExactJson } from './exact-json.ts';

const evaluator = new Evaluator();

export const fuzz = {
  name: 'trial-case',
  seeds: [
    '{"expression":"Trim([a]) & %p%","attributes":{"a":[" x","y "],"n":9223372036854775807},"parameters":{"p":"corp"}}',
    '{"expression":"[b]","attributes":{"b":{"base64":"AQID"},"r":{"reference":"CN=A"},"w":{"number":"-1"},"t":true,"z":null}}',
    '{"expression":"FormatDateTime(DateFromNum([t]),\\"yyyyMMdd\\")","attributes":{"t":133801632000000000,"e":[]}}',
  ],
  run(input: Uint8Array): void {
    const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
    const line = answerText(evaluator.evaluate(trialCaseFrom(parseExactJson(text))));
    if (line.includes('\n')) throw new Error('The answer has more than one line.');
    JSON.parse(line);
  },
  allowed(error: unknown): boolean {
    return error instanceof TrialError;
  },
};
