/**
 * Drives rollouts: reads what hosts reported, decides the next move of each rollout, and has the signer put it into the
 * signed policy. It decides nothing that the signer would not sign: with the whole database in hand one could halt
 * everything and open nothing (security rule S12). Runs as a job, so at most one process at a time has the lease.
 */
import { ProblemError } from '@springline/api/problem';
import { withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import type { PendingApproval, SignerAnswer } from '@springline/auto-upgrade/hus/signer-message';
import { applyMove, type Move, nextMove } from '@springline/auto-upgrade/rollout/advance';
import type { TenantEvidence } from '@springline/auto-upgrade/rollout/evidence';
import { parsePlan, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { EpochMs } from '@springline/ports/clock';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { countEvidence, type RingEvidence, tenantsWithAgents } from '../storage/upgrade/evidence.ts';
import { type KeptRollout, listRollouts, type RolloutState, setRolloutState } from '../storage/upgrade/rollouts.ts';
import type { SignerPort } from './signer-client.ts';

const silentAfterMs = 60 * 60_000;
const newAgentMs = 7 * 24 * 60 * 60_000;
const utf8 = new TextEncoder();

/** What happened on its own and people should hear of. */
export interface RolloutNews {
  readonly kind: 'rollout.halted' | 'rollout.ring-opened' | 'rollout.completed' | 'rollout.started';
  readonly rolloutId: string;
  readonly component: string;
  readonly version: string;
  readonly what: string;
}

export interface ControllerDeps {
  readonly database: Database;
  readonly signer: SignerPort;
  /** In the transaction of the change. */
  tell(writer: Writer, tenantId: string, news: RolloutNews, now: EpochMs): Promise<void>;
}

export type Evidence = ReadonlyMap<string, readonly TenantEvidence[]>;

export class RolloutController {
  readonly #deps: ControllerDeps;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  /** Moves every rollout on as far as it may go now. Returns how many moves were signed. */
  async round(now: EpochMs): Promise<{ readonly moves: number }> {
    const { database, signer } = this.#deps;
    const kept = await listRollouts(database.read);
    const open = kept.filter(({ state, wanted }) => state === 'waiting' || state === 'running' || wanted !== null);
    if (open.length === 0) return { moves: 0 };
    const { approvedPlans, policy: policyText } = await signer.state();
    let policy = policyText === undefined ? undefined : parsePolicy(utf8.encode(policyText));
    let moves = 0;
    for (const rollout of open) {
      const plan = parsePlan(JSON.parse(rollout.plan));
      for (let step = 0; step <= plan.rings.length + 1; step++) {
        const next = await this.#step(rollout, plan, policy, new Set(approvedPlans), now);
        if (next === undefined) break;
        policy = next;
        moves += 1;
      }
    }
    return { moves };
  }

  /** One change of one rollout; the new policy, or `undefined` when there is nothing to do. */
  async #step(
    rollout: KeptRollout,
    plan: RolloutPlan,
    policy: RolloutPolicy | undefined,
    approved: ReadonlySet<string>,
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
    if (signed === undefined) {
      // Another rollout of the same release took its place: begun again it would take that one's.
      if (rollout.state !== 'waiting') await this.#note(rollout, 'aborted', 'replaced by another rollout');
      if (rollout.state !== 'waiting' || !approved.has(rollout.digest)) return undefined;
      return this.#carryOut(rollout, withRollout(policy, plan, now), { kind: 'rollout.started', what: 'begun' }, now);
    }
    if (rollout.wanted !== null) {
      const wanted = rollout.wanted === 'resume' ? 'resume' : 'advance';
      return this.#wanted(rollout, plan, policy!, wanted, now);
    }
    const evidence = await evidenceOf(this.#deps.database.read, plan, now);
    const move = nextMove(plan, signed, evidence, now);
    if (move.kind === 'stay') {
      await this.#note(rollout, signed.state, signed.reason ?? null);
      return undefined;
    }
    return this.#carryOut(rollout, applyMove(policy!, rollout.rolloutId, move, now), newsOf(move), now);
  }

  /** What a person asked for and the signer may by now allow. */
  async #wanted(
    rollout: KeptRollout,
    plan: RolloutPlan,
    policy: RolloutPolicy,
    wanted: 'resume' | 'advance',
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    const next = wantedPolicy(policy, rollout.rolloutId, wanted, now);
    if (next === undefined) {
      await this.#note(rollout, rollout.state, rollout.reason);
      return undefined;
    }
    const ring = plan.rings.find(({ name }) => isOpened(policy, next, rollout.rolloutId, name))?.name;
    const what = wanted === 'resume' ? 'resumed' : `ring ${ring ?? ''} opened early`;
    return this.#carryOut(rollout, next, { kind: 'rollout.ring-opened', what }, now);
  }

  async #carryOut(
    rollout: KeptRollout,
    next: RolloutPolicy,
    { kind, what }: Pick<RolloutNews, 'kind' | 'what'>,
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    const answer = await this.#deps.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
    if (answer.kind !== 'done') return undefined;
    const signed = next.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
    const state: RolloutState = signed?.state ?? 'aborted';
    const reason = signed?.reason ?? null;
    await this.#deps.database.write(async (writer) => {
      await setRolloutState(writer, rollout.rolloutId, { state, reason });
      const { component, version } = parsePlan(JSON.parse(rollout.plan));
      const [operator] = await listTenants(writer);
      if (operator === undefined) return;
      const detail = { component, version, policyVersion: next.version, what };
      const subject = `rollout:${rollout.rolloutId}`;
      await appendAudit(writer, operator.id, { at: now, actor: 'system', action: kind, subject, detail });
      await this.#deps.tell(writer, operator.id, { kind, rolloutId: rollout.rolloutId, component, version, what }, now);
    });
    Object.assign(rollout, { state, reason, wanted: null });
    return next;
  }

  /** The database follows the signed policy, not the other way round. */
  async #note(rollout: KeptRollout, state: RolloutState, reason: string | null): Promise<void> {
    if (rollout.state === state && rollout.wanted === null) return;
    await this.#deps.database.write((writer) => setRolloutState(writer, rollout.rolloutId, { state, reason }));
  }
}

