/** Which staging server an active one waits for, and what a server must be to count as one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { uuidV7 } from '@springline/ports/uuid';
import { imageEntries, publishImage, releaseFacts, releaseSha256 } from '../testing/image-repository.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { enrol, send, sign, type TestAgent } from '../testing/signed-agent.ts';

const dayMs = 24 * 60 * 60_000;
const contoso = 'ldaps://dc1.contoso.example DC=contoso,DC=example';

interface Scene {
  readonly plane: RunningControlPlane;
  readonly active: TestAgent;
  /** A further server; it says its place at once. */
  join(name: string, source: string, role?: 'active' | 'staging', kind?: string): Promise<TestAgent>;
  /** Says it again; gives what the host is told. */
  beat(agent: TestAgent, source: string, role?: 'active' | 'staging'): Promise<Record<string, string>>;
  commit(agent: TestAgent, changes?: { sha256?: string; role?: 'active' | 'staging' }): Promise<void>;
  /** What the active server is told. */
  told(): Promise<Record<string, string>>;
}

async function scene(t: TestContext): Promise<Scene> {
  const plane = await runControlPlane(t);
  publishImage(join(plane.home, 'control-plane', 'repository'), imageEntries(releaseFacts({ version: '1.2.4.0' })));
  const beat: Scene['beat'] = async (agent, source, role) => {
    const sync = {
      ...{ connector: 'contoso', source, cycleInProgress: false, objects: { users: 0, groups: 0, contacts: 0 } },
      ...{ pendingExports: 0, heldDeletes: 0, errorCount: 0, errors: [] },
    };
    const autoUpgrade = { state: 'Enabled', channel: 'HUS', components: [], ...(role === undefined ? {} : { role }) };
    const body = { hostName: 'sync-1', components: [], sync, autoUpgrade };
    const { json, text } = await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
    assert.ok('serverTime' in json, text);
    return json.stagingCommitted ?? {};
  };
  const active = await enrol(plane);
  await beat(active, contoso);
  return {
    ...{ plane, active, beat },
    async join(name, source, role = 'staging', kind = 'openldap') {
      const agent = await enrol(plane, { name, kind });
      await beat(agent, source, role);
      return agent;
    },
    async commit(agent, { sha256 = releaseSha256, role = 'staging' } = {}) {
      const said = {
        ...{ reportId: uuidV7(), at: new Date(plane.clock.now()).toISOString(), component: 'connect-sync' },
        ...{ from: '1.2.3.0', to: '1.2.4.0', targetSha256: sha256, step: 'committed', role },
      };
      await send(sign(plane, agent, { method: 'POST', path: '/hus/v1/reports', body: { reports: [said] } }));
    },
    told: () => beat(active, contoso),
  };
}

test('an active server hears since when its staging partner has kept a release, also where there is no rollout', async (t) => {
  const one = await scene(t);
  const partner = await one.join('second', 'LDAPS://dc2.contoso.example dc=contoso, dc=example');
  one.plane.clock.advance(dayMs);
  await one.commit(partner);
  const keptAt = new Date(one.plane.clock.now()).toISOString();
  one.plane.clock.advance(dayMs);
  await one.commit(partner);
  assert.deepEqual(await one.told(), { [releaseSha256]: keptAt }, 'since the first time');
});

for (const [name, source, kind] of [
  ['reads another directory', 'ldaps://dc1.fabrikam.example DC=fabrikam,DC=example', 'openldap'],
  ['has a connector of another kind', contoso, 'ldif'],
] as const) {
  test(`a staging server that ${name} is nobody's partner`, async (t) => {
    const one = await scene(t);
    const other = await one.join('second', source, 'staging', kind);
    one.plane.clock.advance(dayMs);
    await one.commit(other);
    assert.deepEqual(await one.told(), {});
  });
}

test('a server that calls itself staging in a report alone, or since a moment ago, is none', async (t) => {
  const one = await scene(t);
  const active = await one.join('second', contoso, 'active');
  one.plane.clock.advance(dayMs);
  await one.commit(active);
  assert.deepEqual(await one.told(), {});
  await one.beat(active, contoso, 'staging');
  assert.deepEqual(await one.told(), {}, 'since a moment ago');
  one.plane.clock.advance(dayMs);
  assert.deepEqual(await one.told(), {}, 'it was none when it began with the release');
});

test('of several staging partners every one must have kept a release, so that none starts the others alone', async (t) => {
  const one = await scene(t);
  const [second, forged] = [await one.join('second', contoso), await one.join('third', contoso)];
  one.plane.clock.advance(dayMs);
  await one.commit(forged);
  assert.deepEqual(await one.told(), {});
  one.plane.clock.advance(dayMs);
  await one.commit(second);
  assert.deepEqual(await one.told(), { [releaseSha256]: new Date(one.plane.clock.now()).toISOString() });
});

test('a forged partner stops its tenant until it is revoked, and no longer', async (t) => {
  const one = await scene(t);
  const [second, forged] = [await one.join('second', contoso), await one.join('third', contoso)];
  one.plane.clock.advance(dayMs);
  await one.commit(second);
  assert.deepEqual(await one.told(), {});
  await one.plane.ask('POST', `/platform/v1/agents/${forged.agentId}/revoke`);
  assert.deepEqual(Object.keys(await one.told()), [releaseSha256]);
});

test('a build that is not published is kept for nobody', async (t) => {
  const one = await scene(t);
  const partner = await one.join('second', contoso);
  one.plane.clock.advance(dayMs);
  await one.commit(partner, { sha256: 'cd'.repeat(32) });
  assert.deepEqual(await one.told(), {});
});
