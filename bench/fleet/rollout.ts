/** What a bad release reaches before it is halted, how fast a halt is everywhere, and how evenly a fleet comes. */
import type { TenantEvidence } from '@springline/auto-upgrade/rollout/evidence';
import { type Measure, measure } from '../measure.ts';
import { type Build, Fleet, type Host, minuteMs, onePercentAnHour } from './simulation.ts';

const size = 500_000;
/** 0.03 % of the fleet opted in to go first. */
const canaries = 150;
const hitGoalPercent = 0.05;
/** One poll and a minute. */
const reachGoalS = 360;
const herdGoal = 2;
const haltLimitMinutes = 720;

/** Rule S19: alone it must neither halt nor mask. */
const forged: TenantEvidence = { tenantId: 'forged', activating: 0, committed: 0, failed: 0, silent: 0 };

const committed: Build = (random) => ({ ends: 'committed', afterS: 240 + random.below(120) });
const failsLoudly: Build = (random) => ({ ends: 'failed', afterS: 60 + random.below(120) });
const diesSilently: Build = () => 'silent';

/** Hosts of a hundred that run the system on which a build fails of which the canaries have none. */
const badShares = [100, 20, 5] as const;

/** Works on every canary, and on whatever does not run that system. */
const beyondCanaries =
  (share: number, bad: Build): Build =>
  (random, host) =>
    isOnBadSystem(host, share) ? bad(random, host) : committed(random, host);

function isOnBadSystem({ ring, system }: Host, share: number): boolean {
  return ring !== 'canary' && system < share;
}

export function* rolloutMeasures(): Iterable<Measure> {
  const badOnes: readonly (readonly [string, Build, TenantEvidence?])[] = [
    ['that fails loudly', failsLoudly],
    ['that dies silently', diesSilently],
    ['that dies silently, masked by a forged tenant', diesSilently, { ...forged, committed: 1_000_000 }],
  ];
  for (const [what, build, lie] of badOnes) {
    const percent = percentOf(reached(build, lie).activated);
    yield measure({
      ...{ bench: 'fleet', measure: `bad release ${what}: hosts hit of ${size}`, unit: '%', ours: percent },
      ...{ peer: 61.8, peerName: 'everything at once, published', goal: `<= ${hitGoalPercent} %` },
      met: percent <= hitGoalPercent,
    });
  }
  for (const share of badShares) {
    for (const [how, bad] of [
      ['loudly', failsLoudly],
      ['silently', diesSilently],
    ] as const) {
      const { activated, harmed } = reached(beyondCanaries(share, bad));
      const words = `bad release that no canary shows, failing ${how} on ${share}% of the others`;
      // How far it gets is known by nobody before it fails somewhere: the ramp and the hour of silence bound it.
      yield measure({
        ...{ bench: 'fleet', measure: `${words}: hosts harmed of ${size}`, unit: '%', ours: percentOf(harmed) },
        ...{ peer: percentOf(activated), peerName: 'that had it switched on when it was halted', goal: '-', met: true },
      });
    }
  }
  const { reachS, herd } = ramping();
  yield measure({
    ...{ bench: 'fleet', measure: 'a halt is known to 99% of the fleet', unit: 's', ours: reachS, peer: reachGoalS },
    ...{ peerName: 'one poll and 60 s', goal: `<= ${reachGoalS} s`, met: reachS <= reachGoalS },
  });
  yield measure({
    ...{ bench: 'fleet', measure: 'most polls in a second, of the mean', unit: 'x', ours: herd, peer: 1 },
    ...{ peerName: 'all evenly', goal: `<= ${herdGoal} x`, met: herd <= herdGoal },
  });
}

/** Hosts on which the build was switched on, and those that it harmed, until nothing moves after the halt. */
function reached(build: Build, lie?: TenantEvidence): Pick<Fleet, 'activated' | 'harmed'> {
  const fleet = new Fleet(size, canaries, onePercentAnHour(), build, lie);
  let minute = 0;
  while (fleet.tick().kind !== 'halt') {
    if (++minute > haltLimitMinutes) throw new Error('a bad release was not halted');
  }
  for (let after = 0; after < 10; after++) fleet.tick();
  return fleet;
}

function percentOf(hosts: number): number {
  return (hosts / size) * 100;
}

/** A good release that a forged tenant calls bad, half an hour up its ramp; then somebody halts everything. */
function ramping(): { readonly reachS: number; readonly herd: number } {
  const fleet = new Fleet(size, canaries, onePercentAnHour(), committed, { ...forged, failed: 1_000_000 });
  for (let move = fleet.tick(); !(move.kind === 'open-ring' && move.ring === 'broad'); move = fleet.tick()) {
    if (move.kind === 'halt') throw new Error(`a forged tenant halted a good release: ${move.reason}`);
  }
  const bySecond = new Map<number, number>();
  for (let minute = 0; minute < 30; minute++) {
    const from = fleet.now / 1_000;
    fleet.tick();
    for (const [second, polls] of fleet.pollsBySecond.entries()) {
      bySecond.set(from + second, (bySecond.get(from + second) ?? 0) + polls);
    }
  }
  const herd = Math.max(...bySecond.values()) / (size / 300);
  const haltedAt = fleet.now;
  fleet.watchedVersion = fleet.halt();
  const activated = fleet.activated;
  for (let minute = 0; minute < 10; minute++) fleet.tick();
  if (fleet.activated > activated) throw new Error('a halted build was switched on');
  const delays = fleet.sawAt.map((at) => (at === 0 ? 10 * minuteMs : at - haltedAt)).sort();
  return { reachS: delays[Math.floor(size * 0.99)]! / 1_000, herd };
}

if (import.meta.main) for (const found of rolloutMeasures()) process.stdout.write(`${JSON.stringify(found)}\n`);
