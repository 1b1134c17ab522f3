/**
 * Cases of `decide` from a seed: the same seed gives the same case in every JavaScript engine. Instants lie close together
 * and names repeat, so that rules meet: a uniformly random case would nearly always hold for the first of them.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Platform } from '../../release/target-path.ts';
import { type AgentFacts, decide, type ReleaseFacts } from '../decide.ts';
import { type Freeze, policyFormat, type Rollout, type RolloutPolicy, type RolloutRing } from '../policy.ts';
import { sha256Hex } from '../sha256.ts';
import type { MaintenanceWindow } from '../window.ts';
import type { OwnWish, Wish } from '../wish.ts';
import { type Case, decisionJson } from './case.ts';

const start = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const ringNames = ['canary', 'early', 'broad', 'late'] as const;
const versions = ['1.0.0.0', '1.2.0.0', '1.2.1.0', '2.0.0.0', '2.5.0.0'] as const;
const platforms: readonly Platform[] = ['linux-x64', 'win-x64'];

/** Small whole numbers from a seed (Marsaglia's xorshift, 32 bits). */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring numbers, and zero would stay zero.
    this.#state = Math.imul(seed + 0x9e37_79b9, 0x85eb_ca6b) | 1;
    for (let round = 0; round < 8; round++) this.below(2);
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** True in `percent` of 100. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** Between -20 and +40 days of the start, sometimes on a whole hour. */
  instant(): EpochMs {
    const ms = start - 20 * dayMs + this.below(60 * 24) * hourMs;
    return (this.chance(50) ? ms : ms + this.below(hourMs)) as EpochMs;
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
}

export function randomCase(seed: number): Case {
  const random = new Seeded(seed);
  const policy = random.chance(4) ? undefined : random.chance(2) ? 'not-understood' : randomPolicy(random);
  return { policy, facts: randomFacts(random), now: random.instant() };
}

export function randomPolicy(random: Seeded): RolloutPolicy {
  const named = versions.slice(1).filter(() => random.chance(75));
  return {
    ...{ format: policyFormat, version: 1 + random.below(9), issuedAt: random.instant(), isHalted: random.chance(4) },
    freezes: random.chance(25) ? [randomFreeze(random), randomFreeze(random)] : [],
    rollouts: named.map((version) => randomRollout(random, version)),
  };
}

export function randomFacts(random: Seeded): AgentFacts {
  const platform = random.pick(platforms);
  const offered = versions.filter(() => random.chance(70)).map((version) => randomRelease(random, version, platform));
  const staging = random.chance(50) ? random.pick(versions) : undefined;
  return {
    agentId: random.uuid(),
    ...{ component: 'connect-sync', platform, installedVersion: random.pick(versions.slice(0, 3)) },
    ...{ installedSha256: digestOf('1.0.0.0', platform), releaseNumberFloor: random.pick([0, 0, 100, 120]) },
    ...{ state: random.chance(8) ? 'Disabled' : 'Enabled', ring: random.pick([...ringNames, 'broad', 'none']) },
    role: random.chance(20) ? 'staging' : 'active',
    offered,
    blocked: random.chance(15) ? [{ sha256: digestOf(random.pick(versions), platform), until: random.instant() }] : [],
    wish: random.chance(50) ? {} : randomWish(random),
    consentsToFloors: random.chance(50),
    ...(staging === undefined
      ? {}
      : { stagingCommittedAt: random.instant(), stagingCommittedSha256: digestOf(staging, platform) }),
  };
}

export function randomOwnWish(random: Seeded): OwnWish {
  return {
    ...(random.chance(20) ? { pin: random.pick(versions) } : {}),
    ...(random.chance(20) ? { ring: random.pick(ringNames) } : {}),
    ...(random.chance(30) ? { window: Array.from({ length: 1 + random.below(2) }, () => randomWindow(random)) } : {}),
    ...(random.chance(15) ? { freezes: [randomFreeze(random)] } : {}),
    ...(random.chance(15) ? { notBefore: random.instant() } : {}),
    ...(random.chance(15) ? { afterStagingSoakMs: random.below(72) * hourMs } : {}),
    ...(random.chance(5) ? { disabled: random.chance(50) } : {}),
  };
}

