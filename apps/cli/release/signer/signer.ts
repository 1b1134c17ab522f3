/**
 * The signer: signs what narrows, or stays within an approved plan; what widens waits for two people's passkeys, or for a
 * day where there are not two (security rule S12). It asks its own record what was signed and approved, never the
 * control plane. Which builds are genuine it does not decide: agents hold every digest against the Image repository.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  PendingApproval,
  SignerAnswer,
  SignerFacts,
  SignerPlans,
  SignerRefusalCode,
  SignerRequest,
  SignerState,
  WideningRule,
} from '@springline/auto-upgrade/hus/signer-message';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import { formatPlan, parsePlan, planDigest, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { type Widening, widenings as wideningsOf, withinPlan } from '@springline/auto-upgrade/rollout/widening';
import type { Clock, EpochMs } from '@springline/ports/clock';
import { type Approvers, readApprovers, ruleOf } from './approvers.ts';
import { SignerError } from './error.ts';
import { readMark, writeMark } from './mark.ts';
import { refusalOf } from './passkey.ts';
import type { SignerRecord } from './record.ts';
import { SignerRegister } from './register.ts';
import { type Standing, standingAfter, type Waiting, waitingLimit } from './standing.ts';

export const approvalDelayMs = 24 * 60 * 60_000;
const approvalsOfTwo = 2;
const freshMs = 60_000;

export interface SignerWorld {
  readonly record: SignerRecord;
  /** `<home>/keys/approvers.json`. */
  readonly approversFile: string;
  /** `<home>/keys/database-mark.json`. */
  readonly markFile: string;
  /** `<home>/keys/signer-register.jsonl`, which is the default: beside the mark. */
  readonly registerFile?: string;
  readonly isDevelopment: boolean;
  readonly clock: Clock;
  /** Whether the Image repository has this release under these digests. */
  isPublished(plan: RolloutPlan): boolean;
  /** Puts the policy into the Director repository, signed; resolves when agents can read it. */
  publish(policyText: string): Promise<void>;
}

class Refusal extends Error {
  readonly code: SignerRefusalCode;

