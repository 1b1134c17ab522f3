/**
 * The home page as server-sent events (WHATWG HTML 9.2). A stream shows the state at once and then whenever it changed,
 * never more often than four times a second. It is pulled: a slow reader misses states in between and holds no queue.
 * Watching is not using: a stream neither prolongs its session nor outlives it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ProblemError } from '@springline/api/problem';
import type { HomeView } from '@springline/api/shapes/person';
import type { Clock } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { isStillSignedIn, type PersonCaller } from './callers.ts';
import type { Changes } from './changes.ts';
import { composeHome, type DirectoryCounts } from './home.ts';

const shortestGapMs = 250;
/** Of the time; a large tenant is looked at less often. */
const largestShare = 0.1;
const keepAliveMs = 15_000;
/** Also without a change here: agents fall silent, and other processes write. */
const lookAgainMs = 5_000;
const streamsPerPersonLimit = 8;
const streamsLimit = 1_000;

export interface HomeEventsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly directoryCounts: DirectoryCounts;
}

export function homeHandlers(deps: HomeEventsDeps): Pick<Handlers, 'getHome' | 'watchHome'> {
  const openStreamsByPerson = new Map<string, number>();
  return {
    getHome: ({ caller, now }) => composeHome(deps, caller.tenantId, now),
    async watchHome({ caller, signal }) {
      countStream(openStreamsByPerson, caller, signal);
      return homeEvents(deps, caller, signal);
    },
  };
}

async function* homeEvents(deps: HomeEventsDeps, caller: PersonCaller, signal: AbortSignal): AsyncIterable<string> {
  const { database, clock, changes } = deps;
  let shown = '';
  let lastWordMs = performance.now();
  while (!signal.aborted && (await isStillSignedIn(database, caller, clock))) {
    const changesSeen = changes.count;
    const startedMs = performance.now();
    const view = await composeHome(deps, caller.tenantId, clock.now());
    const tookMs = performance.now() - startedMs;
    const state = stateIn(view);
    if (state !== shown) {
      shown = state;
      lastWordMs = performance.now();
      yield `event: home\ndata: ${JSON.stringify(view)}\n\n`;
    } else if (performance.now() - lastWordMs >= keepAliveMs) {
      lastWordMs = performance.now();
      yield ': here\n\n';
    }
    await pause(Math.max(shortestGapMs, tookMs / largestShare), signal);
    if (changes.count === changesSeen) await changes.next(lookAgainMs, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Rejects only because the stream ended, which the loop sees by itself.
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

/** The view without the time it was made at, so that two of the same state are equal. */
function stateIn(view: HomeView): string {
  return JSON.stringify({ ...view, generatedAt: undefined });
}

/** Counts the stream until its signal aborts, which it does however the stream ends. */
function countStream(openStreamsByPerson: Map<string, number>, caller: PersonCaller, signal: AbortSignal): void {
  const key = `${caller.tenantId} ${caller.actor}`;
  const open = openStreamsByPerson.get(key) ?? 0;
  const all = [...openStreamsByPerson.values()].reduce((sum, count) => sum + count, 0);
  if (open >= streamsPerPersonLimit || all >= streamsLimit) {
    const headers = { 'retry-after': '30' };
    throw new ProblemError('rate-limited', 'too many pages are watching already; close some', { headers });
  }
  openStreamsByPerson.set(key, open + 1);
  const release = (): void => {
    const left = (openStreamsByPerson.get(key) ?? 1) - 1;
    if (left === 0) openStreamsByPerson.delete(key);
    else openStreamsByPerson.set(key, left);
  };
  if (signal.aborted) release();
  else signal.addEventListener('abort', release, { once: true });
}
