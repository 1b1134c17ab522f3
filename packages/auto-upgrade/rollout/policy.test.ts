import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPlan, parsePlan, planDigest, type RolloutPlan, rolloutFromPlan } from './plan.ts';
import { formatPolicy, parsePolicy, policyLimitBytes } from './policy.ts';
import { policy, rollout } from './testing/hand-cases.ts';
import { randomPolicy, Seeded } from './testing/random-case.ts';

const utf8 = new TextEncoder();
const parseText = (text: string) => parsePolicy(utf8.encode(text));

test('a policy that was written is read as the same, and written again as the same text', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const any = randomPolicy(new Seeded(seed));
      const text = formatPolicy(any);
      assert.deepEqual(parseText(text), any);
      assert.equal(formatPolicy(parseText(text)), text);
    }),
  );
});

type Members = Record<string, unknown>;
const json = (): Members => JSON.parse(formatPolicy(policy));
const changed = (changes: Members): string => JSON.stringify({ ...json(), ...changes });
const rolloutJson = (): Members => (json()['rollouts'] as Members[])[0]!;
const withRollout = (changes: Members): string => changed({ rollouts: [{ ...rolloutJson(), ...changes }] });
const ring = { name: 'broad', startPpm: 0, rampPpmPerHour: 1 };
const freeze = { name: 'a', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' };

for (const row of [
  { name: 'another format, whatever its shape', text: '{"format":"springline-rollout-2","rules":7}' },
  { name: 'a member that this build does not know', text: changed({ except: [] }) },
  { name: 'a member by the name of a prototype', text: `{"__proto__":{},${formatPolicy(policy).slice(1)}` },
  { name: 'an unknown member of a rollout', text: withRollout({ onlyHosts: ['a'] }) },
  { name: 'an unknown member of a ring', text: withRollout({ rings: [{ ...ring, tenants: [] }] }) },
  { name: 'an unknown state', text: withRollout({ state: 'paused' }) },
  { name: 'an unknown component', text: withRollout({ component: 'mail-sync' }) },
  { name: 'an unknown platform', text: withRollout({ targets: { 'linux-riscv64': 'ab'.repeat(32) } }) },
]) {
  test(`not understood: ${row.name}`, () =>
    assert.throws(() => parseText(row.text), { code: 'policy-not-understood' }));
}

for (const row of [
  { name: 'no JSON', text: '{' },
  { name: 'no object', text: '[]' },
  { name: 'a very deep list', text: '['.repeat(100_000) },
  { name: 'no format', text: '{}' },
  { name: 'version 0', text: changed({ version: 0 }) },
  { name: 'half a version', text: changed({ version: 1.5 }) },
  { name: 'a version beyond what doubles count', text: changed({ version: 2 ** 53 }) },
  { name: 'a halt that is no flag', text: changed({ halted: 'no' }) },
  { name: 'a date that no calendar has', text: changed({ issuedAt: '2026-02-30T00:00:00Z' }) },
  { name: 'a date in another zone', text: changed({ issuedAt: '2026-01-01T00:00:00+01:00' }) },
  { name: 'a freeze that ends as it begins', text: changed({ freezes: [{ ...freeze, until: freeze.from }] }) },
  { name: '65 freezes', text: changed({ freezes: Array(65).fill(freeze) }) },
  { name: '129 rollouts', text: changed({ rollouts: Array(129).fill(rolloutJson()) }) },
  { name: 'a rollout twice', text: changed({ rollouts: [rolloutJson(), rolloutJson()] }) },
  {
    name: 'a build in two rollouts',
    text: changed({
      rollouts: [rolloutJson(), { ...rolloutJson(), rolloutId: '0192d4e0-7c1a-7000-8000-0000000000ff' }],
    }),
  },
  { name: 'a rollout id in capitals', text: withRollout({ rolloutId: rollout.rolloutId.toUpperCase() }) },
  { name: 'a version of one number', text: withRollout({ version: '2' }) },
  { name: 'no digest at all', text: withRollout({ targets: {} }) },
  { name: 'half a digest', text: withRollout({ targets: { 'linux-x64': 'ab' } }) },
  { name: 'no ring', text: withRollout({ rings: [] }) },
  {
    name: '17 rings',
    text: withRollout({ rings: Array.from({ length: 17 }, (_, at) => ({ ...ring, name: `r${at}` })) }),
  },
  { name: 'a ring twice', text: withRollout({ rings: [ring, ring] }) },
  { name: 'a ring in capitals', text: withRollout({ rings: [{ ...ring, name: 'Broad' }] }) },
  { name: 'a share above a million', text: withRollout({ rings: [{ ...ring, startPpm: 1_000_001 }] }) },
  { name: 'a ramp that falls', text: withRollout({ rings: [{ ...ring, rampPpmPerHour: -1 }] }) },
  { name: 'a long reason', text: withRollout({ reason: 'x'.repeat(501) }) },
]) {
  test(`malformed: ${row.name}`, () => assert.throws(() => parseText(row.text), { code: 'malformed-policy' }));
}

test('a policy of more than 256 KiB is refused before it is read', () => {
  const text = `${' '.repeat(policyLimitBytes)}${formatPolicy(policy)}`;
  assert.throws(() => parseText(text), { code: 'malformed-policy', message: /at most 262144/ });
});

test('a refusal names the place', () => {
  const text = withRollout({ rings: [ring, { ...ring, name: 'late', startPpm: 'all' }] });
  assert.throws(() => parseText(text), {
    message: /^policy\.rollouts\[0\]\.rings\[1\]\.startPpm is not a whole number/,
  });
});

test('whatever bytes come, the answer is a policy or a coded refusal', () => {
  const text = formatPolicy(policy);
  const codes = new Set(['malformed-policy', 'policy-not-understood']);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: 20 }), (place, byte, cut) => {
      const bytes = utf8.encode(text).slice(0, text.length - (cut > 10 ? 0 : cut));
      if (place < bytes.length) bytes[place] = byte;
      try {
        parsePolicy(bytes);
      } catch (error) {
        assert.ok(codes.has((error as { code: string }).code), String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

// Plans

const { rolloutId, component, version, releaseNumber, targets } = rollout;
const plan: RolloutPlan = {
  ...{ rolloutId, component, version, releaseNumber, targets },
  rings: [{ ...ring, soakMs: 1_000, minCommitted: 5, minCommittedPpm: 900_000 }],
  haltAt: { minFailures: 3, failurePpm: 20_000 },
};

test('a plan that was written is read as the same', () => {
  for (const each of [plan, { ...plan, notBefore: policy.issuedAt }]) {
    assert.deepEqual(parsePlan(JSON.parse(formatPlan(each))), each);
  }
});

test('the digest of a plan is another one after any change, and the same for another order of members', () => {
  const { haltAt, ...rest } = plan;
  assert.equal(planDigest({ haltAt, ...rest }), planDigest(plan));
  const changes: RolloutPlan[] = [
    { ...plan, notBefore: policy.issuedAt },
    { ...plan, haltAt: { ...haltAt, failurePpm: 20_001 } },
    { ...plan, rings: [{ ...plan.rings[0]!, soakMs: 1_001 }] },
    { ...plan, targets: new Map([['win-x64', targets.get('linux-x64')!]]) },
  ];
  assert.equal(new Set([plan, ...changes].map(planDigest)).size, 5);
});

test('a plan begins with a rollout of which no ring is open', () => {
  const begun = rolloutFromPlan(plan);
  assert.deepEqual(begun, { rolloutId, component, version, releaseNumber, targets, state: 'running', rings: [ring] });
});

for (const row of [
  { name: 'an unknown member', json: { ...JSON.parse(formatPlan(plan)), skipHalt: true } },
  {
    name: 'a halt at no failures',
    json: { ...JSON.parse(formatPlan(plan)), haltAt: { minFailures: 0, failurePpm: 0 } },
  },
  { name: 'no rings', json: { ...JSON.parse(formatPlan(plan)), rings: [] } },
  { name: 'nothing', json: null },
]) {
  test(`refused as a plan: ${row.name}`, () => assert.throws(() => parsePlan(row.json), { code: 'malformed-plan' }));
}
