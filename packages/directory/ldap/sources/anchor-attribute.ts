/**
 * The attribute by which a server names an object for good: how its values read as 16 bytes, and how an object is found
 * by them.
 */
import { createHash } from 'node:crypto';
import { normaliseDn } from '../../dn.ts';

export interface AnchorAttribute {
  readonly name: string;
  /** Undefined when the value is not of this attribute's form. */
  anchorOf(value: Buffer): Uint8Array | undefined;
  /** RFC 4515, for the object with this anchor. */
  filterFor(anchor: Uint8Array): string;
}

const anchorBytes = 16;

/** Active Directory (MS-ADTS 3.1.1.1.4). */
export const objectGuid: AnchorAttribute = binaryAnchor('objectGUID');

/** RFC 4530. */
export const entryUuid: AnchorAttribute = textAnchor('entryUUID', [8, 4, 4, 4, 12]);

/** In the order in which they are looked for: a server that has several means the same object by each. */
export const anchorAttributes: readonly AnchorAttribute[] = [
  entryUuid,
  textAnchor('nsUniqueId', [8, 8, 8, 8]),
  textAnchor('ibm-entryUuid', [8, 4, 4, 4, 12]),
  textAnchor('orclGUID', [32]),
  objectGuid,
  binaryAnchor('GUID'),
];

/**
 * The anchor of an entry on a server that gives none: made of its DN, so a rename is a delete with an add there.
 *
 * @throws {DirectoryError} `dn-*`
 */
export function anchorFromDn(dn: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(normaliseDn(dn)).digest().subarray(0, anchorBytes));
}

function binaryAnchor(name: string): AnchorAttribute {
  return {
    name,
    anchorOf: (value) => (value.length === anchorBytes ? new Uint8Array(value) : undefined),
    filterFor: (anchor) => `(${name}=${Buffer.from(anchor).toString('hex').replace(/../g, '\\$&')})`,
  };
}

/** Hex digits in groups of these sizes. */
function textAnchor(name: string, groups: readonly number[]): AnchorAttribute {
  const pattern = new RegExp(`^${groups.map((size) => `[0-9a-f]{${size}}`).join('-')}$`, 'i');
  return {
    name,
    anchorOf: (value) => {
      const text = value.length <= 64 ? value.toString('latin1') : '';
      return pattern.test(text) ? new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex')) : undefined;
    },
    filterFor: (anchor) => {
      const hex = Buffer.from(anchor).toString('hex');
      const ends = groups.map((_, index) => groups.slice(0, index + 1).reduce((sum, size) => sum + size, 0));
      return `(${name}=${ends.map((end, index) => hex.slice(end - groups[index]!, end)).join('-')})`;
    },
  };
}
