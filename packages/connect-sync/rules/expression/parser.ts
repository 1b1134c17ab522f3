/**
 * Tokens to a syntax tree, by recursive descent. Knows the grammar; whether names exist is the compiler's business.
 *
 *   expression = comparison { ("&&" | "||") comparison }
 *   comparison = sum { ("<" | "<=" | "=" | "<>" | ">=" | ">") sum }
 *   sum        = operand { ("+" | "-" | "*" | "&") operand }
 *   operand    = text | [ "-" ] number | name | name "(" [ expression { "," expression } ] ")"
 *              | "[" name "]" | "%" name "%" | "$" name | "(" expression ")"
 */
import { ExpressionError } from './error.ts';
import { outOfRange, syntax, type Token, tokenize } from './lexer.ts';
import { type ChainLink, type ConstantName, type Node, type OperatorLevel, operatorLevels } from './syntax-tree.ts';

export const nestingLimit = 200;
export const argumentLimit = 1_000;

const minNumber = -(2n ** 63n);
const constants = new Set<string>(['NULL', 'CRLF', 'IgnoreThisFlow', 'AuthoritativeNull'] satisfies ConstantName[]);

/** @throws {ExpressionError} kind `parse` */
export function parseExpression(text: string): Node {
  const cursor: Cursor = { tokens: tokenize(text), at: 0, depth: 0 };
  const node = readExpression(cursor);
  const after = peek(cursor);
  if (after.kind !== 'end') throw syntax(after.start, `an operator or the end should stand before ${describe(after)}`);
  return node;
}

interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

function readExpression(cursor: Cursor): Node {
  if (++cursor.depth > nestingLimit) {
    throw new ExpressionError(
      'parse',
      'expression-too-deep',
      peek(cursor).start + 1,
      `Brackets and calls are nested deeper than ${nestingLimit}.`,
    );
  }
  const node = readLogical(cursor);
  cursor.depth--;
  return node;
}

function readLogical(cursor: Cursor): Node {
  return readChain(cursor, 'logical', readComparison);
}

function readComparison(cursor: Cursor): Node {
  return readChain(cursor, 'comparison', readSum);
}

function readSum(cursor: Cursor): Node {
  return readChain(cursor, 'arithmetic', readOperand);
}

function readChain(cursor: Cursor, level: OperatorLevel, readNext: (cursor: Cursor) => Node): Node {
  const first = readNext(cursor);
  const rest: ChainLink[] = [];
  for (;;) {
    const { kind, text, start } = peek(cursor);
    if (kind !== 'symbol' || !isOperator(text) || operatorLevels[text] !== level) break;
    cursor.at++;
    rest.push({ operator: text, operand: readNext(cursor), column: start + 1 });
  }
  return rest.length === 0 ? first : { kind: 'chain', level, first, rest, column: first.column };
}

function isOperator(text: string): text is keyof typeof operatorLevels {
  return Object.hasOwn(operatorLevels, text);
}

function readOperand(cursor: Cursor): Node {
  const token = next(cursor);
  const column = token.start + 1;
  switch (token.kind) {
    case 'text':
      return { kind: 'literal', value: token.text, column };
    case 'number':
      return { kind: 'literal', value: withinRange(token, token.number), column };
    case 'attribute':
    case 'parameter':
    case 'variable':
      return { kind: token.kind, name: token.text, column };
    case 'name':
      return isSymbol(peek(cursor), '(') ? readCall(cursor, token) : readWord(token);
    case 'symbol':
      if (token.text === '(') return readGroup(cursor, token);
      if (token.text === '-') return readNegative(cursor, token);
  }
  throw syntax(token.start, `a value should stand here, not ${describe(token)}`);
}

function readGroup(cursor: Cursor, open: Token): Node {
  const node = readExpression(cursor);
  const close = next(cursor);
  if (!isSymbol(close, ')')) throw syntax(close.start, `the bracket of column ${open.start + 1} is not closed`);
  return node;
}

function readNegative(cursor: Cursor, minus: Token): Node {
  const digits = next(cursor);
  if (digits.kind !== 'number' || digits.start !== minus.end) {
    throw syntax(minus.start, 'a minus sign at the start of a value belongs directly before a number');
  }
  return { kind: 'literal', value: withinRange(minus, -digits.number), column: minus.start + 1 };
}

function withinRange(token: Token, value: bigint): bigint {
  if (value < minNumber || value > -minNumber - 1n) throw outOfRange(token.start);
  return value;
}

function readWord({ text, start }: Token): Node {
  const column = start + 1;
  if (text === 'True' || text === 'False') return { kind: 'literal', value: text === 'True', column };
  if (isConstant(text)) return { kind: 'constant', name: text, column };
  return { kind: 'word', name: text, column };
}

function isConstant(text: string): text is ConstantName {
  return constants.has(text);
}

function readCall(cursor: Cursor, { text: name, start }: Token): Node {
  cursor.at++;
  const values: Node[] = [];
  if (isSymbol(peek(cursor), ')')) {
    cursor.at++;
    return { kind: 'call', name, arguments: values, column: start + 1 };
  }
  for (;;) {
    if (values.length === argumentLimit) {
      throw syntax(peek(cursor).start, `a function has at most ${argumentLimit} arguments`);
    }
    values.push(readExpression(cursor));
    const token = next(cursor);
    if (isSymbol(token, ')')) return { kind: 'call', name, arguments: values, column: start + 1 };
    if (!isSymbol(token, ',')) {
      throw syntax(token.start, `"," or ")" should stand here, in the arguments of ${name}, not ${describe(token)}`);
    }
  }
}

function peek(cursor: Cursor): Token {
  // The last token is `end`, and `next` never goes past it.
  return cursor.tokens[cursor.at]!;
}

function next(cursor: Cursor): Token {
  const token = peek(cursor);
  if (token.kind !== 'end') cursor.at++;
  return token;
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the expression';
  if (token.kind === 'text') return 'a text';
  return `"${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}"`;
}
