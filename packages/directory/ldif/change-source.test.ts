import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { normaliseDn } from '../dn.ts';
import { bytesFromGuid } from '../schema.ts';
import type { RawEntry } from '../source.ts';
import { ldifChangeSource } from './change-source.ts';

const guid = bytesFromGuid('12345678-9abc-def0-1122-334455667788');

/** What the file tells, as texts; the one entry that is known is cn=a,dc=x. */
async function told(t: TestContext, ldif: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ldif-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'changes.ldif');
  writeFileSync(path, ldif);
  const calls: string[] = [];
  const text = ({ bytes, start, end }: RawEntry): string =>
    bytes
      .toString('latin1', start, end)
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .replace(/objectGUID.*?"3DUfw/, 'GUID')
      .trim();
  const source = ldifChangeSource({
    path,
    anchorAttribute: 'objectGUID',
    anchorValue: (anchor) => anchor,
    anchorOf: (dn) => (normaliseDn(dn) === 'cn=a,dc=x' ? guid : undefined),
  });
  const sink = {
    entry: (raw: RawEntry) => void calls.push(`entry ${text(raw)}`),
    changes: (raw: RawEntry) => void calls.push(`changes ${text(raw)}`),
    gone: (anchor: Uint8Array) => void calls.push(`gone ${Buffer.from(anchor).equals(guid)}`),
    present: () => assert.fail(),
    page: () => {},
  };
  const end = await source.read({ cookie: undefined, attributes: new Set() }, sink, new AbortController().signal);
  assert.equal(end.unmentionedAreGone, false);
  return calls;
}

test('an add is an entry and a delete is gone', async (t) => {
  const calls = await told(
    t,
    'dn: cn=b,dc=x\nchangetype: add\nobjectClass: person\nsn: B\n\ndn: CN=A, DC=x\nchangetype: delete\n',
  );
  assert.equal(calls.length, 2);
  assert.match(calls[0]!, /^entry .*cn=b,dc=x.*objectClass.*person.*sn.*B/);
  assert.equal(calls[1], 'gone true');
});

test('values are told one by one where the file says so, and whole where it replaces them', async (t) => {
  const [call] = await told(
    t,
    'dn: cn=a,dc=x\nchangetype: modify\nadd: member\nmember: cn=1\n-\ndelete: member\nmember: cn=2\n-\nreplace: sn\nsn: S\n-\nadd: sn\nsn: T\n-\ndelete: sn\nsn: s\n-\ndelete: mail\n-\n',
  );
  assert.match(call!, /^changes .*cn=a,dc=x.*GUID.*member;range=0-0.*cn=2.*member;range=1-1.*cn=1.*sn.*T.*mail/);
  assert.doesNotMatch(call!, /sn[^T]*S/);
});

test('what is added and deleted again is only not there', async (t) => {
  const [call] = await told(
    t,
    'dn: cn=a,dc=x\nchangetype: modify\nadd: member\nmember: cn=1\n-\ndelete: member\nmember: cn=1\n-\n',
  );
  assert.match(call!, /member;range=0-0.*cn=1/);
  assert.doesNotMatch(call!, /range=1-1/);
});

test('a rename is told with the new DN, and with what the names are values of', async (t) => {
  const [call] = await told(
    t,
    'dn: cn=a,dc=x\nchangetype: moddn\nnewrdn: cn=b\ndeleteoldrdn: 1\nnewsuperior: ou=y,dc=x\n',
  );
  assert.match(call!, /^changes .*cn=b,ou=y,dc=x.*GUID.*cn;range=0-0.*a.*cn;range=1-1.*b/);
});

for (const { name, ldif, says } of [
  {
    name: 'a change of an entry that nobody knows is refused with its line',
    ldif: '\ndn: cn=z,dc=x\nchangetype: delete\n',
    says: /changes\.ldif:2: .*not known/,
  },
  {
    name: 'a step that needs the value before is refused',
    ldif: 'dn: cn=a,dc=x\nchangetype: modify\nincrement: uidNumber\nuidNumber: 1\n-\n',
    says: /increment: uidNumber/,
  },
  {
    name: 'a file of entries is no file of changes',
    ldif: 'dn: cn=a,dc=x\nsn: A\n',
    says: /holds entries, not changes/,
  },
]) {
  test(name, async (t) => {
    await assert.rejects(told(t, ldif), { name: 'LdifError', message: says });
  });
}
