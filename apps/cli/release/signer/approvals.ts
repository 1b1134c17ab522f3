/**
 * How what widens becomes allowed: by the rule in force, by approvers' passkeys, by time; and how it ends when nobody
 * approves it, uses it, or somebody takes it back (security rule S12). What is asked for the signer says; here is whether
 * it may be, and who said so. Everything is read from the record and noted in it.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type {
  AllowedChange,
  PendingApproval,
  SignerRequest,
  WideningRule,
} from '@springline/auto-upgrade/hus/signer-message';
import type { Clock } from '@springline/ports/clock';
import { type Approver, type Approvers as Listed, readApprovers, ruleOf } from './approvers.ts';
import { SignerError } from './error.ts';
import { refusalOf } from './passkey.ts';
import { narrowingLimits, ProposalRate, proposalLimits, type RateLimits } from './proposal-rate.ts';
import type { Room, SignerRecord } from './record.ts';
import type { RecordEvent } from './record-event.ts';
import { Refusal } from './refusal.ts';
import { allowedForMs, type Standing } from './standing.ts';
import type { ApprovedPlan, Waiting } from './standing-parts.ts';

const dayMs = 24 * 60 * 60_000;
export const approvalDelayMs = dayMs;
/** What nobody approved for so long, and an approved plan that did not begin for so long, must be asked for again. */
export const lapseMs = 30 * dayMs;
const approvalsOfTwo = 2;
/** Of what waits, is allowed, or approved and not begun. More would be somebody filling the record; the oldest stay. */
const openLimit = 256;
/** Of all plans, with those of rollouts that the policy names. */
const planLimit = 512;

/** As long as nobody knows who may approve: what narrows is signed, nothing becomes allowed. */
const nobody: Listed = { rule: 'two-people', approvers: [] };

export interface ApprovalsWorld {
  readonly record: SignerRecord;
  /** `<home>/keys/approvers.json`. */
  readonly approversFile: string;
  readonly isDevelopment: boolean;
  readonly clock: Clock;
}

interface ReadList {
  /** Of the file, as it was read. */
  readonly mark: string;
  readonly read: Listed;
  /** Why it cannot be read. */
  readonly problem?: string;
}

export class Approvals {
  readonly #world: ApprovalsWorld;
  readonly #rate = new ProposalRate(proposalLimits);
  readonly #narrowingRate = new ProposalRate(narrowingLimits);
  #listed: ReadList | undefined;

  constructor(world: ApprovalsWorld) {
    this.#world = world;
  }

