/**
 * Attribute names, normalised once: whatever the spelling in a file or on the wire, one attribute has one key.
 *
 * A key is the schema's casing of the name (lower case for names that the schema does not know, so that the order of an
 * import does not matter), then the options in lower case, sorted. `;binary` only says how a value travels (RFC 4522):
 * it is dropped where the schema calls the attribute binary, and kept where nothing else would say so.
 */
import { DirectoryError } from './error.ts';
import type { AttributeSyntax } from './schema.ts';
import { attributeDefinition } from './schema.ts';

/** Longest attribute description, in characters. */
export const attributeDescriptionLimit = 1_024;
const cachedDescriptionLimit = 4_096;

/** RFC 4512 1.4: a descr (letters, digits, hyphens) or a numeric OID. */
const typePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+)$/;
/** RFC 4512 2.5.2, and the ranges in which AD hands out large attributes. */
const optionPattern = /^(?:[A-Za-z0-9-]+|range=[0-9]+-(?:[0-9]+|\*))$/i;

/** An attribute description (RFC 4512 2.5) after parsing. */
export interface AttributeDescription {
  /** What entries are keyed by: `sn`, `userCertificate`, `cn;lang-ja`, `member;range=0-1499`. */
  readonly key: string;
  /** The key without options. */
  readonly name: string;
  /** Lower case, sorted, as they stand in the key. */
  readonly options: readonly string[];
  /** Undefined when neither the schema nor `;binary` says. */
  readonly syntax: AttributeSyntax | undefined;
}

const cache = new Map<string, AttributeDescription>();

/**
 * Parses an attribute description such as `cn`, `2.5.4.3` or `userCertificate;binary`.
 *
 * @throws {DirectoryError} `attribute-name-invalid`
 */
export function parseAttributeDescription(text: string): AttributeDescription {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  // Names come from outside; past the limit they are parsed each time, which is slower and no leak.
  if (cache.size < cachedDescriptionLimit) cache.set(text, parsed);
  return parsed;
}

/** The key of an attribute, whatever its spelling. @throws {DirectoryError} `attribute-name-invalid` */
export function canonicalAttributeName(text: string): string {
  return parseAttributeDescription(text).key;
}

/** True for a bare attribute type, without options: what stands left of `=` in a DN. */
export function isAttributeType(text: string): boolean {
  return text.length <= attributeDescriptionLimit && typePattern.test(text);
}

function parse(text: string): AttributeDescription {
  if (text.length > attributeDescriptionLimit) throw invalid(`is longer than ${attributeDescriptionLimit} characters`);
  const [type = '', ...optionTexts] = text.split(';');
  if (!typePattern.test(type)) throw invalid('must be letters, digits and hyphens starting with a letter, or an OID');
  if (!optionTexts.every((option) => optionPattern.test(option))) throw invalid('has a malformed option after `;`');

  const definition = attributeDefinition(type);
  const name = definition?.name ?? type.toLowerCase();
  const given = [...new Set(optionTexts.map((option) => option.toLowerCase()))].sort();
  const options = definition?.syntax === 'binary' ? given.filter((option) => option !== 'binary') : given;
  const syntax = given.includes('binary') ? 'binary' : definition?.syntax;
  return { key: [name, ...options].join(';'), name, options, syntax };
}

function invalid(complaint: string): DirectoryError {
  return new DirectoryError('attribute-name-invalid', `The attribute name ${complaint}.`);
}
