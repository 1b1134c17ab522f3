/** A rollout as people see it: from its plan, the signed policy, and what its hosts reported. */
import type { RolloutView } from '@springline/api/shapes/rollout';
import { nextMove } from '@springline/auto-upgrade/rollout/advance';
import { weigh } from '@springline/auto-upgrade/rollout/evidence';
import { parsePlan, type RolloutPlan, rolloutFromPlan } from '@springline/auto-upgrade/rollout/plan';
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { openPpm } from '@springline/auto-upgrade/rollout/ramp';
import type { EpochMs } from '@springline/ports/clock';
import type { KeptRollout } from '../storage/upgrade/rollouts.ts';
import type { AllEvidence } from './controller.ts';
import { type PublishedTarget, recallOf } from './published-releases.ts';

const minuteMs = 60_000;
const reasonLimit = 500;
const ringLimit = 16;

/** What a view is made from, beside the rollout's own row. */
interface ViewWorld {
  readonly policy: RolloutPolicy | undefined;
  /** Builds of the repository: a recalled one goes nowhere, whatever the policy says. */
  readonly targets: readonly PublishedTarget[];
  /** What hosts reported, counted a moment ago at the earliest. */
  evidenceOf(plan: RolloutPlan): Promise<AllEvidence>;
}

export async function rolloutView(
  kept: KeptRollout,
  { policy, targets, evidenceOf }: ViewWorld,
  now: EpochMs,
): Promise<RolloutView> {
  const plan = parsePlan(JSON.parse(kept.plan));
  const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === kept.rolloutId);
  const rollout = signed ?? rolloutFromPlan(plan);
  const { byRing: evidence, elsewhere } = await evidenceOf(plan);
  const current = signed?.state ?? kept.state;
  const recall = current === 'aborted' ? undefined : recallOf(plan.targets.values(), targets);
  const state = recall === undefined ? current : 'recalled';
  const move = nextMove(plan, rollout, evidence, now);
  const reason = recall?.reason ?? signed?.reason ?? kept.reason ?? undefined;
  const others = totals(elsewhere);
  const outside = state === 'complete' || state === 'aborted' || recall !== undefined ? [] : hostsByRing(elsewhere);
  return {
    ...{ rolloutId: kept.rolloutId, component: plan.component, version: plan.version },
    ...{ releaseNumber: plan.releaseNumber, state, createdBy: kept.createdBy, createdAt: text(kept.createdAt) },
    ...(reason === undefined || reason === '' ? {} : { reason: reason.slice(0, reasonLimit) }),
    ...(plan.notBefore === undefined ? {} : { notBefore: text(plan.notBefore) }),
    haltAt: { ...plan.haltAt },
    rings: plan.rings.map(({ soakMs, ...ring }) => {
      const opened = rollout.rings.find(({ name }) => name === ring.name);
      const { openedAt } = opened ?? {};
      return {
        ...ring,
        soakMinutes: Math.round(soakMs / minuteMs),
        ...(openedAt === undefined ? {} : { openedAt: text(openedAt) }),
        openPpm: current === 'complete' ? 1_000_000 : opened === undefined ? 0 : openPpm(opened, now),
        evidence: totals(evidence.get(ring.name) ?? []),
      };
    }),
    ...(Object.values(others).every((count) => count === 0) ? {} : { elsewhere: others }),
    ...(outside.length === 0 ? {} : { outside }),
    next: recall !== undefined ? recalledWords : current === 'waiting' ? 'It waits for approval.' : nextWords(move),
  };
}

/** Most hosts first. */
function hostsByRing(elsewhere: AllEvidence['elsewhere']) {
  return [...Map.groupBy(elsewhere, ({ ring }) => ring)]
    .map(([ring, each]) => ({ ring, hosts: each.reduce((all, { hosts = 0 }) => all + hosts, 0) }))
    .filter(({ hosts }) => hosts > 0)
    .toSorted((a, b) => b.hosts - a.hosts)
    .slice(0, ringLimit);
}

const recalledWords =
  'The publisher called this release back: nobody installs it, no further ring opens, and it is not resumed. ' +
  'The cure is a higher version with a rollout of its own.';

function totals(evidence: Parameters<typeof weigh>[0]) {
  const { committed } = weigh(evidence);
  const sum = (count: (each: (typeof evidence)[number]) => number): number =>
    evidence.reduce((total, each) => total + count(each), 0);
  const silent = sum((each) => each.silent);
  return { activating: sum((each) => each.activating) - silent, committed, failed: sum((each) => each.failed), silent };
}

function nextWords(move: ReturnType<typeof nextMove>): string {
  switch (move.kind) {
    case 'stay':
      return move.why.slice(0, 500);
    case 'open-ring':
      return `Ring ${move.ring} opens at the controller's next round.`;
    case 'complete':
      return "It completes at the controller's next round.";
    case 'halt':
      return `It halts at the controller's next round: ${move.reason}`.slice(0, 500);
  }
}

function text(at: EpochMs): string {
  return new Date(at).toISOString();
}
