/**
 * A fleet in memory: half a million agents that poll, decide by the real `decide`, install and report, and one controller
 * that weighs and moves by the real `nextMove`. Time goes in ticks of a minute; every draw comes from a seed.
 *
 * An agent that held or waits is asked again when the policy changed or its wait is over: `decide` promises that nothing
 * changes before.
 */
import { applyMove, type Move, nextMove } from '@springline/auto-upgrade/rollout/advance';
import { type AgentFacts, decide } from '@springline/auto-upgrade/rollout/decide';
import type { TenantEvidence } from '@springline/auto-upgrade/rollout/evidence';
import { type RolloutPlan, rolloutFromPlan } from '@springline/auto-upgrade/rollout/plan';
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { Seeded } from '@springline/auto-upgrade/rollout/testing/random-case';

export type Instant = RolloutPolicy['issuedAt'];
type Counts = { -readonly [Name in keyof TenantEvidence]: TenantEvidence[Name] };

/** A host as a build meets it. */
export interface Host {
  readonly ring: string;
  /** From 0 to 99, evenly: hosts of one system are those below its share. */
  readonly system: number;
}

/** What a build does to a host that activates it: seconds until its report, or none ever. */
export type Build = (
  random: Seeded,
  host: Host,
) => { readonly ends: 'committed' | 'failed'; readonly afterS: number } | 'silent';

export const minuteMs = 60_000;
const pollMinutes = 5;
const jitterS = 30;
const silentAfterMs = 60 * minuteMs;
/** Between the decision and the switch: download, staging, the last look. */
const downloadS = 60;
const tenantCount = 2_000;
const start = Date.UTC(2026, 0, 1);
const digest = '5a'.repeat(32);

interface Running {
  readonly agent: number;
  readonly switchAt: number;
  readonly reportAt: number;
  readonly ends: 'committed' | 'failed';
  readonly isHarmed: boolean;
  state: 'downloading' | 'activating' | 'silent';
}

export class Fleet {
  policy: RolloutPolicy;
  now = start as Instant;
  /** Hosts on which the build was switched on. */
  activated = 0;
  /** Those of them on which it does not work. */
  harmed = 0;
  /** Decisions to install of the tick that ended. */
  begun = 0;
  /** Polls by second of the tick that ended. */
  readonly pollsBySecond = new Int32Array(60 + jitterS);
  /** Of each agent, when it first saw the policy of `watchedVersion`; ms, 0: not yet. */
  readonly sawAt: Float64Array;
  watchedVersion = Number.POSITIVE_INFINITY;
  readonly #size: number;
  readonly #canaries: number;
  readonly #plan: RolloutPlan;
  readonly #build: Build;
  readonly #random = new Seeded(20_260_101);
  readonly #ids: readonly string[];
  readonly #seenVersion: Int32Array;
  readonly #waitsUntil: Float64Array;
  #running: Running[] = [];
  readonly #evidence: ReadonlyMap<string, readonly Counts[]>;

