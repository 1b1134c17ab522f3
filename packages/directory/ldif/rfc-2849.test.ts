/** The examples of RFC 2849, as a reader must understand them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readLdif } from './read-ldif.ts';
import type { LdifOptions, LdifRecord } from './record.ts';

async function read(text: string, options: LdifOptions = {}): Promise<LdifRecord[]> {
  async function* once() {
    yield Buffer.from(text);
  }
  const records: LdifRecord[] = [];
  for await (const record of readLdif(once(), options)) records.push(record);
  return records;
}

/** A content record as plain data. */
function plain(record: LdifRecord | undefined): Record<string, unknown> {
  assert.equal(record?.kind, 'content');
  return { dn: record.entry.dn, ...Object.fromEntries(record.entry.attributes) };
}

test('example 1: a simple file with two entries', async () => {
  const records = await read(`version: 1
dn: cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com
objectclass: top
objectclass: person
objectclass: organizationalPerson
cn: Barbara Jensen
cn: Barbara J Jensen
cn: Babs Jensen
sn: Jensen
uid: bjensen
telephonenumber: +1 408 555 1212
description: A big sailing fan.

dn: cn=Bjorn Jensen, ou=Accounting, dc=airius, dc=com
objectclass: top
objectclass: person
objectclass: organizationalPerson
cn: Bjorn Jensen
sn: Jensen
telephonenumber: +1 408 555 1212
`);
  assert.deepEqual(records.map(plain), [
    {
      dn: 'cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com',
      objectClass: ['top', 'person', 'organizationalPerson'],
      cn: ['Barbara Jensen', 'Barbara J Jensen', 'Babs Jensen'],
      sn: ['Jensen'],
      uid: ['bjensen'],
      telephoneNumber: ['+1 408 555 1212'],
      description: ['A big sailing fan.'],
    },
    {
      dn: 'cn=Bjorn Jensen, ou=Accounting, dc=airius, dc=com',
      objectClass: ['top', 'person', 'organizationalPerson'],
      cn: ['Bjorn Jensen'],
      sn: ['Jensen'],
      telephoneNumber: ['+1 408 555 1212'],
    },
  ]);
  assert.deepEqual(
    records.map((record) => record.line),
    [2, 14],
  );
});

test('example 2: a folded value', async () => {
  const [record] = await read(`version: 1
dn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com
objectclass:top
cn:Barbara Jensen
description:Babs is a big sailing fan, and travels extensively in sea
 rch of perfect sailing conditions.
title:Product Manager, Rod and Reel Division
`);
  assert.deepEqual(plain(record), {
    dn: 'cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com',
    objectClass: ['top'],
    cn: ['Barbara Jensen'],
    description: ['Babs is a big sailing fan, and travels extensively in search of perfect sailing conditions.'],
    title: ['Product Manager, Rod and Reel Division'],
  });
});

test('example 3: a value in base64, because it has a carriage return', async () => {
  const [record] = await read(`version: 1
dn: cn=Gern Jensen, ou=Product Testing, dc=airius, dc=com
cn: Gern Jensen
description:: V2hhdCBhIGNhcmVmdWwgcmVhZGVyIHlvdSBhcmUhICBUaGlzIHZhbHVlIGlzIGJ
 hc2UtNjQtZW5jb2RlZCBiZWNhdXNlIGl0IGhhcyBhIGNvbnRyb2wgY2hhcmFjdGVyIGluIGl0ICh
 hIENSKS4NICBCeSB0aGUgd2F5LCB5b3Ugc2hvdWxkIHJlYWxseSBnZXQgb3V0IG1vcmUu
`);
  const [description] = plain(record)['description'] as string[];
  assert.match(
    description!,
    /^What a careful reader you are! {2}This value is base-64-encoded .* \(a CR\)\.\r {2}By the way/,
  );
});

test('example 4: base64 DNs, comments and language options', async () => {
  const [unit, person] = await read(`version: 1
dn:: b3U95Za25qWt6YOoLG89QWlyaXVz
# dn:: ou=<JapaneseOU>,o=Airius
objectclass: top
objectclass: organizationalUnit
ou:: 5Za25qWt6YOo
# ou:: <JapaneseOU>
ou;lang-ja:: 5Za25qWt6YOo
# ou;lang-ja:: <JapaneseOU>
ou;lang-ja;phonetic:: 44GI44GE44GO44KH44GG44G2
# ou;lang-ja:: <JapaneseOU_in_phonetic_representation>
ou;lang-en: Sales
description: Japanese office

dn:: dWlkPXJvZ2FzYXdhcmEsb3U95Za25qWt6YOoLG89QWlyaXVz
# dn:: uid=<uid>,ou=<JapaneseOU>,o=Airius
userpassword: {SHA}O3HSv1MusyL4kTjP+HKI5uxuNoM=
uid: rogasawara
mail: rogasawara@airius.co.jp
givenname;lang-ja:: 44Ot44OJ44OL44O8
title;lang-en: Sales, Director
`);
  assert.deepEqual(plain(unit), {
    dn: 'ou=営業部,o=Airius',
    objectClass: ['top', 'organizationalUnit'],
    ou: ['営業部'],
    'ou;lang-ja': ['営業部'],
    'ou;lang-ja;phonetic': ['えいぎょうぶ'],
    'ou;lang-en': ['Sales'],
    description: ['Japanese office'],
  });
  assert.deepEqual(plain(person), {
    dn: 'uid=rogasawara,ou=営業部,o=Airius',
    userPassword: [new Uint8Array(Buffer.from('{SHA}O3HSv1MusyL4kTjP+HKI5uxuNoM='))],
    uid: ['rogasawara'],
    mail: ['rogasawara@airius.co.jp'],
    'givenName;lang-ja': ['ロドニー'],
    'title;lang-en': ['Sales, Director'],
  });
});