  get rule(): WideningRule {
    return ruleOf(this.listed, this.#world.isDevelopment);
  }

  /** Who may approve; nobody, as long as the file cannot be read. */
  get listed(): Listed {
    return this.#readList().read;
  }

  get pending(): readonly PendingApproval[] {
    return [...this.#standing.waiting.values()].map((each) => this.#view(each));
  }

  get plansInForce(): readonly ApprovedPlan[] {
    return [...this.#standing.plans.values()].filter(({ hasEnded }) => !hasEnded);
  }

  /** What is allowed or approved and has not happened. */
  get unused(): readonly AllowedChange[] {
    const { allowed, plans } = this.#standing;
    const unbegun = [...plans.values()].filter(({ hasBegun }) => !hasBegun);
    return [
      ...unbegun.map((each) => unusedView('plan', lapseMs, { ...each, rolloutId: each.plan.rolloutId })),
      ...[...allowed.values()]
        .filter(({ digest }) => this.isAllowed(digest))
        .map((each) => unusedView('widening', allowedForMs, each)),
    ];
  }

  isAllowed(digest: string): boolean {
    const found = this.#standing.allowed.get(digest);
    return found !== undefined && this.#now - found.allowedAt < allowedForMs;
  }

  /** What of this still waits. */
  pendingOf(digests: readonly string[]): readonly PendingApproval[] {
    return digests.flatMap((digest) => {
      const waits = this.#standing.waiting.get(digest);
      return waits === undefined ? [] : [this.#view(waits)];
    });
  }

  /** @throws {Refusal} when so many more cannot wait. */
  requireRoom(more: number): void {
    if (more === 0) return;
    const open = this.#standing.waiting.size + this.unused.length;
    if (open + more > openLimit || this.#standing.plans.size + more > planLimit) {
      throw new Refusal('too-many-wait', `${openLimit} things wait or are allowed already; withdraw some`);
    }
    this.requireRate(more);
  }

  /** @throws {Refusal} when more than so many proposals that do not narrow came at once. */
  requireRate(count: number): void {
    requireTaken(this.#rate.take(count, this.#now), proposalLimits, 'proposals that do not narrow');
  }

  /** @throws {Refusal} when more than so many came at once that narrow and stop nothing. */
  requireNarrowingRate(): void {
    requireTaken(this.#narrowingRate.take(1, this.#now), narrowingLimits, 'proposals that stop nothing');
  }

  /** What time and the list of approvers did since the last request. What narrows never fails for it. */
  keepUp(): void {
    const now = this.#now;
    const { rule } = this;
    if (this.#standing.rule?.name !== rule) this.note({ kind: 'rule', rule }, 'all');
    for (const { digest, firstSeenAt } of this.#standing.waiting.values()) {
      if (now - firstSeenAt >= lapseMs) this.note({ kind: 'lapsed', digest }, 'all');
    }
    for (const { digest, hasBegun, allowedAt } of this.#standing.plans.values()) {
      if (!hasBegun && now - allowedAt >= lapseMs) this.note({ kind: 'lapsed', digest }, 'all');
    }
    try {
      this.allowWhatIsDue();
    } catch (error) {
      // Nothing more becomes allowed until there is room.
      if (!(error instanceof Refusal) || error.code !== 'record-full') throw error;
    }
  }

  allowWhatIsDue(): void {
    const now = this.#now;
    for (const waits of this.#standing.waiting.values()) {
      const by = this.#allowedBy(waits, now);
      if (by !== undefined) this.note({ kind: 'allowed', digest: waits.digest, by }, 'unreserved');
    }
  }

  /** @throws {Refusal} when it is no approval, or the second of the same approver. */
  approve({ digest, assertion }: Extract<SignerRequest, { type: 'approve' }>): void {
    const waits = this.#standing.waiting.get(digest);
    if (waits === undefined) throw new Refusal('nothing-waits', 'nothing with this digest waits');
    const { read, problem } = this.#readList();
    if (problem !== undefined) throw new Refusal('approval-invalid', problem);
    const approver = read.approvers.find((each) => each.credentialId === assertion.credentialId);
    if (approver === undefined) throw new Refusal('approval-invalid', 'its passkey is no approver’s');
    const refusal = refusalOf(assertion, approver, waits.challenge);
    if (refusal !== undefined) throw new Refusal('approval-invalid', `${refusal} (${approver.name})`);
    if (this.#approvedBy(waits).includes(approver.name)) {
      throw new Refusal('approved-already', `${approver.name} approved it already; another approver must`);
    }
    this.note({ kind: 'approval', digest, approver: approver.name, key: keyDigest(approver) }, 'unreserved');
    this.allowWhatIsDue();
  }

  /** @throws {Refusal} */
  withdraw({ digest, by }: Extract<SignerRequest, { type: 'withdraw' }>): void {
    const { waiting, plans } = this.#standing;
    if (!waiting.has(digest) && !this.isAllowed(digest) && plans.get(digest)?.hasEnded !== false) {
      throw new Refusal('nothing-waits', 'nothing with this digest waits, is allowed or is approved');
    }
    this.note({ kind: 'withdrawn', digest, by }, 'all');
  }

  /**
   * Nothing is noted where there is nothing to void.
   *
   * @param plans `begun-too`: also plans whose rollout began allow nothing any more, until they are approved anew.
   */
  void(by: string, plans?: 'begun-too'): void {
    const count = this.#standing.waiting.size + this.unused.length;
    if (plans !== undefined && this.plansInForce.length > 0) this.note({ kind: 'voided', by, plans }, 'all');
    else if (count > 0) this.note({ kind: 'voided', by }, 'all');
  }

  /** @throws {Refusal} `record-full` */
  note(event: RecordEvent, room: Room): void {
    try {
      this.#world.record.append(event, this.#now, room);
    } catch (error) {
      if (!(error instanceof SignerError) || error.code !== 'signer-record-full') throw error;
      throw new Refusal('record-full', error.message);
    }
  }

  /** Again whenever the file changed. */
  #readList(): ReadList {
    const { approversFile } = this.#world;
    const found = statSync(approversFile, { throwIfNoEntry: false });
    const mark = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (this.#listed?.mark === mark) return this.#listed;
    try {
      this.#listed = { mark, read: readApprovers(approversFile) };
    } catch (error) {
      if (!(error instanceof SignerError)) throw error;
      this.#listed = { mark, read: nobody, problem: error.message };
    }
    return this.#listed;
  }

  #allowedBy(waits: Waiting, now: number): string | undefined {
    if (this.rule === 'at-once') return 'at-once';
    const names = this.#approvedBy(waits);
    if (names.length >= approvalsOfTwo) return names.join(', ');
    return now >= (this.#dayEndsAt(waits) ?? Number.POSITIVE_INFINITY) ? 'delay' : undefined;
  }

  /** A day after it was asked for, and after a day became enough. */
  #dayEndsAt({ firstSeenAt }: Waiting): number | undefined {
    const { rule } = this.#standing;
    return rule?.name === 'delay' ? Math.max(firstSeenAt, rule.since) + approvalDelayMs : undefined;
  }

  /** Names of those who are approvers now, with the key that they had when they approved. */
  #approvedBy({ approvals }: Waiting): readonly string[] {
    const keyByName = new Map(this.listed.approvers.map((each) => [each.name, keyDigest(each)]));
    return approvals.filter(({ approver, key }) => keyByName.get(approver) === key).map(({ approver }) => approver);
  }

  #view(waits: Waiting): PendingApproval {
    const { digest, challenge, kind, rolloutId, what, firstSeenAt } = waits;
    const allowedAt = this.#dayEndsAt(waits);
    return {
      ...{ digest, challenge, kind, what, approvedBy: this.#approvedBy(waits) },
      ...(rolloutId === undefined ? {} : { rolloutId }),
      firstSeenAt: instantText(firstSeenAt),
      ...(allowedAt === undefined ? {} : { allowedAt: instantText(allowedAt) }),
      approvalsNeeded: approvalsOfTwo,
    };
  }

  get #now(): number {
    return this.#world.clock.now();
  }

  get #standing(): Standing {
    return this.#world.record.standing;
  }
}

type Allowed = Pick<Waiting, 'digest' | 'rolloutId' | 'what'> & { readonly allowedAt: number };

function unusedView(kind: AllowedChange['kind'], forMs: number, { digest, rolloutId, what, allowedAt }: Allowed) {
  const times = { allowedAt: instantText(allowedAt), until: instantText(allowedAt + forMs) };
  return { ...{ digest, kind, what, ...times }, ...(rolloutId === undefined ? {} : { rolloutId }) };
}

function requireTaken(waitMs: number, { burst }: RateLimits, what: string): void {
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  throw new Refusal('too-many-proposals', `more than ${burst} ${what} came at once; ask again in ${seconds} s`);
}

function keyDigest({ publicKey }: Approver): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

function instantText(at: number): string {
  return new Date(at).toISOString();
}
