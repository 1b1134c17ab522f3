import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunningControlPlane, temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import { enrol, newNonce, send, sign, type TestAgent } from '@springline/control-plane/testing/signed-agent';
import { planeWithCli } from '../testing/running-plane.ts';
import { runCli } from '../testing/running-up.ts';

async function makeConflict(plane: RunningControlPlane, agent: TestAgent): Promise<void> {
  for (let at = 0; at < 2; at++) {
    const body = { hostName: 'sync-1.contoso.example', components: [], continuation: { nonce: newNonce() } };
    await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  }
}

test('S16: a person resolves the conflict of an identity by its host name, after seeing what would be done', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const agent = await enrol(plane);
  const host = `sync-1.contoso.example (${agent.agentId})`;
  const conflictOf = async () => (await plane.ask('GET', '/platform/v1/agents')).json.agents[0].conflictedSince;
  const none = await run('agent', 'resolve-conflict', 'sync-1.contoso.example');
  assert.equal(none.output, `${host} is in no conflict\n`, none.errors);
  await makeConflict(plane, agent);
  const planned = await run('agent', 'resolve-conflict', agent.agentId.slice(0, 12), '--dry-run');
  assert.match(
    planned.output,
    /^would let sync-1\.contoso\.example .* export again: two hosts used it/,
    planned.errors,
  );
  assert.notEqual(await conflictOf(), undefined);
  const done = await run('agent', 'resolve-conflict', 'sync-1.contoso.example', '--json');
  assert.equal(JSON.parse(done.output).resolved, true, done.errors);
  assert.equal(await conflictOf(), undefined);
});

test('without a name a home without an agent says what is missing', async (t) => {
  const { code, errors } = await runCli(['agent', 'resolve-conflict', '--home', temporaryFolder(t)]);
  assert.equal(code, 2);
  assert.match(errors, /this home has no agent/);
});
