import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { type Cleanup, temporaryFolder } from '../../testing/running-control-plane.ts';
import { openDatabase, type SqliteDatabase } from '../sqlite/open.ts';
import { appendAudit, listAudit } from './audit.ts';
import { type ChainedEntry, chainHash, chainStart, firstBrokenLink } from './audit-chain.ts';
import { platformMigrations } from './migrations.ts';

const tenantId = '01920000-0000-7000-8000-00000000000a';
const otherTenantId = '01920000-0000-7000-8000-00000000000b';
const all = { after: 0, limit: 1_000 };

async function open(t: Cleanup): Promise<SqliteDatabase> {
  const database = await openDatabase(join(temporaryFolder(t), 'test.db'), platformMigrations);
  t.after(() => database.close());
  return database;
}

async function append(database: SqliteDatabase, count: number, tenant = tenantId): Promise<void> {
  for (let i = 0; i < count; i++) {
    const event = { at: (1_000 + i) as EpochMs, actor: 'system', action: 'thing.done', subject: `thing:${i}` };
    await database.write((writer) => appendAudit(writer, tenant, { ...event, detail: { i, name: 'é"\u2028' } }));
  }
}

test('the trail of a tenant is numbered from 1 and its chain holds', async (t) => {
  const database = await open(t);
  await Promise.all([append(database, 5), append(database, 5, otherTenantId)]);
  for (const tenant of [tenantId, otherTenantId]) {
    const entries = await listAudit(database.read, tenant, all);
    assert.deepEqual(
      entries.map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5],
    );
    assert.equal(firstBrokenLink(tenant, entries), undefined);
  }
});

test('a page of the trail can be checked against the entry before it', async (t) => {
  const database = await open(t);
  await append(database, 5);
  const [, , third] = await listAudit(database.read, tenantId, all);
  const page = await listAudit(database.read, tenantId, { after: 3, limit: 10 });
  assert.equal(firstBrokenLink(tenantId, page, third), undefined);
  assert.equal(firstBrokenLink(tenantId, page, { sequence: 3, hash: chainStart(tenantId) }), 4);
});

for (const [name, tamper] of [
  ['an altered actor', { actor: 'person:somebody-else' }],
  ['an altered time', { at: 1 as EpochMs }],
  ['an altered detail', { detail: '{"i":3}' }],
  ['an altered hash', { hash: '0'.repeat(64) }],
] as const) {
  test(`${name} is found where it is`, async (t) => {
    const database = await open(t);
    await append(database, 5);
    await database.write((writer) =>
      writer.updateTable('platform_audit').set(tamper).where('sequence', '=', 3).executeTakeFirst(),
    );
    assert.equal(firstBrokenLink(tenantId, await listAudit(database.read, tenantId, all)), 3);
  });
}

test('a removed entry is found by the one behind it', async (t) => {
  const database = await open(t);
  await append(database, 5);
  await database.write((writer) => writer.deleteFrom('platform_audit').where('sequence', '=', 2).executeTakeFirst());
  assert.equal(firstBrokenLink(tenantId, await listAudit(database.read, tenantId, all)), 3);
});

test('a trail copied from another tenant does not hold', async (t) => {
  const database = await open(t);
  await append(database, 2);
  assert.equal(firstBrokenLink(otherTenantId, await listAudit(database.read, tenantId, all)), 1);
});

test('an audit entry goes with the change that it records', async (t) => {
  const database = await open(t);
  const failing = database.write(async (writer) => {
    await appendAudit(writer, tenantId, {
      at: 1 as EpochMs,
      actor: 'system',
      action: 'thing.done',
      subject: 'thing:1',
    });
    throw new RangeError('the change failed');
  });
  await assert.rejects(failing, RangeError);
  assert.deepEqual(await listAudit(database.read, tenantId, all), []);
});

test('no two different entries share a hash by moving text between their fields', () => {
  const word = fc.string({ maxLength: 6 });
  const entry = fc.record({
    sequence: fc.constant(1),
    at: word,
    actor: word,
    action: word,
    subject: word,
    detail: fc.dictionary(word, word, { noNullPrototype: true }),
  });
  fc.assert(
    fc.property(entry, entry, (a: Omit<ChainedEntry, 'hash'>, b: Omit<ChainedEntry, 'hash'>) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      assert.equal(chainHash('x', a) === chainHash('x', b), same);
    }),
  );
});
