/**
 * What the Agent Updater and the upgrader that it spawns say to each other. The upgrader lives for one job; it asks
 * before each step and goes on when the step is in the journal. Imports nothing from npm.
 */
import type { Installed, Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import type { Slot } from '../slot/slot.ts';

export interface Job {
  readonly kind: 'upgrade' | 'look' | 'last-look';
  readonly home: string;
  /** Origin of the control plane, or of whatever serves `/repository`. */
  readonly url: string;
  readonly platform: string;
  readonly installed: readonly (Installed & { readonly slot: Slot })[];
  /** Digests that are not to be tried now. */
  readonly blocked: readonly string[];
  /** Of a last look: the build that is about to be switched to. */
  readonly expected?: { readonly component: string; readonly sha256: string };
}

/** A release that the Director names and both repositories agree on. */
export interface OfferView {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly sha256: string;
}

export interface Look {
  readonly offers: readonly OfferView[];
  readonly refusals: readonly Refusal[];
  /** When the trusted Director timestamp expires, epoch milliseconds. */
  readonly directorExpires: number;
  readonly directorVersion: number;
  readonly imageVersion: number;
}

export type FailureKind = 'trust' | 'unreachable' | 'space' | 'other';

export type FromUpgrader =
  | { readonly type: 'looked'; readonly look: Look }
  /** Asks to begin a step; `to` is the build in question. */
  | { readonly type: 'step'; readonly step: 'downloading' | 'verified' | 'staged'; readonly to: OfferView }
  | { readonly type: 'progress'; readonly bytes: number; readonly totalBytes: number }
  /** Of a last look. */
  | { readonly type: 'confirmed'; readonly isConfirmed: boolean }
  | { readonly type: 'failed'; readonly kind: FailureKind; readonly code: string; readonly message: string };

export type ToUpgrader =
  | { readonly type: 'job'; readonly job: Job }
  /** The step that was asked for is in the journal. */
  | { readonly type: 'journaled' };
