/**
 * Search filters: the text of RFC 4515 to the bytes of RFC 4511 4.5.1.7. White space between the parts of `&`, `|` and `!`
 * is passed over, because people write long filters over several lines; within a value it counts.
 */
import { attributeDescriptionLimit } from '../attribute-name.ts';
import { BerWriter } from './ber.ts';
import { LdapError } from './error.ts';

const lengthLimit = 1024 * 1024;
const depthLimit = 100;

const tags = { and: 0xa0, or: 0xa1, not: 0xa2, equal: 0xa3, substrings: 0xa4, atLeast: 0xa5, atMost: 0xa6 } as const;
const moreTags = { present: 0x87, approximate: 0xa8, extensible: 0xa9 } as const;
const substringTags = { initial: 0x80, any: 0x81, final: 0x82 } as const;
const extensibleTags = { rule: 0x81, type: 0x82, value: 0x83, dn: 0x84 } as const;

/** An attribute description, an OID with options, or one with a range; `_` is not of RFC 4512, and directories use it. */
const attributePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9=*-]+)*$/;
const rulePattern = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

/** @throws {LdapError} `ldap-filter-invalid` with the character, counted from 1, where it stops being a filter. */
export function encodeFilter(text: string): Buffer {
  if (text.length > lengthLimit) throw invalid(`is longer than ${lengthLimit} characters`);
  const parser = new FilterParser(text);
  parser.spaces();
  parser.filter(0);
  parser.spaces();
  parser.end();
  return parser.writer.finish();
}

class FilterParser {
  readonly writer = new BerWriter();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  spaces(): void {
    while (/^[ \t\r\n]$/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#invalid('expects the end');
  }

  filter(depth: number): void {
    if (depth > depthLimit) throw this.#invalid(`is nested deeper than ${depthLimit}`);
    this.#take('(');
    this.spaces();
    const sign = this.#text[this.#at];
    if (sign === '&' || sign === '|') {
      this.#at += 1;
      this.#list(sign === '&' ? tags.and : tags.or, depth);
    } else if (sign === '!') {
      this.#at += 1;
      this.writer.begin(tags.not);
      this.spaces();
      this.filter(depth + 1);
      this.spaces();
      this.writer.end();
    } else {
      this.#item();
    }
    this.#take(')');
  }

  /** RFC 4526: an empty list is true for `&` and false for `|`. */
  #list(tag: number, depth: number): void {
    this.writer.begin(tag);
    this.spaces();
    while (this.#text[this.#at] === '(') {
      this.filter(depth + 1);
      this.spaces();
    }
    this.writer.end();
  }

  #item(): void {
    const start = this.#at;
    while (this.#at < this.#text.length && !'=<>~:()'.includes(this.#text[this.#at]!)) this.#at += 1;
    const type = this.#text.slice(start, this.#at).trimEnd();
    const sign = this.#text[this.#at];
    if (sign === ':') {
      this.#extensible(type, start);
      return;
    }
    if (!isAttribute(type)) throw this.#invalid('expects an attribute name', start);
    if (sign === '=') {
      this.#at += 1;
      this.#equality(type);
      return;
    }
    this.#comparison(type, sign);
  }

  #comparison(type: string, sign: string | undefined): void {
    const tag = sign === '>' ? tags.atLeast : sign === '<' ? tags.atMost : sign === '~' ? moreTags.approximate : 0;
    if (tag === 0) throw this.#invalid('expects `=`, `>=`, `<=`, `~=` or `:=`');
    this.#at += 1;
    this.#take('=');
    this.writer.begin(tag).octets(type).octets(this.#value()).end();
  }

