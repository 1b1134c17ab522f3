/** Any text as a search filter: sound BER of the kinds of RFC 4511 4.5.1.7, or an LdapError. */
import { ok } from 'node:assert/strict';
import { BerReader } from './ber.ts';
import { LdapError } from './error.ts';
import { encodeFilter } from './filter.ts';

export const fuzz = {
  name: 'ldap-filter',
  seeds: [
    '(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2))(|(mail=*)(cn=a*b*c)))',
    '(cn:dn:caseExactMatch:=Zo\\c3\\ab)',
    '( & (a>=1) (b<=2)\n (c~=\\2a) (|) )',
    '(objectGUID=\\00\\ff\\28\\29\\5c)',
  ],
  run(input: Uint8Array): void {
    const bytes = encodeFilter(Buffer.from(input).toString('utf8'));
    const reader = new BerReader(bytes);
    walk(reader);
    ok(reader.isAtEnd);
  },
  allowed: (error: unknown): boolean => error instanceof LdapError && error.code === 'ldap-filter-invalid',
};

function walk(reader: BerReader): void {
  const { tag } = reader;
  ok(tag !== undefined && ((tag >= 0xa0 && tag <= 0xa6) || tag === 0x87 || tag === 0xa8 || tag === 0xa9));
  if (tag === 0x87) {
    ok(reader.octets(tag).length > 0);
    return;
  }
  const inside = reader.enter(tag);
  while (!inside.isAtEnd) {
    if (tag <= 0xa2) walk(inside);
    else inside.skip();
  }
}
