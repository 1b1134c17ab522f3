/**
 * Active Directory hands out the values of a large attribute in parts (MS-ADTS 3.1.1.3.1.3.3): `member;range=0-1499`,
 * beside an empty `member`. Here such an entry is put together again, so that whoever takes it sees `member` with all its
 * values, or nothing at all: half of them must not be taken for the whole.
 *
 * Holds the entries of one page that came in part, and then one whole entry after the other.
 */
import type { RawEntry } from '../source.ts';
import { BerWriter, berTag, contentStart, elementEnd } from './ber.ts';
import type { LdapConnection } from './connection.ts';
import { type Control, type ControlReader, noControls } from './control.ts';
import { LdapError } from './error.ts';

/** Requests for the rest of one attribute: at 1,500 values each this is 15 million. */
const requestLimit = 10_000;
/** An entry with all its values, and the entries of one page that wait for theirs. */
const heldLimitBytes = 512 * 1024 * 1024;

type TakeEntry = (raw: RawEntry, controls: ControlReader) => void;

export class WholeEntries {
  readonly #connection: LdapConnection;
  readonly #take: TakeEntry;
  /** Of the search that gave the entries, which the rest needs as well: deleted objects are not seen without. */
  readonly #controls: readonly Control[];
  #waiting: { readonly raw: RawEntry; readonly controls: ControlReader }[] = [];
  #waitingBytes = 0;

  constructor(connection: LdapConnection, take: TakeEntry, controls: readonly Control[] = []) {
    this.#connection = connection;
    this.#take = take;
    this.#controls = controls;
  }

  /** Hands a whole entry on at once, and keeps a copy of one that came in part. */
  entry(raw: RawEntry, controls: ControlReader = noControls): void {
    if (!comesInPart(raw)) {
      this.#take(raw, controls);
      return;
    }
    const bytes = Buffer.from(raw.bytes.subarray(raw.start, raw.end));
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > heldLimitBytes) {
      throw new LdapError(
        'ldap-incomplete',
        `one page of ${this.#connection.url} holds too much. Ask for smaller pages.`,
      );
    }
    this.#waiting.push({ raw: { bytes, start: 0, end: bytes.length }, controls: controls.copy() });
  }

  /** Between two pages: asks for what is missing and hands those entries on. @throws {LdapError} `ldap-incomplete` */
  async complete(signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { raw, controls } of waiting) this.#take(await this.#whole(raw, signal), controls);
  }

  async #whole(raw: RawEntry, signal: AbortSignal): Promise<RawEntry> {
    const { bytes, start, end } = raw;
    const dn = bytes.toString('utf8', contentStart(bytes, start), elementEnd(bytes, start, end));
    const attributes = attributesOf(raw);
    const objectGuid = objectGuidOf(attributes);
    const ranged = new Set(attributes.flatMap(({ name, range }) => (range === undefined ? [] : [name.toLowerCase()])));
    const writer = new BerWriter().octets(dn).begin();
    for (const attribute of attributes) {
      if (attribute.range !== undefined) {
        writer.begin().octets(attribute.name).begin(berTag.set);
        await this.#values({ dn, objectGuid }, attribute, writer, signal);
        writer.end().end();
      } else if (attribute.values.length > 0 || !ranged.has(attribute.name.toLowerCase())) {
        writer.begin().octets(attribute.name).octets(attribute.values, berTag.set).end();
      }
    }
    const whole = writer.end().finish();
    return { bytes: whole, start: 0, end: whole.length };
  }

  /** Writes the values that came, and asks for the next until the range ends with `*`. */
  async #values(entry: Asked, first: Attribute, writer: BerWriter, signal: AbortSignal): Promise<void> {
    const { name } = first;
    let part: Attribute | undefined = first;
    let next = 0;
    let size = 0;
    for (let requests = 0; ; requests++) {
      const { range, values } = part ?? {};
      if (range === undefined || values === undefined || range.from !== next || !isFull(range, values)) break;
      size += values.length;
      if (size > heldLimitBytes || requests >= requestLimit) break;
      writer.raw(values);
      if (range.to === undefined) return;
      next = range.to + 1;
      part = await this.#part(entry, name, next, signal);
    }
    throw new LdapError(
      'ldap-incomplete',
      `${this.#connection.url} answered a part of ${name} of one entry and not the rest.`,
    );
  }

  /**
   * The next values, undefined when there are none. A name may pass to another entry between two requests, so each answer
   * says whose values it has.
   */
  async #part(
    { dn, objectGuid }: Asked,
    name: string,
    from: number,
    signal: AbortSignal,
  ): Promise<Attribute | undefined> {
    let found: Attribute | undefined;
    let isOther = false;
    const attributes = [`${name};range=${from}-*`, anchorName];
    const request = {
      baseDn: dn,
      scope: 'base' as const,
      filter: '(objectClass=*)',
      attributes,
      controls: this.#controls,
    };
    const entry = (raw: RawEntry): void => {
      const given = attributesOf(raw);
      const answered = objectGuidOf(given);
      isOther ||= objectGuid !== undefined && answered !== undefined && !objectGuid.equals(answered);
      const part = given.find((each) => each.range?.from === from && isSameName(each.name, name));
      if (part !== undefined) found = { ...part, values: Buffer.from(part.values) };
    };
    try {
      await this.#connection.search(request, { entry }, signal);
    } catch (cause) {
      if (!(cause instanceof LdapError) || cause.code !== 'ldap-base-missing') throw cause;
      // Moved or deleted while it was read; `found` is empty, and the next read sees what became of it.
    }
    if (!isOther) return found;
    throw new LdapError(
      'ldap-incomplete',
      `on ${this.#connection.url} the name of an entry passed to another one while ${name} was read.`,
    );
  }
}

