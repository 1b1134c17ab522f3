/**
 * Rule files (YAML) become rules. Whatever is wrong is refused with file, line and column; an unknown key is wrong,
 * because a misspelt one would otherwise be a rule that silently does less.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { RuleError } from './error.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import type {
  AttributeFlow,
  ConnectorKind,
  Direction,
  FlowSource,
  JoinClause,
  LinkType,
  Scope,
  ScopeOperator,
  SyncRule,
} from './rule.ts';
import { scopeOperators } from './rule.ts';

const fileLimitBytes = 4 * 1024 * 1024;
const ruleLimit = 5_000;

/**
 * Parses the text of one rule file.
 *
 * @throws {RuleError} at the first thing that is wrong.
 */
export function parseRules(text: string, file: string): readonly SyncRule[] {
  const lines = new LineCounter();
  if (Buffer.byteLength(text) > fileLimitBytes) {
    throw new RuleError({ file, line: 1, column: 1 }, `the file is larger than ${fileLimitBytes} bytes`);
  }
  // Without `uniqueKeys` (the reader has its own check) and pretty errors: the work for both grows with the square of
  // the size, which is hours for a hostile file.
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: false, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const isTooDeep = fault.code === 'RESOURCE_EXHAUSTION';
    const sentence = isTooDeep ? 'lists and mappings are nested too deeply' : fault.message;
    throw new RuleError({ file, line, column: col }, sentence, { cause: fault });
  }
  const reader = new Reader(file, lines);
  const top = reader.map(document.contents as Node | null, ['rules']);
  const rules = reader.list(top.require('rules')).map((node) => parseRule(reader, node));
  if (rules.length > ruleLimit) throw reader.wrong(document.contents as Node, `more than ${ruleLimit} rules`);
  return rules;
}

/**
 * Puts rules in the order in which they are evaluated. Two rules of one precedence that could meet are refused:
 * then the winner would depend on the order of files.
 */
export function orderRules(rules: readonly SyncRule[]): readonly SyncRule[] {
  const ordered = [...rules].sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
  const names = new Set<string>();
  const namesByPlace = new Map<string, string>();
  for (const { name, precedence, connectorKind } of ordered) {
    if (names.has(name)) throw new RuleSetError(`two rules are named “${name}”`);
    names.add(name);
    const place = `${connectorKind}/${precedence}`;
    const other = namesByPlace.get(place);
    if (other !== undefined) {
      throw new RuleSetError(`“${other}” and “${name}” have the same precedence ${precedence}`);
    }
    namesByPlace.set(place, name);
  }
  return ordered;
}

/** Rules that are sound one by one contradict each other. */
export class RuleSetError extends Error {
  override readonly name = 'RuleSetError';
  readonly code = 'rule-set-contradiction';
}

const ruleKeys = [
  'name',
  'precedence',
  'direction',
  'connectorKind',
  'sourceObjectType',
  'targetObjectType',
  'linkType',
  'scope',
  'join',
  'flows',
] as const;

function parseRule(reader: Reader, node: Node): SyncRule {
  const fields = reader.map(node, ruleKeys);
  const precedence = reader.integer(fields.require('precedence'));
  return {
    name: reader.text(fields.require('name')),
    precedence,
    direction: reader.oneOf<Direction>(fields.require('direction'), ['inbound', 'outbound']),
    connectorKind: reader.oneOf<ConnectorKind>(fields.require('connectorKind'), [
      'active-directory',
      'openldap',
      'cloud',
    ]),
    sourceObjectType: reader.text(fields.require('sourceObjectType')),
    targetObjectType: reader.text(fields.require('targetObjectType')),
    linkType: reader.oneOf<LinkType>(fields.require('linkType'), ['Provision', 'Join', 'StickyJoin']),
    scope: parseScope(reader, fields.get('scope')),
    join: (fields.get('join') === undefined ? [] : reader.list(fields.get('join')!)).map((group) =>
      reader.list(group).map((clause) => parseJoin(reader, clause)),
    ),
    flows: (fields.get('flows') === undefined ? [] : reader.list(fields.get('flows')!)).map((flow) =>
      parseFlow(reader, flow),
    ),
  };
}

function parseScope(reader: Reader, node: Node | undefined): Scope {
  if (node === undefined) return [];
  return reader.list(node).map((group) =>
    reader.list(group).map((clause) => {
      const fields = reader.map(clause, ['attribute', 'operator', 'value']);
      const written = reader.text(fields.require('operator')).toUpperCase();
      // The documentation and the exported token of this operator differ; both are in use.
      const operator = (written === 'ISNOTBITSET' ? 'ISBITNOTSET' : written) as ScopeOperator;
      if (!scopeOperators.includes(operator)) {
        throw reader.wrong(
          fields.require('operator'),
          `unknown operator ${written}; one of ${scopeOperators.join(', ')}`,
        );
      }
      const value = fields.get('value');
      const needsValue = operator !== 'ISNULL' && operator !== 'ISNOTNULL';
      if (needsValue && value === undefined) throw reader.wrong(clause, `${operator} needs a value`);
      return {
        attribute: reader.text(fields.require('attribute')),
        operator,
        value: value === undefined ? '' : reader.scalarText(value),
      };
    }),
  );
}

function parseJoin(reader: Reader, node: Node): JoinClause {
  const fields = reader.map(node, ['cs', 'mv', 'caseSensitive']);
  const caseSensitive = fields.get('caseSensitive');
  return {
    csAttribute: reader.text(fields.require('cs')),
    mvAttribute: reader.text(fields.require('mv')),
    caseSensitive: caseSensitive === undefined ? false : reader.boolean(caseSensitive),
  };
}

function parseFlow(reader: Reader, node: Node): AttributeFlow {
  const fields = reader.map(node, ['target', 'source', 'constant', 'expression']);
  const given = (['source', 'constant', 'expression'] as const).filter((key) => fields.get(key) !== undefined);
  if (given.length !== 1) throw reader.wrong(node, 'a flow has exactly one of source, constant, expression');
  return { target: reader.text(fields.require('target')), source: parseFlowSource(reader, fields, given[0]!) };
}

function parseFlowSource(reader: Reader, fields: Fields, kind: 'source' | 'constant' | 'expression'): FlowSource {
  const node = fields.require(kind);
  if (kind === 'source') return { kind: 'direct', attribute: reader.text(node) };
  if (kind === 'constant') {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number') return { kind: 'constant', value: reader.wholeNumber(node) };
    if (typeof value === 'string' || typeof value === 'boolean') return { kind: 'constant', value };
    throw reader.wrong(node, 'a constant is a text, a whole number or true or false');
  }
  const text = reader.text(node);
  try {
    return { kind: 'expression', expression: compileExpression(text) };
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw reader.wrong(node, `in the expression, character ${cause.column}: ${cause.message}`, cause);
  }
}

interface Fields {
  get(key: string): Node | undefined;
  require(key: string): Node;
}

/** Takes YAML nodes apart and knows where each stands. */
class Reader {
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  wrong(node: Node | null, message: string, cause?: unknown): RuleError {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    return new RuleError({ file: this.#file, line, column: col }, message, { cause });
  }

  map(node: Node | null, keys: readonly string[]): Fields {
    if (!isMap(node)) throw this.wrong(node, `expected a mapping with ${keys.join(', ')}`);
    const fields = new Map<string, Node>();
    const given = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) throw this.wrong(key as Node, `unknown key ${name}; one of ${keys.join(', ')}`);
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
    if (!words.includes(text)) throw this.wrong(node, `${text} is none of ${words.join(', ')}`);
    return text;
  }
}
