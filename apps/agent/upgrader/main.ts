/**
 * The upgrader: spawned by the Agent Updater for one job, and gone after it. It reads and verifies both repositories,
 * and brings a release into the slot that does not run; it switches nothing and starts nothing.
 */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import type { Decision } from '@springline/auto-upgrade/rollout/decide';
import { waitReason } from '@springline/auto-upgrade/rollout/hold-rule';
import { type ByHandDecision, decideByHand } from '@springline/auto-upgrade/upgrader/by-hand';
import type { Choice, Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import { hostDecision } from '@springline/auto-upgrade/upgrader/host-decision';
import type { RecallStanding } from '@springline/auto-upgrade/upgrader/recall';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { TrustError } from '@springline/tuf/error';
import { enterHostScenario } from '../scenario.ts';
import { otherSlot } from '../slot/slot.ts';
import type { DecisionView, FailureKind, FromUpgrader, Job, ToUpgrader } from './job.ts';
import { lookAtRepositories, ProfileError } from './look.ts';
import { type PolicyFound, readPolicy } from './policy.ts';
import { RepositoryError } from './repository-client.ts';
import { SpaceError, stageRelease } from './stage.ts';

const progressEveryMs = 250;

async function main(): Promise<void> {
  process.umask(0o077);
  if (process.send === undefined) {
    process.stderr.write('the upgrader is started by the Agent Updater\n');
    process.exit(2);
  }
  const stop = new AbortController();
  process.on('disconnect', () => {
    // Nobody keeps the journal any more. What was fetched stays for the next one.
    stop.abort();
    process.exit(0);
  });
  const job = await firstMessage();
  await work(job, stop.signal).catch((error: unknown) => tell(failure(error)));
  process.disconnect();
}

async function work(job: Job, signal: AbortSignal): Promise<void> {
  enterHostScenario(job.home);
  const { choice, look, recalls } = await lookAtRepositories(job, 'upgrade', systemClock.now(), signal);
  const policy = await readPolicy(job.home, job.url, choice.policy, signal);
  const decisions = job.installed.map((installed) => ({
    component: installed.component,
    decision: hostDecision(policy, job.host, installed, job.platform, choice, look.now as EpochMs),
  }));
  await tell({ type: 'looked', look: { ...look, decisions: decisions.map(viewOf) } });
  const byHand =
    job.byHand === undefined ? undefined : decidedByHand(job, policy, choice, recalls, look.now as EpochMs);
  if (byHand !== undefined) await tell({ type: 'decided-by-hand', decisions: byHand });
  if (job.kind === 'last-look')
    await tell({ type: 'confirmed', ...confirmation(job, byHand, decisions, look.refusals) });
  if (job.kind !== 'upgrade') return;
  // The Agent Updater last: what it runs is upgraded by one that is known to work.
  const chosen =
    byHand ?? decisions.flatMap(({ decision }) => (decision.action === 'install' ? [decision.release] : []));
  const [first] = chosen
    .flatMap(({ component, sha256 }) => (sha256 === undefined ? [] : [{ component, sha256 }]))
    .filter(({ sha256 }) => !job.tried.includes(sha256))
    .toSorted((a, b) => rank(a.component) - rank(b.component));
  const offer = choice.offers.find(({ target }) => target.sha256 === first?.sha256);
  if (offer === undefined) return;
  const { facts, sha256 } = offer.target;
  const to = { component: offer.component, version: facts.version, releaseNumber: facts.releaseNumber, sha256 };
  const running = job.installed.find(({ component }) => component === offer.component);
  let toldAt = 0;
  await stageRelease(
    offer,
    {
      home: job.home,
      url: job.url,
      slot: otherSlot(running?.slot),
      running,
      step: async (step) => {
        const journaled = nextJournaled();
        await tell({ type: 'step', step, to });
        await journaled;
      },
      progress: (bytes, totalBytes) => {
        if (Date.now() - toldAt < progressEveryMs && bytes < totalBytes) return;
        toldAt = Date.now();
        void tell({ type: 'progress', bytes, totalBytes });
      },
    },
    signal,
  );
}

function decidedByHand(
  { byHand = {}, installed, host }: Job,
  policy: PolicyFound,
  { offers, refusals, named }: Choice,
  recalls: ReadonlyMap<string, RecallStanding>,
  now: EpochMs,
): readonly ByHandDecision[] {
  const facts = installed.map((each) => ({
    ...{ installed: each, refusals, blocked: host.blocked },
    offers: offers.filter(({ component }) => component === each.component),
    named: named.get(each.component) ?? [],
    recalled: recalls.get(each.component)?.builds ?? new Map(),
  }));
  return decideByHand(policy, byHand, facts, now);
}

function viewOf({ component, decision }: Decided): DecisionView {
  const { action, rule, release } = decision;
  return {
    ...{ component, action, rule },
    ...(release === undefined ? {} : { version: release.version, sha256: release.sha256 }),
    ...(decision.action === 'wait' ? { notBefore: decision.notBefore } : {}),
    ...(decision.action === 'hold' ? { reason: decision.reason } : {}),
    ...(decision.action === 'wait' ? { reason: waitReason(decision.rule, decision.release.version) } : {}),
  };
}

interface Decided {
  readonly component: string;
  readonly decision: Decision;
}

/** Whether the build that is about to be switched to is still to be installed. */
function confirmation(
  { expected }: Job,
  byHand: readonly ByHandDecision[] | undefined,
  decisions: readonly Decided[],
  refusals: readonly Refusal[],
): { readonly isConfirmed: boolean; readonly refusal?: Refusal } {
  const { component, sha256 } = expected ?? {};
  if (byHand !== undefined) {
    const found = byHand.find((each) => each.component === component);
    const isConfirmed = found?.action === 'install' && found.sha256 === sha256;
    const { rule: code, reason: message } = found ?? {};
    const isRefused = code !== undefined && message !== undefined;
    return { isConfirmed, ...(isRefused ? { refusal: { path: '', code, message } } : {}) };
  }
  const { decision } = decisions.find((each) => each.component === component) ?? {};
  const isConfirmed = decision?.action === 'install' && decision.release.sha256 === sha256;
  const refusal = refusals.find(({ path }) => path.startsWith(`${component}/`)) ?? heldBack(decision);
  return { isConfirmed, ...(refusal === undefined ? {} : { refusal }) };
}

/** Why a release that was being brought is not to be switched to now. */
function heldBack(decision: Decision | undefined): Refusal | undefined {
  if (decision === undefined || decision.action === 'install') return undefined;
  const message =
    decision.action === 'hold' ? decision.reason : `it waits until ${new Date(decision.notBefore).toISOString()}`;
  return { path: '', code: decision.rule, message };
}

const rank = (component: string): number => (component === 'agent-updater' ? 1 : 0);

function failure(error: unknown): FromUpgrader {
  const { code = 'internal-error', message } = error as { code?: string; message: string };
  return { type: 'failed', kind: kindOf(error), code, message };
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof TrustError || error instanceof ReleaseError || error instanceof ProfileError) return 'trust';
  if (error instanceof RepositoryError) return 'unreachable';
  return error instanceof SpaceError || (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'space' : 'other';
}

function tell(message: FromUpgrader): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

function firstMessage(): Promise<Job> {
  return new Promise((resolve) => {
    const hear = (message: ToUpgrader): void => {
      if (message?.type !== 'job') return;
      process.off('message', hear);
      resolve(message.job);
    };
    process.on('message', hear);
  });
}

function nextJournaled(): Promise<void> {
  return new Promise((resolve) => {
    const hear = (message: ToUpgrader): void => {
      if (message?.type !== 'journaled') return;
      process.off('message', hear);
      resolve();
    };
    process.on('message', hear);
  });
}

await main();
