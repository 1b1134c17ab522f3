/** A running campaign in words: how long is left, who is below, which share of the fleet is safe. */
import type { Minimums } from '@springline/api/shapes/campaign';
import { counted, countWords } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { componentTitles } from './agent-states.ts';

type Minimum = Minimums['minimums'][number];
export type Group = Minimums['servers'][number]['group'];

/** `14 days left`, `Last day`, `3 days past the date`. */
export function daysLeftWords(days: number): string {
  if (days > 0) return `${counted(days, 'day')} left`;
  return days === 0 ? 'Last day' : `${counted(-days, 'day')} past the date`;
}

/** The nearer the date, the louder; quiet once nobody is below. */
export function campaignTone({ campaign, serversTotal }: Minimums): Tone {
  if (campaign === undefined || serversTotal === 0) return 'good';
  return campaign.daysLeft < 7 ? 'bad' : 'warn';
}

/** `9 of 12 Connect Sync servers are below 2.3.2.0`: of the minimum with the most below; absent when nobody is. */
export function belowWords({ minimums }: Minimums): string | undefined {
  const worst = minimums.filter(({ below }) => below > 0).toSorted((a, b) => b.below - a.below)[0];
  if (worst === undefined) return undefined;
  const all = worst.ok + worst.below;
  const servers = counted(all, `${componentTitles[worst.component]} server`);
  return `${countWords(worst.below)} of ${servers} ${worst.below === 1 ? 'is' : 'are'} below ${worst.version ?? ''}`;
}

export interface SafeShare {
  readonly ok: number;
  readonly judged: number;
  /** Whole, rounded down: not everybody is never 100. */
  readonly percent: number;
}

/** Of the installations that the campaign judges; absent while there is none. */
export function safeShare({ minimums }: Minimums): SafeShare | undefined {
  const ok = minimums.reduce((sum, each) => sum + each.ok, 0);
  const judged = minimums.reduce((sum, each) => sum + each.ok + each.below, 0);
  return judged === 0 ? undefined : { ok, judged, percent: Math.floor((100 * ok) / judged) };
}

export const isAnnounced = ({ version }: Minimum): boolean => version !== undefined;

/** `Opted out`, and what to do about it. */
export const groupWords: Record<Group, { readonly title: string; readonly wayOut: string }> = {
  'opted-out': {
    title: 'Opted out',
    wayOut: 'Their own administrator opts in again: springline agent auto-upgrade set Enabled, on the server.',
  },
  failed: {
    title: 'Failed',
    wayOut: 'See every obstacle at once: springline agent auto-upgrade readiness, on the server; then try again.',
  },
  'on-pks': {
    title: 'On PKS',
    wayOut:
      'They take the bridge to the Hybrid Upgrade Service by themselves; for those that cannot: springline pks status.',
  },
  'not-seen': { title: 'Not seen', wayOut: 'See that the agent runs: springline agent status, on the server.' },
  'by-hand': {
    title: 'By hand',
    wayOut: 'This build is not installed by itself. What to do: springline upgrade advice.',
  },
  upgrading: { title: 'Upgrading', wayOut: 'They wait for their turn; nobody has to do anything.' },
};

export const effectWords: Record<Minimums['servers'][number]['effect'], string> = {
  none: 'No effect yet',
  notify: 'Notices',
  restrict: 'Restricted',
  'stop-sync': 'Sync stopped',
};
