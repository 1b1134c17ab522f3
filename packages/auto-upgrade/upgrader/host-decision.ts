/**
 * What the rollout policy says of one component of this host: the facts of the host and of its verified offers, brought
 * before `decide`. Pure.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Component, Platform } from '../release/target-path.ts';
import { type Decision, decide } from '../rollout/decide.ts';
import type { RolloutPolicy } from '../rollout/policy.ts';
import type { Wish } from '../rollout/wish.ts';
import { type Candidate, candidateFacts, type Exposure, type Installed } from './choose-release.ts';

/** What is judged of a host beside its builds; can be sent as JSON. */
export interface HostFacts {
  readonly agentId: string;
  readonly state: 'Enabled' | 'Disabled';
  readonly ring: string;
  readonly role: 'active' | 'staging';
  /** The host's own and its tenant's, joined. */
  readonly wish: Wish;
  readonly consentsToFloors: boolean;
  readonly blocked: readonly { readonly sha256: string; readonly until: EpochMs }[];
  /** Since when a staging server has kept a release: SHA-256 of its archive and the instant. */
  readonly stagingCommitted: readonly (readonly [string, EpochMs])[];
}

/** What is chosen between; offers of a component with the highest number first. */
export interface Candidates {
  readonly offers: readonly Candidate[];
  readonly exposed: readonly Pick<Exposure, 'component' | 'stop'>[];
}

/** Below every build: a host that must leave a recalled one takes any release with a higher number. */
const belowAll = '0.0';

export function hostDecision(
  policy: RolloutPolicy | 'not-understood' | undefined,
  host: HostFacts,
  installed: Installed,
  platform: string,
  { offers, exposed }: Candidates,
  now: EpochMs,
): Decision {
  const { component, version, sha256, releaseNumberFloor } = installed;
  const offered = offers.filter((offer) => offer.component === component).map(candidateFacts);
  const staged = new Map(host.stagingCommitted);
  const committed = offered.find((release) => staged.has(release.sha256))?.sha256;
  const mustLeave = exposed.some((exposure) => exposure.component === component && exposure.stop === 'running');
  const { stagingCommitted: _, ...facts } = host;
  const decision = decide(
    policy,
    {
      ...facts,
      ...{ component: component as Component, platform: platform as Platform, releaseNumberFloor, offered },
      ...{ installedVersion: mustLeave ? belowAll : version, installedSha256: sha256 },
      ...(committed === undefined
        ? {}
        : { stagingCommittedSha256: committed, stagingCommittedAt: staged.get(committed)! }),
    },
    now,
  );
  if (decision.action === 'install' || sha256 !== '') return decision;
  const same = offered.find(({ releaseNumber }) => releaseNumber === releaseNumberFloor + 1);
  return same === undefined || !mayHeal(host, same.sha256, now)
    ? decision
    : { action: 'install', release: same, rule: 'open' };
}

/**
 * Whether a build whose files were altered is brought again. It is the release that ran here, still named by both
 * repositories and not recalled, and until it is there nothing runs: what holds newer builds back (a halt, rings, a pin,
 * windows, freezes) is no reason to leave a host standing. That people opted out is: the host's own, or its tenant. So is
 * that bringing it failed a moment ago.
 */
function mayHeal({ state, wish, blocked }: HostFacts, sha256: string, now: EpochMs): boolean {
  if (state === 'Disabled' || wish.disabled === true) return false;
  return !blocked.some((block) => block.sha256 === sha256 && now < block.until);
}
