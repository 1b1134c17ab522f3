/** `springline rollout halt|resume|abort|advance`, and of everything at once `halt-all|resume-all`. */

import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson } from '../output.ts';
import { describePending, whereToApprove } from '../rollout/approvals.ts';
import { describeRollout } from '../rollout/describe.ts';
import { findRollout } from '../rollout/find-rollout.ts';
import { firstPolicyNotes } from '../rollout/first-policy.ts';
import { type Changing, placeOf, say } from './person.ts';

interface ChangeWords extends Changing {
  readonly reason: string;
}

type Action = 'halt' | 'resume' | 'abort' | 'advance';

/** Each with what it would do, in words. */
const actions: Readonly<Record<Action, { readonly summary: string; would(rollout: RolloutView): string }>> = {
  halt: {
    summary: 'halt a rollout at once: nobody else installs its release',
    would: () => 'nobody else would install it until it is resumed',
  },
  resume: {
    summary: 'go on with a halted rollout; it may wait for approval',
    would: ({ rings }) => `it would go on with ${openRings(rings)}`,
  },
  abort: {
    summary: 'end a rollout for good: nobody else installs its release',
    would: () => 'nobody else would install it, and it could not be resumed',
  },
  advance: {
    summary: 'open the next ring now, without waiting for proof; it may wait for approval',
    would: ({ rings, next }) => {
      const ring = rings.find(({ openedAt }) => openedAt === undefined);
      const what = ring === undefined ? 'it would be open to everybody' : `ring ${ring.name} would open now`;
      return `${what}. Without that: ${next}`;
    },
  },
};

const reasonLimit = 500;

export function registerRolloutChanges(rollout: Command): void {
  for (const [action, { summary }] of Object.entries(actions) as [Action, (typeof actions)[Action]][]) {
    reasoned(rollout, action, summary, 'connect-sync@1.2.4.0')
      .argument('<id>', 'the rollout: its id, the beginning of it, or COMPONENT@VERSION')
      .action((id: string, words: ChangeWords) => change(action, id, words));
  }
  reasoned(rollout, 'halt-all', 'halt everything at once: nothing is installed anywhere').action((words: ChangeWords) =>
    changeAll(true, words),
  );
  reasoned(rollout, 'resume-all', 'go on after halt-all; it may wait for approval').action((words: ChangeWords) =>
    changeAll(false, words),
  );
}

function reasoned(rollout: Command, name: string, summary: string, id?: string): Command {
  const line = `rollout ${name}${id === undefined ? '' : ` ${id}`} --reason "tickets 4711 and 4712"`;
  return homeCommand(rollout, name, summary, [`${line} --dry-run`, line])
    .requiredOption(
      '--reason <text>',
      id === undefined ? 'why (required); it is in the audit trail' : 'why (required); it is kept with it',
    )
    .option('--dry-run', 'say what would change, change nothing');
}

async function change(action: Action, id: string, words: ChangeWords): Promise<void> {
  const { home, json, dryRun } = words;
  const reason = reasonOf(words);
  const place = placeOf(home);
  const all = await callControlPlane(place, 'listRollouts');
  const found = findRollout(all.rollouts, id);
  const name = `${found.component} ${found.version} (${found.state})`;
  if (found.state === 'recalled' && (action === 'resume' || action === 'advance')) {
    throw new CommandError(`${name} is not ${action}d: ${oneLine(found.reason ?? '')}. ${oneLine(found.next)}`);
  }
  if (dryRun === true) {
    const would = oneLine(actions[action].would(found));
    return say(json, { rollout: found, action, reason, dryRun: true }, `would ${action} ${name}: ${would}`);
  }
  const params = { rolloutId: found.rolloutId };
  const { rollout, pending } = await callControlPlane(place, 'changeRollout', { action, reason }, { params });
  if (json === true) printJson({ rollout, pending });
  else print(describeRollout(rollout, pending, place.url, systemClock.now()));
}

async function changeAll(halt: boolean, words: ChangeWords): Promise<void> {
  const { home, json, dryRun } = words;
  const reason = reasonOf(words);
  const place = placeOf(home);
  const { isHalted, haltReason, rollouts } = await callControlPlane(place, 'listRollouts');
  const running = rollouts.filter(({ state }) => state === 'running').length;
  if (dryRun === true) {
    const what = halt
      ? `halt everything: nothing would be installed anywhere; ${running} rollouts run`
      : `resume everything: ${running} rollouts would go on`;
    const notes = halt ? await firstPolicyNotes(place) : [];
    return say(
      json,
      { isHalted, would: { halt }, reason, notes, dryRun: true },
      [`would ${what}`, ...notes].join('\n'),
    );
  }
  const answer = await callControlPlane(place, 'changeRolloutPolicy', { halt, reason });
  if (json === true) return printJson({ ...answer, reason });
  if (answer.pending.length > 0) return print(waits(answer.pending, place.url));
  const why = haltReason === undefined ? '' : ` (${oneLine(haltReason)})`;
  print(answer.isHalted ? `Everything is halted: ${oneLine(reason)}` : resumedWords(isHalted, why, reason, rollouts));
}

function resumedWords(
  wasHalted: boolean,
  why: string,
  reason: string,
  rollouts: readonly Pick<RolloutView, 'state'>[],
): string {
  if (!wasHalted) return 'Nothing was halted as a whole.';
  const halted = rollouts.filter(({ state }) => state === 'halted').length;
  const rest = halted === 0 ? '' : ` ${halted} of the rollouts stay halted by themselves: springline rollout list`;
  return `The halt of everything${why} is over, because: ${oneLine(reason)}. Rollouts that run go on.${rest}`;
}

/** What was asked for and is not done yet. */
export function waits(pending: Rollouts['pending'], portal: string): string {
  const lines = pending.map((each) => describePending(each, systemClock.now()));
  return ['Waits for approval:', ...lines, whereToApprove(portal)].join('\n');
}

function reasonOf({ reason }: ChangeWords): string {
  const text = reason.trim();
  if (text !== '' && text.length <= reasonLimit) return text;
  throw new CommandError(`--reason is a text of 1 to ${reasonLimit} characters`, 2);
}

function openRings(rings: RolloutView['rings']): string {
  const open = rings.filter(({ openedAt }) => openedAt !== undefined).map(({ name }) => name);
  return open.length === 0 ? 'no ring open yet' : `${open.join(', ')} open`;
}
