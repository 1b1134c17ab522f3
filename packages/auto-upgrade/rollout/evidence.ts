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
 * - **Proven.** A tenant counts for at most a third of `minCommitted`, rounded up; the share of those that committed is
 *   judged as above, without the two tenants at the ends; and however little the plan asks for, so many hosts of so many
 *   tenants must have committed as `leastProof` says, for which a tenant counts for at most half of the hosts, rounded up.
 *
 * A ring of which the plan asks no proof (`minCommitted` 0) needs no least either: that people approved.
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
  /** Hosts of the tenant that are known to be in this ring and to be there still, with or without a report; absent: 0. */
  readonly hosts?: number;
}

/** What proves a ring at the least. */
export interface LeastProof {
  readonly hosts: number;
  readonly tenants: number;
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

/**
 * Whether a ring has run the release well enough for the next ring to open.
 *
 * @param fleet Of all rings of the plan: how many hosts and tenants there are.
 */
export function isProven(
  evidence: readonly TenantEvidence[],
  { minCommitted, minCommittedPpm }: Pick<PlanRing, 'minCommitted' | 'minCommittedPpm'>,
  fleet: readonly TenantEvidence[] = evidence,
): boolean {
  const tenants = tenantsOf(evidence);
  const voices = tenants.map(({ committed, began }) => committed * million - minCommittedPpm * began);
  const least = minCommitted === 0 ? { hosts: 0, tenants: 0 } : leastProof(evidence, fleet);
  if (tenants.filter(({ committed }) => committed > 0).length < least.tenants) return false;
  const committedOf = (most: number): number => sum(tenants.map(({ committed }) => Math.min(committed, most)));
  if (tenantsOf(fleet).length < tenantsForTrimming) {
    return committedOf(Number.POSITIVE_INFINITY) >= Math.max(minCommitted, least.hosts) && sum(voices) >= 0;
  }
  return (
    committedOf(Math.ceil(minCommitted / tenantsForTrimming)) >= minCommitted &&
    committedOf(Math.ceil(least.hosts / 2)) >= least.hosts &&
    trimmedSum(voices) >= 0
  );
}

/**
 * How many hosts of how many tenants must have kept a release at the least: one more for each time that the fleet doubles.
 *
 * From three tenants on the hosts of the tenant that has most are left out, so that nobody raises the bar alone; there are
 * always two tenants, and at least one host of each. With one or two tenants half of the ring's own hosts are enough.
 */
export function leastProof(ring: readonly TenantEvidence[], fleet: readonly TenantEvidence[]): LeastProof {
  const all = tenantsOf(fleet).map(({ hosts }) => hosts);
  if (all.length < tenantsForTrimming) {
    const ofRing = sum(tenantsOf(ring).map(({ hosts }) => hosts));
    return { hosts: Math.min(doublings(sum(all)), Math.ceil(ofRing / 2)), tenants: 1 };
  }
  const tenants = Math.max(2, doublings(all.length));
  return { hosts: Math.max(tenants, doublings(sum(all) - largest(all))), tenants };
}

interface Tenant {
  readonly began: number;
  readonly committed: number;
  readonly failures: number;
  readonly hosts: number;
}

/** Entries of one tenant (from several rings) become one: it must not count as many. */
function tenantsOf(evidence: readonly TenantEvidence[]): readonly Tenant[] {
  const byId = new Map<string, Tenant>();
  for (const { tenantId, activating, committed, failed, silent, hosts = 0 } of evidence) {
    const known = byId.get(tenantId) ?? { began: 0, committed: 0, failures: 0, hosts: 0 };
    byId.set(tenantId, {
      began: known.began + activating + committed + failed,
      committed: known.committed + committed,
      failures: known.failures + failed + Math.min(silent, activating),
      hosts: known.hosts + hosts,
    });
  }
  return [...byId.values()];
}

/** The binary logarithm, rounded up; 0 for none and one. */
function doublings(count: number): number {
  return count < 2 ? 0 : 32 - Math.clz32(count - 1);
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
