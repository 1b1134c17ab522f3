import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoUpgrade, componentUpgrade } from '../testing/home-fixtures.ts';
import { fixtureNow, fleetAgent, policyJson, releases, uuidOf } from '../testing/upgrade-fixtures.ts';
import { type FleetAgent, readPolicy, type WhyFacts, whyOf } from './why-not.ts';

const nowMs = Date.parse(fixtureNow);

function why(changes: Partial<WhyFacts> = {}) {
  const agent = changes.agent ?? fleetAgent();
  return whyOf({
    agent,
    component: agent.autoUpgrade!.components[0]!,
    policy: readPolicy(policyJson()),
    releases: releases(),
    wish: {},
    staging: [agent],
    nowMs,
    ...changes,
  });
}

const host = (changes: Parameters<typeof autoUpgrade>[0], own: Partial<FleetAgent> = {}): FleetAgent =>
  fleetAgent({ autoUpgrade: autoUpgrade(changes), ...own });

const released = policyJson()['rollouts'] as [Record<string, unknown>];
const rolloutIn = (changes: Record<string, unknown>) =>
  readPolicy(policyJson({ rollouts: [{ ...released[0], ...changes }] }));

for (const row of [
  { name: 'a ring that is open to all', facts: { agent: host({ ring: 'canary' }) }, rule: 'open' },
  { name: 'a ring that is not open', facts: { agent: host({ ring: 'broad' }) }, rule: 'ring-not-open' },
  { name: 'a ring that no rollout knows', facts: { agent: host({ ring: 'pilots' }) }, rule: 'ring-unknown' },
  { name: 'opting out on the host', facts: { agent: host({ state: 'Disabled', ring: 'canary' }) }, rule: 'Disabled' },
  { name: 'opting out by the tenant', facts: { wish: { disabled: true } as const }, rule: 'Disabled' },
  { name: 'a pin of the tenant', facts: { wish: { pin: '1.0.0.0' } }, rule: 'pinned' },
  { name: 'a later ring of the tenant', facts: { wish: { ring: 'broad' } }, rule: 'ring-not-open' },
  { name: 'a halt of everything', facts: { policy: readPolicy(policyJson({ halted: true })) }, rule: 'policy-halted' },
  { name: 'a halted rollout', facts: { policy: rolloutIn({ state: 'halted' }) }, rule: 'rollout-halted' },
  {
    name: 'a policy that nobody can read',
    facts: { policy: readPolicy({ format: 'x' }) },
    rule: 'policy-not-understood',
  },
  { name: 'no newer build', facts: { releases: [] }, rule: 'nothing-newer' },
  { name: 'a revoked agent', facts: { agent: fleetAgent({ state: 'revoked' }) }, rule: 'unknown' },
  { name: 'PKS', facts: { agent: host({ channel: 'PKS' }) }, rule: 'unknown' },
]) {
  test(`${row.name} is said as ${row.rule}, with a way out`, () => {
    const said = why(row.facts);
    assert.equal(said.rule, row.rule);
    assert.notEqual(said.wayOut, '');
  });
}

test('without a policy everything published is open, as fast as its publisher allows', () => {
  const said = why({ policy: undefined });
  assert.equal(said.version, '1.1.0.0');
  assert.equal(said.rule, 'open');
  assert.deepEqual(
    said.others.map(({ version, says }) => [version, says]),
    [
      ['1.2.0.0', 'The publisher lets this build spread no faster.'],
      ['1.0.7.0', 'The publisher has recalled this build.'],
    ],
  );
});

test('a freeze is named with its end', () => {
  const freezes = [{ name: 'Year end', from: '2026-11-20T00:00:00Z', until: '2026-12-31T00:00:00Z' }];
  const said = why({ policy: readPolicy(policyJson({ freezes })) });
  assert.deepEqual([said.rule, said.notBefore], ['freeze', '2026-12-31T00:00:00.000Z']);
});

test('a ramp is named with the instant at which it reaches the host', () => {
  const rings = [{ name: 'early', openedAt: fixtureNow, startPpm: 0, rampPpmPerHour: 1_000 }];
  const said = why({ policy: rolloutIn({ rings }) });
  assert.equal(said.rule, 'ramp');
  assert.ok(Date.parse(said.notBefore!) > nowMs);
});

test('a build that nobody gets does not hide why this host does not get the one that others get', () => {
  const said = why({ agent: host({ state: 'Disabled' }) });
  assert.deepEqual([said.version, said.rule], ['1.1.0.0', 'Disabled']);
  assert.equal(said.others[0]?.says, 'No rollout names this build.');
});

test('when no rollout names anything, that is the answer', () => {
  const said = why({ policy: readPolicy(policyJson({ rollouts: [] })) });
  assert.deepEqual([said.version, said.rule], ['1.2.0.0', 'not-in-policy']);
});

