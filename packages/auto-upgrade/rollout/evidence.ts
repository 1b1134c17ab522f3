/**
 * What the reports of agents prove, so that no single tenant decides for all (rule S19).
 *
 * Give one entry for each tenant that has agents which count, also when it has reported nothing: that there are others is
 * what takes a lone voice its weight. Where more than one tenant exists, agents that enrolled less than seven days ago
 * count for nothing; the caller leaves them out. Silence counts as failure.
 *
 * With one or two tenants every report counts as it is: all together, or any one of the two, can halt.
 *
 * From three tenants on:
 * - **Failing.** Each tenant speaks for or against by `failures * 10^6 - failurePpm * began`. The tenant that speaks most
 *   for failing and the one that speaks most against are left out; the sum of the others must not be negative. And without
 *   the tenant that has most failures there must still be `minFailures`. So one tenant, whatever it reports, can
 *   neither bring about a halt (the others must have `minFailures`, and their share of failures, at least without one of
 *   them) nor prevent one for which the others give reason, whichever one of them is left out.
 * - **Proven.** A tenant counts for at most a third of `minCommitted`, rounded up; and the share of those that committed is
 *   judged as above, without the two tenants at the ends.
 */
import { million } from './bucket.ts';
import type { PlanRing, RolloutPlan } from './plan.ts';

/** Counts of agents. `silent` ones are among `activating`; nobody else is counted twice. */
export interface TenantEvidence {
  readonly tenantId: string;
  /** Began, and reported no end. */
  readonly activating: number;
  readonly committed: number;
  readonly failed: number;
  /** Activating for 60 minutes or more. */
  readonly silent: number;
}

/** Plain sums, to be shown. */
export interface Weighed {
  readonly tenants: number;
  readonly began: number;
  readonly committed: number;
  /** Reported and silent ones. */
  readonly failed: number;
}

const tenantsForTrimming = 3;

export function weigh(evidence: readonly TenantEvidence[]): Weighed {
  const tenants = tenantsOf(evidence);
  return {
    tenants: tenants.length,
    began: sum(tenants.map(({ began }) => began)),
    committed: sum(tenants.map(({ committed }) => committed)),
    failed: sum(tenants.map(({ failures }) => failures)),
  };
}

/** Whether a release fails too often to go on. */
export function isFailing(
  evidence: readonly TenantEvidence[],
  { minFailures, failurePpm }: RolloutPlan['haltAt'],
): boolean {
  const tenants = tenantsOf(evidence);
  const fails = (those: readonly Tenant[]) =>
    sum(those.map(({ failures }) => failures)) >= minFailures && sum(those.map(voice)) >= 0;
  const voice = ({ failures, began }: Tenant) => failures * million - failurePpm * began;
  if (tenants.length < tenantsForTrimming) return fails(tenants) || tenants.some((tenant) => fails([tenant]));
  const counts = tenants.map(({ failures }) => failures);
  return sum(counts) - largest(counts) >= minFailures && trimmedSum(tenants.map(voice)) >= 0;
}

/** Whether a ring has run the release well enough for the next ring to open. */
export function isProven(
  evidence: readonly TenantEvidence[],
  { minCommitted, minCommittedPpm }: Pick<PlanRing, 'minCommitted' | 'minCommittedPpm'>,
): boolean {
  const tenants = tenantsOf(evidence);
  const voices = tenants.map(({ committed, began }) => committed * million - minCommittedPpm * began);
  if (tenants.length < tenantsForTrimming) {
    return sum(tenants.map(({ committed }) => committed)) >= minCommitted && sum(voices) >= 0;
  }
  const most = Math.ceil(minCommitted / tenantsForTrimming);
  return sum(tenants.map(({ committed }) => Math.min(committed, most))) >= minCommitted && trimmedSum(voices) >= 0;
}

interface Tenant {
  readonly began: number;
  readonly committed: number;
  readonly failures: number;
}

/** Entries of one tenant (from several rings) become one: it must not count as many. */
function tenantsOf(evidence: readonly TenantEvidence[]): readonly Tenant[] {
  const byId = new Map<string, Tenant>();
  for (const { tenantId, activating, committed, failed, silent } of evidence) {
    const known = byId.get(tenantId) ?? { began: 0, committed: 0, failures: 0 };
    byId.set(tenantId, {
      began: known.began + activating + committed + failed,
      committed: known.committed + committed,
      failures: known.failures + failed + Math.min(silent, activating),
    });
  }
  return [...byId.values()];
}

function trimmedSum(voices: readonly number[]): number {
  return sum(voices) - largest(voices) + largest(voices.map((voice) => -voice));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), Number.NEGATIVE_INFINITY);
}
