/**
 * Text to filter: the grammar of RFC 7644 3.4.2.2 by recursive descent. Stricter than some clients in one point, `not`
 * takes parentheses, and wider in two: any run of blanks is a space, and a value path may be followed by a
 * sub-attribute with a comparison (`emails[type eq "work"].value eq "x"`), which Entra sends.
 * Bounded in size, depth and nodes, because the text comes from outside.
 */
import { type AttributePath, parseAttributePath } from './attribute-path.ts';
import {
  type CompareOperator,
  compareOperators,
  type Filter,
  type FilterLiteral,
  isOrder,
  isPartial,
} from './filter.ts';
import { ScimError } from './scim-error.ts';

export const filterLimits = { bytes: 4_096, depth: 50, nodes: 200 } as const;

const jsonNumber = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const jsonWord = /true|false|null/y;
const letters = /[A-Za-z]+/y;
const blanks = /[ \t\r\n]+/y;
const pathText = /[^ \t\r\n()[\]"]+/y;

/**
 * Parses a filter.
 * @throws {ScimError} `invalidFilter` with the column of the fault, and nothing else whatever the text.
 */
export function parseFilter(text: string): Filter {
  if (Buffer.byteLength(text) > filterLimits.bytes) {
    throw new ScimError('invalidFilter', `A filter has at most ${filterLimits.bytes} bytes`);
  }
  return new Parser(text).whole();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Filter {
    const filter = this.#junction('or', 0, false);
    this.#skipBlanks();
    if (this.#at < this.#text.length) this.#fail('Expected "and", "or" or the end of the filter');
    return filter;
  }

  /** A chain of one logical operator; `or` is made of chains of `and`, which binds tighter. */
  #junction(op: 'or' | 'and', depth: number, inElement: boolean): Filter {
    const operand = (): Filter =>
      op === 'or' ? this.#junction('and', depth, inElement) : this.#term(depth, inElement);
    const filters = [operand()];
    while (this.#takeWord(op)) {
      if (filters.length === 1) this.#countNode();
      filters.push(operand());
    }
    return filters.length === 1 ? filters[0]! : { op, filters };
  }

  #term(depth: number, inElement: boolean): Filter {
    if (depth > filterLimits.depth) this.#fail(`A filter nests at most ${filterLimits.depth} deep`);
    this.#skipBlanks();
    if (this.#takeChar('(')) return this.#group(depth, inElement, ')');
    const start = this.#at;
    if (this.#takeWord('not')) {
      this.#skipBlanks();
      if (this.#takeChar('(')) {
        this.#countNode();
        return { op: 'not', filter: this.#group(depth, inElement, ')') };
      }
      // Not the operator: an attribute that happens to be called `not`.
      this.#at = start;
    }
    return this.#attributeExpression(depth, inElement);
  }

  #group(depth: number, inElement: boolean, close: ')' | ']'): Filter {
    const filter = this.#junction('or', depth + 1, inElement);
    this.#skipBlanks();
    if (!this.#takeChar(close)) this.#fail(`Expected "and", "or" or "${close}"`);
    return filter;
  }

  #attributeExpression(depth: number, inElement: boolean): Filter {
    this.#countNode();
    const path = this.#path();
    if (this.#peek() !== '[') return this.#comparison(path);
    if (inElement) this.#fail('A value path stands in no other value path');
    this.#at++;
    const filter = this.#group(depth, true, ']');
    if (this.#peek() !== '.') return { op: 'element', path, filter };
    this.#at++;
    this.#countNode();
    this.#countNode();
    const sub = this.#comparison(this.#path());
    return { op: 'element', path, filter: { op: 'and', filters: [filter, sub] } };
  }

  #comparison(path: AttributePath): Filter {
    this.#skipBlanks();
    const column = this.#at + 1;
    const word = this.#match(letters)?.toLowerCase() ?? '';
    if (word === 'pr') {
      if (this.#at < this.#text.length && !/[ \t\r\n)\]]/.test(this.#peek())) this.#fail('Expected a blank after "pr"');
      return { op: 'pr', path };
    }
    const op = compareOperators.find((known) => known === word);
    if (op === undefined) throw new ScimError('invalidFilter', 'Expected an operator such as eq, co or pr', { column });
    if (!this.#skipBlanks()) this.#fail(`Expected a blank after "${op}"`);
    return { op, path, value: this.#literal(op) };
  }

  #path(): AttributePath {
    this.#skipBlanks();
    const column = this.#at + 1;
    const text = this.#match(pathText);
    if (text === undefined) throw new ScimError('invalidFilter', 'Expected an attribute name', { column });
    return parseAttributePath(text, column, 'invalidFilter');
  }

  #literal(op: CompareOperator): FilterLiteral {
    const column = this.#at + 1;
    const value = this.#peek() === '"' ? this.#string() : this.#plainLiteral();
    if (typeof value !== 'string' && isPartial(op)) {
      throw new ScimError('invalidFilter', `"${op}" compares with text in quotes`, { column });
    }
    if ((value === null || typeof value === 'boolean') && isOrder(op)) {
      throw new ScimError('invalidFilter', `"${op}" has no meaning for ${value}`, { column });
    }
    return value;
  }

  #plainLiteral(): FilterLiteral {
    const column = this.#at + 1;
    const text = this.#match(jsonNumber) ?? this.#match(jsonWord);
    if (text === undefined || (this.#at < this.#text.length && !/[ \t\r\n)\]]/.test(this.#peek()))) {
      throw new ScimError('invalidFilter', 'Expected "text", a number, true, false or null', { column });
    }
    const value: FilterLiteral = JSON.parse(text);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) throw new ScimError('invalidFilter', 'The number is too large', { column });
    return value === 0 ? 0 : value;
  }

  /** A JSON string. U+0000 and half surrogates are refused: no stored value holds them, and stores disagree on them. */
  #string(): string {
    const start = this.#at;
    const column = start + 1;
    for (let at = start + 1; at < this.#text.length; at++) {
      if (this.#text[at] === '\\') at++;
      else if (this.#text[at] === '"') {
        this.#at = at + 1;
        const value = jsonString(this.#text.slice(start, at + 1), column);
        if (!value.isWellFormed() || value.includes('\u0000')) {
          throw new ScimError('invalidFilter', 'The text holds U+0000 or half of a surrogate pair', { column });
        }
        return value;
      }
    }
    throw new ScimError('invalidFilter', 'The text in quotes does not end', { column });
  }

  /** Takes `word` in any case when it stands alone here; leaves the position alone otherwise. */
  #takeWord(word: string): boolean {
    const before = this.#at;
    this.#skipBlanks();
    const found = this.#match(letters);
    if (found?.toLowerCase() === word && /^[ \t\r\n(]?$/.test(this.#peek())) return true;
    this.#at = before;
    return false;
  }

  #takeChar(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): boolean {
    return this.#match(blanks) !== undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text !== undefined) this.#at += text.length;
    return text;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #countNode(): void {
    if (++this.#nodes > filterLimits.nodes) this.#fail(`A filter has at most ${filterLimits.nodes} parts`);
  }

  #fail(message: string): never {
    throw new ScimError('invalidFilter', message, { column: this.#at + 1 });
  }
}

function jsonString(text: string, column: number): string {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ScimError('invalidFilter', 'The text in quotes is no JSON string', { column, cause });
  }
}
