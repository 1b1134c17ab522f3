/** A search result entry with every value typed (`entry.ts`), for readers that want all of it. */
import { AttributeListReader, locateEntry } from '../attribute-list/attribute-list.ts';
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import type { RawEntry } from '../source.ts';

const reader = new AttributeListReader();
const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };

/**
 * Shares no memory with `raw`. An attribute that was given in several spellings has the values of all.
 *
 * @throws {DirectoryError} `value-not-utf8`, `attribute-name-invalid`
 */
export function decodeEntry({ bytes, start, end }: RawEntry): DirectoryEntry {
  locateEntry(bytes, start, end, places);
  reader.load(bytes, places.listStart, places.listEnd);
  const attributes = new Map<string, readonly AttributeValue[]>();
  for (let index = 0; index < reader.count; index++) {
    const values = reader.values(index);
    if (values.length === 0) continue;
    const { key } = reader.names[index]!;
    const others = attributes.get(key);
    attributes.set(key, others === undefined ? values : others.concat(values));
  }
  return { dn: bytes.toString('utf8', places.dnStart, places.dnEnd), attributes };
}