  #equality(type: string): void {
    const parts = [this.#value(true)];
    while (this.#text[this.#at] === '*') {
      this.#at += 1;
      if (this.#text[this.#at] === '*') throw this.#invalid('has two `*` with nothing between them');
      parts.push(this.#value(true));
    }
    const [first] = parts;
    if (parts.length === 1) {
      this.writer.begin(tags.equal).octets(type).octets(first!).end();
      return;
    }
    if (parts.every((part) => part.length === 0)) {
      this.writer.octets(type, moreTags.present);
      return;
    }
    this.#substrings(type, parts);
  }

  #substrings(type: string, parts: readonly Buffer[]): void {
    this.writer.begin(tags.substrings).octets(type).begin();
    for (const [index, part] of parts.entries()) {
      // Nothing before the first `*`, or behind the last.
      if (part.length === 0) continue;
      const isLast = index === parts.length - 1;
      this.writer.octets(part, index === 0 ? substringTags.initial : isLast ? substringTags.final : substringTags.any);
    }
    this.writer.end().end();
  }

  /** `[type][:dn][:rule]:=value`, with a type or a rule. */
  #extensible(type: string, start: number): void {
    const words: string[] = [];
    while (this.#text[this.#at] === ':' && this.#text[this.#at + 1] !== '=') {
      this.#at += 1;
      const wordStart = this.#at;
      while (this.#at < this.#text.length && !':=()'.includes(this.#text[this.#at]!)) this.#at += 1;
      words.push(this.#text.slice(wordStart, this.#at));
    }
    this.#take(':');
    this.#take('=');
    const isOnDn = words[0]?.toLowerCase() === 'dn';
    const [rule, ...rest] = isOnDn ? words.slice(1) : words;
    const isSound =
      rest.length === 0 &&
      (type === '' ? rule !== undefined : isAttribute(type)) &&
      (rule === undefined || rulePattern.test(rule));
    if (!isSound) throw this.#invalid('expects `attribute:dn:rule:=value`', start);
    this.writer.begin(moreTags.extensible);
    if (rule !== undefined) this.writer.octets(rule, extensibleTags.rule);
    if (type !== '') this.writer.octets(type, extensibleTags.type);
    this.writer.octets(this.#value(), extensibleTags.value);
    if (isOnDn) this.writer.boolean(true, extensibleTags.dn);
    this.writer.end();
  }

  /** Up to `)`, or `*` where that has a meaning; `\xx` is one byte, everything else UTF-8. */
  #value(endsAtStar = false): Buffer {
    const parts: Buffer[] = [];
    let start = this.#at;
    const flush = (): void => {
      if (this.#at > start) parts.push(Buffer.from(this.#text.slice(start, this.#at)));
    };
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at]!;
      if (character === ')' || (endsAtStar && character === '*')) break;
      if (character === '\\') {
        flush();
        const digits = this.#text.slice(this.#at + 1, this.#at + 3);
        if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw this.#invalid('expects two hexadecimal digits after `\\`');
        parts.push(Buffer.of(Number.parseInt(digits, 16)));
        this.#at += 2;
        start = this.#at + 1;
      } else if (character === '(' || character === '*' || character === '\0') {
        const written = character === '(' ? '\\28' : character === '*' ? '\\2a' : '\\00';
        throw this.#invalid(`has a character that is written ${written} in a value`);
      }
    }
    flush();
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #take(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#invalid(`expects \`${character}\``);
    this.#at += 1;
  }

  #invalid(complaint: string, at = this.#at): LdapError {
    return invalid(`${complaint} at character ${at + 1}`);
  }
}

function isAttribute(type: string): boolean {
  return type.length <= attributeDescriptionLimit && attributePattern.test(type);
}

function invalid(complaint: string): LdapError {
  return new LdapError(
    'ldap-filter-invalid',
    `the filter ${complaint}. Write it as in (&(objectClass=person)(mail=*)).`,
  );
}

/** A value as it stands in a filter (RFC 4515 3). */
export function escapeFilterValue(value: string | Uint8Array): string {
  if (typeof value === 'string') return value.replaceAll(/[\\*()\0]/g, (character) => hex(character.charCodeAt(0)));
  return [...value].map(hex).join('');
}

function hex(byte: number): string {
  return `\\${byte.toString(16).padStart(2, '0')}`;
}
