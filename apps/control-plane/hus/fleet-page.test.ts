/** A fleet of 100,000 agents in a real database file: pages, filters and numbers, and what they cost. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FleetQuery } from '@springline/api/shapes/fleet';
import { fleetQuery } from '@springline/api/shapes/fleet';
import type { EpochMs } from '@springline/ports/clock';
import type { Call } from '../http/handler.ts';
import { rowsFrom } from '../storage/platform/fleet.ts';
import { platformMigrations } from '../storage/platform/migrations.ts';
import { openDatabase, type SqliteDatabase } from '../storage/sqlite/open.ts';
import { upgradeMigrations } from '../storage/upgrade/migrations.ts';
import { startMs, suiteCleanup, temporaryFolder } from '../testing/running-control-plane.ts';
import { fleetHandlers } from './fleet.ts';
import { PublishedReleases } from './published-releases.ts';

const hosts = 100_000;
/** Each has two components. */
const rowsInAll = 2 * hosts;
const now = startMs as EpochMs;
const dayMs = 86_400_000;
const tenantId = '0192d4e0-7c1a-7000-8000-000000000001';
const otherTenant = '0192d4e0-7c1a-7000-8000-000000000002';
/** Several times what is measured here, for slow machines that do much else. */
const pageLimitMs = 500;

const idOf = (n: number): string => `0192d4e0-7c1a-7000-9000-${String(n).padStart(12, '0')}`;
/** Not in the order of the ids. */
const nameOf = (n: number): string =>
  `SYNC-${String((n * 7_919) % hosts).padStart(6, '0')}.site-${n % 50}.contoso.example`;

const cleanup = suiteCleanup();
let database: SqliteDatabase;
let fleet: ReturnType<typeof fleetHandlers>;

before(async () => {
  const folder = temporaryFolder(cleanup);
  database = await openDatabase(join(folder, 'springline.db'), [...platformMigrations, ...upgradeMigrations]);
  fleet = fleetHandlers({ database, published: new PublishedReleases(folder) });
  for (let from = 0; from < hosts; from += 2_500) await fill(from, from + 2_500);
  await fill(0, 1, otherTenant);
});
after(() => database.close());

async function fill(from: number, until: number, tenant = tenantId): Promise<void> {
  const agents: Parameters<typeof agentRow>[] = [];
  for (let n = from; n < until; n++) agents.push([n, tenant]);
  await database.write(async (writer) => {
    for (let at = 0; at < agents.length; at += 250) {
      const made = agents.slice(at, at + 250).map((each) => agentRow(...each));
      await writer
        .insertInto('platform_agents')
        .values(made.map(({ agent }) => agent))
        .execute();
      await writer
        .insertInto('platform_fleet')
        .values(made.flatMap(({ rows }) => rows))
        .execute();
    }
  });
}

/** Of 10,000 one opted out, two failed, one asks PKS; one host in a thousand was not seen for long; one was revoked. */
function agentRow(n: number, tenant: string) {
  const state = n % 10_000 === 1 ? 'Disabled' : n % 10_000 < 4 && n % 10_000 > 1 ? 'Suspended' : 'Enabled';
  const seenAt = (n % 1_000 === 9 ? now - 60 * dayMs : now - 5_000) as EpochMs;
  const one = { releaseNumber: 100, step: 'idle' };
  const heartbeat = {
    hostName: nameOf(n),
    components: [],
    autoUpgrade: {
      ...{ state, channel: n % 10_000 === 4 ? 'PKS' : 'HUS', ring: n % 20 === 0 ? 'canary' : 'broad' },
      ...(state === 'Suspended' ? { suspensionReason: 'UpgradeAbortedInsufficientDiskSpace: 3 MiB are free.' } : {}),
      components: [
        { component: 'connect-sync', version: n % 3 === 0 ? '2.3.20.0' : '2.3.2.0', ...one },
        { component: 'agent-updater', version: '1.0.0.0', ...one },
      ],
    },
  } as Parameters<typeof rowsFrom>[0];
  return {
    agent: {
      ...{ tenant_id: tenant, id: idOf(n), key_id: `key-${tenant}-${n}`, state: 'active' as const },
      public_key: JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) }),
      ...{
        host_name: nameOf(n),
        platform: 'linux-x64',
        version: '1.0.0.0',
        enrolled_at: (now - 90 * dayMs) as EpochMs,
      },
      ...{ last_seen_at: seenAt, report: JSON.stringify(heartbeat), revoked_at: null },
    },
    rows: rowsFrom(heartbeat, '0.0', seenAt).map((facts) => ({
      ...{ tenant_id: tenant, agent_id: idOf(n), ...facts },
      ...(n === 77 ? { standing: 'revoked' as const } : {}),
    })),
  };
}

const callOf = (query: object, tenant = tenantId) =>
  ({
    caller: { kind: 'person', tenantId: tenant, actor: 'person:Ada', scopes: ['read'] },
    query,
    now,
  }) as unknown as Call<import('@springline/api/routes').Routes['listFleet']>;
const page = (words: Partial<Record<keyof FleetQuery, unknown>>, tenant?: string) =>
  fleet.listFleet(callOf(fleetQuery.parse(words), tenant));

