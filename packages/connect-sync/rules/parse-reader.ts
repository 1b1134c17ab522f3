/** Takes the YAML of a rule file apart and knows where each piece stands. */
import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { RuleError, type RulePlace } from './error.ts';
import { nearestName } from './expression/functions/lookup.ts';

export interface Fields {
  get(key: string): Node | undefined;
  require(key: string): Node;
}

export class Reader {
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  placeOf(node: Node | null): RulePlace {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    return { file: this.#file, line, column: col };
  }

  wrong(node: Node | null, message: string, cause?: unknown): RuleError {
    return new RuleError(this.placeOf(node), message, { cause });
  }

  map(node: Node | null, keys: readonly string[]): Fields {
    if (!isMap(node)) throw this.wrong(node, `expected a mapping with ${keys.join(', ')}`);
    const fields = new Map<string, Node>();
    const given = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) {
        throw this.wrong(key as Node, `unknown key ${shorten(name)}; ${suggestion(name, keys)}`);
      }
      if (given.has(name)) throw this.wrong(key as Node, `${name} is given twice`);
      given.add(name);
      if (value !== null) fields.set(name, value as Node);
    }
    return {
      get: (key) => fields.get(key),
      require: (key) => {
        const found = fields.get(key);
        if (found === undefined) throw this.wrong(node, `${key} is missing`);
        return found;
      },
    };
  }

  list(node: Node): readonly Node[] {
    if (!isSeq(node)) throw this.wrong(node, 'expected a list');
    return node.items as Node[];
  }

  text(node: Node): string {
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value;
    throw this.wrong(node, 'expected a text');
  }

  scalarText(node: Node): string {
    if (isScalar(node) && ['string', 'number', 'boolean'].includes(typeof node.value))
      return String(node.source ?? node.value);
    throw this.wrong(node, 'expected a text, a number or true or false');
  }

  integer(node: Node): number {
    if (isScalar(node) && typeof node.value === 'number' && Number.isInteger(node.value)) return node.value;
    throw this.wrong(node, 'expected a whole number');
  }

  /** Any 64-bit number. Beyond 53 bits it is taken from the text, because the YAML library gives inexact numbers. */
  wholeNumber(node: Node): bigint {
    if (isScalar(node) && typeof node.value === 'number') {
      const written = /^[-+]?\d{1,19}$/.test(node.source ?? '') ? BigInt(node.source!) : undefined;
      const value = Number.isSafeInteger(node.value) ? BigInt(node.value) : written;
      if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
    }
    throw this.wrong(node, 'expected a whole number of 64 bits');
  }

  boolean(node: Node): boolean {
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    throw this.wrong(node, 'expected true or false');
  }

  oneOf<T extends string>(node: Node, words: readonly T[]): T {
    const text = this.text(node) as T;
    if (words.includes(text)) return text;
    const nearest = text.length > 64 ? undefined : nearestName(text, words);
    const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw this.wrong(node, `${shorten(text)} is none of ${words.join(', ')}${advice}`);
  }
}

/** What was meant by a word that does not exist: the nearest that does, otherwise all of them. */
export function suggestion(word: string, words: readonly string[]): string {
  const nearest = word.length > 64 ? undefined : nearestName(word, words);
  return nearest === undefined ? `one of ${words.join(', ')}` : `did you mean ${nearest}?`;
}

function shorten(word: string): string {
  return word.length > 64 ? `${word.slice(0, 64)}…` : word;
}
