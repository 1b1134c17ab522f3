/**
 * Rollouts over the API: plan, see, halt, resume, abort, advance, approve. Whatever widens goes to the signer and may come
 * back as something that waits; what narrows is signed at once.
 */
import { ProblemError } from '@springline/api/problem';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { withFreeze, withHalt, withoutFreeze, withState } from '@springline/auto-upgrade/hus/policy-change';
import type { PendingApproval, SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { nextMove } from '@springline/auto-upgrade/rollout/advance';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import { weigh } from '@springline/auto-upgrade/rollout/evidence';
import { formatPlan, parsePlan, planDigest, rolloutFromPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { openPpm } from '@springline/auto-upgrade/rollout/ramp';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import type { DatabaseWatch } from '../restored/watch.ts';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { type AuditEvent, appendAudit } from '../storage/platform/audit.ts';
import {
  addRollout,
  findRollout,
  type KeptRollout,
  listRollouts,
  setRolloutState,
} from '../storage/upgrade/rollouts.ts';
import { evidenceOf, pendingOf, type RolloutController, wantedPolicy } from './controller.ts';
import { requireOperator } from './operator.ts';
import type { PublishedReleases } from './published-releases.ts';
import { planOf } from './rollout-plan.ts';
import type { SignerPort } from './signer-client.ts';

interface RolloutDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: SignerPort;
  readonly controller: RolloutController;
  readonly published: PublishedReleases;
  /** Hears when a person lets rollouts go on. */
  readonly watch: Pick<DatabaseWatch, 'resumed'>;
}

type RolloutRoute =
  | 'listRollouts'
  | 'createRollout'
  | 'changeRollout'
  | 'getRolloutPolicy'
  | 'changeRolloutPolicy'
  | 'approve'
  | 'withdrawApproval';

const utf8 = new TextEncoder();
const minuteMs = 60_000;

export function rolloutHandlers(deps: RolloutDeps): Pick<Handlers, RolloutRoute> {
  const { database, clock, random, signer, controller, published, watch } = deps;
  const read = database.read;

  async function changed(rolloutId: string, now: EpochMs, pending: readonly PendingApproval[]) {
    const [kept, state] = [await findRollout(read, rolloutId), await signer.state()];
    if (kept === undefined) throw noRollout();
    return { rollout: await viewOf(read, kept, policyOf(state), now), pending: pending.map(pendingView) };
  }

  async function audit(
    writer: Writer,
    { tenantId, actor }: { tenantId: string; actor: string },
    now: EpochMs,
    what: Pick<AuditEvent, 'action' | 'subject' | 'detail'>,
  ): Promise<void> {
    await appendAudit(writer, tenantId, { at: now, actor, ...what });
  }

  return {
    async listRollouts({ now }): Promise<Rollouts> {
      let state: SignerState | undefined;
      let problem: string | undefined;
      try {
        state = await signer.state();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        problem = error.message.slice(0, 500);
      }
      const policy = state === undefined ? undefined : policyOf(state);
      const kept = await listRollouts(read);
      const rollouts: RolloutView[] = [];
      for (const rollout of kept) rollouts.push(await viewOf(read, rollout, policy, now));
      return {
        rollouts,
        pending: (state?.pending ?? []).map(pendingView),
        ...(state === undefined ? {} : { rule: state.rule }),
        approvers: (state?.approvers ?? []).map((approver) => ({ ...approver })),
        isHalted: policy?.isHalted ?? false,
        freezes: (policy?.freezes ?? []).map(({ name, from, until }) => ({
          name,
          from: text(from),
          until: text(until),
        })),
        ...(problem === undefined ? {} : { signerProblem: problem }),
      };
    },

    async createRollout({ caller, body, now }) {
      await requireOperator(read, caller.tenantId);
      const { targets } = await published.list();
      const name = `${body.component} ${body.version}`;
      const [first, ...others] = targets.filter(
        ({ component, version }) => component === body.component && version === body.version,
      );
      if (first === undefined) throw new ProblemError('not-found', `${name} is not published`);
      if (first.isRecalled) throw refused(`${name} was recalled`);
      if (!first.isForAutoUpgrade) throw refused(`${name} is for download only: the Image repository says so`);
      // Asked first: a plan that nobody hears of would wait for ever.
      await signer.state();
      const plan = checked(() => {
        const made = planOf(body, uuidV7(clock, random), [first, ...others]);
        return parsePlan(JSON.parse(formatPlan(made)));
      });
      const kept: KeptRollout = {
        ...{ rolloutId: plan.rolloutId, plan: formatPlan(plan), digest: planDigest(plan) },
        ...{ state: 'waiting', reason: null, wanted: null, createdBy: caller.actor, createdAt: now },
      };
      await database.write(async (writer) => {
        await addRollout(writer, kept);
        const detail = { component: plan.component, version: plan.version, digest: kept.digest };
        await audit(writer, caller, now, { action: 'rollout.created', subject: `rollout:${plan.rolloutId}`, detail });
      });
      const pending = pendingOf(await signer.ask({ type: 'propose-plan', plan: kept.plan }));
      if (pending.length === 0) await controller.round(now);
      return changed(plan.rolloutId, now, pending);
    },

    async changeRollout({ caller, params, body, now }) {
      await requireOperator(read, caller.tenantId);
      const { rolloutId } = params;
      const { action, reason } = body;
      const kept = await findRollout(read, rolloutId);
      if (kept === undefined) throw noRollout();
      const policy = policyOf(await signer.state());
      const isSigned = policy?.rollouts.some((each) => each.rolloutId === rolloutId) ?? false;
      const subject = `rollout:${rolloutId}`;
      if (action === 'halt' || action === 'abort') {
        const state = action === 'halt' ? 'halted' : 'aborted';
        if (kept.state === 'aborted' || kept.state === state) throw refused(`the rollout is ${kept.state} already`);
        if (!isSigned && action === 'halt') throw refused('the rollout has not begun; abort it instead');
        if (isSigned) await sign(withState(policy!, rolloutId, state, reason, now));
        else await signer.ask({ type: 'withdraw', digest: kept.digest, by: caller.actor });
        await database.write(async (writer) => {
          await setRolloutState(writer, rolloutId, { state, reason });
          const detail = { reason };
          await audit(writer, caller, now, {
            action: action === 'halt' ? 'rollout.halted' : 'rollout.aborted',
            ...{ subject, detail },
          });
        });
        return changed(rolloutId, now, []);
      }
      if (!isSigned) throw refused('the rollout waits for approval');
      const next = wantedPolicy(policy!, rolloutId, action, now);
      if (next === undefined) {
        throw refused(action === 'resume' ? 'only a halted rollout is resumed' : 'only a running rollout is advanced');
      }
      await database.write(async (writer) => {
        await setRolloutState(writer, rolloutId, { state: kept.state, reason: kept.reason, wanted: action });
        const detail = { reason, ...(action === 'resume' ? {} : { early: true }) };
        await audit(writer, caller, now, {
          action: action === 'resume' ? 'rollout.resume-asked' : 'rollout.advance-asked',
          ...{ subject, detail },
        });
      });
      await controller.round(now);
      const { pending } = await signer.state();
      return changed(
        rolloutId,
        now,
        pending.filter((each) => each.rolloutId === rolloutId),
      );
    },

    async getRolloutPolicy() {
      const { policy } = await signer.state();
      return policy === undefined ? {} : { policy: JSON.parse(policy) };
    },

    async changeRolloutPolicy({ caller, body, now }) {
      await requireOperator(read, caller.tenantId);
      let policy = policyOf(await signer.state());
      const pending: PendingApproval[] = [];
      const steps = [
        // A first policy shuts what was open without one: nobody asks for that by ending a halt that is not there.
        ...(body.halt === undefined || (!body.halt && policy?.isHalted !== true)
          ? []
          : [() => withHalt(policy, body.halt!, now)]),
        ...(body.addFreeze === undefined
          ? []
          : [
              () =>
                withFreeze(
                  policy,
                  {
                    name: body.addFreeze!.name,
                    from: Date.parse(body.addFreeze!.from) as EpochMs,
                    until: Date.parse(body.addFreeze!.until) as EpochMs,
                  },
                  now,
                ),
            ]),
        ...(body.removeFreeze === undefined || policy === undefined
          ? []
          : [() => withoutFreeze(policy!, body.removeFreeze!, now)]),
      ];
      for (const step of steps) {
        const next = step();
        const asked = pendingOf(await signer.ask({ type: 'propose-policy', policy: parsedPolicyText(next) }));
        pending.push(...asked);
        if (asked.length === 0) policy = next;
      }
      await database.write((writer) =>
        audit(writer, caller, now, {
          action: 'policy.changed',
          ...{ subject: 'policy:rollout', detail: { change: JSON.stringify(body) } },
        }),
      );
      if (body.halt === false) await watch.resumed(now);
      return { isHalted: policy?.isHalted ?? false, pending: pending.map(pendingView) };
    },

    async approve({ caller, params, body, now }) {
      await requireOperator(read, caller.tenantId);
      const { digest } = params;
      const pending = pendingOf(await signer.ask({ type: 'approve', digest, assertion: body }));
      await database.write((writer) =>
        audit(writer, caller, now, { action: 'approval.given', subject: `approval:${digest}` }),
      );
      if (pending.length === 0) await controller.round(now);
      return { pending: pending.map(pendingView) };
    },

    async withdrawApproval({ caller, params, now }) {
      await requireOperator(read, caller.tenantId);
      const { digest } = params;
      const { pending } = await signer.state();
      const waits = pending.find((each) => each.digest === digest);
      if (waits === undefined) throw new ProblemError('not-found', 'nothing with this digest waits');
      const kept = waits.rolloutId === undefined ? undefined : await findRollout(read, waits.rolloutId);
      // First here, so that the controller does not ask for it again.
      await database.write(async (writer) => {
        if (kept !== undefined) {
          const state = waits.kind === 'plan' ? 'aborted' : kept.state;
          await setRolloutState(writer, kept.rolloutId, { state, reason: kept.reason });
        }
        await audit(writer, caller, now, {
          action: 'approval.withdrawn',
          ...{ subject: `approval:${digest}`, detail: { what: waits.what } },
        });
      });
      pendingOf(await signer.ask({ type: 'withdraw', digest, by: caller.actor }));
      return { pending: (await signer.state()).pending.map(pendingView) };
    },
  };

  async function sign(policy: RolloutPolicy): Promise<void> {
    pendingOf(await signer.ask({ type: 'propose-policy', policy: parsedPolicyText(policy) }));
  }
}

/** What a person asked for may be what no policy says: too many freezes, one that ends before it begins. */
function parsedPolicyText(policy: RolloutPolicy): string {
  const text = formatPolicy(policy);
  return checked(() => formatPolicy(parsePolicy(utf8.encode(text))));
}

async function viewOf(
  reader: Reader,
  kept: KeptRollout,
  policy: RolloutPolicy | undefined,
  now: EpochMs,
): Promise<RolloutView> {
  const plan = parsePlan(JSON.parse(kept.plan));
  const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === kept.rolloutId);
  const rollout = signed ?? rolloutFromPlan(plan);
  const evidence = await evidenceOf(reader, plan, now);
  const state = signed?.state ?? kept.state;
  const move = nextMove(plan, rollout, evidence, now);
  const reason = signed?.reason ?? kept.reason ?? undefined;
  return {
    ...{ rolloutId: kept.rolloutId, component: plan.component, version: plan.version },
    ...{ releaseNumber: plan.releaseNumber, state, createdBy: kept.createdBy, createdAt: text(kept.createdAt) },
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(plan.notBefore === undefined ? {} : { notBefore: text(plan.notBefore) }),
    haltAt: { ...plan.haltAt },
    rings: plan.rings.map(({ soakMs, ...ring }) => {
      const opened = rollout.rings.find(({ name }) => name === ring.name);
      const { openedAt } = opened ?? {};
      return {
        ...ring,
        soakMinutes: Math.round(soakMs / minuteMs),
        ...(openedAt === undefined ? {} : { openedAt: text(openedAt) }),
        openPpm: state === 'complete' ? 1_000_000 : opened === undefined ? 0 : openPpm(opened, now),
        evidence: totals(evidence.get(ring.name) ?? []),
      };
    }),
    next: kept.state === 'waiting' ? 'It waits for approval.' : nextWords(move),
  };
}

