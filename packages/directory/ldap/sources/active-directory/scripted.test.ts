import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AttributeValue, DirectoryEntry } from '../../../entry.ts';
import { BerReader, BerWriter } from '../../ber.ts';
import type { Control } from '../../control.ts';
import { Mirror } from '../testing/mirror.ts';
import { type ScriptedSearch, scriptedServer } from '../testing/scripted-server.ts';
import { activeDirectorySource } from './active-directory-source.ts';
import { dirSyncOid } from './dirsync-control.ts';

const base = 'DC=x';
const request = { attributes: new Set(['cn', 'description', 'member']) };
const guid = (number: number): Uint8Array => new Uint8Array(16).fill(number);

const rootDse: DirectoryEntry = {
  dn: '',
  attributes: new Map([
    ['namingContexts', [base, 'CN=Configuration,DC=x']],
    ['dsServiceName', ['CN=NTDS Settings,CN=DC1']],
    ['highestCommittedUSN', ['100']],
    ['currentTime', ['20260101000000.0Z']],
    ['configurationNamingContext', ['CN=Configuration,DC=x']],
  ]),
};

function entry(number: number, more: [string, AttributeValue[]][] = [], dn = `CN=o${number},${base}`): DirectoryEntry {
  return { dn, attributes: new Map<string, AttributeValue[]>([['objectGUID', [guid(number)]], ...more]) };
}

const whole = (number: number): DirectoryEntry =>
  entry(number, [
    ['objectClass', ['user']],
    ['cn', [`o${number}`]],
  ]);

function answer(hasMore: boolean, cookie: string): Control {
  const value = new BerWriter()
    .begin()
    .integer(hasMore ? 1 : 0)
    .integer(0)
    .octets(cookie)
    .end()
    .finish();
  return { oid: dirSyncOid, critical: true, value };
}

/** The cookie and the flag OBJECT_SECURITY of a DirSync search; undefined for any other. */
function dirSyncOf({ controls }: ScriptedSearch): { cookie: string; isObjectSecurity: boolean } | undefined {
  const value = controls.value(dirSyncOid);
  if (value === undefined) return undefined;
  const reader = new BerReader(value).enter();
  const flags = reader.integer();
  reader.integer();
  return { cookie: reader.octets().toString(), isObjectSecurity: (flags & 1) === 1 };
}

interface Script {
  /** Answers DirSync from this cookie on. */
  readonly dirSync: (cookie: string, search: ScriptedSearch) => void;
  /** What a plain search finds by its filter, or all there is. */
  readonly find?: (filter: string) => readonly DirectoryEntry[];
  readonly mayReplicate?: boolean;
  readonly showsDeleted?: boolean;
}

/** A mirror that holds 1 to 3 with the cookie `0`, of a domain controller that then does as the script says. */
async function imported(t: TestContext, { dirSync, find, mayReplicate = true, showsDeleted = true }: Script) {
  const endpoint = await scriptedServer(
    t,
    (search) => {
      if (search.baseDn !== base) return search.done(32);
      const asked = dirSyncOf(search);
      if (asked === undefined) {
        for (const found of find?.(search.filter) ?? [1, 2, 3].map(whole)) search.entry(found);
        return search.done(0);
      }
      if (!mayReplicate && !asked.isObjectSecurity) return search.done(50);
      if (asked.cookie !== '') return dirSync(asked.cookie, search);
      if (showsDeleted) search.entry(entry(9, [['isDeleted', ['TRUE']]], `CN=Deleted Objects,${base}`));
      search.done(0, answer(false, '0'));
    },
    rootDse,
  );
  const mirror = new Mirror('objectGUID');
  const source = activeDirectorySource({ endpoint, baseDn: base, held: mirror.held });
  await mirror.read(source, request);
  assert.equal(mirror.objects.size, 3);
  return {
    mirror,
    source,
    fact: (name: string) => (JSON.parse(Buffer.from(mirror.cookie!).toString()) as Record<string, string>)[name],
  };
}

const dirSyncCookie = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();

