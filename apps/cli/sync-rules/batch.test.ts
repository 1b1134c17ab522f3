import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerText } from '@springline/connect-sync/rules/trial/answer';
import { Evaluator, trialCaseFrom } from '@springline/connect-sync/rules/trial/evaluator';
import fc from 'fast-check';
import { answerBatch } from './batch.ts';

async function* pieces(parts: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* parts;
}

async function answers(
  input: string | Uint8Array,
  cut = 7,
  limitBytes?: number,
): Promise<{ text: string; refused: number }> {
  const bytes = Buffer.from(input);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += cut) parts.push(bytes.subarray(at, at + cut));
  const texts: string[] = [];
  const refused = await answerBatch(pieces(parts), async (answer) => void texts.push(answer), limitBytes);
  return { text: texts.join(''), refused };
}

test('a line that is no case has an answer of its own, and the others go on in their order', async () => {
  const input = [
    '{"expression":"1"}',
    'x',
    '',
    '  ',
    '{"expression":"CNum(\\"x\\")"}',
    '{"expression":"2"}\r',
    '{"expression":"3"}',
  ];
  const { text, refused } = await answers(input.join('\n'));
  const [one, broken, failing, ...rest] = text.trimEnd().split('\n');
  assert.equal(one, '{"value":1}');
  assert.deepEqual(JSON.parse(broken!), { error: 'input', message: 'this is no JSON', line: 2 });
  assert.equal(JSON.parse(failing!).error, 'runtime');
  assert.deepEqual(rest, ['{"value":2}', '{"value":3}']);
  assert.equal(refused, 1);
});

test('a line that is too long is answered and skipped, also when it has no end', async () => {
  const long = `{"expression":"${'1'.repeat(100)}"}`;
  const { text, refused } = await answers(`${long}\n{"expression":"2"}\n${long}`, 7, 50);
  const answer = (line: number) => `{"error":"input","message":"the line is longer than 50 bytes","line":${line}}`;
  assert.equal(text, `${answer(1)}\n{"value":2}\n${answer(3)}\n`);
  assert.equal(refused, 2);
});

test('bytes that are no text are answered', async () => {
  const { text } = await answers(
    Buffer.concat([Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from('{"expression":"1"}')]),
  );
  assert.equal(text, '{"error":"input","message":"the line is no UTF-8 text","line":1}\n{"value":1}\n');
});

test('an answer is given before more is read', async () => {
  const order: string[] = [];
  async function* asking(): AsyncIterable<Uint8Array> {
    yield Buffer.from('{"expression":"1"}\n');
    order.push('asked again');
    yield Buffer.from('{"expression":"2"}\n');
  }
  await answerBatch(asking(), async (text) => void order.push(text));
  assert.deepEqual(order, ['{"value":1}\n', 'asked again', '{"value":2}\n']);
});

const expressions = fc.constantFrom(
  ...[
    '[a]',
    '[b] & "x"',
    'UCase([a])',
    'Trim([a]',
    'CNum([a])',
    'AuthoritativeNull',
    'IIF(IsPresent([b]), [b], NULL)',
    'Foo()',
  ],
  ...['Join([a], "+")', 'IgnoreThisFlow', 'Error([a])', '%p% & [a]', 'Item([a], 2)', 'RemoveDuplicates([a])'],
);
const value = fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean());
const cases = fc.record(
  {
    expression: expressions,
    attributes: fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(value, fc.array(value), fc.constant(null))),
    parameters: fc.dictionary(fc.constant('p'), fc.string()),
  },
  { requiredKeys: ['expression'] },
);

test('a batch answers what each of its cases is answered alone, however the input is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(cases, { maxLength: 20 }), fc.integer({ min: 1, max: 200 }), async (batch, cut) => {
      const { text } = await answers(batch.map((each) => `${JSON.stringify(each)}\n`).join(''), cut);
      const alone = batch.map((each) => `${answerText(new Evaluator().evaluate(trialCaseFrom(each)))}\n`);
      assert.equal(text, alone.join(''));
    }),
  );
});
