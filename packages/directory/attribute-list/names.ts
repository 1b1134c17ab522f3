/**
 * Attribute names as the wire spells them, interned: the bytes of a name lead to one object that knows its key, its
 * syntax and a small number, without making a string. Numbers are given on first sight and last for the process.
 *
 * Holds 4,096 spellings at most; a name beyond that, or one with a range, is parsed each time.
 */
import { canonicalAttributeName, parseAttributeDescription } from '../attribute-name.ts';
import { DirectoryError } from '../error.ts';
import { type AttributeSyntax, attributeDefinition } from '../schema.ts';

export type AttributeId = number & { readonly unit: 'attribute' };

export interface AttributeName {
  readonly id: AttributeId;
  /** As `attribute-name.ts` makes it, without a range. */
  readonly key: string;
  readonly syntax: AttributeSyntax | undefined;
  /** Undefined when the schema does not know the attribute. */
  readonly singleValued: boolean | undefined;
  /** `1-1`, `0-1499`, `1500-*`: part of the values (MS-ADTS 3.1.1.3.1.3.3). */
  readonly range: string | undefined;
}

const spellingLimit = 4_096;
/** Names from rules and schemas are few; what a hostile directory invents beyond this is refused. */
const idLimit = 65_536;

const idsByKey = new Map<string, AttributeId>();
const spellings = new Map<number, { readonly bytes: Buffer; readonly name: AttributeName }[]>();
let spellingCount = 0;

/** The number of an attribute, by its name in any spelling. @throws {DirectoryError} `attribute-name-invalid` */
export function attributeId(name: string): AttributeId {
  return idOfKey(canonicalAttributeName(name));
}

/** How many numbers were given: every id is smaller. */
export function attributeIdCount(): number {
  return idsByKey.size + 1;
}

/** @throws {DirectoryError} `attribute-name-invalid` */
export function internName(bytes: Buffer, start: number, end: number): AttributeName {
  const length = end - start;
  const hash =
    length === 0 ? 0 : (length << 24) ^ (bytes[start]! << 16) ^ (bytes[end - 1]! << 8) ^ bytes[start + (length >> 1)]!;
  const bucket = spellings.get(hash);
  if (bucket !== undefined) {
    next: for (const known of bucket) {
      if (known.bytes.length !== length) continue;
      for (let at = 0; at < length; at++) if (known.bytes[at] !== bytes[start + at]) continue next;
      return known.name;
    }
  }
  const name = parseName(bytes.toString('latin1', start, end));
  if (name.range === undefined && spellingCount < spellingLimit) {
    spellingCount += 1;
    const entry = { bytes: Buffer.from(bytes.subarray(start, end)), name };
    if (bucket === undefined) spellings.set(hash, [entry]);
    else bucket.push(entry);
  }
  return name;
}

function parseName(text: string): AttributeName {
  const { name, options, syntax } = parseAttributeDescription(text);
  const range = options.find((option) => option.startsWith('range='));
  const key = [name, ...options.filter((option) => option !== range)].join(';');
  return {
    id: idOfKey(key),
    key,
    syntax,
    singleValued: attributeDefinition(name)?.singleValued,
    range: range?.slice('range='.length),
  };
}

function idOfKey(key: string): AttributeId {
  const known = idsByKey.get(key);
  if (known !== undefined) return known;
  if (idsByKey.size >= idLimit) {
    throw new DirectoryError('attribute-name-invalid', `More than ${idLimit} different attribute names were met.`);
  }
  const id = (idsByKey.size + 1) as AttributeId;
  idsByKey.set(key, id);
  return id;
}
