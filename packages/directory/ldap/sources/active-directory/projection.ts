/** Cuts from an entry what was not asked for: DirSync adds attributes, which must not be taken for the object's own. */
import { locateEntry } from '../../../attribute-list/attribute-list.ts';
import type { RawEntry } from '../../../source.ts';
import { BerWriter, contentStart, elementEnd } from '../../ber.ts';

const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };

/** It shares no memory with what it was cut from. */
export interface Projection {
  readonly raw: RawEntry;
  /** Some values came as a part of all. */
  readonly hasParts: boolean;
}

/**
 * The entry with the attributes of `names` only (lower case, without options), in whatever part they came.
 *
 * @returns undefined when nothing but the anchor is left: nothing that anybody asked for has changed.
 */
export function projected(raw: RawEntry, names: ReadonlySet<string>, anchorName: string): Projection | undefined {
  const { bytes, start, end } = raw;
  locateEntry(bytes, start, end, places);
  const writer = new BerWriter().raw(bytes.subarray(start, places.listStart)).begin();
  const anchor = anchorName.toLowerCase();
  let hasChanges = false;
  let hasParts = false;
  for (let at = contentStart(bytes, places.listStart); at < places.listEnd; ) {
    const attributeEnd = elementEnd(bytes, at, places.listEnd);
    const nameAt = contentStart(bytes, at);
    const nameEnd = elementEnd(bytes, nameAt, attributeEnd);
    const [name = '', ...options] = bytes
      .toString('latin1', contentStart(bytes, nameAt), nameEnd)
      .toLowerCase()
      .split(';');
    if (names.has(name)) {
      writer.raw(bytes.subarray(at, attributeEnd));
      hasChanges ||= name !== anchor;
      hasParts ||= options.some((option) => option.startsWith('range='));
    }
    at = attributeEnd;
  }
  const cut = writer.end().finish();
  return hasChanges ? { raw: { bytes: cut, start: 0, end: cut.length }, hasParts } : undefined;
}
