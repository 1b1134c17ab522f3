/**
 * Rollouts over the API: plan, see, halt, resume, abort, advance, approve, withdraw. Whatever widens goes to the signer and
 * may come back as something that waits; what narrows is signed at once. What the signer did not do is never told as done.
 */
import { ProblemError } from '@springline/api/problem';
import type { ChangePolicy, CreateRollout, Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { withFreeze, withHalt, withoutFreeze, withState } from '@springline/auto-upgrade/hus/policy-change';
import type { PendingApproval, SignerAnswer, SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import { formatPlan, parsePlan, planDigest } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import { requireOperator } from '../platform/operator.ts';
import type { DatabaseWatch } from '../restored/watch.ts';
import type { Database, Writer } from '../storage/database.ts';
import { type AuditEvent, appendAudit, newestAudit } from '../storage/platform/audit.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import {
  addRollout,
  findRollout,
  type KeptRollout,
  listRollouts,
  type RolloutState,
  setRolloutState,
} from '../storage/upgrade/rollouts.ts';
import { pendingOf, type RolloutController, wantedPolicy } from './controller.ts';
import { KeptEvidence } from './kept-evidence.ts';
import { tellNews, tellPolicyHalt } from './news.ts';
import { type PublishedReleases, recallOf } from './published-releases.ts';
import { planOf } from './rollout-plan.ts';
import { rolloutView } from './rollout-view.ts';
import type { SignerPort } from './signer-client.ts';

/** A rollout to which something can still happen, with its state as it is signed. */
interface Live {
  readonly rollout: KeptRollout;
  readonly state: 'waiting' | 'running' | 'halted';
}

interface RolloutDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: SignerPort;
  readonly controller: RolloutController;
  readonly published: PublishedReleases;
  /** How long counts of hosts are kept. */
  readonly countsKeptMs: number;
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
const policyChangesLookedAt = 20;
/** Of one change, where others change the policy in between. */
const attemptLimit = 5;

export function rolloutHandlers(deps: RolloutDeps): Pick<Handlers, RolloutRoute> {
  const { database, clock, random, signer, controller, published, watch } = deps;
  const read = database.read;
  const evidence = new KeptEvidence(read, deps.countsKeptMs);

  async function changed(rolloutId: string, now: EpochMs, pending: readonly PendingApproval[]) {
    const [kept, state] = [await findRollout(read, rolloutId), await signer.state()];
    if (kept === undefined) throw noRollout();
    const { targets } = await published.list();
    const world = { policy: policyOf(state), targets, evidenceOf: await evidence.at(now) };
    const rollout = await rolloutView(kept, world, now);
    return { rollout, pending: pending.map(pendingView) };
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
      const { targets } = await published.list();
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
      const world = { policy, targets, evidenceOf: await evidence.at(now) };
      for (const rollout of kept) rollouts.push(await rolloutView(rollout, world, now));
      return {
        rollouts,
        pending: (state?.pending ?? []).map(pendingView),
        ...(state === undefined ? {} : { rule: state.rule, allowed: state.allowed.map((each) => ({ ...each })) }),
        approvers: (state?.approvers ?? []).map((approver) => ({ ...approver })),
        isHalted: policy?.isHalted ?? false,
        ...(policy?.isHalted === true ? await haltReason() : {}),
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
      const there = await sameRelease(body);
      if (there.length > 0 && body.replace === undefined) throw takenBy(there, name);
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
        const taken = there.map(({ rollout }) => rollout.rolloutId).join(' ');
        const why = body.replace === undefined ? {} : { replaces: taken, reason: body.replace.reason };
        const detail = { component: plan.component, version: plan.version, digest: kept.digest, ...why };
        await audit(writer, caller, now, { action: 'rollout.created', subject: `rollout:${plan.rolloutId}`, detail });
        // What runs or is halted stays so until the new one begins: that may have to be approved.
        for (const { rollout } of there.filter(({ state }) => state === 'waiting')) {
          const reason = `replaced by rollout ${plan.rolloutId}`;
          await setRolloutState(writer, rollout.rolloutId, { state: 'aborted', reason });
        }
      });
      for (const { rollout } of there.filter(({ state }) => state === 'waiting')) {
        await takePlanBack(rollout, `replaced by rollout ${plan.rolloutId}`, caller.actor, now);
      }
      const answer = await signer.ask({ type: 'propose-plan', plan: kept.plan });
      if (answer.kind === 'refused') {
        const reason = answer.message.slice(0, 500);
        await database.write((writer) => setRolloutState(writer, kept.rolloutId, { state: 'aborted', reason }));
      }
      const pending = pendingOf(answer);
      if (pending.length === 0) await controller.round(now);
      return changed(plan.rolloutId, now, pending);
    },

    async changeRollout({ caller, params, body, now }) {
      await requireOperator(read, caller.tenantId);
      const { rolloutId } = params;
      const { action, reason } = body;
      const kept = await findRollout(read, rolloutId);
      if (kept === undefined) throw noRollout();
      const signerState = await signer.state();
      const policy = policyOf(signerState);
      const signed = policy?.rollouts.find((each) => each.rolloutId === rolloutId);
      const subject = `rollout:${rolloutId}`;
      if (action === 'halt' || action === 'abort') {
        const state = action === 'halt' ? 'halted' : 'aborted';
        const current = signed?.state ?? kept.state;
        // What has not begun may have been given up here, and the signer not have heard of it.
        const isLeft = signed === undefined && isKnown(signerState, kept.digest);
        if ((current === 'aborted' || current === state) && !isLeft) throw refused(`the rollout is ${current} already`);
        if (signed === undefined && action === 'halt') throw refused('the rollout has not begun; abort it instead');
        const write = () =>
          database.write(async (writer) => {
            await setRolloutState(writer, rolloutId, { state, reason });
            await audit(writer, caller, now, {
              action: action === 'halt' ? 'rollout.halted' : 'rollout.aborted',
              ...{ subject, detail: { reason } },
            });
            const { component, version } = parsePlan(JSON.parse(kept.plan));
            const kind = action === 'halt' ? 'rollout.halted' : 'rollout.aborted';
            const what = `${state} by a person: ${reason}`;
            await tellNews(writer, caller.tenantId, { kind, rolloutId, component, version, what }, now);
          });
        if (signed === undefined) {
          // First here, so that the controller does not begin it.
          await write();
          await takePlanBack(kept, reason, caller.actor, now);
        } else {
          await signState(rolloutId, state, reason, now);
          await write();
        }
        return changed(rolloutId, now, []);
      }
      await requireNotRecalled(kept, action);
      if (signed === undefined) throw refused('the rollout waits for approval');
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
      const state = await signer.state();
      if (state.policy === undefined) return {};
      const isHalted = policyOf(state)?.isHalted === true;
      return { policy: JSON.parse(state.policy), ...(isHalted ? await haltReason() : {}) };
    },

    async changeRolloutPolicy({ caller, body, now }) {
      await requireOperator(read, caller.tenantId);
      const pending: PendingApproval[] = [];
      const wasHalted = policyOf(await signer.state())?.isHalted ?? false;
      for (const change of policyChanges(body, now)) {
        const answer = await sign(change);
        if (answer !== undefined) pending.push(...pendingOf(answer));
      }
      const { isHalted = false } = policyOf(await signer.state()) ?? {};
      await database.write(async (writer) => {
        const detail = { change: JSON.stringify(body), ...(pending.length === 0 ? {} : { waits: true }) };
        await audit(writer, caller, now, { action: 'policy.changed', subject: 'policy:rollout', detail });
        if (body.halt === undefined || body.halt !== isHalted || isHalted === wasHalted) return;
        await tellPolicyHalt(writer, caller.tenantId, { isHalted, reason: body.reason }, now);
      });
      if (body.halt === false) await watch.resumed(now);
      return { isHalted, pending: pending.map(pendingView) };
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
      const { pending, allowed } = await signer.state();
      const asked = [...pending, ...allowed].find((each) => each.digest === digest);
      if (asked === undefined) {
        throw new ProblemError('not-found', 'nothing with this digest waits, or is allowed and not done');
      }
      const kept = asked.rolloutId === undefined ? undefined : await findRollout(read, asked.rolloutId);
      const isPlan = kept !== undefined && asked.kind === 'plan' && kept.digest === digest;
      // First here, so that the controller does not ask for it again.
      await database.write(async (writer) => {
        if (kept !== undefined) {
          await setRolloutState(writer, kept.rolloutId, {
            state: isPlan ? 'aborted' : kept.state,
            reason: kept.reason,
          });
        }
        await audit(writer, caller, now, {
          action: 'approval.withdrawn',
          ...{ subject: `approval:${digest}`, detail: { what: asked.what } },
        });
      });
      if (isPlan) await takePlanBack(kept, 'its approval was withdrawn', caller.actor, now);
      else pendingOf(await signer.ask({ type: 'withdraw', digest, by: caller.actor }));
      return { pending: (await signer.state()).pending.map(pendingView) };
    },
  };

  /** Rollouts of the same release to which something can still happen. @throws {ProblemError} when the signer does not answer. */
  async function sameRelease({
    component,
    version,
  }: Pick<CreateRollout, 'component' | 'version'>): Promise<readonly Live[]> {
    const policy = policyOf(await signer.state());
    return (await listRollouts(read)).flatMap((rollout): Live[] => {
      const plan = parsePlan(JSON.parse(rollout.plan));
      if (plan.component !== component || !isSameVersion(plan.version, version)) return [];
      const signed = policy?.rollouts.find(({ rolloutId }) => rolloutId === rollout.rolloutId);
      // Where the policy does not name it any more another one took its place.
      const state = signed?.state ?? (rollout.state === 'waiting' ? 'waiting' : 'aborted');
      return isLive(state) ? [{ rollout, state }] : [];
    });
  }

  /** @throws {ProblemError} `rollout-refused`: no resume and no advance lets hosts install what was called back. */
  async function requireNotRecalled({ plan }: KeptRollout, action: 'resume' | 'advance'): Promise<void> {
    const { component, version, targets: digests } = parsePlan(JSON.parse(plan));
    const recall = recallOf(digests.values(), (await published.list()).targets);
    if (recall === undefined) return;
    const done = action === 'resume' ? 'resumed' : 'advanced';
    throw refused(
      `${component} ${version} was recalled, so its rollout is not ${done}: ${recall.reason}. Publish a higher version instead`,
    );
  }

  /** Why everything is halted: as the person said who halted it. */
  async function haltReason(): Promise<{ haltReason?: string }> {
    const [operator] = await listTenants(read);
    if (operator === undefined) return {};
    for (const { detail } of await newestAudit(read, operator.id, 'policy.changed', policyChangesLookedAt)) {
      const { halt, reason } = JSON.parse(String(detail['change'] ?? '{}')) as ChangePolicy;
      if (halt === undefined || detail['waits'] === true) continue;
      return halt && reason !== undefined ? { haltReason: reason } : {};
    }
    return {};
  }

  /** Of the policy as it is by then; asked again where somebody else's change came in between. */
  async function sign(
    change: (policy: RolloutPolicy | undefined) => RolloutPolicy | undefined,
  ): Promise<SignerAnswer | undefined> {
    for (let attempt = 1; ; attempt++) {
      const next = change(policyOf(await signer.state()));
      if (next === undefined) return undefined;
      const answer = await signer.ask({ type: 'propose-policy', policy: parsedPolicyText(next) });
      const isStale = answer.kind === 'refused' && answer.code === 'policy-stale';
      if (!isStale || attempt === attemptLimit) return answer;
    }
  }

  /** Halts or gives up a rollout that the policy names. */
  async function signState(
    rolloutId: string,
    state: 'halted' | 'aborted',
    reason: string,
    now: EpochMs,
  ): Promise<void> {
    const answer = await sign((policy) => {
      const signed = policy?.rollouts.find((each) => each.rolloutId === rolloutId);
      return signed === undefined || signed.state === state
        ? undefined
        : withState(policy!, rolloutId, state, reason, now);
    });
    if (answer !== undefined && pendingOf(answer).length > 0) throw refused('the signer did not sign it at once');
  }

  /** The plan of a rollout that is given up counts for nothing any more; one that began meanwhile is ended too. */
  async function takePlanBack(
    { rolloutId, digest }: KeptRollout,
    reason: string,
    by: string,
    now: EpochMs,
  ): Promise<void> {
    const answer = await signer.ask({ type: 'withdraw', digest, by });
    // Nothing is there to take back: it lapsed, or was voided.
    if (answer.kind !== 'refused' || answer.code !== 'nothing-waits') pendingOf(answer);
    await signState(rolloutId, 'aborted', reason, now);
  }
}

