/** How long a decision takes, with a policy as a large operator would have it, beside one bare SHA-256 of Node. */
import { createHash } from 'node:crypto';
import { type AgentFacts, decide, type ReleaseFacts } from '@springline/auto-upgrade/rollout/decide';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { type Measure, measure } from '../measure.ts';

const decisions = 200_000;
const rounds = 7;
const goalNs = 2_000;
const rolloutCount = 16;
const ringNames = ['canary', 'early', 'broad', 'late'];
const start = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

type Instant = RolloutPolicy['issuedAt'];

export function* decideMeasures(): Iterable<Measure> {
  const policy = largePolicy();
  const fleet = Array.from({ length: 1_000 }, (_, at) => agentFacts(at));
  const message = Buffer.alloc(69, 7);
  let [ours, peer] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let installs = 0;
  // In turns, so that whatever else the machine does hits both; the best, because other work only ever adds.
  for (let round = 0; round < rounds; round++) {
    ours = Math.min(
      ours,
      nsEach(decisions, (at) => {
        const now = (start + (at % 400) * hourMs) as Instant;
        if (decide(policy, fleet[at % fleet.length]!, now).action === 'install') installs += 1;
      }),
    );
    peer = Math.min(
      peer,
      nsEach(decisions, () => createHash('sha256').update(message).digest()),
    );
  }
  if (installs === 0 || installs === decisions * rounds) throw new Error('the decisions were all alike');
  yield measure({
    ...{ bench: 'fleet', measure: `decide, ${rolloutCount} rollouts of ${ringNames.length} rings`, unit: 'ns' },
    ...{ ours, peer, peerName: 'one SHA-256 of node:crypto', goal: `<= ${goalNs} ns`, met: ours <= goalNs },
  });
}

function nsEach(times: number, work: (at: number) => void): number {
  const startedAt = performance.now();
  for (let at = 0; at < times; at++) work(at);
  return ((performance.now() - startedAt) * 1e6) / times;
}

/** Read from its text, as an agent has it. */
function largePolicy(): RolloutPolicy {
  const rings = ringNames.map((name, at) => ({
    ...{ name, openedAt: (start + at * 24 * hourMs) as Instant, startPpm: 0, rampPpmPerHour: 10_000 },
  }));
  const rollouts = Array.from({ length: rolloutCount }, (_, at): RolloutPolicy['rollouts'][number] => ({
    ...{ rolloutId: uuid(at), component: 'connect-sync', version: versionOf(at), releaseNumber: 100 + at, rings },
    ...{ targets: new Map([['linux-x64', digestOf(at)]]), state: at % 2 === 0 ? 'running' : 'halted' },
  }));
  const freezes = [{ name: 'year end', from: start as Instant, until: (start + hourMs) as Instant }];
  const policy: RolloutPolicy = {
    ...{ format: 'springline-rollout-1', version: 1, issuedAt: start as Instant, isHalted: false, freezes, rollouts },
  };
  return parsePolicy(new TextEncoder().encode(formatPolicy(policy)));
}

/** Two releases are offered: the newest is halted, the one before it is on its ramp. */
function agentFacts(at: number): AgentFacts {
  const offered = [rolloutCount - 2, rolloutCount - 1].map(
    (index): ReleaseFacts => ({
      ...{ component: 'connect-sync', version: versionOf(index), releaseNumber: 100 + index, platform: 'linux-x64' },
      ...{ sha256: digestOf(index), publishedAt: start as Instant, maxRampPpmPerHour: 1_000_000 },
      channel: { download: true, autoUpgrade: true },
    }),
  );
  return {
    ...{ agentId: uuid(at), component: 'connect-sync', platform: 'linux-x64', installedVersion: '2.0.0.0' },
    ...{ installedSha256: '00'.repeat(32), releaseNumberFloor: 90, state: 'Enabled', role: 'active' },
    ...{ ring: ringNames[at % ringNames.length]!, offered, blocked: [], wish: {}, consentsToFloors: false },
  };
}

function versionOf(at: number): string {
  return `2.5.${at}.0`;
}

function digestOf(at: number): string {
  return createHash('sha256').update(`release ${at}`).digest('hex');
}

function uuid(at: number): string {
  const hex = createHash('sha256').update(`agent ${at}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
