/**
 * The signer: signs what narrows, or stays within an approved plan; what widens waits for two people's passkeys, or for a
 * day where there are not two (security rule S12). It asks its own record what was signed and approved, never the
 * control plane. Which builds are genuine it does not decide: agents hold every digest against the Image repository.
 *
 * One thing after the other, whoever asks. What does not narrow is bounded in number, rate and size, what narrows in rate;
 * halts and what is given up are not.
 */
import { dirname, join } from 'node:path';
import { isNarrowing } from '@springline/auto-upgrade/hus/narrowing';
import type {
  SignerAnswer,
  SignerFacts,
  SignerPlans,
  SignerRefusalCode,
  SignerRequest,
  SignerState,
} from '@springline/auto-upgrade/hus/signer-message';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import { formatPlan, parsePlan, planDigest, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { type Widening, widenings as wideningsOf, withinPlan } from '@springline/auto-upgrade/rollout/widening';
import type { EpochMs } from '@springline/ports/clock';
import { Approvals, type ApprovalsWorld } from './approvals.ts';
import { sayWhenSigned, wideningDigest } from './asked-widening.ts';
import { SignerError } from './error.ts';
import { noteMark, readMark } from './mark.ts';
import type { Room } from './record.ts';
import { Refusal } from './refusal.ts';
import { SignerRegister } from './register.ts';
import type { Standing } from './standing.ts';
import { isStopping } from './stopping.ts';

const minuteMs = 60_000;

export interface SignerWorld extends ApprovalsWorld {
  /** `<home>/keys/database-mark.json`. */
  readonly markFile: string;
  /** `<home>/keys/signer-register.jsonl`, which is the default: beside the mark. */
  readonly registerFile?: string;
  /** Whether the Image repository has this release under these digests. */
  isPublished(plan: RolloutPlan): boolean;
  /**
   * Puts the policy into the Director repository, signed; resolves when agents can read it, with false where they could
   * before. `text` is asked for when nobody else writes there, so that none follows on a newer one.
   */
  publish(text: () => string): Promise<boolean>;
}

export class Signer {
  readonly #world: SignerWorld;
  readonly #approvals: Approvals;
  #turn: Promise<unknown> = Promise.resolve();
  #register: SignerRegister | undefined;

  constructor(world: SignerWorld) {
    this.#world = world;
    this.#approvals = new Approvals(world);
  }

  /** One request after the other, in the order in which they come. Never throws for what a request holds. */
  answer(request: SignerRequest): Promise<SignerAnswer | SignerState | SignerFacts | SignerPlans> {
    return this.#inTurn(() => this.#answer(request));
  }

  /** Publishes what the record says, where the tree says something else: after a kill, or with an older tree put back. */
  republish(): Promise<boolean> {
    return this.#inTurn(async () => this.#standing.policyText !== undefined && (await this.#publish()));
  }

  /**
   * Before the first request. What was published before counts where the record has an older policy or none: the record was
   * put back from an older copy, and so may have approvals that were used or withdrawn since, also of rollouts that began.
   * They are asked for anew; and what the published policy opens that the record does not know of halts until it is
   * approved, where anything is.
   *
   * What is in force is then signed again, with a version that is no lower than the minutes of the clock: agents refuse a
   * version below one that they took, and where everything was put back nobody else knows which (security rule S8).
   *
   * @param publishedText as the newest root's keys signed it.
   */
  begin(publishedText: string | undefined): void {
    const published = publishedText === undefined ? undefined : parsePolicy(new TextEncoder().encode(publishedText));
    if (published !== undefined && published.version > (this.#standing.policy?.version ?? 0)) {
      this.#approvals.void('the signer, on a record older than the published policy', 'begun-too');
      this.#approvals.note({ kind: 'policy-signed', policy: formatPolicy(this.#adopted(published)) }, 'all');
    }
    const { policy } = this.#standing;
    const now = this.#now as EpochMs;
    const version = Math.floor(now / minuteMs);
    if (policy === undefined || policy.version >= version) return;
    const again = formatPolicy({ ...policy, version, issuedAt: now });
    this.#approvals.note({ kind: 'policy-signed', policy: again }, 'all');
  }

  /** As it is, where it opens nothing that the record does not know, or nothing waits for anybody anyway. */
  #adopted(published: RolloutPolicy): RolloutPolicy {
    const { policy: known } = this.#standing;
    const now = this.#now as EpochMs;
    const widens = known === undefined || wideningsOf(known, published, now).length > 0;
    if (published.isHalted || !widens || this.#approvals.rule === 'at-once') return published;
    // Agents may have taken it as it was under its version.
    return { ...published, version: published.version + 1, issuedAt: now, isHalted: true };
  }

  async #answer(request: SignerRequest): Promise<SignerAnswer | SignerState | SignerFacts | SignerPlans> {
    try {
      this.#approvals.keepUp();
      switch (request.type) {
        case 'state':
          return this.#state();
        case 'propose-plan':
          return this.#proposePlan(request.plan);
        case 'propose-policy':
          return await this.#proposePolicy(request.policy);
        case 'approve':
          this.#requireRegister();
          this.#approvals.approve(request);
          return this.#standOf([request.digest]);
        case 'withdraw':
          this.#approvals.withdraw(request);
          return { kind: 'done' };
        case 'note-mark':
          noteMark(this.#world.markFile, request.mark, this.#now);
          return { kind: 'done' };
        case 'note-facts':
          this.#openRegister().note(request.facts, this.#now);
          return { kind: 'done' };
        case 'facts':
          return this.#openRegister().page(request.after);
        case 'begun-plans':
          return this.#begunPlans();
        case 'void-approvals':
          this.#approvals.void(request.by);
          return { kind: 'done' };
      }
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', code: error.code, message: error.message };
      throw error;
    }
  }

  #state(): SignerState {
    const { policyText } = this.#standing;
    const { rule, listed, plansInForce, pending, unused } = this.#approvals;
    const registerProblem = this.#registerProblem;
    return {
      ...(registerProblem === undefined ? {} : { registerProblem }),
      ...{ rule, pending, allowed: unused, approvedPlans: plansInForce.map(({ digest }) => digest) },
      ...(policyText === undefined ? {} : { policy: policyText }),
      approvers: listed.approvers.map(({ name, credentialId, rpId }) => ({ name, credentialId, rpId })),
      databaseMark: readMark(this.#world.markFile),
    };
  }

  #begunPlans(): SignerPlans {
    const plans = [...this.#standing.plans.values()];
    return { plans: plans.filter(({ hasBegun }) => hasBegun).map(({ text }) => text) };
  }

  #proposePlan(text: string): SignerAnswer {
    this.#requireRegister();
    const plan = parsed('plan-malformed', () => parsePlan(JSON.parse(text)));
    if (!this.#world.isPublished(plan)) {
      const name = `${plan.component} ${plan.version}`;
      throw new Refusal('release-unknown', `the Image repository has no ${name} with these digests`);
    }
    const digest = planDigest(plan);
    if (this.#standing.plans.get(digest)?.hasEnded === false) return { kind: 'done' };
    if (!this.#standing.waiting.has(digest)) {
      const what = `${plan.component} ${plan.version} by ${plan.rings.map(({ name }) => name).join(', ')}`;
      this.#approvals.requireRoom(1);
      this.#approvals.note({ kind: 'plan-proposed', digest, plan: formatPlan(plan), what }, 'unreserved');
    }
    this.#approvals.allowWhatIsDue();
    return this.#standOf([digest]);
  }

  async #proposePolicy(text: string): Promise<SignerAnswer> {
    const policy = parsed('policy-malformed', () => parsePolicy(new TextEncoder().encode(text)));
    const { policy: before } = this.#standing;
    const expected = (before?.version ?? 0) + 1;
    if (policy.version !== expected) {
      throw new Refusal('policy-stale', `the next policy has version ${expected}, and this has ${policy.version}`);
    }
    const now = this.#now as EpochMs;
    if (isNarrowing(before, policy, now)) {
      if (!isStopping(before, policy)) this.#approvals.requireNarrowingRate();
      return this.#sign(policy, [], 'all');
    }
    if (wideningsOf(before, policy, now).length > 0) this.#requireRegister();
    const plans = this.#approvals.plansInForce.map(({ plan }) => plan);
    const widenings = withinPlan(before, policy, plans, now).map((each) => sayWhenSigned(each, policy, now));
    const digests = this.#ask(widenings);
    const stands = this.#standOf(digests);
    if (stands.kind === 'waiting') return stands;
    this.#approvals.requireRate(1);
    return this.#sign(policy, digests, 'unreserved');
  }

  /** Noted before it is visible: what a kill in between keeps from being published, `republish` makes good. */
  async #sign(policy: RolloutPolicy, used: readonly string[], room: Room): Promise<SignerAnswer> {
    const text = formatPolicy(policy);
    this.#approvals.note({ kind: 'policy-signed', policy: text, ...(used.length === 0 ? {} : { used }) }, room);
    await this.#publish();
    return { kind: 'done', policyVersion: policy.version };
  }

  #publish(): Promise<boolean> {
    return this.#world.publish(() => this.#standing.policyText ?? '');
  }

  /** Those that are not allowed yet are noted, so that their day begins and people can approve them. Gives their digests. */
  #ask(widenings: readonly Widening[]): readonly string[] {
    const byDigest = new Map(widenings.map((widening) => [wideningDigest(widening), widening]));
    const isKnown = (digest: string): boolean =>
      this.#approvals.isAllowed(digest) || this.#standing.waiting.has(digest);
    const unknown = [...byDigest].filter(([digest]) => !isKnown(digest));
    this.#approvals.requireRoom(unknown.length);
    for (const [digest, { what, rolloutId }] of unknown) {
      const of = rolloutId === undefined ? {} : { rolloutId };
      this.#approvals.note({ kind: 'widening-proposed', digest, what, ...of }, 'unreserved');
    }
    this.#approvals.allowWhatIsDue();
    return [...byDigest.keys()];
  }

  /** Done, or what of it waits. */
  #standOf(digests: readonly string[]): SignerAnswer {
    const pending = this.#approvals.pendingOf(digests);
    return pending.length === 0 ? { kind: 'done' } : { kind: 'waiting', pending };
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

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // Whoever asked is told.
    return done;
  }

  get #now(): number {
    return this.#world.clock.now();
  }

  get #standing(): Standing {
    return this.#world.record.standing;
  }
}

function parsed<T>(code: SignerRefusalCode, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PolicyError || error instanceof SyntaxError) throw new Refusal(code, error.message);
    throw error;
  }
}
