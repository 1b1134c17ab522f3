/** What the lines of the signer's record say. */
import type { ChainEnd, ChainedEntry } from './chained-file.ts';
import type { Kept } from './standing-parts.ts';

/** Text forms of what they hold, so that a digest made from them is that of the bytes that were seen. */
export type RecordEvent =
  | { readonly kind: 'plan-proposed'; readonly digest: string; readonly plan: string; readonly what: string }
  | { readonly kind: 'widening-proposed'; readonly digest: string; readonly rolloutId?: string; readonly what: string }
  /** `key`: SHA-256, hex, of the approver's public key. One without counts for nothing. */
  | { readonly kind: 'approval'; readonly digest: string; readonly approver: string; readonly key?: string }
  | { readonly kind: 'withdrawn'; readonly digest: string; readonly by: string }
  /** Nobody approved it, or used it, for so long that it must be asked for again. */
  | { readonly kind: 'lapsed'; readonly digest: string }
  /** `by`: the rule that allowed it. */
  | { readonly kind: 'allowed'; readonly digest: string; readonly by: string }
  /** An allowed widening counts once. Of records from before `policy-signed` said it. */
  | { readonly kind: 'used'; readonly digest: string }
  /** `used`: digests of the allowed widenings that it makes use of. */
  | { readonly kind: 'policy-signed'; readonly policy: string; readonly used?: readonly string[] }
  /** The rule in force is another one than before. */
  | { readonly kind: 'rule'; readonly rule: string }
  /**
   * Everything that waits or is allowed, and every plan that has not begun, must be asked for again (rule S8). With
   * `begun-too` every plan.
   */
  | { readonly kind: 'voided'; readonly by: string; readonly plans?: 'begun-too' }
  /** Stands for all entries up to `replaces`. */
  | { readonly kind: 'checkpoint'; readonly replaces: ChainEnd; readonly standing: Kept };

export type RecordEntry = ChainedEntry<RecordEvent>;
