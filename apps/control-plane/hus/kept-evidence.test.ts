import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import type { Reader } from '../storage/database.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { enrol } from '../testing/signed-agent.ts';
import { KeptEvidence } from './kept-evidence.ts';

const plans = ['1', '2', '3'].map((rolloutId) => ({
  ...{ rolloutId, targets: new Map([['linux-x64', rolloutId.repeat(64)]]) },
  rings: [{ name: 'broad' }],
})) as unknown as RolloutPlan[];

for (const [keptMs, again] of [
  [600_000, 0],
  [0, 1],
] as const) {
  test(`hosts are counted once for all rollouts of a request, and ${again === 0 ? 'for a while' : 'anew for the next'}`, async (t) => {
    const plane = await runControlPlane(t);
    await enrol(plane);
    const { read } = await plane.openDatabase();
    const asked: string[] = [];
    const reader = new Proxy(read, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...words: unknown[]) => {
          if (name === 'selectFrom') asked.push(String(words[0]));
          return member.apply(target, words);
        };
      },
    }) as Reader;
    const evidence = new KeptEvidence(reader, keptMs);
    const look = async () => {
      const evidenceOf = await evidence.at(plane.clock.now());
      return Promise.all(plans.map(evidenceOf));
    };
    const hostCounts = () => asked.filter((table) => table === 'platform_agents as agent').length;
    const found = await look();
    assert.deepEqual(
      found.map(({ byRing }) => byRing.get('broad')?.length),
      [1, 1, 1],
    );
    assert.equal(hostCounts(), 1);
    await look();
    assert.equal(hostCounts(), 1 + again);
  });
}
