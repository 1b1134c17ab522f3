import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { ComponentFacts } from '../release/release-facts.ts';
import type { RolloutPolicy } from '../rollout/policy.ts';
import type { Candidate, Installed } from './choose-release.ts';
import { type HostFacts, hostDecision } from './host-decision.ts';

const now = Date.UTC(2026, 10, 22) as EpochMs;
const [same, newer] = ['aa'.repeat(32), 'bb'.repeat(32)];
const host: HostFacts = {
  ...{ agentId: '0192d4e0-0000-7000-8000-000000000001', state: 'Enabled', ring: 'broad', role: 'active', wish: {} },
  ...{ consentsToFloors: false, blocked: [], stagingCommitted: [] },
};
/** Release 100 ran here, and somebody wrote to its slot. */
const altered: Installed = { component: 'connect-sync', version: '0.0', sha256: '', releaseNumberFloor: 99 };
const offer = (sha256: string, version: string, releaseNumber: number): Candidate => ({
  component: 'connect-sync',
  target: {
    sha256,
    facts: {
      ...{ kind: 'component', component: 'connect-sync', version, releaseNumber, platform: 'linux-x64' },
      ...{ channel: { download: true, autoUpgrade: true }, maxRampPpmPerHour: 1_000_000 },
      publishedAt: '2026-11-01T00:00:00Z',
    } as ComponentFacts,
  },
});
const both = [offer(newer, '1.2.4.0', 101), offer(same, '1.2.3.0', 100)];
const halted: RolloutPolicy = {
  ...{ format: 'springline-rollout-1', version: 2, issuedAt: now, isHalted: true, freezes: [], rollouts: [] },
};
const frozen: RolloutPolicy = {
  ...halted,
  isHalted: false,
  freezes: [{ name: 'year end', from: (now - 1) as EpochMs, until: (now + 1) as EpochMs }],
};

function decided(changes: Partial<HostFacts>, policy: Parameters<typeof hostDecision>[0] = halted, offers = both) {
  const decision = hostDecision(policy, { ...host, ...changes }, altered, 'linux-x64', { offers, exposed: [] }, now);
  return decision.action === 'install' ? decision.release.version : decision.rule;
}

for (const row of [
  { name: 'a halt of everything', changes: {} },
  { name: 'a freeze of the policy', changes: {}, policy: frozen },
  { name: 'a policy that cannot be read', changes: {}, policy: 'not-understood' as const },
  { name: 'a pin', changes: { wish: { pin: '1.2.2.0' } } },
  { name: 'a window that never opens', changes: { wish: { window: [] } } },
  { name: 'a date that is to come', changes: { wish: { notBefore: (now + 1) as EpochMs } } },
]) {
  test(`an altered build is brought again under ${row.name}, and no newer one`, () => {
    assert.equal(decided(row.changes, row.policy), '1.2.3.0');
  });
}

for (const row of [
  { name: 'where its administrator opted out', changes: { state: 'Disabled' as const }, rule: 'policy-halted' },
  { name: 'where its tenant opted out', changes: { wish: { disabled: true } }, rule: 'policy-halted' },
  {
    name: 'where bringing it failed a moment ago',
    changes: { blocked: [{ sha256: same, until: (now + 1) as EpochMs }] },
    rule: 'policy-halted',
  },
  { name: 'once it was recalled, and so is offered no more', changes: {}, offers: [both[0]!], rule: 'policy-halted' },
]) {
  test(`an altered build is not brought again ${row.name}`, () => {
    assert.equal(decided(row.changes, halted, row.offers), row.rule);
  });
}

test('a build that failed here is brought again when its pause is over', () => {
  assert.equal(decided({ blocked: [{ sha256: same, until: now }] }), '1.2.3.0');
});

test('a whole build stays under a halt', () => {
  const whole = { ...altered, version: '1.2.3.0', sha256: same, releaseNumberFloor: 100 };
  const decision = hostDecision(halted, host, whole, 'linux-x64', { offers: both, exposed: [] }, now);
  assert.equal(decision.action, 'hold');
});
