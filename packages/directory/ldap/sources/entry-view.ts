/**
 * The few facts of an entry that a source decides by, read from the bytes that it hands on. One view serves entry after
 * entry.
 */
import { AttributeListReader, locateEntry } from '../../attribute-list/attribute-list.ts';
import { type AttributeId, attributeId } from '../../attribute-list/names.ts';
import type { RawEntry } from '../../source.ts';
import type { AnchorAttribute } from './anchor-attribute.ts';

const objectClassId = attributeId('objectClass');

/** Classes whose entries are there to hold others (RFC 4519 3, RFC 4524 3, MS-ADSC 2). Lower case. */
const containerClasses: ReadonlySet<string> = new Set([
  'builtindomain',
  'container',
  'country',
  'dcobject',
  'domain',
  'domaindns',
  'locality',
  'lostandfound',
  'organization',
  'organizationalunit',
]);

export class EntryView {
  readonly #list = new AttributeListReader();
  readonly #places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  #bytes: Buffer = Buffer.alloc(0);

  /** The view then shows this entry, as long as it is valid. @throws {DirectoryError} `entry-malformed` */
  load({ bytes, start, end }: RawEntry): this {
    locateEntry(bytes, start, end, this.#places);
    this.#list.load(bytes, this.#places.listStart, this.#places.listEnd);
    this.#bytes = bytes;
    return this;
  }

  get dn(): string {
    return this.#bytes.toString('utf8', this.#places.dnStart, this.#places.dnEnd);
  }

  has(id: AttributeId): boolean {
    return this.#list.find(id) >= 0;
  }

  /** The first value of an attribute; shares memory with the entry. */
  first(id: AttributeId): Buffer | undefined {
    const index = this.#list.find(id);
    let value: Buffer | undefined;
    if (index >= 0) {
      this.#list.eachValue(index, (start, end) => {
        value ??= this.#bytes.subarray(start, end);
      });
    }
    return value;
  }

  text(id: AttributeId): string | undefined {
    return this.first(id)?.toString('utf8');
  }

  texts(id: AttributeId): string[] {
    const index = this.#list.find(id);
    const found: string[] = [];
    if (index >= 0) this.#list.eachValue(index, (start, end) => found.push(this.#bytes.toString('utf8', start, end)));
    return found;
  }

  /** A copy. Undefined when the entry has none, or one of another form. */
  anchor(attribute: AnchorAttribute, id: AttributeId): Uint8Array | undefined {
    const value = this.first(id);
    return value === undefined ? undefined : attribute.anchorOf(value);
  }

  /** Other entries may lie below it. Any entry may have some (RFC 4512 2.3); these are the ones that directories use so. */
  get isContainer(): boolean {
    const index = this.#list.find(objectClassId);
    if (index < 0) return false;
    let found = false;
    this.#list.eachValue(index, (start, end) => {
      found ||= containerClasses.has(this.#bytes.toString('latin1', start, end).toLowerCase());
    });
    return found;
  }
}

const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };

/** The DN of an entry of which nothing else is wanted. @throws {DirectoryError} `entry-malformed` */
export function dnOf({ bytes, start, end }: RawEntry): string {
  locateEntry(bytes, start, end, places);
  return bytes.toString('utf8', places.dnStart, places.dnEnd);
}
