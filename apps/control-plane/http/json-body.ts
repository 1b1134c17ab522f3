/**
 * From the bytes of a request body to a plain JSON value: UTF-8 only, no deeper than any of our shapes, and without
 * keys that would reach into prototypes. What the value must look like is the route's shape to say.
 */
import { ProblemError } from '@springline/api/problem';

const depthLimit = 32;

/** @throws {ProblemError} `malformed-request`, with the reason and nothing of the content. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  refuseDeep(bytes);
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ProblemError('malformed-request', 'body: not UTF-8', { cause });
  }
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the body, so it is not passed on.
    throw new ProblemError('malformed-request', 'body: not JSON');
  }
  if (text.includes('__proto__') || text.includes('\\u')) refusePoisoned(value);
  return value;
}

/** Before parsing: a small body of brackets would become a large tree. */
function refuseDeep(bytes: Uint8Array): void {
  const [quote, backslash, openBrace, openBracket, closeBrace, closeBracket] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === backslash) i += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) {
      inString = true;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > depthLimit) throw new ProblemError('malformed-request', `body: deeper than ${depthLimit} levels`);
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
    }
  }
}

/** The depth is bounded by now, so recursion is too. */
function refusePoisoned(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) {
    throw new ProblemError('malformed-request', 'body: the key __proto__ is not allowed');
  }
  for (const member of Object.values(value)) refusePoisoned(member);
}
