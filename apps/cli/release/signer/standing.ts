/**
 * What stands after the entries of the record, one after the other: what waits, what is allowed, which plans hold, which
 * policy was signed last, which rule is in force since when. No clock and no file; what a checkpoint carries of it.
 */
import { createHash } from 'node:crypto';
import { parsePlan } from '@springline/auto-upgrade/rollout/plan';
import { parsePolicy, type Rollout, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { RecordEntry } from './record-event.ts';
import type { AllowedWidening, ApprovedPlan, Kept, Waiting } from './standing-parts.ts';

/** A widening that was allowed and not used for so long must be asked for again. */
export const allowedForMs = 24 * 60 * 60_000;

const utf8 = new TextEncoder();

export class Standing {
  #policyText: string | undefined;
  #policy: RolloutPolicy | undefined;
  #rule: Kept['rule'];
  readonly #plans = new Map<string, ApprovedPlan>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #allowed = new Map<string, AllowedWidening>();

  get policy(): RolloutPolicy | undefined {
    return this.#policy;
  }

  get policyText(): string | undefined {
    return this.#policyText;
  }

  /** The rule that was in force last, and since when. */
  get rule(): Kept['rule'] {
    return this.#rule;
  }

  /** By digest. */
  get plans(): ReadonlyMap<string, ApprovedPlan> {
    return this.#plans;
  }

  /** By digest, in the order in which they came. */
  get waiting(): ReadonlyMap<string, Waiting> {
    return this.#waiting;
  }

  /** By digest; also those that by now are allowed no more. */
  get allowed(): ReadonlyMap<string, AllowedWidening> {
    return this.#allowed;
  }

  apply({ event, at, hash }: RecordEntry): void {
    const now = Date.parse(at);
    this.#forgetUnused(now);
    switch (event.kind) {
      case 'checkpoint':
        this.#restore(event.standing);
        break;
      case 'plan-proposed': {
        const { digest, plan, what } = event;
        const { rolloutId } = parsePlan(JSON.parse(plan));
        this.#ask({ digest, kind: 'plan', rolloutId, what, plan }, now, hash);
        break;
      }
      case 'widening-proposed': {
        const { digest, what, rolloutId } = event;
        this.#ask({ digest, kind: 'widening', what, ...(rolloutId === undefined ? {} : { rolloutId }) }, now, hash);
        break;
      }
      case 'approval':
        this.#approve(event.digest, event.approver, event.key);
        break;
      case 'withdrawn':
      case 'lapsed':
        this.#drop(event.digest);
        break;
      case 'allowed':
        this.#allow(event.digest, now);
        break;
      case 'used':
        this.#allowed.delete(event.digest);
        break;
      case 'voided':
        this.#waiting.clear();
        this.#allowed.clear();
        for (const [digest, plan] of this.#plans) {
          if (!plan.hasBegun) this.#plans.delete(digest);
          else if (event.plans === 'begun-too') this.#plans.set(digest, { ...plan, hasEnded: true });
        }
        break;
      case 'rule':
        this.#rule = { name: event.rule, since: now };
        break;
      case 'policy-signed':
        for (const digest of event.used ?? []) this.#allowed.delete(digest);
        this.#sign(event.policy);
        break;
    }
  }

  kept(): Kept {
    return {
      ...(this.#policyText === undefined ? {} : { policy: this.#policyText }),
      ...(this.#rule === undefined ? {} : { rule: this.#rule }),
      plans: [...this.#plans.values()].map(({ plan: _, ...rest }) => rest),
      waiting: [...this.#waiting.values()],
      allowed: [...this.#allowed.values()],
    };
  }

  #restore({ policy, rule, plans, waiting, allowed }: Kept): void {
    this.#policyText = policy;
    this.#policy = policy === undefined ? undefined : parsePolicy(utf8.encode(policy));
    this.#rule = rule;
    for (const each of plans) this.#plans.set(each.digest, { ...each, plan: parsePlan(JSON.parse(each.text)) });
    for (const each of waiting) this.#waiting.set(each.digest, each);
    for (const each of allowed) this.#allowed.set(each.digest, each);
  }

  #ask(asked: Omit<Waiting, 'firstSeenAt' | 'challenge' | 'approvals'>, now: number, hash: string): void {
    const challenge = challengeOf(asked.digest, hash);
    this.#waiting.set(asked.digest, { ...asked, firstSeenAt: now, challenge, approvals: [] });
  }

  #approve(digest: string, approver: string, key: string | undefined): void {
    const found = this.#waiting.get(digest);
    if (found === undefined || key === undefined) return;
    const others = found.approvals.filter((each) => each.approver !== approver);
    this.#waiting.set(digest, { ...found, approvals: [...others, { approver, key }] });
  }

  #allow(digest: string, now: number): void {
    const found = this.#waiting.get(digest);
    if (found === undefined) return;
    this.#waiting.delete(digest);
    const { rolloutId, what, plan: text } = found;
    if (text === undefined) {
      const of = rolloutId === undefined ? {} : { rolloutId };
      this.#allowed.set(digest, { digest, what, ...of, allowedAt: now });
      return;
    }
    const plan = parsePlan(JSON.parse(text));
    const hasBegun = rolloutOf(this.#policy, plan.rolloutId) !== undefined;
    this.#plans.set(digest, { digest, plan, text, what, allowedAt: now, hasBegun, hasEnded: false });
  }

  /** Nothing that this digest stands for goes on waiting, or is allowed, or approved. */
  #drop(digest: string): void {
    this.#waiting.delete(digest);
    this.#allowed.delete(digest);
    const plan = this.#plans.get(digest);
    if (plan === undefined) return;
    if (plan.hasBegun) this.#plans.set(digest, { ...plan, hasEnded: true });
    else this.#plans.delete(digest);
  }

  #sign(text: string): void {
    const before = this.#policy;
    const after = parsePolicy(utf8.encode(text));
    this.#policyText = text;
    this.#policy = after;
    for (const { rolloutId, state } of after.rollouts) {
      const wasStopped = isStopped(rolloutOf(before, rolloutId)?.state);
      if (state === 'aborted' || (state === 'halted' && !wasStopped)) this.#dropAskedFor(rolloutId);
    }
    for (const [digest, plan] of this.#plans) {
      const state = rolloutOf(after, plan.plan.rolloutId)?.state;
      const isOver = state === 'aborted' || state === 'complete';
      // What began and is named no more could begin again by its old plan.
      if (state === undefined && plan.hasBegun) this.#plans.delete(digest);
      else if (state !== undefined && !(plan.hasBegun && plan.hasEnded)) {
        this.#plans.set(digest, { ...plan, hasBegun: true, hasEnded: plan.hasEnded || isOver });
      }
    }
  }

  /** Who stops a rollout takes back what was asked for it before. Its plan goes on after a halt. */
  #dropAskedFor(wanted: string): void {
    for (const map of [this.#waiting, this.#allowed]) {
      for (const [digest, { rolloutId }] of map) if (rolloutId === wanted) map.delete(digest);
    }
  }

  #forgetUnused(now: number): void {
    for (const [digest, { allowedAt }] of this.#allowed) {
      if (now - allowedAt >= allowedForMs) this.#allowed.delete(digest);
    }
  }
}

function rolloutOf(policy: RolloutPolicy | undefined, wanted: string): Rollout | undefined {
  return policy?.rollouts.find(({ rolloutId }) => rolloutId === wanted);
}

function isStopped(state: Rollout['state'] | undefined): boolean {
  return state === 'halted' || state === 'aborted';
}

/** Whoever kept an old approval has none of this one, though it says the same. */
function challengeOf(digest: string, entryHash: string): string {
  return createHash('sha256').update(`springline-approval-1\n${digest}\n${entryHash}`).digest('hex');
}
