/** Every installation as campaigns judge them: one component on one host, known from its agent or from PKS sightings. */
import type { Installation } from '@springline/auto-upgrade/campaign/judge';
import {
  offeredTimes,
  type PolicyInForce,
  type TimeSpan,
  timeWithin,
} from '@springline/auto-upgrade/campaign/offered-time';
import { type Component, platformFromNode } from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import type { EpochMs } from '@springline/ports/clock';
import type { Agent } from '../storage/platform/agents.ts';
import type { PublishedTarget } from './published-releases.ts';

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

/** Answers for many agents of a few rings and platforms. */
export class Offers {
  readonly #targets: readonly PublishedTarget[];
  readonly #history: readonly PolicyInForce[];
  readonly #known = new Map<string, readonly TimeSpan[]>();

  constructor(targets: readonly PublishedTarget[], history: readonly PolicyInForce[]) {
    this.#targets = targets;
    this.#history = history;
  }

  /**
   * Since when `agent` could have had a release of `component` that is at least `minimum`, moved on by all the time in
   * which it could not meanwhile: only that counts in which such a release was published, not recalled and wholly open to
   * its ring, and the agent enrolled. `undefined`: never, so nothing may be held against it (security rule S27).
   */
  since(
    { component, minimum }: { readonly component: Component; readonly minimum: string },
    agent: Pick<Agent, 'platform' | 'enrolledAt' | 'report'>,
    now: EpochMs,
  ): EpochMs | undefined {
    const ring = agent.report?.autoUpgrade?.ring ?? usualRing;
    const open = timeWithin(this.#times(component, minimum, platformOf(agent), ring), agent.enrolledAt, now);
    return open === 0 ? undefined : ((now - open) as EpochMs);
  }

  #times(component: Component, minimum: string, platform: string, ring: string): readonly TimeSpan[] {
    const key = `${component} ${minimum} ${platform} ${ring}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const builds = this.#targets
      .filter((target) => target.component === component && target.platform === platform)
      .filter(({ isRecalled, isForAutoUpgrade }) => isForAutoUpgrade && !isRecalled)
      .filter(({ version }) => compareVersions(parseVersion(version), parseVersion(minimum)) >= 0);
    const times = offeredTimes(builds, ring, this.#history);
    this.#known.set(key, times);
    return times;
  }
}

export function platformOf({ platform }: Pick<Agent, 'platform'>): string {
  return platformFromNode(platform);
}
