/**
 * What happens to sources by accident. Each stops before the first delete and says why, in the result of the step and in
 * its detail.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import type { DirectoryEntry } from '@springline/directory/entry';
import { LdapError } from '@springline/directory/ldap/error';
import type { BenchDirectory, Manner } from '../../../testing/bench-directory.ts';
import { anchor, changed } from '../../../testing/bench-entries.ts';
import { faultCodes, inCloud } from '../../../testing/bench-looks.ts';
import { baseDn, contact, group, SyncBench, user } from '../../../testing/sync-bench.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const people = (count: number): DirectoryEntry[] =>
  Array.from({ length: count }, (_, at) => user(at + 1, { mail: `u${at + 1}@corp.example`, department: 'Sales' }));
const teams = (count: number, members: number): DirectoryEntry[] =>
  Array.from({ length: count }, (_, at) =>
    group(
      500 + at,
      Array.from({ length: members }, (_, member) => staff(at * members + member + 1)),
    ),
  );

interface Accident {
  readonly name: string;
  readonly manner?: Manner;
  readonly happens: (directory: BenchDirectory, bench: SyncBench) => void;
  /** Result of the step that stops, and what its detail says. */
  readonly result: string;
  readonly detail: RegExp;
}

const only = (directory: BenchDirectory, isKept: (entry: DirectoryEntry) => boolean): void =>
  directory.replaceAll([...directory.entries.values()].filter(isKept));
const without = (directory: BenchDirectory, name: string): void =>
  directory.replaceAll([...directory.entries.values()].map((entry) => changed(entry, { [name]: undefined })));
const hasClass = (entry: DirectoryEntry, name: string): boolean => entry.attributes.get('objectClass')!.includes(name);
const incomplete = (bench: SyncBench, words: string): void => {
  bench.explain = (error) => {
    assert.ok(error instanceof LdapError);
    return { result: 'stopped-import-read', detail: error.message };
  };
  const entries = [...bench.entries.values()];
  bench.read = async function* () {
    yield* entries.slice(0, 20);
    throw new LdapError('ldap-incomplete', words);
  };
};

const accidents: readonly Accident[] = [
  {
    name: 'an empty answer',
    happens: (directory) => directory.entries.clear(),
    result: 'stopped-import-read',
    detail: /answered nothing although 75 objects are known, so nobody is deleted\. Check base DN, account and filter/,
  },
  {
    name: 'an empty answer to who asks what is still there',
    manner: 'present-phase',
    happens: (directory) => directory.entries.clear(),
    result: 'stopped-import-read',
    detail: /answered nothing/,
  },
  {
    name: 'a filter that matches only groups',
    happens: (directory) => only(directory, (entry) => hasClass(entry, 'group')),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /60 of 60 users would be deleted.*Nothing was exported/,
  },
  {
    name: 'a filter that matches half the people',
    happens: (directory) =>
      only(directory, (entry) => !hasClass(entry, 'user') || Number(entry.dn.match(/\d+/)![0]) % 2 === 0),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /30 of 60 users/,
  },
  {
    name: 'a container that the account may not read any more',
    happens: (directory) => only(directory, ({ dn }) => !dn.includes('OU=Staff')),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /60 of 60 users/,
  },
  {
    name: 'entries that show nothing of themselves any more',
    happens: (directory) =>
      directory.replaceAll(
        [...directory.entries.values()].map((entry) => ({
          dn: entry.dn,
          attributes: new Map([['objectGUID', entry.attributes.get('objectGUID')!]]),
        })),
      ),
    result: 'completed-discovery-errors',
    detail: /nothing counts as deleted.*may not read the object any more/s,
  },
  {
    name: 'anchors that the account may not read any more',
    happens: (directory) => without(directory, 'objectGUID'),
    result: 'completed-discovery-errors',
    detail: /nothing counts as deleted.*objectGUID/s,
  },
  {
    name: 'an attribute of everybody that the account may not read any more',
    happens: (directory) => without(directory, 'mail'),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /60 of 60 users that have mail would lose it/,
  },
  {
    name: 'members of every group that the account may not read any more',
    happens: (directory) => without(directory, 'member'),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /member/,
  },
  {
    name: 'a page that was cut off',
    happens: (_, bench) => incomplete(bench, 'the size limit of the server was reached'),
    result: 'stopped-import-read',
    detail: /size limit/,
  },
  {
    name: 'a connection that broke off',
    happens: (_, bench) => incomplete(bench, 'the server closed the connection'),
    result: 'stopped-import-read',
    detail: /closed the connection/,
  },
  {
    name: 'a range of members that was read half',
    happens: (directory) => {
      const [team] = teams(1, 4);
      const members = team!.attributes.get('member')!;
      const half = changed(team!, { member: undefined, 'member;range=0-1': members.slice(0, 2) });
      directory.put(half);
      directory.drop(staff(60));
    },
    result: 'completed-discovery-errors',
    detail: /nothing counts as deleted.*member.*range 0-1/s,
  },
  {
    name: 'everything moved to a container that is not chosen',
    happens: (directory) => {
      directory.isInScope = (dn) => !dn.includes('OU=Moved');
      directory.replaceAll(
        [...directory.entries.values()].map((entry) => ({ ...entry, dn: entry.dn.replace('OU=Staff', 'OU=Moved') })),
      );
    },
    result: 'stopped-deletion-threshold-exceeded',
    detail: /60 of 60 users/,
  },
  {
    name: 'a choice of containers that lost one',
    happens: (directory) => {
      directory.isInScope = (dn) => !dn.includes('OU=Staff');
      directory.scopeDigest = 'without Staff';
    },
    result: 'stopped-deletion-threshold-exceeded',
    detail: /60 of 60 users/,
  },
  {
    name: 'a bind as somebody who sees only himself',
    happens: (directory) => only(directory, ({ dn }) => dn === staff(7)),
    result: 'stopped-deletion-threshold-exceeded',
    detail: /59 of 60 users/,
  },
  {
    name: 'a restored old backup that refuses the cookie and lacks the people of later',
    manner: 'dirsync',
    happens: (directory) => {
      directory.refuseCookies();
      only(directory, (entry) => !hasClass(entry, 'user') || Number(entry.dn.match(/\d+/)![0]) <= 30);
    },
    result: 'stopped-deletion-threshold-exceeded',
    detail: /30 of 60 users/,
  },
];