function isLive(state: RolloutState): state is Live['state'] {
  return state === 'waiting' || state === 'running' || state === 'halted';
}

/** 1.2.4 and 1.2.4.0 are one version. */
function isSameVersion(a: string, b: string): boolean {
  return compareVersions(parseVersion(a), parseVersion(b)) === 0;
}

const waysOut: Readonly<Record<Live['state'], string>> = {
  waiting: 'have it approved, or abort it',
  running: 'advance it, or abort it',
  halted: 'resume it, or abort it',
};

function takenBy([first]: readonly Live[], name: string): ProblemError {
  const { rollout, state } = first!;
  const is = state === 'waiting' ? 'waits for approval' : `is ${state}`;
  return refused(
    `${name} has rollout ${rollout.rolloutId}, which ${is}: ${waysOut[state]}. To put this plan in its place ask with replace and a reason (--replace --reason)`,
  );
}

/** Each on the policy as it is after the one before. A change gives nothing where there is nothing to do. */
function policyChanges(
  { halt, addFreeze, removeFreeze }: ChangePolicy,
  now: EpochMs,
): ((policy: RolloutPolicy | undefined) => RolloutPolicy | undefined)[] {
  return [
    (policy) => {
      // A first policy shuts what was open without one: nobody asks for that by ending a halt that is not there.
      return halt === undefined || halt === (policy?.isHalted ?? false) ? undefined : withHalt(policy, halt, now);
    },
    (policy) => {
      if (addFreeze === undefined) return undefined;
      const { name, from, until } = addFreeze;
      return withFreeze(policy, { name, from: Date.parse(from) as EpochMs, until: Date.parse(until) as EpochMs }, now);
    },
    (policy) => {
      if (removeFreeze === undefined || policy === undefined) return undefined;
      const isThere = policy.freezes.some(({ name }) => name === removeFreeze);
      return isThere ? withoutFreeze(policy, removeFreeze, now) : undefined;
    },
  ];
}

/** Whether a plan waits, or is approved. */
function isKnown({ pending, approvedPlans }: SignerState, digest: string): boolean {
  return approvedPlans.includes(digest) || pending.some((each) => each.digest === digest);
}

/** What a person asked for may be what no policy says: too many freezes, one that ends before it begins. */
function parsedPolicyText(policy: RolloutPolicy): string {
  const text = formatPolicy(policy);
  return checked(() => formatPolicy(parsePolicy(utf8.encode(text))));
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
