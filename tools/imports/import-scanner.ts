/**
 * Finds what a TypeScript or JavaScript file imports, without a parser: a tokeniser that knows comments, strings, templates
 * and regular expressions well enough that import-like text inside them is not taken for an import.
 *
 * It is made to err on the loud side. In JSX text a lone quote is taken as a character and words may look like an import,
 * which the import test then reports; a comment or template that never ends is an error, so nothing is passed over in silence.
 */

/** One import. `specifier` is undefined where it is computed at run time. Type-only imports are imports too. */
export interface FoundImport {
  readonly specifier: string | undefined;
  /** `import type`, `export type … from`: nothing is left of it when the program runs. */
  readonly isTypeOnly: boolean;
  /** From 1. */
  readonly line: number;
}

/** `text` is a string literal or a template without substitutions, with its value unescaped only as far as imports need. */
interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  readonly value: string;
  readonly line: number;
}

/**
 * Every import, export-from, `import()`, `require()`, `import.meta.resolve()` and `new URL('./file', import.meta.url)`
 * of a source text, in its order.
 * @throws {Error} with the line where a comment or template starts that never ends.
 */
export function findImports(source: string): FoundImport[] {
  const tokens = tokenise(source);
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word' || isMember(tokens, at)) return [];
    const specifier = importAt(tokens, at);
    return specifier === 'none' ? [] : [{ ...specifier, isTypeOnly: isTypeOnly(tokens, at), line: token.line }];
  });
}

/** `import type from 'x'` and `import type, {…} from 'x'` import a value called `type`. */
function isTypeOnly(tokens: readonly Token[], at: number): boolean {
  const [keyword, type, next, afterNext] = tokens.slice(at, at + 4);
  if (type?.kind !== 'word' || type.value !== 'type') return false;
  if (keyword?.value === 'export') return true;
  const isNamedType = (next?.kind === 'word' && next.value === 'from' && isText(afterNext)) || isMark(next, ',');
  return keyword?.value === 'import' && !isNamedType;
}

type Found = { readonly specifier: string | undefined } | 'none';

function importAt(tokens: readonly Token[], at: number): Found {
  switch (tokens[at]?.value) {
    case 'import':
      if (isMark(tokens[at + 1], '(')) return callArgument(tokens, at + 1);
      if (isText(tokens[at + 1])) return { specifier: tokens[at + 1]?.value };
      if (spells(tokens, at + 1, ['.', 'meta', '.', 'resolve', '('])) return callArgument(tokens, at + 5);
      return fromClause(tokens, at + 1);
    case 'export': {
      const start = at + (tokens[at + 1]?.value === 'type' ? 2 : 1);
      return isMark(tokens[start], '{') || isMark(tokens[start], '*') ? fromClause(tokens, start) : 'none';
    }
    case 'require':
      if (spells(tokens, at + 1, ['.', 'resolve', '('])) return callArgument(tokens, at + 3);
      return isMark(tokens[at + 1], '(') ? callArgument(tokens, at + 1) : 'none';
    case 'URL': {
      const named = tokens[at + 2];
      const besideUs = spells(tokens, at + 3, [',', 'import', '.', 'meta', '.', 'url', ')']);
      return isText(named) && besideUs && /^\.\.?\/.*\.[cm]?[jt]sx?$/.test(named.value)
        ? { specifier: named.value }
        : 'none';
    }
    default:
      return 'none';
  }
}

/** The argument of a call whose `(` is at `open`. A call without one is a method of that name, not an import. */
function callArgument(tokens: readonly Token[], open: number): Found {
  const argument = tokens[open + 1];
  if (isMark(argument, ')')) return 'none';
  const ends = isMark(tokens[open + 2], ')') || isMark(tokens[open + 2], ',');
  return { specifier: isText(argument) && ends ? argument.value : undefined };
}

