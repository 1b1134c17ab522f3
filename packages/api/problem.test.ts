import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProblemCode, ProblemError, problemBody, problemCatalogue, problemShape } from './problem.ts';

const catalogue = Object.entries(problemCatalogue) as [ProblemCode, readonly [number, string]][];

for (const [code, [status, meaning]] of catalogue) {
  test(`${code} has an error status, a stable form, and a sentence that says what to do`, () => {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(status >= 400 && status < 600);
    assert.match(meaning, /^[A-Z].*\.$/);
  });
}

test('the body of a problem has its documented shape, and no detail that only repeats the title', () => {
  for (const [code, [status, title]] of catalogue) {
    const body = problemBody(code, title, 'request-1');
    assert.deepEqual(body, { type: `urn:springline:problem:${code}`, title, status, code, requestId: 'request-1' });
    assert.equal(problemShape.safeParse(problemBody(code, 'more', undefined)).success, true);
  }
});

test('a thrown problem carries status, headers and cause, and says what the catalogue says by default', () => {
  const cause = new RangeError('x');
  const error = new ProblemError('rate-limited', undefined, { cause, headers: { 'retry-after': '5' } });
  assert.equal(error.status, 429);
  assert.equal(error.message, problemCatalogue['rate-limited'][1]);
  assert.equal(error.cause, cause);
  assert.deepEqual(error.headers, { 'retry-after': '5' });
});
