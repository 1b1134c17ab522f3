/** How far each ring is open, as a bar for each; the words stand beside it for those who do not see it. */
import { percentWords } from './percent.ts';
import type { Ring } from './rollout-words.ts';

export function RingBars({ rings }: { readonly rings: readonly Ring[] }) {
  return (
    <ul className="ring-bars">
      {rings.map((ring) => (
        <li key={ring.name}>
          <span className="ring-bar-name">{ring.name}</span>
          <ShareBar ppm={ring.openPpm} tone={ring.evidence.failed + ring.evidence.silent > 0 ? 'warn' : 'good'} />
          <span className="figure quiet">
            {ring.openedAt === undefined && ring.openPpm === 0 ? '–' : shortPercent(ring.openPpm)}
          </span>
        </li>
      ))}
    </ul>
  );
}

const shortPercent = (ppm: number): string => percentWords(Math.floor(ppm / 10_000) * 10_000);

export function ShareBar({ ppm, tone }: { readonly ppm: number; readonly tone: 'good' | 'warn' | 'bad' }) {
  return (
    <svg className="share-bar" data-tone={tone} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className="share-bar-all" width="100" height="6" />
      <rect className="share-bar-part" width={ppm / 10_000} height="6" />
    </svg>
  );
}
