/** What is still to be done so that hosts take what was just published: under a policy nothing is open by itself. Pure. */
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { releasesInPolicy } from './policy.ts';

interface Release {
  readonly component: string;
  readonly version: string;
  /** Of the archive; absent before it is packed. */
  readonly sha256?: string;
  readonly facts: { readonly channel: { readonly autoUpgrade: boolean } };
}

/** Sentences with the command; none without a policy, where every published release is open to all. */
export function rolloutNotes(policy: RolloutPolicy | undefined, releases: readonly Release[]): readonly string[] {
  if (policy === undefined) return [];
  const named = releasesInPolicy(policy);
  const held = releases.filter(({ sha256, facts }) => {
    return facts.channel.autoUpgrade && (sha256 === undefined || !named.has(sha256));
  });
  // A release for several platforms has one rollout.
  const names = [...new Set(held.map(({ component, version }) => `${component} ${version}`))];
  if (names.length === 0) return [];
  return [
    'A rollout policy is in force: hosts wait (not-in-policy) until a rollout names the release.',
    ...names.map((name) => `  springline rollout create ${name} --dry-run`),
    ...(policy.isHalted ? ['Everything is halted as well: springline rollout resume-all'] : []),
  ];
}