/** What AD never gives to a second entry. */
const anchorName = 'objectGUID';

/** The entry whose values are missing. `objectGuid` is a copy; undefined where it was not asked for or is not shown. */
interface Asked {
  readonly dn: string;
  readonly objectGuid: Buffer | undefined;
}

interface Range {
  readonly from: number;
  /** Absent: to the end. */
  readonly to: number | undefined;
}

interface Attribute {
  /** Without the range. */
  readonly name: string;
  readonly range: Range | undefined;
  /** One after the other with tag and length; shares memory with the entry. */
  readonly values: Buffer;
}

const rangePattern = /;range=([0-9]{1,9})-([0-9]{1,9}|\*)/i;

function attributesOf({ bytes, start, end }: RawEntry): Attribute[] {
  const attributes: Attribute[] = [];
  const listAt = elementEnd(bytes, start, end);
  for (let at = contentStart(bytes, listAt); at < end; ) {
    const attributeEnd = elementEnd(bytes, at, end);
    const nameAt = contentStart(bytes, at);
    const setAt = elementEnd(bytes, nameAt, attributeEnd);
    const text = bytes.toString('latin1', contentStart(bytes, nameAt), setAt);
    const [option, from, to] = rangePattern.exec(text) ?? [];
    const range = option === undefined ? undefined : { from: Number(from), to: to === '*' ? undefined : Number(to) };
    const name = option === undefined ? text : text.replace(option, '');
    attributes.push({ name, range, values: bytes.subarray(contentStart(bytes, setAt), attributeEnd) });
    at = attributeEnd;
  }
  return attributes;
}

function objectGuidOf(attributes: readonly Attribute[]): Buffer | undefined {
  const values = attributes.find(({ name }) => isSameName(name, anchorName))?.values;
  return values === undefined || values.length === 0 ? undefined : Buffer.from(values);
}

/** Whether an entry holds only a part of some attribute. Makes no string of every name. */
export function comesInPart({ bytes, start, end }: RawEntry): boolean {
  const listAt = elementEnd(bytes, start, end);
  for (let at = contentStart(bytes, listAt); at < end; ) {
    const attributeEnd = elementEnd(bytes, at, end);
    const nameAt = contentStart(bytes, at);
    const nameEnd = elementEnd(bytes, nameAt, attributeEnd);
    for (let character = contentStart(bytes, nameAt); character < nameEnd; character++) {
      if (bytes[character] !== 0x3b) continue;
      if (rangePattern.test(bytes.toString('latin1', character, nameEnd))) return true;
      break;
    }
    at = attributeEnd;
  }
  return false;
}

/** As many values as the range says; at least one where it has no end. */
function isFull({ from, to }: Range, values: Buffer): boolean {
  let count = 0;
  for (let at = 0; at < values.length; at = elementEnd(values, at, values.length)) count += 1;
  return to === undefined ? count > 0 : count === to - from + 1;
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