/** SHA-256 of all decisions of `count` cases from `seed` on, each with its place: one text that says whether two engines agree. */
export function decisionsDigest(seed: number, count: number): string {
  const utf8 = new TextEncoder();
  let digest = '';
  for (let at = seed; at < seed + count; at++) {
    const { policy, facts, now } = randomCase(at);
    digest = sha256Hex(utf8.encode(`${digest} ${at} ${JSON.stringify(decisionJson(decide(policy, facts, now)))}`));
  }
  return digest;
}

function randomWish(random: Seeded): Wish {
  const own = randomOwnWish(random);
  return random.chance(15)
    ? { ...own, also: [{ ring: random.pick(ringNames) }, { window: [randomWindow(random)] }] }
    : own;
}

function randomWindow(random: Seeded): MaintenanceWindow {
  const days = [0, 1, 2, 3, 4, 5, 6].filter(() => random.chance(40));
  const summer = start + (random.below(30) - 5) * dayMs;
  return {
    days: days.length === 0 ? [random.below(7)] : days,
    fromMinute: random.below(1_440),
    untilMinute: 1 + random.below(1_440),
    transitions: [
      { from: (start - 400 * dayMs) as EpochMs, offsetMinutes: random.pick([0, 60, -300, 330]) },
      { from: summer as EpochMs, offsetMinutes: random.pick([60, 120, -240]) },
    ],
  };
}

function randomFreeze(random: Seeded): Freeze {
  const from = random.instant();
  return { name: random.pick(['audit', 'holiday']), from, until: (from + 1 + random.below(5 * dayMs)) as EpochMs };
}

function randomRollout(random: Seeded, version: string): Rollout {
  const state = random.chance(80) ? 'running' : random.pick(['halted', 'aborted', 'complete'] as const);
  const named = ringNames.filter(() => random.chance(85));
  const rings = (named.length === 0 ? (['broad'] as const) : named).map((name) => randomRing(random, name));
  return {
    ...{
      rolloutId: `00000000-0000-7000-8000-${version.replaceAll('.', '').padStart(12, '0')}`,
      component: 'connect-sync',
    },
    ...{ version: random.chance(96) ? version : '9.9', releaseNumber: numberOf(version), state },
    targets: new Map(platforms.map((platform) => [platform, digestOf(version, platform)])),
    ...(state === 'halted' ? { reason: 'it fails' } : {}),
    rings,
  };
}

function randomRing(random: Seeded, name: string): RolloutRing {
  return {
    name,
    ...(random.chance(80) ? { openedAt: random.instant() } : {}),
    startPpm: random.pick([0, 0, 0, 10_000, 500_000, 1_000_000]),
    rampPpmPerHour: random.pick([0, 1, 777, 10_000, 10_000, 333_333, 1_000_000]),
  };
}

function randomRelease(random: Seeded, version: string, platform: Platform): ReleaseFacts {
  const publishedAt = random.instant();
  const from = (publishedAt + random.pick([3, 7, 7, 10]) * dayMs) as EpochMs;
  return {
    ...{ component: 'connect-sync', version, releaseNumber: numberOf(version), platform },
    ...{ sha256: digestOf(version, platform), publishedAt },
    maxRampPpmPerHour: random.chance(75) ? 1_000_000 : random.pick([0, 10_000, 3_333, 200_000]),
    channel: { download: true, autoUpgrade: !random.chance(5) },
    ...(random.chance(25) ? { floor: { below: random.pick(versions), from } } : {}),
    ...(random.chance(5) ? { recalled: { reason: 'it loses changes' } } : {}),
  };
}

function numberOf(version: string): number {
  return Number(version.replaceAll('.', '').slice(0, 3));
}

const digests = new Map<string, string>();

function digestOf(version: string, platform: Platform): string {
  const name = `${version} ${platform}`;
  const known = digests.get(name) ?? sha256Hex(new TextEncoder().encode(name));
  digests.set(name, known);
  return known;
}
