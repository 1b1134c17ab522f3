/**
 * Drives rollouts: reads what hosts reported, decides the next move of each rollout, and has the signer put it into the
 * signed policy. It decides nothing that the signer would not sign: with the whole database in hand one could halt
 * everything and open nothing (security rule S12). Runs as a job, so at most one process at a time has the lease.
 */
import { ProblemError } from '@springline/api/problem';
import { withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import type { PendingApproval, SignerAnswer, SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { applyMove, type Move, nextMove } from '@springline/auto-upgrade/rollout/advance';
import type { TenantEvidence } from '@springline/auto-upgrade/rollout/evidence';
import { parsePlan, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type Rollout, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { EpochMs } from '@springline/ports/clock';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { countEvidence, countStanding, type RingEvidence, tenantsWithAgents } from '../storage/upgrade/evidence.ts';
import {
  findRollout,
  type KeptRollout,
  listRollouts,
  type RolloutState,
  setRolloutState,
} from '../storage/upgrade/rollouts.ts';
import { type PublishedReleases, recallOf } from './published-releases.ts';
import type { SignerPort } from './signer-client.ts';

const silentAfterMs = 60 * 60_000;
const newAgentMs = 7 * 24 * 60 * 60_000;
/** Between the row of a rollout and the word that the signer has its plan; longer only when that word got lost. */
const proposalLimitMs = 10 * 60_000;
const forgotten = 'Its approval lapsed or was taken back. Create the rollout again.';
const utf8 = new TextEncoder();

/** What happened and people should hear of. */
export interface RolloutNews {
  readonly kind:
    | 'rollout.halted'
    | 'rollout.aborted'
    | 'rollout.resumed'
    | 'rollout.ring-opened'
    | 'rollout.completed'
    | 'rollout.started';
  readonly rolloutId: string;
  readonly component: string;
  readonly version: string;
  readonly what: string;
}

export interface ControllerDeps {
  readonly database: Database;
  readonly signer: SignerPort;
  /** A rollout of a release that was called back goes nowhere. */
  readonly published: Pick<PublishedReleases, 'list'>;
  /** In the transaction of the change. */
  tell(writer: Writer, tenantId: string, news: RolloutNews, now: EpochMs): Promise<void>;
}

export type Evidence = ReadonlyMap<string, readonly TenantEvidence[]>;

/** What the signer knows of plans, by digest. */
interface Plans {
  readonly approved: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
}

/** What a round knows beside the rollouts. */
interface RoundWorld extends Plans {
  census(): Promise<Census>;
}

export class RolloutController {
  readonly #deps: ControllerDeps;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  /** Moves every rollout on as far as it may go now. Returns how many moves were signed. */
  async round(now: EpochMs): Promise<{ readonly moves: number }> {
    const { database, signer, published } = this.#deps;
    const kept = await listRollouts(database.read);
    if (kept.every(isDone)) return { moves: 0 };
    const state = await signer.state();
    let counted: Promise<Census> | undefined;
    const world: RoundWorld = {
      ...plansOf(state),
      // Of a large fleet it takes long: once, and not where no rollout asks.
      census: () => (counted ??= censusOf(database.read, now)),
    };
    const { targets } = await published.list();
    let policy = state.policy === undefined ? undefined : parsePolicy(utf8.encode(state.policy));
    let moves = 0;
    // What begins first: the one whose place it takes is then seen to have lost it.
    for (const rollout of kept.toSorted((a, b) => Number(b.state === 'waiting') - Number(a.state === 'waiting'))) {
      if (isDone(rollout)) continue;
      const plan = parsePlan(JSON.parse(rollout.plan));
      if (rollout.state !== 'aborted' && recallOf(plan.targets.values(), targets) !== undefined) {
        await this.#goNowhere(rollout, policy, world, now);
        continue;
      }
      for (let step = 0; step <= plan.rings.length + 2; step++) {
        const next = await this.#step(rollout, plan, policy, world, now);
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
    world: RoundWorld,
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
    if (rollout.state === 'aborted') return this.#giveUp(rollout, signed, policy, now);
    if (signed === undefined) {
      if (rollout.state !== 'waiting') {
        await this.#replaced(rollout, plan, policy);
        return undefined;
      }
      if (!world.approved.has(rollout.digest)) return this.#forget(rollout, world, now);
      const begun = { kind: 'rollout.started', what: 'begun' } as const;
      return this.#carryOut(rollout, plan, withRollout(policy, plan, now), begun, now);
    }
    if (rollout.wanted !== null) {
      const wanted = rollout.wanted === 'resume' ? 'resume' : 'advance';
      return this.#wanted(rollout, plan, policy!, wanted, now);
    }
    // Nothing that hosts report lets it go on.
    if (signed.state === 'halted' && rollout.state === 'halted') return undefined;
    const evidence = await evidenceOf(this.#deps.database.read, plan, await world.census());
    const move = nextMove(plan, signed, evidence, now);
    if (move.kind === 'stay') {
      await this.#note(rollout, signed.state, signed.reason ?? null);
      return undefined;
    }
    return this.#carryOut(rollout, plan, applyMove(policy!, rollout.rolloutId, move, now), newsOf(move), now);
  }

  /** Its release was called back: no ring opens, nothing begins, and what was asked for is not done. */
  async #goNowhere(rollout: KeptRollout, policy: RolloutPolicy | undefined, plans: Plans, now: EpochMs): Promise<void> {
    const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
    if (signed !== undefined) return this.#note(rollout, signed.state, signed.reason ?? null);
    if (rollout.state === 'waiting' && !plans.approved.has(rollout.digest)) await this.#forget(rollout, plans, now);
  }

  /** Another rollout of the same release took its place: begun again it would take that one's. */
  async #replaced(rollout: KeptRollout, { targets }: RolloutPlan, policy: RolloutPolicy | undefined): Promise<void> {
    // Nobody knows what became of it.
    if (policy === undefined && rollout.state === 'halted') return;
    const digests = new Set(targets.values());
    const other = policy?.rollouts.find((each) => [...each.targets.values()].some((digest) => digests.has(digest)));
    const by = other === undefined ? 'another rollout' : `rollout ${other.rolloutId}`;
    await this.#note(rollout, 'aborted', `replaced by ${by}`);
  }

  /** A person gave it up in the instant in which it began, so that it runs although nobody wants it. */
  async #giveUp(
    { rolloutId, reason }: KeptRollout,
    signed: Rollout | undefined,
    policy: RolloutPolicy | undefined,
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    if (policy === undefined || signed === undefined || signed.state === 'aborted') return undefined;
    const next = withState(policy, rolloutId, 'aborted', reason ?? '', now);
    const answer = await this.#deps.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
    return answer.kind === 'done' ? next : undefined;
  }

  /** A rollout whose plan the signer does not know waits for nothing. */
  async #forget(rollout: KeptRollout, { waiting }: Plans, now: EpochMs): Promise<undefined> {
    if (waiting.has(rollout.digest) || now - rollout.createdAt < proposalLimitMs) return;
    const { rolloutId } = rollout;
    await this.#deps.database.write(async (writer) => {
      await setRolloutState(writer, rolloutId, { state: 'aborted', reason: forgotten });
      const [operator] = await listTenants(writer);
      if (operator === undefined) return;
      const event = { actor: 'system', action: 'rollout.lapsed', subject: `rollout:${rolloutId}` };
      await appendAudit(writer, operator.id, { at: now, ...event });
    });
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
    return this.#carryOut(rollout, plan, next, wantedNews(wanted, ring), now);
  }

  async #carryOut(
    rollout: KeptRollout,
    { component, version }: RolloutPlan,
    next: RolloutPolicy,
    { kind, what }: Pick<RolloutNews, 'kind' | 'what'>,
    now: EpochMs,
  ): Promise<RolloutPolicy | undefined> {
    const answer = await this.#deps.signer.ask({ type: 'propose-policy', policy: formatPolicy(next) });
    if (answer.kind !== 'done') return undefined;
    const signed = next.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
    const outcome: { readonly state: RolloutState; readonly reason: string | null } = {
      state: signed?.state ?? 'aborted',
      reason: signed?.reason ?? null,
    };
    const kept = await this.#deps.database.write(async (writer) => {
      const found = await findRollout(writer, rollout.rolloutId);
      // Given up meanwhile: the next step takes back what was just signed.
      if (found?.state === 'aborted') return { state: found.state, reason: found.reason };
      await setRolloutState(writer, rollout.rolloutId, outcome);
      const [operator] = await listTenants(writer);
      if (operator === undefined) return outcome;
      const detail = { component, version, policyVersion: next.version, what };
      const subject = `rollout:${rollout.rolloutId}`;
      await appendAudit(writer, operator.id, { at: now, actor: 'system', action: kind, subject, detail });
      await this.#deps.tell(writer, operator.id, { kind, rolloutId: rollout.rolloutId, component, version, what }, now);
      return outcome;
    });
    Object.assign(rollout, { ...kept, wanted: null });
    return next;
  }

  /** The database follows the signed policy, not the other way round. */
  async #note(rollout: KeptRollout, state: RolloutState, reason: string | null): Promise<void> {
    if (rollout.state === state && rollout.wanted === null) return;
    await this.#deps.database.write((writer) => setRolloutState(writer, rollout.rolloutId, { state, reason }));
  }
}