/** The policy as a person wants it; `undefined` when it is so already. */
export function wantedPolicy(
  policy: RolloutPolicy,
  rolloutId: string,
  wanted: 'resume' | 'advance',
  now: EpochMs,
): RolloutPolicy | undefined {
  const rollout = policy.rollouts.find((each) => each.rolloutId === rolloutId);
  if (rollout === undefined) return undefined;
  if (wanted === 'resume') {
    return rollout.state === 'halted' ? withState(policy, rolloutId, 'running', '', now) : undefined;
  }
  const ring = rollout.rings.find(({ openedAt }) => openedAt === undefined);
  if (rollout.state !== 'running') return undefined;
  if (ring === undefined) return withState(policy, rolloutId, 'complete', '', now);
  return applyMove(policy, rolloutId, { kind: 'open-ring', ring: ring.name }, now);
}

/** What hosts reported of the plan's release, by ring and tenant; a tenant that said nothing is there with nothing. */
export async function evidenceOf(reader: Reader, { targets, rings }: RolloutPlan, now: EpochMs): Promise<Evidence> {
  const isAlone = (await tenantsWithAgents(reader, undefined)).length < 2;
  const enrolledBefore = isAlone ? undefined : ((now - newAgentMs) as EpochMs);
  const silentSince = (now - silentAfterMs) as EpochMs;
  const counted = await countEvidence(reader, [...targets.values()], { silentSince, enrolledBefore });
  const tenants = await tenantsWithAgents(reader, enrolledBefore);
  return new Map(rings.map(({ name }) => [name, ofRing(name, counted, tenants)]));
}

function ofRing(ring: string, counted: readonly RingEvidence[], tenants: readonly string[]): TenantEvidence[] {
  const found = counted.filter((each) => each.ring === ring);
  const told = new Set(found.map(({ tenantId }) => tenantId));
  const nothing = { activating: 0, committed: 0, failed: 0, silent: 0 };
  return [...found, ...tenants.filter((id) => !told.has(id)).map((tenantId) => ({ tenantId, ...nothing }))];
}

/** What the signer said, as an answer to a person. @throws {ProblemError} `rollout-refused`. */
export function pendingOf(answer: SignerAnswer): readonly PendingApproval[] {
  if (answer.kind === 'refused') throw new ProblemError('rollout-refused', `${answer.message} (${answer.code})`);
  return answer.kind === 'waiting' ? answer.pending : [];
}

function newsOf(move: Exclude<Move, { kind: 'stay' }>): Pick<RolloutNews, 'kind' | 'what'> {
  switch (move.kind) {
    case 'halt':
      return { kind: 'rollout.halted', what: move.reason };
    case 'complete':
      return { kind: 'rollout.completed', what: 'open to all' };
    case 'open-ring':
      return { kind: 'rollout.ring-opened', what: `ring ${move.ring} opened` };
  }
}

function isOpened(before: RolloutPolicy, after: RolloutPolicy, rolloutId: string, ring: string): boolean {
  const openedIn = (policy: RolloutPolicy): unknown =>
    policy.rollouts.find((each) => each.rolloutId === rolloutId)?.rings.find(({ name }) => name === ring)?.openedAt;
  return openedIn(before) === undefined && openedIn(after) !== undefined;
}