for (const { name, manner = 'whole', happens, result, detail } of accidents) {
  test(`${name} deletes nobody and is named`, async () => {
    const bench = new SyncBench();
    const directory = bench.directory('corp');
    directory.manner = manner;
    bench.put(...people(60), ...teams(10, 4), ...[601, 602, 603, 604, 605].map((n) => contact(n)));
    assert.equal((await bench.cycle()).result, 'success');
    const before = bench.cloud.state();
    bench.cloud.operations.length = 0;
    happens(directory, bench);
    for (let times = 0; times < 2; times++) {
      const cycle: CycleRecord = await bench.cycle();
      const stopped = cycle.steps.find((step) => step.result === result);
      assert.ok(stopped !== undefined, JSON.stringify(cycle.steps));
      assert.match(stopped.detail ?? '', detail);
      assert.deepEqual(
        bench.cloud.operations.filter(({ op }) => op === 'delete'),
        [],
      );
    }
    assert.deepEqual(bench.cloud.state(), before);
  });
}

test('an accident that is mended leaves no trace in the cloud', async () => {
  for (const { manner = 'whole', happens } of accidents) {
    const bench = new SyncBench();
    const directory = bench.directory('corp');
    directory.manner = manner;
    bench.put(...people(60), ...teams(10, 4), ...[601, 602, 603, 604, 605].map((n) => contact(n)));
    await bench.cycle();
    const before = bench.cloud.state();
    const content = [...bench.entries.values()];
    happens(directory, bench);
    await bench.cycle();
    directory.isInScope = () => true;
    directory.scopeDigest = '';
    directory.read = undefined;
    directory.replaceAll(content);
    assert.equal((await bench.cycle()).result, 'success');
    assert.deepEqual(bench.cloud.state(), before);
    assert.equal(bench.cloud.created.length, 75);
    assert.deepEqual(faultCodes(bench), []);
  }
});

test('a renamed container is a rename of what lies below it', async () => {
  const bench = new SyncBench();
  bench.put(...people(60), ...teams(10, 4));
  await bench.cycle();
  const before = bench.cloud.state();
  const renamed = (dn: string): string => dn.replace('OU=Staff', 'OU=Employees');
  bench.directory('corp').replaceAll(
    [...bench.entries.values()].map((entry) => {
      const members = (entry.attributes.get('member') as readonly string[] | undefined)?.map(renamed);
      return changed(entry, members === undefined ? {} : { member: members }, renamed(entry.dn));
    }),
  );
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(bench.cloud.state(), before);
  assert.equal(bench.cloud.created.length, 70);
});

test('a clock that jumps ahead by years and back again changes nobody', async () => {
  const bench = new SyncBench();
  bench.put(...people(30), ...teams(3, 4));
  await bench.cycle();
  const before = bench.cloud.state();
  const year = 365 * 24 * 60 * 60 * 1000;
  for (const jump of [12 * year, -24 * year, 12 * year]) {
    bench.clock.advance(jump);
    bench.cloud.operations.length = 0;
    const cycle = await bench.cycle();
    assert.equal(cycle.result, 'success');
    assert.deepEqual(bench.cloud.operations, []);
  }
  bench.put(user(1, { title: 'new' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['new']);
  bench.put(people(1)[0]!);
  await bench.cycle();
  assert.deepEqual(bench.cloud.state(), before);
});
