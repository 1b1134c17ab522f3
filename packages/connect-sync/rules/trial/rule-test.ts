/**
 * Tests of rules as an administrator writes them: given an object of a directory, what the rules should make of it.
 * A YAML file holds them; a fault in it is refused with file, line and column.
 */
import { DirectoryError } from '@springline/directory/error';
import { LineCounter, type Node, parseDocument } from 'yaml';
import { RuleError, type RulePlace } from '../error.ts';
import type { Value } from '../expression/value.ts';
import { type Fields, Reader } from '../parse-reader.ts';
import { connectorKinds } from '../rule.ts';
import { nameInSchema, typedBySchema } from './directory-values.ts';
import { TrialError } from './error.ts';
import { parametersFromDn } from './parameters.ts';
import { type TrialObject, unnamedConnector } from './try-object.ts';
import { attributesFrom, type Parameters, parametersFrom } from './values.ts';

/** Attributes that are looked at, `null` for one that must be absent; `none` when there must be no object. */
export type ExpectedSide = ReadonlyMap<string, Value> | 'none';

export interface RuleTest {
  readonly name: string;
  readonly place: RulePlace;
  readonly object: TrialObject;
  /** Those of the domain that the DN lies in, and what the test and the file say otherwise. */
  readonly parameters: Parameters;
  /** What is not there is not looked at. */
  readonly expected: {
    /** Names or ids of inbound rules. */
    readonly inScope: readonly string[];
    readonly notInScope: readonly string[];
    readonly metaverse?: ExpectedSide;
    readonly cloud?: ExpectedSide;
    /** Code of the error that fails the object, or a part of its message. */
    readonly error?: string;
  };
}

const fileLimitBytes = 4 * 1024 * 1024;
const testLimit = 10_000;
const topKeys = ['parameters', 'tests'] as const;
const testKeys = [
  ...['name', 'connectorKind', 'connector', 'objectType', 'dn', 'attributes', 'memberOf', 'parameters', 'expect'],
] as const;
const expectKeys = ['inScope', 'notInScope', 'metaverse', 'cloud', 'error'] as const;

/** @throws {RuleError} at the first thing that is wrong. */
export function parseRuleTests(text: string, file: string): readonly RuleTest[] {
  const start = { file, line: 1, column: 1 };
  if (Buffer.byteLength(text) > fileLimitBytes) {
    throw new RuleError(start, `the file is larger than ${fileLimitBytes} bytes`);
  }
  const lineCounter = new LineCounter();
  // As rule files are read: the library's own check of keys takes hours for a hostile file. Numbers keep all digits.
  const options = { lineCounter, strict: true, uniqueKeys: false, prettyErrors: false, intAsBigInt: true } as const;
  const document = parseDocument(text, options);
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lineCounter.linePos(fault.pos[0]);
    throw new RuleError({ file, line, column: col }, fault.message, { cause: fault });
  }
  const reader = new Reader(file, lineCounter);
  const parser = new TestParser(reader, (node) => node.toJS(document, { maxAliasCount: 100 }));
  return parser.file(document.contents as Node | null);
}

class TestParser {
  readonly #reader: Reader;
  readonly #plain: (node: Node) => unknown;

  constructor(reader: Reader, plain: (node: Node) => unknown) {
    this.#reader = reader;
    this.#plain = plain;
  }

  file(contents: Node | null): readonly RuleTest[] {
    const top = this.#reader.map(contents, topKeys);
    const common = this.#parameters(top);
    const nodes = this.#reader.list(top.require('tests'));
    if (nodes.length > testLimit) throw this.#reader.wrong(contents, `more than ${testLimit} tests`);
    const names = new Set<string>();
    return nodes.map((node) => {
      const test = this.#test(node, common);
      if (names.has(test.name)) throw this.#reader.wrong(node, `two tests are named “${test.name}”`);
      names.add(test.name);
      return test;
    });
  }

  #test(node: Node, common: Parameters): RuleTest {
    const reader = this.#reader;
    const fields = reader.map(node, testKeys);
    const connector = fields.get('connector');
    const object = {
      connectorKind: reader.oneOf(fields.require('connectorKind'), connectorKinds),
      ...(connector === undefined ? {} : { connector: reader.text(connector) }),
      objectType: reader.text(fields.require('objectType')),
      attributes: this.#attributes(fields),
      memberOf: this.#texts(fields, 'memberOf'),
    };
    const usual = this.#usualParameters(fields.get('dn'), object.connector ?? unnamedConnector);
    return {
      name: reader.text(fields.require('name')),
      place: reader.placeOf(node),
      object,
      parameters: new Map([...usual, ...common, ...this.#parameters(fields)]),
      expected: this.#expected(fields.require('expect')),
    };
  }

  #attributes(fields: Fields): ReadonlyMap<string, Value> {
    const typed = this.#read(fields.get('attributes'), (plain) =>
      [...attributesFrom(plain)].map(([name, value]) => [nameInSchema(name), typedBySchema(name, value)] as const),
    );
    const dn = fields.get('dn');
    return new Map<string, Value>([...(dn === undefined ? [] : [['dn', this.#reader.text(dn)] as const]), ...typed]);
  }

  #usualParameters(dn: Node | undefined, connector: string): Parameters {
    try {
      return parametersFromDn(dn === undefined ? '' : this.#reader.text(dn), connector);
    } catch (cause) {
      if (cause instanceof DirectoryError) throw this.#reader.wrong(dn ?? null, cause.message, cause);
      throw cause;
    }
  }

  #parameters(fields: Fields): Parameters {
    return this.#read(fields.get('parameters'), (plain) => parametersFrom(plain));
  }

  #expected(node: Node): RuleTest['expected'] {
    const fields = this.#reader.map(node, expectKeys);
    const [metaverse, cloud, error] = [fields.get('metaverse'), fields.get('cloud'), fields.get('error')];
    const expected = {
      inScope: this.#texts(fields, 'inScope'),
      notInScope: this.#texts(fields, 'notInScope'),
      ...(metaverse === undefined ? {} : { metaverse: this.#side(metaverse) }),
      ...(cloud === undefined ? {} : { cloud: this.#side(cloud) }),
      ...(error === undefined ? {} : { error: this.#reader.text(error) }),
    };
    if (expectKeys.every((key) => fields.get(key) === undefined)) {
      throw this.#reader.wrong(node, `expected at least one of ${expectKeys.join(', ')}`);
    }
    return expected;
  }

  #side(node: Node): ExpectedSide {
    return this.#read(node, (plain) => (plain === 'none' ? 'none' : attributesFrom(plain, 'expect')));
  }

  #texts(fields: Fields, key: string): readonly string[] {
    const node = fields.get(key);
    return node === undefined ? [] : this.#reader.list(node).map((each) => this.#reader.text(each));
  }

  /** Values know no lines: a fault among them is told at the mapping that holds them. */
  #read<T>(node: Node | undefined, read: (plain: unknown) => T): T {
    try {
      return read(node === undefined ? undefined : this.#plain(node));
    } catch (cause) {
      if (cause instanceof TrialError) throw this.#reader.wrong(node ?? null, cause.message, cause);
      // Aliases that are used too often, or that lead nowhere.
      if (cause instanceof ReferenceError) throw this.#reader.wrong(node ?? null, cause.message, cause);
      throw cause;
    }
  }
}
