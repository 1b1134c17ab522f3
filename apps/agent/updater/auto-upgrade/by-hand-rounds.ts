/**
 * Upgrades that an administrator of this host asked for: one component after the other, until nothing more is offered that
 * was asked for. Imports nothing from npm.
 */
import type { ByHandDecision, ByHandWish } from '@springline/auto-upgrade/upgrader/by-hand';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { Log } from '@springline/ports/log';
import { CallError } from '../../channel.ts';
import type { Job } from '../../upgrader/job.ts';
import { linkedBuilds } from './installed-builds.ts';
import type { Outcome } from './upgrader-session.ts';

export interface ByHandRequest extends ByHandWish {
  readonly retryBlocked: boolean;
  /** Looks and decides, and changes nothing. */
  readonly isDryRun: boolean;
}

export interface ByHandOutcome {
  /** What was decided of each component before its upgrade. */
  readonly decisions: readonly ByHandDecision[];
  /** Why the repositories said nothing. */
  readonly failure?: Outcome['failure'];
}

/** A build that was tried, with whatever end. */
export interface Tried {
  readonly component: string;
  readonly sha256: string;
}

interface ByHandWorld {
  readonly home: string;
  readonly log: Log;
  /** What an earlier process left comes before all else. */
  finishFirst(): Promise<void>;
  ask(
    kind: 'look' | 'upgrade',
    options: { readonly retryBlocked: boolean } & Required<Pick<Job, 'tried' | 'byHand'>>,
  ): Promise<Outcome>;
  /** Takes what was begun to its end; `undefined`: nothing was, or all is being stopped. */
  carryOut(outcome: Outcome): Promise<Tried | undefined>;
}

/** What ended is in the history. @throws {CallError} `malformed-call` for a component that is not here. */
export async function roundsByHand(
  { home, log, finishFirst, ask, carryOut }: ByHandWorld,
  { retryBlocked, isDryRun, ...byHand }: ByHandRequest,
): Promise<ByHandOutcome> {
  const named = linkedBuilds(home).map(({ component }) => component);
  if (byHand.component !== undefined && !named.some((component) => component === byHand.component)) {
    throw new CallError('malformed-call', `${byHand.component} is not installed here; ${named.join(' and ')} are`);
  }
  if (!isDryRun) await finishFirst();
  const decisions = new Map<string, ByHandDecision>();
  const tried = new Map<string, string>();
  for (;;) {
    const outcome = await ask(isDryRun ? 'look' : 'upgrade', { retryBlocked, byHand, tried: [...tried.values()] });
    for (const decision of outcome.byHand ?? []) {
      const { component, action, version, rule } = decision;
      // How the ones that were tried ended is in the history.
      if (tried.has(component)) continue;
      decisions.set(component, decision);
      const fields = { eventId: eventIds['upgrade.by-hand'].id, component, action, version, rule };
      if (!isDryRun) log.info('upgrade.by-hand', fields);
    }
    const ended = await carryOut(outcome);
    if (ended === undefined) {
      const { failure } = outcome;
      return { decisions: [...decisions.values()], ...(failure === undefined ? {} : { failure }) };
    }
    tried.set(ended.component, ended.sha256);
  }
}
