import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { temporaryFolder } from '../../testing/running-control-plane.ts';
import { openDatabase } from '../sqlite/open.ts';
import { listConnectors } from './connectors.ts';
import { findStanding } from './continuations.ts';
import { platformMigrations } from './migrations.ts';

test('S13: a connector of an older database is a source of its own, and its agent accused of nothing', async (t) => {
  const path = join(temporaryFolder(t), 'springline.db');
  const at = platformMigrations.findIndex(({ name }) => name === 'platform-0008-sources');
  const old = await openDatabase(path, platformMigrations.slice(0, at));
  const [tenantId, agentId, connectorId] = [uuidV7(), uuidV7(), uuidV7()];
  await old.write(async (writer) => {
    // As a version of then wrote them.
    await writer
      .withTables<{ platform_connectors: Record<string, string | number> }>()
      .insertInto('platform_connectors')
      .values({ tenant_id: tenantId, id: connectorId, name: 'c', kind: 'ldif', agent_id: agentId, created_at: 1 })
      .execute();
    const described = { host_name: 'h', platform: 'p', version: '1.0', enrolled_at: 1 as EpochMs };
    await writer
      .insertInto('platform_agents')
      .values({ tenant_id: tenantId, id: agentId, key_id: 'k', public_key: '{}', state: 'active', ...described })
      .execute();
  });
  await old.close();
  const database = await openDatabase(path, platformMigrations);
  t.after(() => database.close());
  const connectors = await listConnectors(database.read, tenantId);
  assert.deepEqual(
    connectors.map((connector) => ({ ...connector })),
    [{ id: connectorId, name: 'c', kind: 'ldif', agentId, sourceId: connectorId }],
  );
  assert.deepEqual(await findStanding(database.read, tenantId, agentId), {
    ...{ state: 'active', hostName: 'h', current: null, beats: [], conflictedAt: null },
  });
});
