import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { publicJwk } from '@springline/api/signature/key';
import { parseRegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { temporaryFolder } from '../../testing/running-control-plane.ts';
import { newAgentKey } from '../../testing/signed-agent.ts';
import { openDatabase } from '../sqlite/open.ts';
import { readCounter } from './counters.ts';
import { addCredential } from './credentials.ts';
import { platformMigrations } from './migrations.ts';
import { addSignerFact, nextSignerFacts } from './signer-facts.ts';

test('S8: agents from before there was a register are told to the signer like later ones', async (t) => {
  const path = join(temporaryFolder(t), 'springline.db');
  const at = platformMigrations.findIndex(({ name }) => name === 'platform-0006-restored');
  const old = await openDatabase(path, platformMigrations.slice(0, at));
  const [tenantId, now] = [uuidV7(), 1_000 as EpochMs];
  const agentIds = Array.from({ length: 501 }, () => uuidV7()).sort();
  const connectorId = uuidV7();
  await old.write(async (writer) => {
    // As a version of then wrote them: later tables are not there yet.
    const common = {
      ...{ tenant_id: tenantId, public_key: JSON.stringify(publicJwk(newAgentKey().privateKey)) },
      ...{ host_name: 'sync-1', platform: 'linux-x64', version: '1.2.3.0', enrolled_at: now },
      ...{ last_seen_at: null, report: null },
    };
    for (const [at, id] of agentIds.entries()) {
      const state =
        at === 500
          ? ({ state: 'revoked', revoked_at: now } as const)
          : ({ state: 'active', revoked_at: null } as const);
      await writer
        .insertInto('platform_agents')
        .values({ ...common, id, key_id: id, ...state })
        .execute();
      await addCredential(writer, id, { tenantId, kind: 'agent-key', subjectId: id, expiresAt: null });
    }
    const connector = { id: connectorId, name: 'contoso.example', kind: 'openldap', agent_id: agentIds[0]! } as const;
    await writer
      .withTables<{ platform_connectors: Record<string, string | number> }>()
      .insertInto('platform_connectors')
      .values({ tenant_id: tenantId, ...connector, created_at: now })
      .execute();
  });
  await old.close();

  const database = await openDatabase(path, platformMigrations);
  t.after(() => database.close());
  const facts = (await nextSignerFacts(database.read, 0, 1_000)).map(({ fact }) => parseRegisterFact(fact));
  assert.equal(facts.length, 503);
  assert.deepEqual(
    facts.slice(-3).map(({ kind }) => kind),
    ['agent-enrolled', 'agent-revoked', 'connector-given'],
  );
  await database.write((writer) => addSignerFact(writer, { kind: 'agent-revoked', tenantId, agentId: agentIds[0]! }));
  assert.equal((await nextSignerFacts(database.read, 503, 10)).length, 1, 'later ones come behind them');
  assert.equal(await readCounter(database.read, 'mark'), 0);
});
