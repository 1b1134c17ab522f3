import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { publicJwk } from '@springline/api/signature/key';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { addAgent, revokeAgent } from '../storage/platform/agents.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { newAgentKey } from '../testing/signed-agent.ts';
import { type KnownAgent, KnownAgents, keptLimit } from './known-agents.ts';

const now = 0 as EpochMs;

test('what is kept of agents is bounded, and what was asked for lately stays', async (t) => {
  const database = await (await runControlPlane(t)).openDatabase();
  const tenantId = uuidV7();
  const { privateKey, keyId } = newAgentKey();
  const agent = { id: uuidV7(), keyId, publicKey: publicJwk(privateKey), hostName: 'h', platform: 'linux-x64' };
  await database.write((writer) => addAgent(writer, tenantId, { ...agent, version: '1.0.0.0', enrolledAt: now }));
  const known = new KnownAgents(database);
  const found = (await known.find(keyId, now))!;
  assert.equal(found.state, 'active');
  known.keep(keyId, found);
  await database.write((writer) => revokeAgent(writer, tenantId, agent.id, now));
  const others = Array.from({ length: keptLimit - 1 }, () => randomBytes(32).toString('base64url'));
  for (const other of others) known.keep(other, { ...found, agentId: other } satisfies KnownAgent);
  // From memory: the caller asks the store whether it is active.
  assert.equal(await known.find(keyId, now), found);
  known.keep(randomBytes(32).toString('base64url'), found);
  assert.equal(await known.find(keyId, now), found, 'it was asked for later than the others');
  assert.equal(await known.find(others[0]!, now), undefined, 'the first of them made room');
  known.forget(keyId);
  assert.equal((await known.find(keyId, now))?.state, 'revoked');
});