  constructor(code: SignerRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export class Signer {
  readonly #world: SignerWorld;
  #last: { readonly at: number; readonly minute: number; readonly standing: Standing } | undefined;
  #register: SignerRegister | undefined;
  #approvers: { readonly mark: string; readonly read: Approvers } | undefined;

  constructor(world: SignerWorld) {
    this.#world = world;
  }

  /** One request after the other: the caller queues them. Never throws for what a request holds. */
  async answer(request: SignerRequest): Promise<SignerAnswer | SignerState | SignerFacts | SignerPlans> {
    try {
      this.#allowWhatIsDue();
      switch (request.type) {
        case 'state':
          return this.#state();
        case 'propose-plan':
          return this.#proposePlan(request.plan);
        case 'propose-policy':
          return await this.#proposePolicy(request.policy);
        case 'approve':
          return this.#approve(request);
        case 'withdraw':
          this.#waiting(request.digest);
          this.#world.record.append({ kind: 'withdrawn', digest: request.digest, by: request.by }, this.#now);
          return { kind: 'done' };
        case 'note-mark':
          if (request.mark > readMark(this.#world.markFile)) writeMark(this.#world.markFile, request.mark);
          return { kind: 'done' };
        case 'note-facts':
          this.#openRegister().note(request.facts, this.#now);
          return { kind: 'done' };
        case 'facts':
          return this.#openRegister().page(request.after);
        case 'begun-plans':
          return this.#begunPlans();
        case 'void-approvals':
          this.#world.record.append({ kind: 'voided', by: request.by }, this.#now);
          return { kind: 'done' };
      }
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', code: error.code, message: error.message };
      throw error;
    }
  }

  #state(): SignerState {
    const { policyText, plans, waiting } = this.#standing;
    const { approvers } = this.#approversNow;
    const registerProblem = this.#registerProblem;
    return {
      ...(registerProblem === undefined ? {} : { registerProblem }),
      rule: this.#rule,
      ...(policyText === undefined ? {} : { policy: policyText }),
      approvedPlans: [...plans.keys()],
      pending: [...waiting.values()].map((each) => this.#view(each)),
      approvers: approvers.map(({ name, credentialId, rpId }) => ({ name, credentialId, rpId })),
      databaseMark: readMark(this.#world.markFile),
    };
  }

  #begunPlans(): SignerPlans {
    const { policy, plans } = this.#standing;
    const begun = new Set(policy?.rollouts.map(({ rolloutId }) => rolloutId));
    return { plans: [...plans.values()].filter(({ rolloutId }) => begun.has(rolloutId)).map(formatPlan) };
  }

  #proposePlan(text: string): SignerAnswer {
    this.#requireRegister();
    const plan = parsed('plan-malformed', () => parsePlan(JSON.parse(text)));
    if (!this.#world.isPublished(plan)) {
      const name = `${plan.component} ${plan.version}`;
      throw new Refusal('release-unknown', `the Image repository has no ${name} with these digests`);
    }
    const digest = planDigest(plan);
    if (this.#standing.plans.has(digest)) return { kind: 'done' };
    const what = `${plan.component} ${plan.version} by ${plan.rings.map(({ name }) => name).join(', ')}`;
    if (!this.#standing.waiting.has(digest)) {
      this.#requireRoom(1);
      this.#world.record.append({ kind: 'plan-proposed', digest, plan: formatPlan(plan), what }, this.#now);
    }
    this.#allowWhatIsDue();
    const waits = this.#standing.waiting.get(digest);
    return waits === undefined ? { kind: 'done' } : { kind: 'waiting', pending: [this.#view(waits)] };
  }

  async #proposePolicy(text: string): Promise<SignerAnswer> {
    const policy = parsed('policy-malformed', () => parsePolicy(new TextEncoder().encode(text)));
    const { policy: before, plans } = this.#standing;
    const expected = (before?.version ?? 0) + 1;
    if (policy.version !== expected) {
      throw new Refusal('policy-stale', `the next policy has version ${expected}, and this has ${policy.version}`);
    }
    const now = this.#now as EpochMs;
    if (wideningsOf(before, policy, this.#now as EpochMs).length > 0) this.#requireRegister();
    const widenings = withinPlan(before, policy, [...plans.values()], now).map((each) =>
      sayWhenSigned(each, policy, now),
    );
    const digests = this.#requireAllowed(widenings);
    if (digests.waiting.length > 0) return { kind: 'waiting', pending: digests.waiting };
    return this.#sign(policy, digests.allowed);
  }

  /** Noted before it is visible: what a kill in between keeps from being published, `republish` makes good. */
  async #sign(policy: RolloutPolicy, used: readonly string[]): Promise<SignerAnswer> {
    const text = formatPolicy(policy);
    this.#world.record.append({ kind: 'policy-signed', policy: text }, this.#now);
    for (const digest of used) this.#world.record.append({ kind: 'used', digest }, this.#now);
    await this.#world.publish(text);
    return { kind: 'done', policyVersion: policy.version };
  }

  /** Publishes what the record says, where the tree says something else: after a kill, or with an older tree put back. */
  async republish(publishedText: string | undefined): Promise<boolean> {
    const { policyText } = this.#standing;
    if (policyText === undefined || policyText === publishedText) return false;
    await this.#world.publish(policyText);
    return true;
  }

  /** Those that are not allowed yet are noted, so that their day begins and people can approve them. */
  #requireAllowed(widenings: readonly Widening[]): {
    readonly allowed: readonly string[];
    readonly waiting: readonly PendingApproval[];
  } {
    const byDigest = new Map(widenings.map((widening) => [wideningDigest(widening), widening]));
    const { allowed, waiting } = this.#standing;
    const unknown = [...byDigest].filter(([digest]) => !allowed.has(digest) && !waiting.has(digest));
    this.#requireRoom(unknown.length);
    for (const [digest, { what, rolloutId }] of unknown) {
      const of = rolloutId === undefined ? {} : { rolloutId };
      this.#world.record.append({ kind: 'widening-proposed', digest, what, ...of }, this.#now);
    }
    this.#allowWhatIsDue();
    const after = this.#standing;
    return {
      allowed: [...byDigest.keys()],
      waiting: [...byDigest.keys()].flatMap((digest) => {
        const waits = after.waiting.get(digest);
        return waits === undefined ? [] : [this.#view(waits)];
      }),
    };
  }

  #approve({ digest, assertion }: Extract<SignerRequest, { type: 'approve' }>): SignerAnswer {
    this.#requireRegister();
    const { challenge } = this.#waiting(digest);
    const approver = this.#approversNow.approvers.find((each) => each.credentialId === assertion.credentialId);
    if (approver === undefined) throw new Refusal('approval-invalid', 'its passkey is no approver’s');
    const refusal = refusalOf(assertion, approver, challenge);
    if (refusal !== undefined) throw new Refusal('approval-invalid', `${refusal} (${approver.name})`);
    this.#world.record.append({ kind: 'approval', digest, approver: approver.name }, this.#now);
    this.#allowWhatIsDue();
    const waits = this.#standing.waiting.get(digest);
    return waits === undefined ? { kind: 'done' } : { kind: 'waiting', pending: [this.#view(waits)] };
  }

  #allowWhatIsDue(): void {
    const rule = this.#rule;
    const now = this.#now;
    for (const waits of this.#standing.waiting.values()) {
      const by = this.#allowedBy(waits, rule, now);
      if (by !== undefined) this.#world.record.append({ kind: 'allowed', digest: waits.digest, by }, now);
    }
  }

  #allowedBy(waits: Waiting, rule: WideningRule, now: number): string | undefined {
    if (rule === 'at-once') return 'at-once';
    const names = new Set(this.#approversNow.approvers.map(({ name }) => name));
    const approvals = waits.approvedBy.filter((name) => names.has(name));
    if (approvals.length >= approvalsOfTwo) return approvals.join(', ');
    return rule === 'delay' && now - waits.firstSeenAt >= approvalDelayMs ? 'delay' : undefined;
  }

  #view({ digest, challenge, kind, rolloutId, what, firstSeenAt, approvedBy }: Waiting): PendingApproval {
    const allowedAt = this.#rule === 'delay' ? new Date(firstSeenAt + approvalDelayMs).toISOString() : undefined;
    return {
      ...{ digest, challenge, kind, what, approvedBy },
      ...(rolloutId === undefined ? {} : { rolloutId }),
      firstSeenAt: new Date(firstSeenAt).toISOString(),
      ...(allowedAt === undefined ? {} : { allowedAt }),
      approvalsNeeded: approvalsOfTwo,
    };
  }

  #waiting(digest: string): Waiting {
    const waits = this.#standing.waiting.get(digest);
    if (waits === undefined) throw new Refusal('nothing-waits', 'nothing with this digest waits');
    return waits;
  }

  /** Opened when it is first asked for, and again as long as it is damaged: a person may have put it right. */
  #openRegister(): SignerRegister {
    const { markFile, registerFile = join(dirname(markFile), 'signer-register.jsonl') } = this.#world;
    this.#register ??= new SignerRegister(registerFile);
    return this.#register;
  }

  get #registerProblem(): string | undefined {
    try {
      this.#openRegister();
      return undefined;
    } catch (error) {
      if (error instanceof SignerError) return error.message;
      throw error;
    }
  }

  #requireRegister(): void {
    const problem = this.#registerProblem;
    if (problem !== undefined) throw new Refusal('register-damaged', problem);
  }

  #requireRoom(more: number): void {
    if (this.#standing.waiting.size + more <= waitingLimit) return;
    throw new Refusal('too-many-wait', `${waitingLimit} things wait already; withdraw some`);
  }

  get #now(): number {
    return this.#world.clock.now();
  }

