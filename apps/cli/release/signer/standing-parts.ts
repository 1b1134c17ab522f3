/** What stands after the entries of the signer's record, part by part. */
import type { RolloutPlan } from '@springline/auto-upgrade/rollout/plan';

export interface Waiting {
  readonly digest: string;
  readonly kind: 'plan' | 'widening';
  readonly rolloutId?: string;
  readonly what: string;
  readonly firstSeenAt: number;
  /** Of this asking: bound to its entry in the record. */
  readonly challenge: string;
  /** `key`: SHA-256 of the public key that signed; a name alone may by now be another one's. */
  readonly approvals: readonly { readonly approver: string; readonly key: string }[];
  /** Of a plan, its text. */
  readonly plan?: string;
}

/** A single widening that may happen once. */
export interface AllowedWidening {
  readonly digest: string;
  readonly rolloutId?: string;
  readonly what: string;
  readonly allowedAt: number;
}

export interface ApprovedPlan {
  readonly digest: string;
  readonly plan: RolloutPlan;
  readonly text: string;
  readonly what: string;
  readonly allowedAt: number;
  /** A signed policy names its rollout. */
  readonly hasBegun: boolean;
  /** Its rollout was given up or is open to all, or the approval was taken back: it allows nothing any more. */
  readonly hasEnded: boolean;
}

/** What a checkpoint carries, as JSON. */
export interface Kept {
  readonly policy?: string;
  readonly rule?: { readonly name: string; readonly since: number };
  readonly plans: readonly Omit<ApprovedPlan, 'plan'>[];
  readonly waiting: readonly Waiting[];
  readonly allowed: readonly AllowedWidening[];
}