test('example 5: a photo from a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldif-'));
  try {
    mkdirSync(join(folder, 'photos'));
    const photo = join(folder, 'photos', 'fiona ü.jpg');
    writeFileSync(photo, Uint8Array.of(0xff, 0xd8, 0xff));
    const [record] = await read(
      `version: 1
dn: cn=Horatio Jensen, ou=Product Testing, dc=airius, dc=com
telephonenumber: +1 408 555 1212
jpegphoto:< ${pathToFileURL(photo)}
`,
      { filesBelow: folder },
    );
    assert.deepEqual(plain(record), {
      dn: 'cn=Horatio Jensen, ou=Product Testing, dc=airius, dc=com',
      telephoneNumber: ['+1 408 555 1212'],
      jpegPhoto: [Uint8Array.of(0xff, 0xd8, 0xff)],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('example 6: every kind of change', async () => {
  const records = await read(`version: 1
# Add a new entry
dn: cn=Fiona Jensen, ou=Marketing, dc=airius, dc=com
changetype: add
objectclass: person
cn: Fiona Jensen

# Delete an existing entry
dn: cn=Robert Jensen, ou=Marketing, dc=airius, dc=com
changetype: delete

# Modify an entry's relative distinguished name
dn: cn=Paul Jensen, ou=Product Development, dc=airius, dc=com
changetype: modrdn
newrdn: cn=Paula Jensen
deleteoldrdn: 1

# Rename an entry and move all of its children to a new location in the directory tree
dn: ou=PD Accountants, ou=Product Development, dc=airius, dc=com
changetype: modrdn
newrdn: ou=Product Development Accountants
deleteoldrdn: 0
newsuperior: ou=Accounting, dc=airius, dc=com

# Modify an entry: add an additional value to the postaladdress attribute, completely delete the
#  description attribute, replace the telephonenumber attribute with two values, and delete a specific
 value from the facsimiletelephonenumber attribute
dn: cn=Paula Jensen, ou=Product Development, dc=airius, dc=com
changetype: modify
add: postaladdress
postaladdress: 123 Anystreet $ Sunnyvale, CA $ 94086
-
delete: description
-
replace: telephonenumber
telephonenumber: +1 408 555 1234
telephonenumber: +1 408 555 5678
-
delete: facsimiletelephonenumber
facsimiletelephonenumber: +1 408 555 9876
-

# Modify an entry: replace the postaladdress attribute with an empty set of values, and delete the entire description
dn: cn=Ingrid Jensen, ou=Product Support, dc=airius, dc=com
changetype: modify
replace: postaladdress
-
delete: description
-
`);
  const dn = (name: string) => `${name}, dc=airius, dc=com`;
  assert.deepEqual(records, [
    {
      kind: 'add',
      dn: dn('cn=Fiona Jensen, ou=Marketing'),
      controls: [],
      entry: {
        dn: dn('cn=Fiona Jensen, ou=Marketing'),
        attributes: new Map([
          ['objectClass', ['person']],
          ['cn', ['Fiona Jensen']],
        ]),
      },
      line: 3,
    },
    { kind: 'delete', dn: dn('cn=Robert Jensen, ou=Marketing'), controls: [], line: 9 },
    {
      kind: 'rename',
      dn: dn('cn=Paul Jensen, ou=Product Development'),
      controls: [],
      newRdn: 'cn=Paula Jensen',
      deleteOldRdn: true,
      line: 13,
    },
    {
      kind: 'rename',
      dn: dn('ou=PD Accountants, ou=Product Development'),
      controls: [],
      newRdn: 'ou=Product Development Accountants',
      deleteOldRdn: false,
      newSuperior: dn('ou=Accounting'),
      line: 19,
    },
    {
      kind: 'modify',
      dn: dn('cn=Paula Jensen, ou=Product Development'),
      controls: [],
      modifications: [
        { operation: 'add', attribute: 'postalAddress', values: ['123 Anystreet $ Sunnyvale, CA $ 94086'] },
        { operation: 'delete', attribute: 'description', values: [] },
        { operation: 'replace', attribute: 'telephoneNumber', values: ['+1 408 555 1234', '+1 408 555 5678'] },
        { operation: 'delete', attribute: 'facsimileTelephoneNumber', values: ['+1 408 555 9876'] },
      ],
      line: 28,
    },
    {
      kind: 'modify',
      dn: dn('cn=Ingrid Jensen, ou=Product Support'),
      controls: [],
      modifications: [
        { operation: 'replace', attribute: 'postalAddress', values: [] },
        { operation: 'delete', attribute: 'description', values: [] },
      ],
      line: 44,
    },
  ]);
});

test('example 7: a change with a control', async () => {
  const [record] = await read(`version: 1
# Delete an entry. The operation will attach the LDAPv3 Tree Delete Control defined in [9].
dn: ou=Product Development, dc=airius, dc=com
control: 1.2.840.113556.1.4.805 true
changetype: delete
`);
  assert.deepEqual(record, {
    kind: 'delete',
    dn: 'ou=Product Development, dc=airius, dc=com',
    controls: [{ oid: '1.2.840.113556.1.4.805', critical: true }],
    line: 3,
  });
});