/** Not so a halted or an aborted one: the policy may say otherwise. */
function isDone({ state, wanted }: KeptRollout): boolean {
  return state === 'complete' && wanted === null;
}

function plansOf({ approvedPlans, pending }: SignerState): Plans {
  return { approved: new Set(approvedPlans), waiting: new Set(pending.map(({ digest }) => digest)) };
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
export async function evidenceOf(reader: Reader, plan: RolloutPlan, census: Census): Promise<Evidence> {
  return (await allEvidenceOf(reader, plan, census)).byRing;
}

/** Who is there at all, whatever was reported: the same for every rollout. */
export interface Census {
  readonly silentSince: EpochMs;
  /** Hosts enrolled since count for nothing; absent where there is one tenant. */
  readonly enrolledBefore: EpochMs | undefined;
  readonly tenants: readonly string[];
  readonly standing: readonly RingEvidence[];
}

export async function censusOf(reader: Reader, now: EpochMs): Promise<Census> {
  const isAlone = (await tenantsWithAgents(reader, undefined)).length < 2;
  const enrolledBefore = isAlone ? undefined : ((now - newAgentMs) as EpochMs);
  const silentSince = (now - silentAfterMs) as EpochMs;
  const tenants = await tenantsWithAgents(reader, enrolledBefore);
  const standing = await countStanding(reader, { silentSince, enrolledBefore });
  return { silentSince, enrolledBefore, tenants, standing };
}

export interface AllEvidence {
  readonly byRing: Evidence;
  /** Reported in rings that the plan does not have: it proves no ring and is only shown. */
  readonly elsewhere: readonly RingEvidence[];
}

export async function allEvidenceOf(
  reader: Reader,
  { targets, rings }: RolloutPlan,
  census: Census,
): Promise<AllEvidence> {
  const counted = await countEvidence(reader, [...targets.values()], census, census.standing);
  const named = new Set(rings.map(({ name }) => name));
  return {
    byRing: new Map(rings.map(({ name }) => [name, ofRing(name, counted, census.tenants)])),
    elsewhere: counted.filter(({ ring }) => !named.has(ring)),
  };
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

function wantedNews(wanted: 'resume' | 'advance', ring: string | undefined): Pick<RolloutNews, 'kind' | 'what'> {
  if (wanted === 'resume') return { kind: 'rollout.resumed', what: 'resumed' };
  if (ring === undefined) return { kind: 'rollout.completed', what: 'opened to all by a person, sooner than planned' };
  return { kind: 'rollout.ring-opened', what: `ring ${ring} opened by a person, sooner than planned` };
}

function newsOf(move: Exclude<Move, { kind: 'stay' }>): Pick<RolloutNews, 'kind' | 'what'> {
  switch (move.kind) {
    case 'halt':
      return { kind: 'rollout.halted', what: `halted by itself: ${move.reason}` };
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
