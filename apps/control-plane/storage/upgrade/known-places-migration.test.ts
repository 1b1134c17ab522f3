import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatPlan, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import type { EpochMs } from '@springline/ports/clock';
import { platformMigrations } from '../platform/migrations.ts';
import { systemTenantId } from '../platform/tables.ts';
import { openDatabase } from '../sqlite/open.ts';
import { knownPlacesMigration } from './known-places-migration.ts';
import { upgradeMigrations } from './migrations.ts';
import { placeOf } from './places.ts';
import { rolledOut } from './rollouts.ts';

const digest = 'ab'.repeat(32);
const plan: RolloutPlan = {
  ...{ rolloutId: '0192d4e0-0000-7000-8000-000000000001', component: 'connect-sync', version: '1.2.4.0' },
  ...{ releaseNumber: 101, targets: new Map([['linux-x64', digest]]) },
  rings: [
    { name: 'broad', startPpm: 1_000_000, rampPpmPerHour: 0, soakMs: 0, minCommitted: 1, minCommittedPpm: 900_000 },
  ],
  haltAt: { minFailures: 2, failurePpm: 50_000 },
};

test('rollouts of before go on to have evidence, and what was said before counts where heartbeats said the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'springline.db');
  const at = 0 as EpochMs;
  const before = await openDatabase(file, [
    ...platformMigrations,
    ...upgradeMigrations.slice(0, upgradeMigrations.indexOf(knownPlacesMigration)),
  ]);
  await before.write(async (writer) => {
    const rollout = { rollout_id: plan.rolloutId, plan: formatPlan(plan), digest, state: 'running' as const };
    const unset = { reason: null, wanted: null, created_by: 'a test', created_at: at };
    await writer
      .insertInto('upgrade_rollouts')
      .values({ tenant_id: systemTenantId, ...rollout, ...unset })
      .execute();
    for (const agent_id of ['canary', 'broad']) {
      const autoUpgrade = { state: 'Enabled', channel: 'HUS', components: [], ring: agent_id };
      const sync = { source: 'ldaps://dc1.contoso.example DC=Contoso, DC=example' };
      const report = JSON.stringify({ hostName: 'sync-1', components: [], autoUpgrade, sync });
      const host = { key_id: agent_id, public_key: '{}', state: 'active' as const, host_name: 'sync-1' };
      const rest = { platform: 'linux-x64', version: '1.2.3.0', enrolled_at: at, last_seen_at: at, revoked_at: null };
      await writer
        .insertInto('platform_agents')
        .values({ tenant_id: 'tenant', id: agent_id, ...host, ...rest, report })
        .execute();
      // Both say that they are in the ring broad. The other columns come with the migration.
      const row = { tenant_id: 'tenant', target_sha256: digest, agent_id, ring: 'broad', role: 'active' };
      const said = { outcome: 'committed', at, received_at: at };
      await writer
        .insertInto('upgrade_evidence')
        .values({ ...row, ...said } as never)
        .execute();
    }
  });
  await before.close();
  const after = await openDatabase(file, [...platformMigrations, ...upgradeMigrations]);
  t.after(() => after.close());
  const named = { sha256: digest, component: 'connect-sync', version: '1.2.4.0', platform: 'linux-x64' };
  assert.deepEqual(
    (await rolledOut(after.read, [digest])).map((found) => ({ ...found })),
    [named],
  );
  const kept = await after.read.selectFrom('upgrade_evidence').select(['agent_id', 'is_confirmed']).execute();
  assert.deepEqual(Object.fromEntries(kept.map((row) => [row.agent_id, row.is_confirmed])), { canary: 0, broad: 1 });
  const place = await placeOf(after.read, { tenantId: 'tenant', agentId: 'canary' });
  assert.deepEqual({ ...place }, { ring: 'canary', role: 'active', roleSince: 0, source: 'dc=contoso,dc=example' });
});
