import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { bucketPpm } from './bucket.ts';
import { decide } from './decide.ts';
import { floorRefusal } from './floor.ts';
import { openPpm, reachesAt } from './ramp.ts';
import { caseFromJson, caseJson, decideJson, decisionJson } from './testing/case.ts';
import { agentId, at, facts, handCases, ownPpm, policy, release } from './testing/hand-cases.ts';
import { randomCase } from './testing/random-case.ts';

for (const { name, expected, ...given } of handCases) {
  test(name, () => {
    assert.deepEqual(decisionJson(decide(given.policy, given.facts, given.now)), expected);
    assert.deepEqual(decideJson(caseJson(given)), expected, 'by way of JSON');
  });
}

const cases = fc.nat().map(randomCase);
const runs = { numRuns: 3_000 };

test('the share of the agent in the table of rules is the one that the rows are written for', () => {
  assert.equal(bucketPpm(release.sha256, 'broad', agentId), ownPpm);
});

test('a wait is exact: just before its instant nothing is installed, and at it that rule no longer says no', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const found = decide(given.policy, given.facts, given.now);
      if (found.action !== 'wait') return;
      assert.ok(found.notBefore > given.now);
      const before = decide(given.policy, given.facts, (found.notBefore - 1) as EpochMs);
      assert.notEqual(before.action, 'install', JSON.stringify(decisionJson(found)));
      const then = decide(given.policy, given.facts, found.notBefore);
      const isSame = then.release === found.release && then.rule === found.rule;
      assert.ok(!isSame, JSON.stringify([decisionJson(found), decisionJson(then)]));
    }),
    { numRuns: 20_000 },
  );
});

test('a hold says why in a sentence, and names the release unless there is none', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const found = decide(given.policy, given.facts, given.now);
      if (found.action !== 'hold') return;
      assert.match(found.reason, /\.$/);
      const isGeneral = found.rule === 'nothing-newer' || found.rule === 'policy-not-understood';
      assert.equal(found.release === undefined, isGeneral);
    }),
    runs,
  );
});

test('what is installed is newer than what runs, was offered for auto-upgrade and is not recalled', () => {
  fc.assert(
    fc.property(cases, ({ policy, facts, now }) => {
      const found = decide(policy, facts, now);
      if (found.action !== 'install') return;
      assert.ok(found.release.releaseNumber > facts.releaseNumberFloor);
      assert.ok(found.release.channel.autoUpgrade && found.release.recalled === undefined);
      assert.ok(!facts.blocked.some(({ sha256, until }) => sha256 === found.release.sha256 && now < until));
    }),
    runs,
  );
});

test('S21: nothing in a policy but the digest and the name of the ring moves an agent within a rollout', () => {
  const change = fc.record({
    version: fc.integer({ min: 1, max: 1_000 }),
    rolloutId: fc.uuid(),
    openedAt: fc.integer({ min: 0, max: 10_000 }),
    reason: fc.string(),
  });
  const share = (from: typeof policy, id: string): number => {
    // With one millionth more each hour, the wait tells the share.
    const found = decide(from, { ...facts, agentId: id }, at('2026-01-01T00:00:00Z'));
    assert.equal(found.action, 'wait');
    return Math.round((found.notBefore - from.rollouts[0]!.rings[0]!.openedAt!) / 3_600_000);
  };
  fc.assert(
    fc.property(fc.uuid(), change, (id, { version, rolloutId, openedAt, reason }) => {
      const opened = at('2026-01-01T00:00:00Z');
      const ring = { name: 'broad', openedAt: opened, startPpm: 0, rampPpmPerHour: 1 };
      const rollout = { ...policy.rollouts[0]!, rings: [ring] };
      const changed = {
        ...{ ...policy, version },
        rollouts: [{ ...rollout, rolloutId, reason, rings: [{ ...ring, openedAt: (opened - openedAt) as EpochMs }] }],
      };
      assert.equal(share(changed, id), share({ ...policy, rollouts: [rollout] }, id));
    }),
  );
});

test('a ramp never closes again, and opens a share at the instant that it names', () => {
  const ring = fc.record({
    name: fc.constant('broad'),
    openedAt: fc.integer({ min: 0, max: 2_000_000_000_000 }).map((ms) => ms as EpochMs),
    startPpm: fc.integer({ min: 0, max: 1_000_000 }),
    rampPpmPerHour: fc.integer({ min: 0, max: 1_000_000 }),
  });
  fc.assert(
    fc.property(ring, fc.nat({ max: 1_000_000 }), fc.maxSafeNat(), fc.nat(), (each, share, from, later) => {
      const now = (each.openedAt + (from % 8_000_000_000_000)) as EpochMs;
      assert.ok(openPpm(each, (now + later) as EpochMs) >= openPpm(each, now));
      const exact = BigInt(each.startPpm) + (BigInt(now - each.openedAt) * BigInt(each.rampPpmPerHour)) / 3_600_000n;
      assert.equal(openPpm(each, now), Number(exact > 1_000_000n ? 1_000_000n : exact));
      const reached = reachesAt(each, share);
      if (reached === undefined) return assert.ok(each.rampPpmPerHour === 0 && share > each.startPpm);
      assert.ok(openPpm(each, reached) >= share);
      if (reached > each.openedAt) assert.ok(openPpm(each, (reached - 1) as EpochMs) < share);
    }),
    runs,
  );
});

test('a floor that was announced too late says so', () => {
  const publishedAt = at('2026-03-01T00:00:00Z');
  assert.equal(
    floorRefusal({ publishedAt, floor: { below: '2', from: at('2026-03-07T23:59:59.999Z') } }),
    'floor-too-soon',
  );
  assert.equal(floorRefusal({ publishedAt, floor: { below: '2', from: at('2026-03-08T00:00:00Z') } }), undefined);
});

test('a case that went through JSON has the decision that it had', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { policy, facts, now } = caseFromJson(JSON.parse(JSON.stringify(caseJson(given))));
      assert.deepEqual(
        decisionJson(decide(policy, facts, now)),
        decisionJson(decide(given.policy, given.facts, given.now)),
      );
    }),
    runs,
  );
});