  get #rule(): WideningRule {
    return ruleOf(this.#approversNow, this.#world.isDevelopment);
  }

  /** Read again whenever the file changed. */
  get #approversNow(): Approvers {
    const { approversFile } = this.#world;
    const found = statSync(approversFile, { throwIfNoEntry: false });
    const mark = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (this.#approvers?.mark !== mark) this.#approvers = { mark, read: readApprovers(approversFile) };
    return this.#approvers.read;
  }

  get #standing(): Standing {
    const at = this.#world.record.entries.length;
    const minute = Math.floor(this.#now / 60_000);
    if (this.#last?.at !== at || this.#last.minute !== minute) {
      this.#last = { at, minute, standing: standingAfter(this.#world.record.entries, this.#now) };
    }
    return this.#last.standing;
  }
}

/**
 * A ring that opens now opens when its sentence is signed, which may be a day after it was first asked for: another
 * instant must not make another sentence.
 */
function sayWhenSigned(widening: Widening, { rollouts }: RolloutPolicy, now: EpochMs): Widening {
  const opened = rollouts.flatMap(({ rings }) => rings.flatMap(({ openedAt }) => openedAt ?? []));
  const fresh = opened.filter((at) => Math.abs(at - now) <= freshMs).map((at) => new Date(at).toISOString());
  const what = fresh.reduce((text, at) => text.replaceAll(`since ${at}`, 'from when this is signed'), widening.what);
  return { ...widening, what };
}

function wideningDigest({ kind, rolloutId, what }: Widening): string {
  return createHash('sha256')
    .update(JSON.stringify(['springline-widening-1', kind, rolloutId ?? '', what]))
    .digest('hex');
}

function parsed<T>(code: SignerRefusalCode, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PolicyError || error instanceof SyntaxError) throw new Refusal(code, error.message);
    throw error;
  }
}
