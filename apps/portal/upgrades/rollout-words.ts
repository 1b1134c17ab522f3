/** Rollouts in words: states, evidence, what an act on one will do. */
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { componentTitles } from '../home/agent-states.ts';
import { counted } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { percentWords } from './percent.ts';

export type Ring = RolloutView['rings'][number];
export type Pending = Rollouts['pending'][number];
export type RolloutAction = 'halt' | 'resume' | 'abort' | 'advance';

/** `Connect Sync 1.1.0.0`. */
export const releaseName = ({ component, version }: Pick<RolloutView, 'component' | 'version'>): string =>
  `${componentTitles[component]} ${version}`;

export const stateWords: Record<RolloutView['state'], { readonly tone: Tone; readonly words: string }> = {
  waiting: { tone: 'warn', words: 'Waits for approval' },
  running: { tone: 'busy', words: 'Running' },
  halted: { tone: 'bad', words: 'Halted' },
  aborted: { tone: 'none', words: 'Given up' },
  complete: { tone: 'good', words: 'Complete' },
  recalled: { tone: 'bad', words: 'Recalled' },
};

export function ringWords({ openedAt, openPpm }: Ring): { readonly tone: Tone; readonly words: string } {
  if (openPpm >= 1_000_000) return { tone: 'good', words: 'Open to all' };
  if (openedAt === undefined) return { tone: 'none', words: 'Not open' };
  return { tone: 'busy', words: `${percentWords(openPpm - (openPpm % 1_000))} open` };
}

/** `At once`; `From 10%, 1% more an hour`; `10%, and no more by itself`. */
export function rampWords({ startPpm, rampPpmPerHour }: Pick<Ring, 'startPpm' | 'rampPpmPerHour'>): string {
  if (startPpm >= 1_000_000) return 'At once';
  if (rampPpmPerHour === 0) return `${percentWords(startPpm)}, and no more by itself`;
  return `From ${percentWords(startPpm)}, ${percentWords(rampPpmPerHour)} more an hour`;
}

/** `Soaks 1 day; goes on when 1 host and 90% of those that began have kept it`. */
export function soakWords({ soakMinutes, minCommitted, minCommittedPpm }: Ring): string {
  const share = minCommittedPpm === 0 ? '' : `${percentWords(minCommittedPpm)} of those that began`;
  const least = minCommitted === 0 ? '' : counted(minCommitted, 'host');
  const proof = [least, share].filter((each) => each !== '').join(' and ');
  return `Soaks ${minutesWords(soakMinutes)}${proof === '' ? '' : `; goes on when ${proof} kept it`}`;
}

/** `90 minutes`, `36 hours`, `2 days`. */
export function minutesWords(minutes: number): string {
  if (minutes % 1_440 === 0 && minutes > 0) return counted(minutes / 1_440, 'day');
  return minutes % 60 === 0 && minutes > 0 ? counted(minutes / 60, 'hour') : counted(minutes, 'minute');
}

/** `Ada Administrator`, `token deploys`: who did it, as people say it. */
export function actorWords(actor: string): string {
  return actor.replace(/^person:/, '').replace(/^(token|agent):/, '$1 ');
}

/** Everything that an act needs to ask before it is done. */
export interface ActWords {
  readonly title: string;
  readonly verb: string;
  readonly isDestructive: boolean;
  readonly says: string;
}

export function actWords(action: RolloutAction, rollout: RolloutView): ActWords {
  const name = releaseName(rollout);
  const began = rollout.rings.reduce((sum, { evidence }) => sum + evidence.activating, 0);
  const nextRing = rollout.rings.find(({ openedAt }) => openedAt === undefined)?.name;
  switch (action) {
    case 'halt':
      return {
        ...{ title: `Halt ${name}?`, verb: 'Halt the rollout', isDestructive: true },
        says: `No further host installs it from its next look on. ${hostsWords(began)}. What is installed stays; a person can resume it.`,
      };
    case 'abort':
      return {
        ...{ title: `Give up ${name}?`, verb: 'Give it up for good', isDestructive: true },
        says: 'No further host ever installs this build by this rollout, and it cannot be resumed. Hosts that have it keep it.',
      };
    case 'resume':
      return {
        ...{ title: `Resume ${name}?`, verb: 'Resume the rollout', isDestructive: false },
        says: 'It goes on where it was halted. This lets more hosts install the build, so it may have to be approved.',
      };
    case 'advance':
      return {
        ...{ title: `Advance ${name}?`, verb: 'Advance the rollout', isDestructive: false },
        says:
          nextRing === undefined
            ? 'It opens to all hosts of all rings now. This is sooner than the plan has it, so it may have to be approved.'
            : `Ring ${nextRing} opens now, before the ring in front of it has proven the build. This may have to be approved.`,
      };
  }
}

const hostsWords = (count: number): string =>
  count === 0 ? 'Hosts in the middle of it finish' : `${counted(count, 'host')} in the middle of it may finish`;

/** Why an act cannot be done on a rollout as it is; `undefined` when it can. */
export function actRefusal(action: RolloutAction, { state }: RolloutView): string | undefined {
  const not = (words: string) => `${words} This one ${state === 'waiting' ? 'waits for approval' : `is ${state}`}.`;
  switch (action) {
    case 'halt':
      return state === 'running' || state === 'complete' ? undefined : not('Only a rollout that has begun is halted.');
    case 'resume':
      return state === 'halted' ? undefined : not('Only a halted rollout is resumed.');
    case 'advance':
      return state === 'running' ? undefined : not('Only a running rollout is advanced.');
    case 'abort':
      return state === 'aborted' ? not('It cannot be given up twice.') : undefined;
  }
}

/** What became of what was asked. */
export function pendingWords(pending: readonly Pending[]): string {
  if (pending.length === 0) return 'It is signed and in force.';
  const needed = pending.reduce((most, each) => Math.max(most, each.approvalsNeeded - each.approvedBy.length), 0);
  return needed > 0
    ? `It waits for ${counted(needed, 'approval')} under “Waits for approval”.`
    : 'It waits for the delay that the rule asks for.';
}

export const ruleWords: Record<NonNullable<Rollouts['rule']>, string> = {
  'at-once':
    'What lets more hosts install something takes force at once: this installation runs with development keys.',
  delay: 'What lets more hosts install something waits for a delay, or for a passkey of an approver.',
  'two-people': 'What lets more hosts install something needs the passkeys of two different approvers.',
};
