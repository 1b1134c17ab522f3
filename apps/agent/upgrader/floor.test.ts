/** What only the Image repository can say: floors, which act on opted-out hosts that consented, and signed ramps. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { agentHome } from '../home.ts';
import { UpdateWorld } from '../testing/update-world.ts';
import { saveSettings } from '../updater/auto-upgrade/settings.ts';

const floor = { below: '2.6.0.0', from: '2026-11-01T00:00:00Z' };
const publishedAt = '2026-10-01T00:00:00Z';

/** A host that a person opted out, and a release with `facts`. */
async function optedOut(t: TestContext, facts: object, consent?: string): Promise<UpdateWorld> {
  const world = await UpdateWorld.installed(t);
  saveSettings(world.home, { state: 'Disabled', checkEverySeconds: 300 });
  if (consent !== undefined) writeFileSync(agentHome(world.home).consent, consent, { mode: 0o600 });
  await world.publish({ version: '2.6.0.0', releaseNumber: 3, facts });
  return world;
}

test('a host that a person opted out takes a floor only by the consent of its own file', async (t) => {
  const consented = await optedOut(t, { floor, publishedAt }, 'upgrades:\n  floors: true\n');
  assert.equal((await consented.upgrade()).staged?.version, '2.6.0.0');
  for (const [what, consent] of [
    ['without a file', undefined],
    ['that says nothing of it', 'read:\n  baseDns: []\n'],
    ['that says false', 'upgrades:\n  floors: false\n'],
    ['that says it elsewhere', 'other:\n  floors: true\n'],
  ] as const) {
    const world = await optedOut(t, { floor, publishedAt }, consent);
    const before = world.picture();
    const { staged, look } = await world.upgrade();
    assert.deepEqual([staged, look?.decisions[0]?.rule], [undefined, 'Disabled'], what);
    assert.deepEqual(world.picture(), before, what);
  }
});

test('a release without a floor, or with one to come, leaves an opted-out host alone, whatever it consented to', async (t) => {
  const consent = 'upgrades:\n  floors: true\n';
  const none = await optedOut(t, { publishedAt }, consent);
  assert.equal((await none.upgrade()).staged, undefined);
  const toCome = { ...floor, from: '2999-01-01T00:00:00Z' };
  const { staged, look } = await (await optedOut(t, { floor: toCome, publishedAt }, consent)).upgrade();
  assert.deepEqual([staged, look?.decisions[0]?.notBefore], [undefined, Date.parse(toCome.from)]);
});

test('S27: a floor less than seven days after its release is passed over, and that is said', async (t) => {
  const late = { floor, publishedAt: '2026-10-26T00:00:00Z' };
  const { staged, look } = await (await optedOut(t, late, 'upgrades:\n  floors: true\n')).upgrade();
  assert.equal(staged, undefined);
  assert.deepEqual(
    look?.refusals.map(({ code }) => code),
    ['floor-too-soon'],
  );
});

test('S3: the ramp that Image signed holds a host though nothing else does', async (t) => {
  const world = await UpdateWorld.installed(t);
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  await world.publish({ version: '2.6.0.0', releaseNumber: 3, facts: { publishedAt: now, maxRampPpmPerHour: 1 } });
  const { staged, look } = await world.upgrade();
  assert.deepEqual([staged, look?.decisions[0]?.rule], [undefined, 'signed-ramp']);
});
