/** Commands of the product as they are told: with the home on which they would do what was done. */
import { relative } from 'node:path';
import type { ReplayHost } from './host.ts';
import type { Stage } from './story.ts';

export function ofHome({ replay }: Stage, words: string): string {
  return `npx springline ${words} --home ${shown(replay.home)}`;
}

export function ofHost({ home }: ReplayHost, words: string): string {
  return `npx springline ${words} --home ${shown(home)}`;
}

/** A path as one would type it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
