/**
 * Rule files (YAML) become rules. Whatever is wrong is refused with file, line and column; an unknown key is wrong,
 * because a misspelt one would otherwise be a rule that silently does less.
 */
import { isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { RuleError, type RulePlace } from './error.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import { type Fields, Reader, suggestion } from './parse-reader.ts';
import {
  type AttributeFlow,
  anyObjectType,
  connectorKinds,
  directions,
  type FlowSource,
  type JoinClause,
  linkTypes,
  mergeTypes,
  type ScopeClause,
  type ScopeOperator,
  type SyncRule,
  schemaFeatures,
  scopeOperators,
} from './rule.ts';

const fileLimitBytes = 4 * 1024 * 1024;
const ruleLimit = 5_000;

/** Where rules, clauses and flows stand, by the parsed thing itself. */
export type RulePlaces = ReadonlyMap<object, RulePlace>;

export interface RuleFileContents {
  readonly rules: readonly SyncRule[];
  /** Standard rules, by id or name, that the file switches off. */
  readonly disable: readonly { readonly rule: string; readonly place: RulePlace }[];
  readonly places: RulePlaces;
}

/** Rules that come with the product are parsed with `standard`. */
export interface ParseOptions {
  readonly standard?: boolean;
}

/**
 * Parses the text of one rule file.
 *
 * @throws {RuleError} at the first thing that is wrong.
 */
export function parseRules(text: string, file: string, options: ParseOptions = {}): readonly SyncRule[] {
  return parseRuleFile(text, file, options).rules;
}

/**
 * Parses the text of one rule file, and says where everything stands.
 *
 * @throws {RuleError} at the first thing that is wrong.
 */
export function parseRuleFile(text: string, file: string, options: ParseOptions = {}): RuleFileContents {
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
  const parser = new RuleParser(new Reader(file, lines), options.standard === true);
  return parser.file(document.contents as Node | null);
}

export const fileKeys = ['rules', 'disable'] as const;
export const ruleKeys = [
  'name',
  'id',
  'description',
  'immutableTag',
  'disabled',
  'precedence',
  'direction',
  'connectorKind',
  'connector',
  'requires',
  'sourceObjectType',
  'targetObjectType',
  'linkType',
  'enablePasswordSync',
  'scope',
  'join',
  'flows',
] as const;
export const clauseKeys = ['attribute', 'operator', 'value'] as const;
export const joinKeys = ['cs', 'mv', 'caseSensitive'] as const;
const flowSourceKeys = ['source', 'constant', 'expression'] as const;
export const flowKeys = ['target', ...flowSourceKeys, 'mergeType', 'executeOnce'] as const;

/** Operators that look at presence alone. */
const isAboutPresence = (operator: ScopeOperator): boolean => operator === 'ISNULL' || operator === 'ISNOTNULL';
const isAboutMembership = (operator: ScopeOperator): boolean =>
  operator === 'ISMEMBEROF' || operator === 'ISNOTMEMBEROF';

class RuleParser {
  readonly #reader: Reader;
  readonly #standard: boolean;
  readonly #places = new Map<object, RulePlace>();

  constructor(reader: Reader, standard: boolean) {
    this.#reader = reader;
    this.#standard = standard;
  }

  file(contents: Node | null): RuleFileContents {
    const reader = this.#reader;
    const top = reader.map(contents, fileKeys);
    const disabled = top.get('disable');
    const disable = disabled === undefined ? [] : reader.list(disabled);
    const listed = disable.length === 0 ? top.require('rules') : top.get('rules');
    const rules = (listed === undefined ? [] : reader.list(listed)).map((node) => this.#rule(node));
    if (rules.length > ruleLimit || disable.length > ruleLimit) {
      throw reader.wrong(contents, `more than ${ruleLimit} rules`);
    }
    return {
      rules,
      disable: disable.map((node) => ({ rule: reader.text(node), place: reader.placeOf(node) })),
      places: this.#places,
    };
  }

  #rule(node: Node): SyncRule {
    const reader = this.#reader;
    const fields = reader.map(node, ruleKeys);
    const name = reader.text(fields.require('name'));
    const id = fields.get('id');
    const target = fields.require('targetObjectType');
    const rule: SyncRule = {
      id: id === undefined ? name : reader.text(id),
      name,
      ...this.#texts(fields),
      standard: this.#standard,
      disabled: this.#flag(fields, 'disabled'),
      precedence: reader.integer(fields.require('precedence')),
      direction: reader.oneOf(fields.require('direction'), directions),
      connectorKind: reader.oneOf(fields.require('connectorKind'), connectorKinds),
      sourceObjectType: reader.text(fields.require('sourceObjectType')),
      targetObjectType: reader.text(target),
      linkType: reader.oneOf(fields.require('linkType'), linkTypes),
      enablePasswordSync: this.#flag(fields, 'enablePasswordSync'),
      scope: this.#groups(fields, 'scope', (clause) => this.#clause(clause)),
      join: this.#groups(fields, 'join', (clause) => this.#join(clause)),
      flows: this.#list(fields, 'flows').map((flow) => this.#flow(flow)),
    };
    if (rule.targetObjectType === anyObjectType && (rule.direction === 'outbound' || rule.linkType === 'Provision')) {
      throw reader.wrong(target, `${anyObjectType} is for inbound rules that find an object and make none`);
    }
    return this.#placed(rule, node);
  }

  #texts(fields: Fields): Pick<SyncRule, 'description' | 'immutableTag' | 'connector' | 'requires'> {
    const reader = this.#reader;
    const text = <K extends string>(key: K): { readonly [Name in K]?: string } => {
      const node = fields.get(key);
      return node === undefined ? {} : ({ [key]: reader.text(node) } as { readonly [Name in K]?: string });
    };
    const requires = fields.get('requires');
    return {
      ...text('description'),
      ...text('immutableTag'),
      ...text('connector'),
      ...(requires === undefined ? {} : { requires: reader.oneOf(requires, schemaFeatures) }),
    };
  }

  #flag(fields: Fields, key: string): boolean {
    const node = fields.get(key);
    return node === undefined ? false : this.#reader.boolean(node);
  }

  #list(fields: Fields, key: string): readonly Node[] {
    const node = fields.get(key);
    return node === undefined ? [] : this.#reader.list(node);
  }

  #groups<T>(fields: Fields, key: string, parse: (node: Node) => T): readonly (readonly T[])[] {
    return this.#list(fields, key).map((group) => this.#reader.list(group).map(parse));
  }

  #clause(node: Node): ScopeClause {
    const reader = this.#reader;
    const fields = reader.map(node, clauseKeys);
    const operator = this.#operator(fields.require('operator'));
    const value = fields.get('value');
    if (value === undefined && !isAboutPresence(operator)) throw reader.wrong(node, `${operator} needs a value`);
    const attribute = isAboutMembership(operator) ? fields.get('attribute') : fields.require('attribute');
    const clause = {
      attribute: attribute === undefined ? 'dn' : reader.text(attribute),
      operator,
      value: value === undefined ? '' : reader.scalarText(value),
    };
    return this.#placed(clause, node);
  }

  #operator(node: Node): ScopeOperator {
    const written = this.#reader.text(node).toUpperCase();
    // The documentation and the exported token of this operator differ; both are in use.
    const operator = (written === 'ISNOTBITSET' ? 'ISBITNOTSET' : written) as ScopeOperator;
    if (scopeOperators.includes(operator)) return operator;
    const word = written.length > 64 ? `${written.slice(0, 64)}…` : written;
    throw this.#reader.wrong(node, `unknown operator ${word}; ${suggestion(written, scopeOperators)}`);
  }

  #join(node: Node): JoinClause {
    const fields = this.#reader.map(node, joinKeys);
    const clause = {
      csAttribute: this.#reader.text(fields.require('cs')),
      mvAttribute: this.#reader.text(fields.require('mv')),
      caseSensitive: this.#flag(fields, 'caseSensitive'),
    };
    return this.#placed(clause, node);
  }

  #flow(node: Node): AttributeFlow {
    const reader = this.#reader;
    const fields = reader.map(node, flowKeys);
    const [given, ...more] = flowSourceKeys.filter((key) => fields.get(key) !== undefined);
    if (given === undefined || more.length > 0) {
      throw reader.wrong(node, 'a flow has exactly one of source, constant, expression');
    }
    const mergeType = fields.get('mergeType');
    const flow: AttributeFlow = {
      target: reader.text(fields.require('target')),
      source: this.#flowSource(fields, given),
      mergeType: mergeType === undefined ? 'Update' : reader.oneOf(mergeType, mergeTypes),
      executeOnce: this.#flag(fields, 'executeOnce'),
    };
    return this.#placed(flow, node);
  }

  #flowSource(fields: Fields, kind: (typeof flowSourceKeys)[number]): FlowSource {
    const reader = this.#reader;
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

  #placed<T extends object>(parsed: T, node: Node): T {
    this.#places.set(parsed, this.#reader.placeOf(node));
    return parsed;
  }
}
