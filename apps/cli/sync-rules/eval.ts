/** `sync rules eval`: what an expression gives for attributes that somebody wrote down. */
import { once } from 'node:events';
import { answerText } from '@springline/connect-sync/rules/trial/answer';
import { TrialError } from '@springline/connect-sync/rules/trial/error';
import { Evaluator } from '@springline/connect-sync/rules/trial/evaluator';
import { parseExactJson } from '@springline/connect-sync/rules/trial/exact-json';
import { attributesFrom, parametersFrom } from '@springline/connect-sync/rules/trial/values';
import type { Command } from 'commander';
import { CommandError, print } from '../output.ts';
import { readSmallFile } from '../small-file.ts';
import { answerBatch, lineLimitBytes } from './batch.ts';

interface Words {
  readonly attrs?: string;
  readonly parameters?: string;
  readonly batch?: boolean;
}

export function registerEval(rules: Command): void {
  rules
    .command('eval')
    .description('evaluate an expression on attributes of your own; one line of JSON says what it gives')
    .argument('[expression]', 'the expression; after -- when it begins with a minus')
    .option('--attrs <file>', 'attributes of the object as JSON, - for standard input')
    .option('--parameters <file>', 'values of %Parameters% as JSON')
    .option('--json', 'for programs: what goes wrong before anything is evaluated is JSON too')
    .option('--batch', 'read cases from standard input, one line of JSON each, and answer line by line')
    .addHelpText(
      'after',
      `
Values: a text, a whole number, true or false, {"base64": …}, {"reference": DN}, {"number": "digits"}, or a list of these
for a multi-valued attribute; null and an empty list are an absent one. Whole numbers have 64 bits and keep every digit.
Answers: {"value": …}, {"null":true}, {"authoritativeNull":true}, {"ignoreThisFlow":true}, or
{"error":"parse" or "runtime","message":…,"column":…,"code":…} with exit code 1. An empty text is {"value":""}.
A case of --batch: {"expression": …, "attributes": {…}, "parameters": {…}}. A line that is none is answered with
{"error":"input","message":…,"line":…}; exit code 1 when there was one. Other keys of a case are left
alone, and an expression that fails is an answer like any other.

Examples:
  springline sync rules eval 'UCase(Trim([department]))' --attrs ada.json
  springline sync rules eval '[cn] & "@" & %Domain.FQDN%' --attrs ada.json --parameters domain.json
  springline sync rules eval --batch < cases.jsonl`,
    )
    .action(async (expression: string | undefined, words: Words) => {
      if (words.batch === true) return evaluateBatch(expression, words);
      if (expression === undefined) throw new CommandError('an expression is needed, or --batch', 2);
      const answer = new Evaluator().evaluate({
        expression,
        attributes: readWith(words.attrs, (plain) => attributesFrom(plain)),
        parameters: readWith(words.parameters, (plain) => parametersFrom(plain)),
      });
      print(answerText(answer));
      if (answer.kind === 'failure') process.exitCode = 1;
    });
}

async function evaluateBatch(expression: string | undefined, { attrs, parameters }: Words): Promise<void> {
  if (expression !== undefined || attrs !== undefined || parameters !== undefined) {
    throw new CommandError('with --batch expression, attributes and parameters stand in the cases', 2);
  }
  const refused = await answerBatch(process.stdin, async (text) => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  });
  if (refused > 0) process.exitCode = 1;
}

function readWith<T>(file: string | undefined, read: (plain: unknown) => T): T {
  if (file === undefined) return read(undefined);
  const text = readSmallFile(file, lineLimitBytes);
  try {
    return read(parseExactJson(text));
  } catch (cause) {
    if (cause instanceof TrialError) throw new CommandError(`${file}: ${cause.message}`, 2, { cause });
    throw cause;
  }
}
