/**
 * Expression text to tokens. Knows how each token is written and nothing about what may follow what.
 *
 * `&H` starts a number before `&` joins texts. In a text, `""` is a quote and `\\` a backslash; any other backslash
 * stands for itself, because functions give `\n` a meaning of their own.
 */
import { ExpressionError } from './error.ts';

/** Longest expression, in UTF-16 units. */
const expressionLengthLimit = 65_536;
const nameLengthLimit = 256;

export type TokenKind = 'name' | 'variable' | 'attribute' | 'parameter' | 'text' | 'number' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Names without their brackets; texts after unescaping; symbols as written. */
  readonly text: string;
  /** Magnitude of a number; 0 for other tokens. */
  readonly number: bigint;
  /** UTF-16 units from 0. */
  readonly start: number;
  readonly end: number;
}

const symbols = ['&&', '||', '<=', '<>', '>=', '<', '>', '=', '+', '-', '*', '&', '(', ')', ','];
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const digits = /[0-9]+/y;
const hexDigits = /&H([0-9A-Fa-f]+)/y;
const space = /[ \t\r\n]+/y;
const parameterName = /[A-Za-z0-9_.-]+/y;
const maxUnsigned = 2n ** 64n - 1n;

/** All tokens and an `end`. @throws {ExpressionError} kind `parse` */
export function tokenize(text: string): readonly Token[] {
  if (text.length > expressionLengthLimit) {
    throw new ExpressionError(
      'parse',
      'expression-too-long',
      expressionLengthLimit + 1,
      `An expression has at most ${expressionLengthLimit} characters; split it over several flows.`,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(space, text, at)?.length ?? 0;
    const token = readToken(text, at);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = token.end;
  }
}

function readToken(text: string, at: number): Token {
  const first = text[at];
  if (first === undefined) return token('end', '', at, at);
  if (first === '"') return readText(text, at);
  if (first === '[') return readAttribute(text, at);
  if (first === '%') return readParameter(text, at);
  if (first === '$') return token('variable', readName(text, at + 1), at, at + 1 + readName(text, at + 1).length);
  const number = readNumber(text, at);
  if (number !== undefined) return number;
  const word = match(name, text, at);
  if (word !== undefined) return token('name', word, at, at + word.length);
  const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
  if (symbol !== undefined) return token('symbol', symbol, at, at + symbol.length);
  throw syntax(at, unexpected(first));
}

function readText(text: string, start: number): Token {
  let value = '';
  let runStart = start + 1;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    const isDoubled = text[at + 1] === char;
    if (char === '"' && !isDoubled) return token('text', value + text.slice(runStart, at), start, at + 1);
    if ((char === '"' || char === '\\') && isDoubled) {
      value += text.slice(runStart, ++at);
      runStart = at + 1;
    }
  }
  throw syntax(start, 'this text has no closing quote; inside a text a quote is written twice');
}

function readAttribute(text: string, start: number): Token {
  const end = text.indexOf(']', start);
  const attribute = end < 0 ? '' : text.slice(start + 1, end);
  if (attribute === '' || attribute.length > nameLengthLimit || /[\x00-\x20"[%]/.test(attribute)) {
    throw syntax(start, 'an attribute is written [name], with no spaces');
  }
  return token('attribute', attribute, start, end + 1);
}

function readParameter(text: string, start: number): Token {
  const parameter = match(parameterName, text, start + 1) ?? '';
  const end = start + 1 + parameter.length;
  if (parameter === '' || parameter.length > nameLengthLimit || text[end] !== '%') {
    throw syntax(start, 'a parameter is written %Name%, such as %Domain.FQDN%');
  }
  return token('parameter', parameter, start, end + 1);
}

function readName(text: string, at: number): string {
  const found = match(name, text, at);
  if (found === undefined || found.length > nameLengthLimit) throw syntax(at - 1, 'a variable is written $name');
  return found;
}

function readNumber(text: string, start: number): Token | undefined {
  const hex = match(hexDigits, text, start);
  const written = hex ?? match(digits, text, start);
  if (written === undefined) return undefined;
  const end = start + written.length;
  if (/[A-Za-z0-9_.]/.test(text[end] ?? '')) throw syntax(end, 'a number is whole and followed by no letter');
  // Longer ones could only be too large, and BigInt takes quadratic time on them.
  const significant = (hex === undefined ? written : written.slice(2)).replace(/^0+(?=.)/, '');
  if (significant.length > 20) throw outOfRange(start);
  const magnitude = BigInt(hex === undefined ? significant : `0x${significant}`);
  if (magnitude > maxUnsigned) throw outOfRange(start);
  // Sixteen hex digits are the bits of the number; a decimal is its value.
  const number = hex === undefined ? magnitude : BigInt.asIntN(64, magnitude);
  return { kind: 'number', text: written, number, start, end };
}

/** A number beyond 64 bits. */
export function outOfRange(at: number): ExpressionError {
  return syntax(at, 'this number does not fit 64 bits');
}

/** `complaint` is a clause without a full stop; `at` counts from 0. */
export function syntax(at: number, complaint: string): ExpressionError {
  return new ExpressionError('parse', 'expression-syntax', at + 1, `Cannot read the expression: ${complaint}.`);
}

function unexpected(char: string): string {
  if ('“”„«»‘’'.includes(char)) return 'texts are written in straight double quotes';
  if (char === "'") return "texts are written in double quotes, not in '";
  if (char === '/') return 'there is no division';
  if (char === '!') return 'there is no "!"; write = False, or <> to compare';
  if (char === ']') return 'this "]" closes nothing';
  if (char === ';') return 'arguments are separated by a comma';
  return 'no token starts with this character';
}

function token(kind: TokenKind, text: string, start: number, end: number): Token {
  return { kind, text, number: 0n, start, end };
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