function totals(evidence: Parameters<typeof weigh>[0]) {
  const { committed } = weigh(evidence);
  const sum = (count: (each: (typeof evidence)[number]) => number): number =>
    evidence.reduce((total, each) => total + count(each), 0);
  const silent = sum((each) => each.silent);
  return { activating: sum((each) => each.activating) - silent, committed, failed: sum((each) => each.failed), silent };
}

function nextWords(move: ReturnType<typeof nextMove>): string {
  switch (move.kind) {
    case 'stay':
      return move.why.slice(0, 500);
    case 'open-ring':
      return `Ring ${move.ring} opens at the controller's next round.`;
    case 'complete':
      return "It completes at the controller's next round.";
    case 'halt':
      return `It halts at the controller's next round: ${move.reason}`.slice(0, 500);
  }
}

function pendingView({ approvedBy, ...rest }: PendingApproval) {
  return { ...rest, approvedBy: [...approvedBy] };
}

function policyOf({ policy }: SignerState): RolloutPolicy | undefined {
  return policy === undefined ? undefined : parsePolicy(utf8.encode(policy));
}

function checked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PolicyError) throw new ProblemError('rollout-refused', error.message, { cause: error });
    throw error;
  }
}

function text(at: EpochMs): string {
  return new Date(at).toISOString();
}

function noRollout(): ProblemError {
  return new ProblemError('not-found', 'no rollout has this id');
}

function refused(why: string): ProblemError {
  return new ProblemError('rollout-refused', why);
}
