/**
 * What must be signed again, and when: pure. Timestamps are renewed by the clock, so that a frozen mirror shows within
 * their short life; the other metadata when less than half of its life is left.
 */
import { recallLifeMs } from '@springline/auto-upgrade/release/recall-statement';
import type { EpochMs } from '@springline/ports/clock';
import type { Published } from '@springline/tuf/repository/publish';
import type { RepositoryName } from './roles.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** How long what is signed now is good for. */
export const livesMs = {
  image: { root: 365 * dayMs, targets: 90 * dayMs, snapshot: 7 * dayMs, timestamp: 7 * dayMs },
  director: { root: 365 * dayMs, targets: 7 * dayMs, snapshot: 7 * dayMs, timestamp: 30 * minuteMs },
} as const satisfies Record<RepositoryName, Record<string, number>>;

/** How long a delegated Image role is good for. */
export function delegatedLifeMs(role: string): number {
  return role.startsWith('recall-') ? recallLifeMs : livesMs.image.targets;
}

const timestampEveryMs: Readonly<Record<RepositoryName, number>> = { image: dayMs, director: 10 * minuteMs };

export interface Due {
  /** Agents follow a chain of roots, each signed by the keys of the one before: a new one must come before the end. */
  readonly root: boolean;
  readonly timestamp: boolean;
  /** `targets`, `snapshot`, and delegated roles. */
  readonly renew: ReadonlySet<string>;
}

/** A repository without a timestamp is due. */
export function dueOf(name: RepositoryName, published: Published, now: EpochMs): Due {
  const { root, targets, snapshot, timestamp } = published;
  const renew = new Set<string>();
  if (targets === undefined || targets.expires - now < livesMs[name].targets / 2) renew.add('targets');
  if (snapshot === undefined || snapshot.expires - now < livesMs[name].snapshot / 2) renew.add('snapshot');
  for (const [role, { expires }] of published.delegated) {
    if (expires - now < delegatedLifeMs(role) / 2) renew.add(role);
  }
  // Signed in the future: the clock was set back, and what is signed now counts.
  const ageMs = timestamp?.signedAt === undefined ? Number.POSITIVE_INFINITY : now - timestamp.signedAt;
  const isOld = ageMs >= timestampEveryMs[name] || ageMs < 0;
  // By the date too: a timestamp that was signed for a shorter life.
  const endsSoon = timestamp === undefined || timestamp.expires - now < livesMs[name].timestamp / 2;
  const isRootDue = root.expires - now < livesMs[name].root / 2;
  return { root: isRootDue, timestamp: isOld || endsSoon || isRootDue || renew.size > 0, renew };
}
