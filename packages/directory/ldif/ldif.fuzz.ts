/** Any bytes through the LDIF reader: records that print and read to themselves, or a DirectoryError with its place. */
import { deepStrictEqual } from 'node:assert/strict';
import { DirectoryError } from '../error.ts';
import { formatLdifRecord } from './format-ldif.ts';
import { readLdif } from './read-ldif.ts';
import type { LdifRecord } from './record.ts';

async function readAll(bytes: Uint8Array): Promise<LdifRecord[]> {
  async function* source(): AsyncIterable<Uint8Array> {
    yield bytes;
  }
  const records: LdifRecord[] = [];
  for await (const record of readLdif(source())) records.push(record);
  return records;
}

const withoutLines = (records: readonly LdifRecord[]): unknown[] => records.map(({ line: _, ...body }) => body);

export const fuzz = {
  name: 'ldif',
  seeds: [
    'version: 1\n# a comment\n  folded\ndn: CN=Ada,DC=corp,DC=example\nobjectClass: user\ncn:: QWRh\nobjectGUID:: AAAAAAAAAAAAAAAAAAAAAQ==\n',
    'dn: cn=a\r\nchangetype: modify\r\nadd: member\r\nmember: cn=b\r\n-\r\nreplace: sn\r\n-\r\n\r\ndn: cn=b\r\nchangetype: delete\r\n',
    'dn:: Y249w7Y=\ncontrol: 1.2.840.113556.1.4.805 true\nchangetype: modrdn\nnewrdn: cn=c\ndeleteoldrdn: 1\nnewsuperior: dc=x\n',
    'dn: cn=a\njpegPhoto:< file:///etc/passwd\ncn;lang-de: b\n',
  ],
  async run(input: Uint8Array): Promise<void> {
    const records = await readAll(input);
    const printed = records.map(formatLdifRecord).join('');
    deepStrictEqual(withoutLines(await readAll(Buffer.from(printed))), withoutLines(records));
  },
  allowed: (error: unknown): boolean => error instanceof DirectoryError,
};
