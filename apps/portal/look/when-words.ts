/** Instants and durations in words. Everything here takes the present as an argument; `when.tsx` shows it on a page. */

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Nearer than this in either direction is the present: heartbeats and clocks are not finer. */
const presentMs = 10 * secondMs;
/** Seconds are shown in these steps, so that the text rests between two looks. */
const secondStep = 5;

/** `just now`, `25 seconds ago`, `in 28 minutes`, `3 days ago`. */
export function relativeWords(atMs: number, nowMs: number): string {
  const distanceMs = atMs - nowMs;
  const sizeMs = Math.abs(distanceMs);
  if (sizeMs < presentMs) return distanceMs <= 0 ? 'just now' : 'now';
  if (sizeMs < minuteMs) return words.format(toward(distanceMs / secondMs / secondStep) * secondStep, 'second');
  if (sizeMs < hourMs) return words.format(toward(distanceMs / minuteMs), 'minute');
  if (sizeMs < dayMs) return words.format(toward(distanceMs / hourMs), 'hour');
  return words.format(toward(distanceMs / dayMs), 'day');
}

/** Toward the present, so that 119 seconds are one minute and not two. */
const toward = Math.trunc;

/** `420 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function durationWords(ms: number): string {
  if (ms < secondMs) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < minuteMs) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ${Math.floor((ms % minuteMs) / secondMs)} s`;
  return `${Math.floor(ms / hourMs)} h ${Math.floor((ms % hourMs) / minuteMs)} min`;
}

/** `2026-11-22 14:00:05 UTC`. */
export function utcWords(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Local date and time to the second with the name of the zone: what the operator's own clock says. */
export function localWords(iso: string): string {
  return localFormat.format(new Date(iso));
}

const localFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** Local time of day to the second. */
export function clockWords(ms: number): string {
  return clockFormat.format(new Date(ms));
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
