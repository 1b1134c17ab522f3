/**
 * What stands after all entries of the record: pure. What waits, what is allowed, which plans hold, which policy was
 * signed last.
 */
import { createHash } from 'node:crypto';
import { parsePlan, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { RecordEntry } from './record.ts';

export interface Waiting {
  readonly digest: string;
  readonly kind: 'plan' | 'widening';
  readonly rolloutId?: string;
  readonly what: string;
  readonly firstSeenAt: number;
  /** Of this asking: bound to its entry in the record. */
  readonly challenge: string;
  readonly approvedBy: readonly string[];
  /** Of a plan, its text. */
  readonly plan?: string;
}

export interface Standing {
  readonly policy: RolloutPolicy | undefined;
  readonly policyText: string | undefined;
  /** By digest. */
  readonly plans: ReadonlyMap<string, RolloutPlan>;
  /** By digest, in the order in which they came. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Digests of single widenings that may happen once, each with when it was allowed. */
  readonly allowed: ReadonlyMap<string, number>;
}

/** A widening that was allowed and not used for so long must be asked for again. */
const allowedForMs = 24 * 60 * 60_000;
/** More would be somebody filling the record; the oldest stay. */
export const waitingLimit = 256;

const utf8 = new TextEncoder();

export function standingAfter(entries: readonly RecordEntry[], now: number): Standing {
  let policyText: string | undefined;
  const plans = new Map<string, RolloutPlan>();
  const waiting = new Map<string, Waiting>();
  const allowed = new Map<string, number>();
  for (const { event, at, hash } of entries) {
    const seenAt = Date.parse(at);
    switch (event.kind) {
      case 'plan-proposed': {
        const { digest, plan, what } = event;
        const { rolloutId } = parsePlan(JSON.parse(plan));
        waiting.set(digest, {
          digest,
          kind: 'plan',
          rolloutId,
          what,
          plan,
          firstSeenAt: seenAt,
          challenge: challengeOf(digest, hash),
          approvedBy: [],
        });
        break;
      }
      case 'widening-proposed': {
        const { digest, what, rolloutId } = event;
        const of = rolloutId === undefined ? {} : { rolloutId };
        waiting.set(digest, {
          digest,
          kind: 'widening',
          what,
          ...of,
          firstSeenAt: seenAt,
          challenge: challengeOf(digest, hash),
          approvedBy: [],
        });
        break;
      }
      case 'approval': {
        const found = waiting.get(event.digest);
        if (found !== undefined) {
          waiting.set(event.digest, { ...found, approvedBy: [...new Set([...found.approvedBy, event.approver])] });
        }
        break;
      }
      case 'withdrawn':
        waiting.delete(event.digest);
        allowed.delete(event.digest);
        break;
      case 'allowed': {
        const found = waiting.get(event.digest);
        waiting.delete(event.digest);
        if (found?.plan !== undefined) plans.set(event.digest, parsePlan(JSON.parse(found.plan)));
        else if (now - seenAt < allowedForMs) allowed.set(event.digest, seenAt);
        break;
      }
      case 'used':
        allowed.delete(event.digest);
        break;
      case 'voided': {
        waiting.clear();
        allowed.clear();
        const begun = new Set(policyOf(policyText)?.rollouts.map(({ rolloutId }) => rolloutId));
        for (const [digest, { rolloutId }] of plans) if (!begun.has(rolloutId)) plans.delete(digest);
        break;
      }
      case 'policy-signed':
        policyText = event.policy;
        break;
    }
  }
  return { policy: policyOf(policyText), policyText, plans, waiting, allowed };
}

function policyOf(text: string | undefined): RolloutPolicy | undefined {
  return text === undefined ? undefined : parsePolicy(utf8.encode(text));
}

/** Whoever kept an old approval has none of this one, though it says the same. */
function challengeOf(digest: string, entryHash: string): string {
  return createHash('sha256').update(`springline-approval-1\n${digest}\n${entryHash}`).digest('hex');
}
