/** Which rollout policy a host acts by: the one that the Director names, and none that is older than one it took. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatPolicy, policyFormat, policyTargetPath } from '@springline/auto-upgrade/rollout/policy';
import type { EpochMs } from '@springline/ports/clock';
import { agentHome } from '../home.ts';
import { sha256, UpdateWorld } from '../testing/update-world.ts';

/** The Director names this policy from now on; `undefined`: none. */
function putPolicy(world: UpdateWorld, text: string | undefined): void {
  const { director } = world.repositories;
  delete director.targets[policyTargetPath];
  if (text !== undefined) {
    const digest = sha256(Buffer.from(text));
    director.targets[policyTargetPath] = { length: Buffer.byteLength(text), hashes: { sha256: digest } };
    world.transports.set(`director/targets/policy/${digest}.rollout.json`, Buffer.from(text));
  }
  director.serve();
}

const policy = (version: number, isHalted: boolean): string =>
  formatPolicy({
    ...{ format: policyFormat, version, isHalted, freezes: [], rollouts: [] },
    issuedAt: Date.UTC(2026, 10, 22, 14) as EpochMs,
  });

/** What one look said: the rule that holds the release, or why the look failed. */
async function looked(world: UpdateWorld): Promise<string | undefined> {
  const { failure, look } = await world.upgrade();
  return failure?.code ?? look?.decisions[0]?.rule;
}

const takenFile = (world: UpdateWorld): string => join(agentHome(world.home).trust, 'policy.json');

/** A host that took policy 7, which halts everything. */
async function halted(t: TestContext): Promise<UpdateWorld> {
  const world = await UpdateWorld.installed(t);
  putPolicy(world, policy(7, true));
  assert.equal(await looked(world), 'policy-halted');
  return world;
}

for (const [what, text] of [
  ['an older one', policy(6, false)],
  ['none at all', undefined],
] as const) {
  test(`a host that took a policy does not act by ${what}, though it is properly signed`, async (t) => {
    const world = await halted(t);
    putPolicy(world, text);
    assert.equal(await looked(world), 'version-rollback');
    assert.equal(await looked(world), 'version-rollback', 'nor at the next look');
    assert.equal((await world.upgrade()).staged, undefined);
    putPolicy(world, policy(8, true));
    assert.equal(await looked(world), 'policy-halted', 'and goes on with the next one');
  });
}

test('a host takes the same policy again, and each newer one, and remembers across the loss of what it fetched', async (t) => {
  const world = await halted(t);
  assert.equal(await looked(world), 'policy-halted');
  putPolicy(world, policy(9, false));
  assert.equal(await looked(world), 'not-in-policy');
  writeFileSync(join(agentHome(world.home).upgrade, 'policy.json'), 'damaged');
  putPolicy(world, policy(8, true));
  assert.equal(await looked(world), 'version-rollback');
  putPolicy(world, policy(9, false));
  assert.equal(await looked(world), 'not-in-policy');
});

test('a policy that this build cannot read holds everything, and leaves what was taken as it was', async (t) => {
  const world = await halted(t);
  const taken = readFileSync(takenFile(world), 'utf8');
  putPolicy(world, policy(8, false).replace(policyFormat, 'springline-rollout-2'));
  assert.equal(await looked(world), 'policy-not-understood');
  assert.equal(readFileSync(takenFile(world), 'utf8'), taken);
});

test('what was taken falls with the keys that signed it: after stolen keys are replaced, true policies count again', async (t) => {
  const world = await UpdateWorld.installed(t);
  const { director } = world.repositories;
  putPolicy(world, policy(Number.MAX_SAFE_INTEGER, true));
  assert.equal(await looked(world), 'policy-halted');
  putPolicy(world, policy(12, false));
  assert.equal(await looked(world), 'version-rollback');
  director.rotate('targets', 'snapshot', 'timestamp');
  director.serveRoot();
  putPolicy(world, policy(12, false));
  assert.equal(await looked(world), 'not-in-policy');
  putPolicy(world, policy(11, true));
  assert.equal(await looked(world), 'version-rollback', 'and never fall under the new keys');
});

test('a damaged note of what was taken installs nothing, and says so', async (t) => {
  const world = await halted(t);
  writeFileSync(takenFile(world), '{"version":"7"}');
  putPolicy(world, policy(6, false));
  assert.equal(await looked(world), 'trust-store-damaged');
});

test('a host that never took a policy needs none', async (t) => {
  const world = await UpdateWorld.installed(t);
  assert.notEqual((await world.upgrade()).staged, undefined);
  assert.equal(existsSync(takenFile(world)), false);
});
