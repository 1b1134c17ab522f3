import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../storage/database.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { type RunningControlPlane, runControlPlane, startMs } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { recordedServerHandlers } from './recorded-servers.ts';

const path = '/hus/v1/recorded-servers';
const sync = (hostName: string, words: Record<string, unknown> = {}) => ({
  ...{ hostName, component: 'connect-sync', version: '2.1.20.0' },
  ...words,
});
const put = (plane: RunningControlPlane, servers: unknown, words: Record<string, unknown> = {}, token?: string) =>
  plane.ask('PUT', path, {
    body: { servers, ...words },
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
const counts = ({ total, added, changed, removed, unchanged }: Record<string, number>) => {
  return { total, added, changed, removed, unchanged };
};
const audited = async (plane: RunningControlPlane) =>
  (await plane.ask('GET', '/platform/v1/audit?limit=500')).json.entries.filter(
    ({ action }: { action: string }) => action === 'recorded-servers.changed',
  );

test('a list replaces the one before and says what it changes; the same again changes nothing', async (t) => {
  const plane = await runControlPlane(t);
  const first = [sync('b'), sync('a', { owner: 'Robin Ashe', lastSeenAt: '2024-09-01T00:00:00Z' })];
  const made = (await put(plane, first)).json;
  assert.deepEqual(counts(made), { total: 2, added: 2, changed: 0, removed: 0, unchanged: 0 });
  assert.deepEqual(
    made.changes.map(({ kind, hostName }: Record<string, string>) => [kind, hostName]),
    [
      ['added', 'a'],
      ['added', 'b'],
    ],
  );
  assert.deepEqual(counts((await put(plane, first.toReversed())).json), {
    ...{ total: 2, added: 0, changed: 0, removed: 0, unchanged: 2 },
  });
  assert.equal((await audited(plane)).length, 1);
  const second = [sync('B', { version: '2.3.6.0', movedTo: 'cloud-sync' }), sync('c')];
  const changed = (await put(plane, second)).json;
  assert.deepEqual(changed.changes, [
    { kind: 'removed', hostName: 'a', component: 'connect-sync', what: '' },
    {
      ...{ kind: 'changed', hostName: 'B', component: 'connect-sync' },
      what: 'name b -> B, version 2.1.20.0 -> 2.3.6.0, moved to none -> cloud-sync',
    },
    { kind: 'added', hostName: 'c', component: 'connect-sync', what: '' },
  ]);
  assert.deepEqual((await audited(plane)).at(-1).detail, { added: 1, changed: 1, removed: 1 });
  assert.deepEqual((await plane.ask('GET', path)).json, {
    servers: second.map((server) => ({ ...server, state: 'Enabled', channel: 'HUS' })),
    total: 2,
  });
  assert.deepEqual(counts((await put(plane, [])).json), { total: 0, added: 0, changed: 0, removed: 2, unchanged: 0 });
});

test('a dry run says the same and changes nothing', async (t) => {
  const plane = await runControlPlane(t);
  const planned = (await put(plane, [sync('a')], { dryRun: true })).json;
  assert.deepEqual([planned.dryRun, planned.added], [true, 1]);
  assert.equal((await plane.ask('GET', path)).json.total, 0);
  assert.deepEqual(await audited(plane), []);
});

test('pages have every row once, in the order of host names, whatever their case', async (t) => {
  const plane = await runControlPlane(t);
  const hosts = Array.from({ length: 25 }, (_, at) => `${at % 2 === 0 ? 'Sync' : 'sync'}-${at}`);
  const both = hosts.flatMap((host) => [sync(host), sync(host, { component: 'health-sync' })]);
  await put(plane, both);
  const seen: string[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const after: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`;
    const { json } = await plane.ask('GET', `${path}?limit=7${after}`);
    assert.equal(json.total, 50);
    seen.push(...json.servers.map((server: Record<string, string>) => `${server['hostName']} ${server['component']}`));
    next = json.next;
  }
  const expected = both.map(({ hostName, component }) => `${hostName} ${component}`);
  const lower = (a: string, b: string) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1);
  assert.deepEqual(seen, expected.sort(lower));
});

test('each tenant has its own list, and another tenant’s is neither seen nor changed', async (t) => {
  const plane = await runControlPlane(t);
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'Fabrikam' });
  const headers = { authorization: `Bearer ${token}` };
  await put(plane, [sync('of-default')]);
  assert.equal((await put(plane, [sync('of-fabrikam')], {}, token)).json.added, 1);
  const hosts = async (init?: { headers: Record<string, string> }) =>
    (await plane.ask('GET', path, init)).json.servers.map(({ hostName }: { hostName: string }) => hostName);
  assert.deepEqual([await hosts(), await hosts({ headers })], [['of-default'], ['of-fabrikam']]);
  assert.equal((await put(plane, [], {}, token)).json.removed, 1);
  assert.deepEqual([await hosts(), await hosts({ headers })], [['of-default'], []]);
});

test('who may only read, or manage rollouts, records nothing', async (t) => {
  const plane = await runControlPlane(t);
  const token = await makeToken(plane, await plane.openDatabase(), { scopes: ['read', 'upgrade.manage'] });
  assert.equal((await put(plane, [sync('a')], {}, token)).json.code, 'not-authorised');
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await plane.ask('GET', path, { headers })).json.total, 0);
});

for (const { name, servers, says } of [
  {
    name: 'a server that is there twice',
    servers: [sync('a'), sync('b'), sync('A')],
    says: /^body\.servers\.2: the same/,
  },
  { name: 'a line break in an owner', servers: [sync('a', { owner: 'x\ny' })], says: /^body\.servers\.0\.owner: / },
  { name: 'a name that turns the text around', servers: [sync('a\u202eb')], says: /^body\.servers\.0\.hostName: / },
  { name: 'half a character', servers: [sync('a\ud800b')], says: /^body\.servers\.0\.hostName: / },
  { name: 'a long owner', servers: [sync('a', { owner: 'x'.repeat(201) })], says: /^body\.servers\.0\.owner: / },
  { name: 'what is no version', servers: [sync('a', { version: '2' })], says: /^body\.servers\.0\.version: / },
  {
    name: 'a component that there is not',
    servers: [sync('a', { component: 'x' })],
    says: /^body\.servers\.0\.component: /,
  },
  {
    name: 'a result that is no code',
    servers: [sync('a', { lastResult: '<b>' })],
    says: /^body\.servers\.0\.lastResult: /,
  },
  { name: 'another member', servers: [sync('a', { agentId: 'x' })], says: /^body\.servers\.0: / },
  { name: 'what is no list', servers: {}, says: /^body\.servers: / },
]) {
  test(`${name} is refused with its place, and nothing is recorded`, async (t) => {
    const plane = await runControlPlane(t);
    const { json } = await put(plane, servers);
    assert.equal(json.code, 'malformed-request');
    assert.match(json.detail, says);
    assert.equal((await plane.ask('GET', path)).json.total, 0);
  });
}

test('a place that no page named is refused or is the place of that name', async (t) => {
  const plane = await runControlPlane(t);
  await put(plane, [sync('a'), sync('c')]);
  assert.equal((await plane.ask('GET', `${path}?after=x`)).json.code, 'malformed-request');
  assert.equal((await plane.ask('GET', `${path}?after=b%20zzz`)).json.servers[0].hostName, 'c');
});

test('a part of the list replaces that part and nothing else', async (t) => {
  const plane = await runControlPlane(t);
  await put(plane, [sync('a'), sync('Bb'), sync('c'), sync('d')]);
  const part = { from: 'b', before: 'd' };
  const { json } = await put(plane, [sync('c', { version: '2.3.6.0' }), sync('B')], { part });
  assert.deepEqual(counts(json), { total: 2, added: 1, changed: 1, removed: 1, unchanged: 0 });
  const { servers } = (await plane.ask('GET', path)).json;
  assert.deepEqual(
    servers.map(({ hostName, version }: Record<string, string>) => `${hostName} ${version}`),
    ['a 2.1.20.0', 'B 2.1.20.0', 'c 2.3.6.0', 'd 2.1.20.0'],
  );
  const outside = await put(plane, [sync('c'), sync('D')], { part });
  assert.match(outside.json.detail, /^body\.servers\.1\.hostName: it is not of this part/);
});

test('a server that is said to have been seen in the future is refused: it would never count as not seen', async (t) => {
  const plane = await runControlPlane(t);
  const seen = (ms: number) => ({ lastSeenAt: new Date(startMs + ms).toISOString() });
  assert.equal((await put(plane, [sync('a', seen(5 * 60_000))])).status, 200);
  const { json } = await put(plane, [sync('a'), sync('b', seen(5 * 60_000 + 1))]);
  assert.deepEqual([json.code, json.detail], ['malformed-request', 'body.servers.1.lastSeenAt: it is in the future']);
  assert.equal((await plane.ask('GET', path)).json.total, 1);
});

test('of two lists at once one replaces the other as a whole', async (t) => {
  const plane = await runControlPlane(t);
  const lists = ['x', 'y'].map((name) => Array.from({ length: 2_500 }, (_, at) => sync(`${name}${at}`)));
  for (const { status, text } of await Promise.all(lists.map((list) => put(plane, list)))) {
    assert.equal(status, 200, text);
  }
  const { total, servers } = (await plane.ask('GET', path)).json;
  assert.equal(total, 2_500);
  assert.equal(new Set(servers.map(({ hostName }: { hostName: string }) => hostName[0])).size, 1);
});

test('what a list changes is reckoned before the transaction that others wait for', async (t) => {
  const plane = await runControlPlane(t);
  await put(plane, [sync('a')]);
  const database = await plane.openDatabase();
  const { id: tenantId } = (await listTenants(database.read))[0]!;
  const readInWrite: string[] = [];
  const watched: Database = {
    read: database.read,
    close: () => database.close(),
    write: (work) =>
      database.write((writer) =>
        work(
          new Proxy(writer, {
            get(target, name) {
              const member: unknown = Reflect.get(target, name, target);
              if (typeof member !== 'function') return member;
              return (...words: unknown[]) => {
                if (name === 'selectFrom') readInWrite.push(String(words[0]));
                return member.apply(target, words);
              };
            },
          }),
        ),
      ),
  };
  const recorded: string[] = [];
  const { putRecordedServers } = recordedServerHandlers({ database: watched, recorded: (id) => recorded.push(id) });
  const body = { servers: [sync('b', { state: 'Enabled', channel: 'HUS' })], part: {}, dryRun: false };
  const call = { caller: { tenantId, actor: 'test' }, body, now: startMs } as never;
  const change = (await putRecordedServers(call)) as { added: number; removed: number };
  assert.deepEqual([change.added, change.removed, recorded], [1, 1, [tenantId]]);
  assert.ok(readInWrite.length > 0, 'the audit chain is read there');
  assert.ok(!readInWrite.includes('upgrade_recorded_servers'), readInWrite.join());
});

test('a tenant records 100,000 rows, in parts, and not one more', async (t) => {
  const plane = await runControlPlane(t);
  const host = (at: number): string => `sync-${String(at).padStart(6, '0')}.contoso.example`;
  const from = [0, 25_000, 50_000, 75_000];
  const begun = performance.now();
  for (const start of from) {
    const rows = Array.from({ length: 25_000 }, (_, at) => sync(host(start + at), { owner: 'Robin Ashe' }));
    const part = { from: host(start), before: host(start + 25_000) };
    assert.equal((await put(plane, rows, { part })).json.added, 25_000);
    assert.equal((await put(plane, rows, { part, dryRun: true })).json.unchanged, 25_000);
  }
  t.diagnostic(`recorded in ${Math.round(performance.now() - begun)} ms`);
  const more = await put(plane, [sync('zz')], { part: { from: 'z' } });
  assert.deepEqual([more.status, more.json.code], [409, 'limit-reached']);
  const many = await put(
    plane,
    Array.from({ length: 25_001 }, (_, at) => sync(host(at))),
  );
  assert.equal(many.json.code, 'malformed-request');
  assert.equal((await plane.ask('GET', path)).json.total, 100_000);
});
