/** What people are told of failures; recalls and rollouts are tested with the signer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { tellFailures } from './news.ts';

test('every tenant hears that a release failed with it, and the operator alone how to halt its rollout', async (t) => {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  await makeToken(plane, database, { tenant: 'Fabrikam' });
  const tenants = await database.read.selectFrom('platform_tenants').select(['id', 'name']).execute();
  const failed = { component: 'connect-sync', to: '1.2.4.0', targetSha256: 'ab'.repeat(32), step: 'failed' } as const;
  for (const { id } of tenants) {
    const of = { hostName: 'sync-1', reports: [failed] };
    await database.write((writer) => tellFailures(writer, id, of, plane.clock.now()));
  }
  const notices = await database.read.selectFrom('platform_notices').select(['tenant_id', 'text']).execute();
  const named = notices.map(({ tenant_id, text }) => ({
    name: tenants.find(({ id }) => id === tenant_id)?.name,
    isHaltNamed: text.includes('springline rollout halt connect-sync@1.2.4.0'),
    isStatusNamed: text.includes('springline upgrade status'),
  }));
  assert.deepEqual(
    named.toSorted((a, b) => Number(b.isHaltNamed) - Number(a.isHaltNamed)),
    [
      { name: tenants.find(({ name }) => name !== 'Fabrikam')?.name, isHaltNamed: true, isStatusNamed: true },
      { name: 'Fabrikam', isHaltNamed: false, isStatusNamed: true },
    ],
  );
});