  /** @param forged What one more tenant, of no agents at all, pretends in every ring. */
  constructor(size: number, canaries: number, plan: RolloutPlan, build: Build, forged?: TenantEvidence) {
    this.#size = size;
    this.#canaries = canaries;
    this.#plan = plan;
    this.#build = build;
    this.#ids = Array.from({ length: size }, () => this.#random.uuid());
    this.#seenVersion = new Int32Array(size);
    this.#waitsUntil = new Float64Array(size);
    this.sawAt = new Float64Array(size);
    this.policy = {
      ...{ format: 'springline-rollout-1', version: 1, issuedAt: this.now, isHalted: false, freezes: [] },
      rollouts: [rolloutFromPlan(plan)],
    };
    const tenants = (): Counts[] =>
      Array.from({ length: tenantCount }, (_, at) => ({
        ...{ tenantId: `tenant ${at}`, activating: 0, committed: 0, failed: 0, silent: 0, hosts: 0 },
      }));
    this.#evidence = new Map(
      plan.rings.map(({ name }) => [name, forged === undefined ? tenants() : [...tenants(), { ...forged }]]),
    );
    for (let agent = 0; agent < size; agent++) this.#countsOf(agent).hosts! += 1;
  }

  /** One minute: agents poll, what runs goes on, and the controller moves. */
  tick(): Move {
    this.#poll();
    this.now = (this.now + minuteMs) as Instant;
    this.#goOn();
    const rollout = this.policy.rollouts[0]!;
    const move = nextMove(this.#plan, rollout, this.#evidence, this.now);
    if (move.kind !== 'stay') this.policy = applyMove(this.policy, rollout.rolloutId, move, this.now);
    return move;
  }

  /** An operator's halt of everything; returns the version that says so. */
  halt(): number {
    const version = this.policy.version + 1;
    this.policy = { ...this.policy, version, issuedAt: this.now, isHalted: true };
    return version;
  }

  /** Agents of every fifth of the fleet poll in one minute, spread over its seconds and some more. */
  #poll(): void {
    const minute = Math.round((this.now - start) / minuteMs) % pollMinutes;
    const { version } = this.policy;
    this.pollsBySecond.fill(0);
    this.begun = 0;
    for (let agent = minute; agent < this.#size; agent += pollMinutes) {
      const second = (Math.floor(agent / pollMinutes) % 60) + this.#random.below(jitterS);
      this.pollsBySecond[second]! += 1;
      const at = (this.now + second * 1_000) as Instant;
      if (this.sawAt[agent] === 0 && version >= this.watchedVersion) this.sawAt[agent] = at;
      if (this.#seenVersion[agent] === version && at < this.#waitsUntil[agent]!) continue;
      this.#seenVersion[agent] = version;
      this.#waitsUntil[agent] = this.#decide(agent, at);
    }
  }

  /** Until when the answer stays the same. */
  #decide(agent: number, at: Instant): number {
    if (this.#waitsUntil[agent] === Number.MAX_VALUE) return Number.MAX_VALUE;
    const decision = decide(this.policy, this.#facts(agent), at);
    if (decision.action === 'wait') return decision.notBefore;
    if (decision.action === 'hold') return Number.POSITIVE_INFINITY;
    const host: Host = { ring: this.#ringOf(agent), system: Math.floor(((agent * 0.754_877_666_247) % 1) * 100) };
    const fate = this.#build(this.#random, host);
    const switchAt = at + (1 + this.#random.below(downloadS)) * 1_000;
    const reportAt = fate === 'silent' ? Number.POSITIVE_INFINITY : switchAt + fate.afterS * 1_000;
    this.begun += 1;
    this.#running.push({
      agent,
      switchAt,
      reportAt,
      ends: fate === 'silent' ? 'failed' : fate.ends,
      isHarmed: fate === 'silent' || fate.ends === 'failed',
      state: 'downloading',
    });
    return Number.MAX_VALUE;
  }

  #facts(agent: number): AgentFacts {
    const { component, version, releaseNumber } = this.#plan;
    return {
      ...{ agentId: this.#ids[agent]!, component, platform: 'linux-x64', installedVersion: '1.0', installedSha256: '' },
      ...{ releaseNumberFloor: 0, state: 'Enabled', ring: this.#ringOf(agent), role: 'active', blocked: [], wish: {} },
      consentsToFloors: false,
      offered: [
        {
          ...{
            component,
            version,
            releaseNumber,
            platform: 'linux-x64',
            sha256: digest,
            publishedAt: start as Instant,
          },
          ...{ maxRampPpmPerHour: 1_000_000, channel: { download: true, autoUpgrade: true } },
        },
      ],
    };
  }

  #ringOf(agent: number): string {
    return agent < this.#canaries ? 'canary' : 'broad';
  }

  /** Downloads end in a switch unless the last look sees a halt; switches end in a report, or in silence. */
  #goOn(): void {
    const isHalted = this.policy.isHalted || this.policy.rollouts[0]?.state === 'halted';
    const left: Running[] = [];
    for (const running of this.#running) {
      const { agent, switchAt, reportAt, ends, isHarmed } = running;
      const counts = this.#countsOf(agent);
      if (running.state === 'downloading' && switchAt < this.now) {
        if (isHalted) continue;
        running.state = 'activating';
        this.activated += 1;
        if (isHarmed) this.harmed += 1;
        counts.activating += 1;
      }
      if (running.state === 'activating' && reportAt < this.now) {
        counts.activating -= 1;
        counts[ends] += 1;
        continue;
      }
      if (running.state === 'activating' && this.now - switchAt >= silentAfterMs) {
        running.state = 'silent';
        counts.silent += 1;
      }
      if (running.state !== 'silent') left.push(running);
    }
    this.#running = left;
  }

  /** Of its tenant, in its ring. Tenants are of very different sizes: the square of an even draw. */
  #countsOf(agent: number): Counts {
    return this.#evidence.get(this.#ringOf(agent))![Math.floor(((agent * 0.618_033_988_749) % 1) ** 2 * tenantCount)]!;
  }
}

/** One release through a few canaries, then through the rest at one per cent an hour. */
export function onePercentAnHour(): RolloutPlan {
  const proof = { minCommitted: 50, minCommittedPpm: 950_000 };
  return {
    ...{ rolloutId: '00000000-0000-7000-8000-000000000001', component: 'connect-sync', version: '2.0.0.0' },
    ...{ releaseNumber: 200, targets: new Map([['linux-x64', digest]]) },
    rings: [
      { name: 'canary', startPpm: 1_000_000, rampPpmPerHour: 0, soakMs: 120 * minuteMs, ...proof },
      { name: 'broad', startPpm: 0, rampPpmPerHour: 10_000, soakMs: 120 * minuteMs, ...proof },
    ],
    haltAt: { minFailures: 5, failurePpm: 20_000 },
  };
}
