import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFormat, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { EpochMs } from '@springline/ports/clock';
import { rolloutNotes } from './rollout-note.ts';

const sha256 = 'ab'.repeat(32);
const policy = (changes: Partial<RolloutPolicy> = {}): RolloutPolicy => ({
  ...{ format: policyFormat, version: 1, issuedAt: 0 as EpochMs, isHalted: false, freezes: [], rollouts: [] },
  ...changes,
});
const release = (autoUpgrade = true) => ({
  ...{ component: 'connect-sync', version: '1.2.4.0', sha256 },
  facts: { channel: { autoUpgrade } },
});

test('under a policy a published release says that it needs a rollout, with the command', () => {
  assert.deepEqual(rolloutNotes(policy(), [release(), { ...release(), sha256: 'cd'.repeat(32) }]), [
    'A rollout policy is in force: hosts wait (not-in-policy) until a rollout names the release.',
    '  springline rollout create connect-sync 1.2.4.0 --dry-run',
  ]);
  assert.match(rolloutNotes(policy({ isHalted: true }), [release()]).join('\n'), /Everything is halted as well/);
});

test('without a policy, for a release that a rollout names, and for download only nothing is said', () => {
  assert.deepEqual(rolloutNotes(undefined, [release()]), []);
  assert.deepEqual(rolloutNotes(policy(), [release(false)]), []);
  const named: RolloutPolicy['rollouts'][number] = {
    ...{ rolloutId: '0192d4e0-7c1a-7000-8000-000000000001', component: 'connect-sync', version: '1.2.4.0' },
    ...{ releaseNumber: 101, targets: new Map([['linux-x64', sha256]]), state: 'complete', rings: [] },
  };
  assert.deepEqual(rolloutNotes(policy({ rollouts: [named] }), [release()]), []);
});
