/** DER (X.690), as much of it as certificates need. Every length is checked against what is there. */
import { isUtf8 } from 'node:buffer';
import { refuse } from './definition.ts';

/** One element: identifier octet and content. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With identifier and length. */
  readonly raw: Buffer;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The elements that lie one after the other in `bytes`. @throws {ValueRefusal} */
export function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; at += elements.at(-1)!.raw.length) {
    elements.push(readElement(bytes, at));
  }
  return elements;
}

function readElement(bytes: Buffer, start: number): Element {
  const tag = bytes[start] ?? 0;
  const short = bytes[start + 1];
  if ((tag & 0x1f) === 0x1f || short === undefined || short === 0x80 || short > 0x84) throw malformed();
  const lengthSize = short < 0x80 ? 0 : short - 0x80;
  const contentStart = start + 2 + lengthSize;
  if (contentStart > bytes.length) throw malformed();
  const length = lengthSize === 0 ? short : bytes.readUIntBE(start + 2, lengthSize);
  const end = contentStart + length;
  if (end > bytes.length) throw malformed();
  return { tag, content: bytes.subarray(contentStart, end), raw: bytes.subarray(start, end) };
}

/** The element if it is what it should be. @throws {ValueRefusal} */
export function expectTag(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw malformed();
  return element;
}

/** The elements within a sequence. @throws {ValueRefusal} */
export function sequenceOf(element: Element | undefined): Element[] {
  return elementsOf(expectTag(element, tags.sequence).content);
}

/** Dotted decimal. @throws {ValueRefusal} */
export function oidOf(element: Element | undefined): string {
  const { content } = expectTag(element, tags.oid);
  if (content.length === 0 || content.length > 64 || (content.at(-1)! & 0x80) !== 0) throw malformed();
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) === 0) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const first = arcs[0]!;
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

/** The text of any of the string types; undefined for another type. @throws {ValueRefusal} */
export function textOf({ tag, content }: Element): string | undefined {
  switch (tag) {
    case tags.utf8String:
      if (!isUtf8(content)) throw malformed();
      return content.toString('utf8');
    // NumericString, PrintableString, T61String, IA5String, VisibleString: ASCII, or Latin-1 by custom.
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
    case 0x1a:
      return content.toString('latin1');
    // BMPString
    case 0x1e: {
      if (content.length % 2 === 1) throw malformed();
      const text = Buffer.from(content).swap16().toString('utf16le');
      if (!text.isWellFormed()) throw malformed();
      return text;
    }
    default:
      return undefined;
  }
}

export function malformed(): Error {
  return refuse('expression-bad-value', 'The value is no X.509 certificate in DER or Base64; test it with IsCert.');
}