/** Milliseconds of the median of five. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let run = 0; run < 5; run++) {
    const from = performance.now();
    await work();
    taken.push(performance.now() - from);
  }
  return taken.sort((a, b) => a - b)[2]!;
}

for (const [name, words, count] of [
  ['the first', {}, 100],
  ['of those that opted out', { group: 'opted-out' }, 20],
  ['of those that failed, for one reason', { group: 'failed', reason: 'UpgradeAbortedInsufficientDiskSpace' }, 40],
  ['of those that ask PKS, by version', { channel: 'PKS', sort: 'version', order: 'descending' }, 20],
  ['of those not seen', { group: 'not-seen', component: 'connect-sync' }, 100],
  ['of one version in one ring', { version: '2.3.20.0', ring: 'canary' }, 100],
  ['of a text that few names have', { text: '-000123.' }, 2],
  ['of a text that no name has', { text: 'no such host' }, 0],
  ['of a text that looks like a pattern', { text: 'sync%_0' }, 0],
  ['of one agent', { agentId: idOf(4_711) }, 2],
  ['of the whole fleet by the end of the last upgrade', { sort: 'last', order: 'descending' }, 100],
] as const) {
  test(`a page ${name} of 100,000 agents comes quickly`, async (t) => {
    const { rows, agents } = await page(words);
    assert.equal(rows.length, count);
    assert.deepEqual(new Set(agents.map(({ agentId }) => agentId)), new Set(rows.map(({ agentId }) => agentId)));
    const ms = await timed(() => page(words));
    t.diagnostic(`${ms.toFixed(1)} ms`);
    assert.ok(ms < pageLimitMs, `${ms} ms`);
  });
}

test('the last page costs no more than the first, and pages hold every row once, in order', async (t) => {
  const seen = new Set<string>();
  const slowest = { ms: 0 };
  let before = '';
  for (let cursor: string | undefined; ; ) {
    const from = performance.now();
    const { rows, agents, next } = await page({
      limit: 1_000,
      component: 'connect-sync',
      ...(cursor === undefined ? {} : { cursor }),
    });
    slowest.ms = Math.max(slowest.ms, performance.now() - from);
    for (const { agentId } of rows) seen.add(agentId);
    const names = agents.map(({ hostName }) => hostName.toLowerCase());
    assert.deepEqual(names, names.toSorted());
    assert.ok(names[0]! > before);
    before = names.at(-1)!;
    if (next === undefined) break;
    cursor = next;
  }
  assert.equal(seen.size, hosts);
  t.diagnostic(`the slowest page of 1,000 took ${slowest.ms.toFixed(1)} ms`);
});

for (const sort of ['version', 'last'] as const) {
  test(`by ${sort}, downwards, pages go on where they stood`, async () => {
    const keys: string[] = [];
    let cursor: string | undefined;
    for (let at = 0; at < 3; at++) {
      const { rows, next } = await page({
        limit: 500,
        sort,
        order: 'descending',
        ...(cursor === undefined ? {} : { cursor }),
      });
      keys.push(...rows.map(({ agentId, component }) => `${agentId} ${component}`));
      cursor = next;
    }
    assert.equal(new Set(keys).size, 1_500);
    const { rows } = await page({ limit: 1_000, sort, order: 'descending' });
    assert.deepEqual(
      keys.slice(0, 1_000),
      rows.map(({ agentId, component }) => `${agentId} ${component}`),
    );
  });
}

test('a version is compared by its numbers', async () => {
  const { agents } = await page({ sort: 'version', order: 'descending', component: 'connect-sync', limit: 1 });
  assert.equal(agents[0]?.autoUpgrade?.components[0]?.version, '2.3.20.0');
});

test('the numbers of the fleet add up, are counted at most every ten seconds, and belong to one tenant', async (t) => {
  const from = performance.now();
  const totals = await fleet.getFleetTotals(callOf({}) as never);
  t.diagnostic(`counted in ${(performance.now() - from).toFixed(1)} ms`);
  assert.deepEqual([totals.hosts, totals.rows], [hosts, rowsInAll]);
  assert.deepEqual(totals.groups, {
    ...{ revoked: 2, 'not-seen': 200, 'opted-out': 20, 'on-pks': 20, failed: 40, upgrading: 0 },
    well: rowsInAll - 282,
  });
  assert.deepEqual(totals.versions, [
    { component: 'agent-updater', version: '1.0.0.0', rows: hosts - 1 },
    { component: 'connect-sync', version: '2.3.20.0', rows: 33_334 },
    { component: 'connect-sync', version: '2.3.2.0', rows: 66_665 },
  ]);
  assert.deepEqual(totals.rings, [
    { ring: 'broad', rows: 189_998 },
    { ring: 'canary', rows: 10_000 },
  ]);
  assert.equal(await fleet.getFleetTotals(callOf({}) as never), totals);
  const abroad = await fleet.getFleetTotals(callOf({}, otherTenant) as never);
  assert.deepEqual([abroad.hosts, abroad.rows], [1, 2]);
});

test('another tenant sees its own rows alone, also with a cursor of this one', async () => {
  const { next } = await page({ limit: 1 });
  const { rows } = await page({ limit: 1_000, cursor: next }, otherTenant);
  assert.ok(rows.length <= 2);
  const all = await page({ limit: 1_000 }, otherTenant);
  assert.deepEqual(
    all.rows.map(({ agentId }) => agentId),
    [idOf(0), idOf(0)],
  );
});

test('a cursor of another order, or none at all, is refused', async () => {
  const { next } = await page({ limit: 1 });
  for (const words of [{ cursor: next, sort: 'version' }, { cursor: next, order: 'descending' }, { cursor: 'AAAA' }]) {
    await assert.rejects(page(words), { code: 'malformed-request' });
  }
});

test('a page holds its own agents in memory and no others', async (t) => {
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  await Promise.all(Array.from({ length: 20 }, () => page({})));
  const grown = (process.memoryUsage().heapUsed - heapUsed) / (1024 * 1024);
  t.diagnostic(`twenty pages at once took ${grown.toFixed(1)} MiB`);
  assert.ok(grown < 64, `${grown} MiB`);
});
