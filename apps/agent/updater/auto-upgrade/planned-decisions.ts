/**
 * What the rollout says of this host, component by component, for telling people: the same function that decides, with the
 * facts that the last look left. Imports nothing from npm.
 */
import type { Decision } from '@springline/auto-upgrade/rollout/decide';
import { hostDecision } from '@springline/auto-upgrade/upgrader/host-decision';
import type { EpochMs } from '@springline/ports/clock';
import { hostPlatform } from '../../upgrader/first-install.ts';
import type { Look } from '../../upgrader/job.ts';
import { keptPolicy } from '../../upgrader/policy.ts';
import { releaseNumberFloors } from '../../upgrader/trust-store.ts';
import { hostFacts } from './host-facts.ts';
import { linkedBuilds } from './installed-builds.ts';
import type { OfferedRelease } from './offered-releases.ts';

/** Of an agent that is not enrolled nothing can be said. @throws {TrustError} `trust-store-damaged` */
export function plannedDecisions(
  home: string,
  agentId: string | undefined,
  offered: readonly OfferedRelease[],
  look: Look | undefined,
  now: EpochMs,
): ReadonlyMap<string, Decision> {
  if (agentId === undefined) return new Map();
  const host = hostFacts(home, { agentId, retryBlocked: false }, now);
  const policy = keptPolicy(home, look?.policy);
  const floors = releaseNumberFloors(home);
  const offers = offered.map(({ facts, sha256 }) => ({ component: facts.component, target: { facts, sha256 } }));
  const candidates = { offers, exposed: look?.exposed ?? [] };
  return new Map(
    linkedBuilds(home).map(({ component, build: { version, releaseNumber, sha256 } }) => {
      const releaseNumberFloor = Math.max(releaseNumber, floors.get(component) ?? 0);
      const installed = { component, version, sha256, releaseNumberFloor };
      return [component, hostDecision(policy, host, installed, hostPlatform(), candidates, now)];
    }),
  );
}
