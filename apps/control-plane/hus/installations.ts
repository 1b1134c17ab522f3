/** Every installation as campaigns judge them: one component on one host, known from its agent or from PKS sightings. */
import type { Installation } from '@springline/auto-upgrade/campaign/judge';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { reachesAt } from '@springline/auto-upgrade/rollout/ramp';
import type { EpochMs } from '@springline/ports/clock';
import type { Agent } from '../storage/platform/agents.ts';
import { usualRing } from '../storage/upgrade/evidence.ts';
import type { PublishedTarget } from './published-releases.ts';

const million = 1_000_000;

/** Of an active agent. One that never said what runs there has its Agent Updater alone. */
export function installationsOf(
  agent: Agent,
  tenant: string,
  offeredSince: (component: Component, agent: Agent) => EpochMs | undefined,
): readonly Installation[] {
  if (agent.state === 'revoked') return [];
  const { autoUpgrade } = agent.report ?? {};
  const components = autoUpgrade?.components ?? [
    { component: 'agent-updater' as const, version: agent.version, lastUpgrade: undefined },
  ];
  return components.map(({ component, version, lastUpgrade }) => {
    const offered = offeredSince(component, agent);
    const lastResult = autoUpgrade?.suspensionReason?.split(':')[0] ?? lastUpgrade?.result;
    return {
      ...{ agentId: agent.id, tenant, hostName: agent.hostName, component, version },
      ...{ state: autoUpgrade?.state ?? 'Enabled', channel: autoUpgrade?.channel ?? 'HUS', source: 'agent' as const },
      ...(agent.lastSeenAt === null ? {} : { lastSeenAt: agent.lastSeenAt }),
      ...(lastResult === undefined ? {} : { lastResult }),
      bornAt: agent.enrolledAt,
      ...(offered === undefined ? {} : { offeredSince: offered }),
    };
  });
}

/**
 * Since when `agent` could have had a release of `component` that is at least `minimum`: published, not recalled, its ring
 * wholly open, the agent enrolled. `undefined`: never, so nothing may be held against it (security rule S27).
 */
export function offeredSince(
  { component, minimum }: { readonly component: Component; readonly minimum: string },
  agent: Agent,
  targets: readonly PublishedTarget[],
  policy: RolloutPolicy | undefined,
): EpochMs | undefined {
  const ring = agent.report?.autoUpgrade?.ring ?? usualRing;
  const since = targets
    .filter((target) => target.component === component && target.platform === platformOf(agent))
    .filter(({ isRecalled, isForAutoUpgrade }) => isForAutoUpgrade && !isRecalled)
    .filter(({ version }) => compareVersions(parseVersion(version), parseVersion(minimum)) >= 0)
    .flatMap((target) => openSince(target, ring, policy) ?? [])
    .sort((a, b) => a - b)[0];
  return since === undefined ? undefined : (Math.max(since, agent.enrolledAt) as EpochMs);
}

/** As releases call it; the registration has Node's word for it. */
export function platformOf({ platform }: Pick<Agent, 'platform'>): string {
  return platform.replace(/^win32/, 'win');
}

function openSince(
  { sha256, platform, publishedAt }: PublishedTarget,
  ringName: string,
  policy: RolloutPolicy | undefined,
): EpochMs | undefined {
  if (policy === undefined) return publishedAt;
  const rollout = policy.rollouts.find(({ targets }) => targets.get(platform) === sha256);
  if (policy.isHalted || rollout === undefined) return undefined;
  if (rollout.state === 'complete') return latest(rollout.rings.map((ring) => reachesAt(ring, million))) ?? publishedAt;
  const ring = rollout.state === 'running' ? rollout.rings.find(({ name }) => name === ringName) : undefined;
  return ring === undefined ? undefined : reachesAt(ring, million);
}

function latest(instants: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  return instants.filter((at) => at !== undefined).sort((a, b) => b - a)[0];
}