/** The text after `from`, if what starts at `start` is the list of names of an import or export. */
function fromClause(tokens: readonly Token[], start: number): Found {
  for (let at = start; ; at += 1) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token === undefined) return 'none';
    if (token.kind === 'word' && token.value === 'from' && isText(next)) return { specifier: next.value };
    if (token.kind === 'mark' && !'{},*'.includes(token.value)) return 'none';
    if (isMark(token, '}') && next?.value !== 'from') return 'none';
  }
}

function isMark(token: Token | undefined, value: string): boolean {
  return token?.kind === 'mark' && token.value === value;
}

function isText(token: Token | undefined): token is Token {
  return token?.kind === 'text';
}

function spells(tokens: readonly Token[], start: number, values: readonly string[]): boolean {
  return values.every((value, offset) => {
    const token = tokens[start + offset];
    return token?.kind !== 'text' && token?.value === value;
  });
}

/** `x.import` is a property, `...import` is a spread. */
function isMember(tokens: readonly Token[], at: number): boolean {
  return isMark(tokens[at - 1], '.') && !isMark(tokens[at - 2], '.');
}

const blanks = /[^\S\n]+/y;
const word = /[\p{ID_Start}$_\d][\p{ID_Continue}$]*/uy;
const quoted = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const regularExpression = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const templatePart = /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*/y;
const wordsBeforeExpression = new Set(
  'return typeof instanceof in of new delete void throw case do else await yield'.split(' '),
);

function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  // For each template that we are inside of: how many braces are open in its current `${…}`.
  const openBraces: number[] = [];
  let line = 1;
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const add = (kind: Token['kind'], value: string) => tokens.push({ kind, value, line });
  const skipTo = (end: string, what: string) => {
    const found = source.indexOf(end, at);
    if (found < 0) throw new Error(`the ${what} that starts in line ${line} does not end`);
    line += countLines(source.slice(at, found));
    at = found + end.length;
  };
  /** From behind a backtick or a substitution's closing brace. `whole` is false once there was a substitution. */
  const template = (whole: boolean) => {
    const startLine = line;
    const text = take(templatePart);
    line += countLines(text);
    if (at >= source.length) throw new Error(`the template that starts in line ${startLine} does not end`);
    if (source[at] === '$') {
      at += 2;
      openBraces.push(0);
      // So that what follows counts as the start of an expression.
      tokens.push({ kind: 'mark', value: '(', line });
    } else {
      at += 1;
      tokens.push({ kind: whole ? 'text' : 'mark', value: whole ? text : '`', line: startLine });
    }
  };
  while (at < source.length) {
    const start = source[at];
    if (take(blanks) !== '') continue;
    if (start === '\n') {
      line += 1;
      at += 1;
    } else if (source.startsWith('//', at)) {
      at = source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at);
    } else if (source.startsWith('/*', at)) {
      skipTo('*/', 'comment');
    } else if (start === "'" || start === '"') {
      const text = take(quoted);
      if (text === '') at += 1;
      add(text === '' ? 'mark' : 'text', text === '' ? start : text.slice(1, -1));
      line += countLines(text);
    } else if (start === '`') {
      at += 1;
      template(true);
    } else if (start === '/' && startsExpression(tokens.at(-1)) && take(regularExpression) !== '') {
      add('mark', '/…/');
    } else if (start === '}' && openBraces.at(-1) === 0) {
      openBraces.pop();
      at += 1;
      template(false);
    } else {
      const text = take(word);
      if (text !== '') {
        add('word', text);
        continue;
      }
      const depth = openBraces.length - 1;
      if (depth >= 0 && start === '{') openBraces[depth] = (openBraces[depth] ?? 0) + 1;
      if (depth >= 0 && start === '}') openBraces[depth] = (openBraces[depth] ?? 0) - 1;
      add('mark', start ?? '');
      at += 1;
    }
  }
  if (openBraces.length > 0) throw new Error('a template substitution does not end');
  return tokens;
}

/** Whether a slash after `previous` starts a regular expression rather than a division or a closing tag. */
function startsExpression(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'word') return wordsBeforeExpression.has(previous.value);
  return previous.kind === 'mark' && ![')', ']', '}', '<', '`', '/…/'].includes(previous.value);
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}
