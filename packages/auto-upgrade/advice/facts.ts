/**
 * What advice is made of: the builds to be on and the servers that are known, wherever they were learned. Whoever knows
 * a source turns it into these; a list of servers and the public situation are turned here, a control plane's answers by
 * its clients.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Effect } from '../campaign/campaign.ts';
import type { Group } from '../campaign/judge.ts';
import type { UpgradePath } from '../history/upgrade-path.ts';
import type { Component } from '../release/target-path.ts';

/** `campaign`: a control plane with a campaign. `fleet`: one without. `list`: a file of servers. `public`: nothing of ours. */
export type AdviceSource = 'campaign' | 'fleet' | 'list' | 'public';

/** A component and the build of it to be on. */
export interface WantedBuild {
  readonly component: Component;
  /** Absent: not yet announced, or none is asked for. */
  readonly minimum?: string;
  /** Why there is no minimum. */
  readonly without?: 'not-yet-announced' | 'none-asked';
  readonly carriedBy?: { readonly component: Component; readonly version: string };
  /** The newest build that hosts of this installation may upgrade themselves to. */
  readonly newest?: string;
  readonly byHand: boolean;
  readonly effect: Effect;
  /** The last day in time, `YYYY-MM-DD`. */
  readonly deadline?: string;
  /** An older minimum whose day has passed, where `minimum` is the next one. */
  readonly inForce?: { readonly minimum: string; readonly deadline: string };
  /** Where the support of `minimum` itself is over: its last day, and the newest build. */
  readonly ended?: { readonly on: string; readonly newest: string };
  /** On the page of its product, without `#`. */
  readonly anchor?: string;
  /** Where more is known than the servers that are named. */
  readonly counts?: { readonly ok: number; readonly below: number; readonly notJudged: number };
}

/** One component on one server. */
export interface AdvisedServer {
  readonly server: string;
  readonly component: Component;
  /** Absent: the list does not say. */
  readonly version?: string;
  /** `behind`: nothing asks for more, and there is a newer build. */
  readonly standing: 'ok' | 'below' | 'behind' | 'recalled' | 'not-judged';
  /** Of those that need something: what must be got out of the way first. */
  readonly group?: Group;
  readonly why: string;
  readonly path?: UpgradePath;
  readonly reasons: readonly string[];
  /** In its metaverse. */
  readonly objectCount?: number;
}

/** The end of the old channel, where a control plane knows of it. */
export interface PksFacts {
  readonly phase: string;
  /** RFC 3339. */
  readonly sunsetAt?: string;
  readonly left: number;
  readonly bridged: number;
}

export interface AdviceFacts {
  readonly source: AdviceSource;
  readonly now: EpochMs;
  /** Of the notice. */
  readonly title?: string;
  readonly note?: string;
  /** One for all builds, where a campaign has one. */
  readonly deadline?: { readonly date: string; readonly zone: string; readonly daysLeft: number };
  readonly builds: readonly WantedBuild[];
  readonly servers: readonly AdvisedServer[];
  /** Servers below, where more are known than are named in `servers`. */
  readonly belowTotal?: number;
  readonly belowGroups?: Readonly<Record<Group, number>>;
  readonly pks?: PksFacts;
  /** What people should know of the facts themselves. */
  readonly remarks: readonly string[];
}
