/**
 * What the Agent Updater and the upgrader that it spawns say to each other. The upgrader lives for one job; it asks
 * before each step and goes on when the step is in the journal. Imports nothing from npm.
 */
import type { ByHandDecision, ByHandWish } from '@springline/auto-upgrade/upgrader/by-hand';
import type { Exposure, Installed, PolicyTarget, Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import type { HostFacts } from '@springline/auto-upgrade/upgrader/host-decision';
import type { Slot } from '../slot/slot.ts';

export interface Job {
  readonly kind: 'upgrade' | 'look' | 'last-look';
  readonly home: string;
  /** Origin of the control plane, or of whatever serves `/repository`. */
  readonly url: string;
  readonly platform: string;
  readonly installed: readonly (Installed & { readonly slot: Slot })[];
  /** What the rollout policy is asked about. */
  readonly host: HostFacts;
  /** Digests that were tried a moment ago. */
  readonly tried: readonly string[];
  /** Of a last look: the build that is about to be switched to. */
  readonly expected?: { readonly component: string; readonly sha256: string };
  /** An administrator of this host asked for it: this decides, and not the rollout policy. */
  readonly byHand?: ByHandWish;
}

/** The newest release of a component that the Director names and both repositories agree on. */
export interface OfferView {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly sha256: string;
}

/** What is to become of a component now: what, when, and why not sooner. */
export interface DecisionView {
  readonly component: string;
  readonly action: 'install' | 'wait' | 'hold';
  readonly rule: string;
  readonly version?: string;
  readonly sha256?: string;
  /** Of a wait, epoch milliseconds. */
  readonly notBefore?: number;
  /** Of a wait or a hold, a sentence. */
  readonly reason?: string;
}

export interface Look {
  readonly offers: readonly OfferView[];
  readonly refusals: readonly Refusal[];
  /** Builds that run here and were recalled. */
  readonly exposed: readonly Exposure[];
  /** The Director's policy, where it has one. */
  readonly policy?: PolicyTarget;
  /** What the policy says of each installed component; none before it was read. */
  readonly decisions: readonly DecisionView[];
  /** When the trusted Director timestamp expires, epoch milliseconds. */
  readonly directorExpires: number;
  readonly directorVersion: number;
  readonly imageVersion: number;
  /** The time at which all of it was judged, epoch milliseconds. */
  readonly now: number;
  /** The same by what was signed alone, which no clock of this host can put forward: for what does harm on a date. */
  readonly signedNow?: number;
}

export type FailureKind = 'trust' | 'unreachable' | 'space' | 'other';

export type FromUpgrader =
  | { readonly type: 'looked'; readonly look: Look }
  /** Of a job by hand. */
  | { readonly type: 'decided-by-hand'; readonly decisions: readonly ByHandDecision[] }
  /** Asks to begin a step; `to` is the build in question. */
  | { readonly type: 'step'; readonly step: 'downloading' | 'verified' | 'staged'; readonly to: OfferView }
  | { readonly type: 'progress'; readonly bytes: number; readonly totalBytes: number }
  /** Of a last look. */
  | { readonly type: 'confirmed'; readonly isConfirmed: boolean; readonly refusal?: Refusal }
  | { readonly type: 'failed'; readonly kind: FailureKind; readonly code: string; readonly message: string };

export type ToUpgrader =
  | { readonly type: 'job'; readonly job: Job }
  /** The step that was asked for is in the journal. */
  | { readonly type: 'journaled' };
