/**
 * Any bytes as an entry from the wire: attributes whose parts lie within the bytes, or a DirectoryError. What was read
 * is written and read the same again.
 */
import { ok, strictEqual } from 'node:assert/strict';
import { DirectoryError } from '../error.ts';
import { decodeEntry } from '../ldap/decode-entry.ts';
import { AttributeListReader, locateEntry } from './attribute-list.ts';
import { encodeEntry, joinAttributes } from './encode.ts';

const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
const reader = new AttributeListReader();

const seed = (dn: string, ...attributes: (readonly [string, readonly string[]])[]): Uint8Array =>
  encodeEntry({ dn, attributes: new Map(attributes) }).bytes;

export const fuzz = {
  name: 'attribute-list',
  seeds: [
    seed(
      'CN=Ada,DC=x',
      ['objectClass', ['top', 'person']],
      ['sn', ['Lovelace']],
      ['member;range=0-1', ['CN=a', 'CN=b']],
    ),
    seed('', ['description', ['x'.repeat(200)]], ['cn;lang-ja', []]),
    // Lengths in four octets, as Active Directory writes them.
    Buffer.from('0484000000023d3d30840000001b308400000015048400000002636e31840000000704840000000141', 'hex'),
  ],
  run(input: Uint8Array): void {
    // Something else lies behind the entry, as in a read buffer.
    const bytes = Buffer.concat([input, Buffer.alloc(16, 0x04)]);
    locateEntry(bytes, 0, input.length, places);
    reader.load(bytes, places.listStart, places.listEnd);
    const parts: Buffer[] = [];
    for (let index = 0; index < reader.count; index++) {
      ok(reader.attributeStart(index) <= reader.attributeEnd(index) && reader.attributeEnd(index) <= input.length);
      let count = 0;
      reader.eachValue(index, (start, end) => {
        ok(start <= end && end <= input.length);
        count += 1;
      });
      strictEqual(reader.valueCount(index), count);
      parts.push(bytes.subarray(reader.attributeStart(index), reader.attributeEnd(index)));
    }
    const whole = reader.count;
    const joined = joinAttributes(parts);
    reader.load(joined, 0, joined.length);
    strictEqual(reader.count, whole);
    const entry = decodeEntry({ bytes, start: 0, end: input.length });
    const again = decodeEntry(encodeEntry(entry));
    strictEqual(again.attributes.size, entry.attributes.size);
  },
  allowed: (error: unknown): boolean => error instanceof DirectoryError,
};
