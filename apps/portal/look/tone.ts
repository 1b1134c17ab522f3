/** How good or bad something is. A page never says it by colour alone: each tone has its icon beside words. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none';

const severity: Record<Tone, number> = { none: 0, good: 1, busy: 2, warn: 3, bad: 4 };

/** The worst of them; `none` of nothing. */
export function worstTone(tones: Iterable<Tone>): Tone {
  let worst: Tone = 'none';
  for (const tone of tones) if (severity[tone] > severity[worst]) worst = tone;
  return worst;
}

/** For sorting: the worst first. */
export const bySeverity = (left: Tone, right: Tone): number => severity[right] - severity[left];
