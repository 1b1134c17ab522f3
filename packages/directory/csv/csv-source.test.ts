import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AttributeListReader, locateEntry } from '../attribute-list/attribute-list.ts';
import type { ImportSink, RawEntry } from '../source.ts';
import type { CsvErrorCode } from './csv-error.ts';
import { type CsvFile, csvSource } from './csv-source.ts';

interface Found {
  readonly dn: string;
  readonly anchor: string;
  readonly attributes: Record<string, unknown[]>;
}

function decoded({ bytes, start, end }: RawEntry, anchor: Uint8Array): Found {
  const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  locateEntry(bytes, start, end, places);
  const reader = new AttributeListReader();
  reader.load(bytes, places.listStart, places.listEnd);
  const attributes: Record<string, unknown[]> = {};
  for (let index = 0; index < reader.count; index++) attributes[reader.names[index]!.key] = reader.values(index);
  const dn = bytes.toString('utf8', places.dnStart, places.dnEnd);
  return { dn, anchor: Buffer.from(anchor).toString('hex'), attributes };
}

async function read(t: TestContext, text: string, options: Partial<CsvFile> = {}, onEntry = (_path: string) => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'csv-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'staff.csv');
  writeFileSync(path, text);
  const entries: Found[] = [];
  const refuse = (): never => assert.fail('a file is always read whole');
  const sink: ImportSink = {
    entry(raw, anchor) {
      entries.push(decoded(raw, anchor!));
      onEntry(path);
    },
    changes: refuse,
    gone: refuse,
    present: refuse,
    page: (cookie) => assert.equal(cookie, undefined),
  };
  const source = csvSource({ path, keyColumn: 'employeeID', objectType: 'person', ...options });
  const request = { cookie: undefined, attributes: new Set<string>() };
  const end = await source.read(request, sink, new AbortController().signal);
  return { entries, end };
}

test('a row is an entry named by its key, and its anchor outlives every other change', async (t) => {
  const { entries, end } = await read(t, 'employeeID,cn,mail\n7,Ada,ada@example.test\n8,Grace,\n');
  assert.equal(end.unmentionedAreGone, true);
  assert.deepEqual(
    entries.map(({ dn, attributes }) => [dn, attributes]),
    [
      ['employeeID=7', { objectClass: ['person'], employeeID: ['7'], cn: ['Ada'], mail: ['ada@example.test'] }],
      ['employeeID=8', { objectClass: ['person'], employeeID: ['8'], cn: ['Grace'] }],
    ],
  );
  const later = await read(t, 'cn,employeeID\nGrace Hopper,8\nAda Lovelace,7\n');
  assert.deepEqual(later.entries.map(({ anchor }) => anchor).sort(), entries.map(({ anchor }) => anchor).sort());
});

test('columns get attributes by the configuration, and those that it does not name are passed over', async (t) => {
  const { entries } = await read(t, 'Personnel no.,Name,Salary,Groups\n"Smith, J",Jo,1,a|b| a |\n', {
    keyColumn: 'personnel no.',
    attributes: new Map([
      ['Personnel No.', 'employeeNumber'],
      ['Name', 'displayName'],
      ['Groups', 'memberOf'],
    ]),
    multiValued: ['groups'],
  });
  assert.deepEqual(entries[0]?.attributes, {
    objectClass: ['person'],
    employeeNumber: ['Smith, J'],
    displayName: ['Jo'],
    memberOf: ['a', 'b'],
  });
  assert.equal(entries[0]?.dn, 'employeeNumber=Smith\\, J');
});

for (const { name, text, options, code, says } of [
  {
    name: 'a row without a key is refused with its line',
    text: 'employeeID,cn\n7,Ada\n ,Grace\n',
    code: 'csv-anchor-missing',
    says: /staff\.csv:3: /,
  },
  {
    name: 'the same key twice is no object',
    text: 'employeeID,cn\n7,Ada\n8,x\n7,Grace\n',
    code: 'csv-anchor-duplicate',
    says: /staff\.csv:4: /,
  },
  {
    name: 'a key column that is not there points at the header',
    text: 'id,cn\n7,Ada\n',
    code: 'csv-column-unknown',
    says: /no column employeeID/,
  },
  {
    name: 'a name that is no attribute needs the configuration',
    text: 'employeeID,First name\n7,Ada\n',
    code: 'csv-header',
    says: /First name/,
  },
  {
    name: 'two columns are never one attribute',
    text: 'employeeID,sn,surname\n7,a,b\n',
    options: {
      attributes: new Map([
        ['employeeID', 'employeeID'],
        ['sn', 'sn'],
        ['surname', 'SN'],
      ]),
    },
    code: 'csv-header',
    says: /Two columns are the attribute sn/,
  },
  {
    name: 'an attribute of bytes cannot come from text',
    text: 'employeeID,objectGUID\n7,a\n',
    code: 'csv-header',
    says: /objectGUID is an attribute that holds bytes/,
  },
  {
    name: 'objectClass comes from the configuration',
    text: 'employeeID,objectClass\n7,a\n',
    code: 'csv-header',
    says: /gives to every row/,
  },
  {
    name: 'a key column without an attribute cannot name anything',
    text: 'employeeID,cn\n7,a\n',
    options: { attributes: new Map([['cn', 'cn']]) },
    code: 'csv-column-unknown',
    says: /has no attribute/,
  },
] as { name: string; text: string; options?: Partial<CsvFile>; code: CsvErrorCode; says: RegExp }[]) {
  test(name, async (t) => {
    await assert.rejects(read(t, text, options), { code, message: says });
  });
}

test('a file that changes while it is read is refused as a whole', async (t) => {
  let touched = false;
  const append = (path: string): void => {
    if (!touched) appendFileSync(path, '9,Edsger\n');
    touched = true;
  };
  await assert.rejects(read(t, 'employeeID,cn\n7,Ada\n8,Grace\n', {}, append), { code: 'csv-changing' });
});

test('a file that is not there, and a folder in its place, say what to check', async () => {
  const sink = {} as ImportSink;
  const request = { cookie: undefined, attributes: new Set<string>() };
  for (const path of ['/nonexistent/staff.csv', tmpdir()]) {
    const source = csvSource({ path, keyColumn: 'a', objectType: 'person' });
    await assert.rejects(source.read(request, sink, new AbortController().signal), { code: 'csv-unreadable' });
  }
});