test('each answer of several is committed with its own cookie', async (t) => {
  const { mirror, source, fact } = await imported(t, {
    dirSync: (cookie, search) => {
      search.entry(entry(1 + Number(cookie), [['description', [`after ${cookie}`]]]));
      search.done(0, answer(cookie !== '2', String(Number(cookie) + 1)));
    },
  });
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['changes', 'page', 'changes', 'page', 'changes', 'page', 'end']);
  assert.equal(dirSyncCookie(fact('dirSync')), '3');
});

test('a read that breaks off between two answers goes on behind the first', async (t) => {
  let broken = true;
  const { mirror, source, fact } = await imported(t, {
    dirSync: (cookie, search) => {
      if (cookie === '1' && broken) return search.done(52);
      if (cookie === '0') search.entry(entry(1, [['description', ['x']]]));
      search.done(0, answer(cookie === '0', String(Number(cookie) + 1)));
    },
  });
  await assert.rejects(mirror.read(source, request), { code: 'ldap-incomplete' });
  assert.equal(dirSyncCookie(fact('dirSync')), '1');
  broken = false;
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['page', 'end']);
});

test('values of references wait for the last answer, and so does the cookie', async (t) => {
  const { mirror, source } = await imported(t, {
    dirSync: (cookie, search) => {
      if (cookie === '0') search.entry(entry(1, [['member;range=1-1', [`CN=new,${base}`]]]));
      else search.entry(entry(2, [['name', ['new']]], `CN=new,${base}`));
      search.done(0, answer(cookie === '0', '1'));
    },
    find: (filter) => (filter.includes('objectGUID') ? [{ ...whole(2), dn: `CN=new,${base}` }] : [1, 2, 3].map(whole)),
  });
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['entry', 'changes', 'page', 'end']);
});

test('an account without the right to replicate is asked for less, and compares all there is', async (t) => {
  let looks = 0;
  const { mirror, source, fact } = await imported(t, {
    mayReplicate: false,
    dirSync: (_cookie, search) => search.done(0, answer(false, '1')),
    find: () => (looks++ === 0 ? [1, 2, 3].map(whole) : [entry(1), entry(3)]),
  });
  assert.deepEqual([fact('isObjectSecurity'), fact('isSwept')], ['true', 'true']);
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls.slice(0, 4), ['present', 'present', 'page', 'unmentioned']);
  assert.equal(mirror.objects.size, 2);
});

test('a right that was taken away is told, and nothing counts as gone', async (t) => {
  const { mirror, source } = await imported(t, { dirSync: (_cookie, search) => search.done(50) });
  const before = mirror.cookie;
  await assert.rejects(mirror.read(source, request), { code: 'ldap-permission' });
  assert.deepEqual([mirror.objects.size, mirror.cookie, mirror.calls], [3, before, []]);
});

test('the root of another naming context is no object of this one', async (t) => {
  const { mirror, source } = await imported(t, {
    dirSync: (_cookie, search) => {
      const classes: [string, AttributeValue[]][] = [
        ['objectClass', ['configuration']],
        ['name', ['Configuration']],
      ];
      search.entry(entry(8, [...classes, ['instanceType', ['13']]], `CN=Configuration,${base}`));
      search.done(0, answer(false, '1'));
    },
  });
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['page', 'end']);
});

test('a deleted object that is shown without a name is gone all the same', async (t) => {
  const { mirror, source } = await imported(t, {
    dirSync: (_cookie, search) => {
      search.entry(entry(2, [['isDeleted', ['TRUE']]], ''));
      search.entry(entry(7, [['isDeleted', ['TRUE']]], ''));
      search.done(0, answer(false, '1'));
    },
  });
  await mirror.read(source, request);
  assert.deepEqual(mirror.calls, ['gone', 'page', 'end'], 'what was never in scope is not told');
});

test('an object whose changes come and that nobody holds is read whole', async (t) => {
  const { mirror, source } = await imported(t, {
    dirSync: (_cookie, search) => {
      search.entry(entry(5, [['description', ['x']]]));
      search.done(0, answer(false, '1'));
    },
    find: (filter) => (filter.includes('objectGUID') ? [whole(5)] : [1, 2, 3].map(whole)),
  });
  await mirror.read(source, request);
  assert.equal(mirror.objects.size, 4);
});
