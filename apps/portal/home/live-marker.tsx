/** Says whether the page follows what happens, without fuss. */
import { clockWords } from '../look/when-words.ts';
import type { Liveness } from './home-stream.ts';

export function LiveMarker({ liveness, asOf }: { readonly liveness: Liveness; readonly asOf: string }) {
  const live = liveness === 'live';
  return (
    <p className="live-marker" data-live={live}>
      <span className="live-dot" aria-hidden="true" />
      <span role="status">{live ? 'Live' : 'Reconnecting…'}</span>
      {live ? null : <span className="live-as-of">as of {clockWords(Date.parse(asOf))}</span>}
    </p>
  );
}