test('a build that failed here is blocked until its date', () => {
  const blocked = { version: '1.1.0.0', reason: 'the first cycle failed', until: '2026-11-23T14:00:00.000Z' };
  const agent = host({ ring: 'canary', components: [componentUpgrade({ blocked })] });
  assert.deepEqual([why({ agent }).rule, why({ agent }).notBefore], ['blocked', '2026-11-23T14:00:00.000Z']);
});

test('an active server waits for its staging partner, and no longer than its soak', () => {
  const wish = { afterStagingSoakMinutes: 60 };
  const agent = host({ ring: 'canary' });
  assert.equal(why({ agent, wish }).rule, 'staging-first');
  const kept = componentUpgrade({ version: '1.1.0.0', releaseNumber: 110 });
  const endedAt = new Date(nowMs - 30 * 60_000).toISOString();
  const proven = { ...kept, lastUpgrade: { ...kept.lastUpgrade!, to: '1.1.0.0', endedAt } };
  const partner = host({ role: 'staging', components: [proven] }, { agentId: uuidOf(99) });
  const said = why({ agent, wish, staging: [partner] });
  assert.deepEqual([said.rule, said.notBefore], ['staging-first', new Date(nowMs + 30 * 60_000).toISOString()]);
});

test('Windows is win in releases, whatever Node calls it', () => {
  assert.equal(why({ agent: host({ ring: 'canary' }, { platform: 'win32-x64' }) }).rule, 'open');
  const { platform: _, ...unknown } = fleetAgent();
  assert.equal(why({ agent: unknown }).rule, 'unknown');
});

// What the host tells of its own settings

const tells = (
  own: NonNullable<NonNullable<FleetAgent['autoUpgrade']>['own']>,
  state: 'Enabled' | 'Disabled' = 'Enabled',
) => host({ ring: 'canary', state, own });

test('a shut window of the host is named with its next opening', () => {
  const opensAt = '2026-11-28T21:00:00.000Z';
  const said = why({
    agent: tells({ windows: ['Sat 22:00-04:00 Europe/Amsterdam'], opensAt, consentsToFloors: false }),
  });
  assert.deepEqual([said.rule, said.notBefore, said.version], ['maintenance-window', opensAt, '1.1.0.0']);
});

test('a window whose opening has passed holds nothing', () => {
  const said = why({
    agent: tells({ windows: ['daily 00:00-24:00 UTC'], opensAt: '2026-11-22T13:00:00.000Z', consentsToFloors: false }),
  });
  assert.equal(said.rule, 'open');
});

test('pin, freeze and not-before of the host count like those of its tenant', () => {
  assert.equal(why({ agent: tells({ pin: '1.0.5.0', consentsToFloors: false }) }).rule, 'pinned');
  const notBefore = '2026-12-01T00:00:00.000Z';
  assert.deepEqual(
    [why({ agent: tells({ notBefore, consentsToFloors: false }) })].map((said) => [said.rule, said.notBefore]),
    [['not-before', notBefore]],
  );
  const freezes = [{ from: '2026-11-20T00:00:00.000Z', until: '2026-12-31T00:00:00.000Z' }];
  assert.equal(why({ agent: tells({ freezes, consentsToFloors: false }) }).rule, 'freeze');
});

test('where nothing here holds a build, what the host says it waits for counts', () => {
  const waits = {
    rule: 'staging-first',
    reason: 'its partner has not run it for 3 days',
    until: '2026-11-25T00:00:00.000Z',
  };
  const component = componentUpgrade({ offered: '1.1.0.0', step: 'waiting', waits });
  const said = why({ agent: host({ ring: 'canary', components: [component] }) });
  assert.deepEqual([said.rule, said.notBefore], ['staging-first', waits.until]);
  const unheard = { ...component, waits: { rule: 'moon-phase', reason: 'The moon is full.' } };
  assert.deepEqual(
    [why({ agent: host({ ring: 'canary', components: [unheard] }) })].map(({ rule, detail }) => [rule, detail]),
    [['unknown', 'The moon is full.']],
  );
});

test('a signed floor acts against Disabled only where the host consented', () => {
  const floor = { below: '1.1.0.0', from: '2026-11-21T00:00:00.000Z' };
  const floors = releases().map((release) =>
    release.version === '1.1.0.0' ? { ...release, publishedAt: '2026-11-01T00:00:00.000Z', floor } : release,
  );
  assert.equal(why({ releases: floors, agent: tells({ consentsToFloors: true }, 'Disabled') }).rule, 'floor');
  assert.equal(why({ releases: floors, agent: tells({ consentsToFloors: false }, 'Disabled') }).rule, 'Disabled');
});
