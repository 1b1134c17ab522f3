/**
 * What the tenant asked for by the API to hold upgrades of this host back, and since when a staging server has kept which
 * release (`<home>/agent/upgrade/asked.json`). It comes with the answers to heartbeats and stays when none come: a
 * service that forgets, or an older answer, widens nothing (security rule S22).
 *
 * Counters are seconds since 1970, and one more for each further wish of a second. One that lies far ahead of this host's
 * clock is not taken: whoever has the control plane for a day must not leave a wish behind that no later one replaces. One
 * that was taken by an older build binds nobody. Imports nothing from npm.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeartbeatAnswer } from '@springline/api/shapes/agent';
import { type OwnWish, parseWish } from '@springline/auto-upgrade/rollout/wish';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Log } from '@springline/ports/log';
import { agentHome } from '../../home.ts';
import { trustedTime } from '../../upgrader/trusted-clock.ts';

export interface Asked {
  /** Of the wish that is in force; 0 before the first. */
  readonly counter: number;
  readonly wish: OwnWish;
  /** By the SHA-256 of the archive, hex. */
  readonly stagingCommitted: ReadonlyMap<string, EpochMs>;
}

const stagingLimit = 32;
const minuteMs = 60_000;
/** How far a counter may be ahead: clocks differ, and a second may have many wishes. */
const counterLeadSeconds = 3_600;

/** A file that cannot be read holds everything back: what it said may have been that. */
export function loadAsked(home: string): Asked {
  const path = pathOf(home);
  if (!existsSync(path)) return { counter: 0, wish: {}, stagingCommitted: new Map() };
  try {
    return parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { counter: 0, wish: { disabled: true }, stagingCommitted: new Map() };
  }
}

/** Takes over what is newer than what was taken before. A wish that does not have its shape changes nothing. */
export function takeAsked(home: string, answer: HeartbeatAnswer, log: Log, now = (): EpochMs => timeOf(home)): void {
  if (answer.wish === undefined && answer.stagingCommitted === undefined) return;
  const before = loadAsked(home);
  try {
    const told = parse({ ...answer.wish, stagingCommitted: answer.stagingCommitted ?? {} });
    const isNewer = answer.wish !== undefined && told.counter !== before.counter && isNext(told, before, now(), log);
    const { counter, wish } = isNewer ? told : before;
    const text = format({ counter, wish, stagingCommitted: told.stagingCommitted });
    if (existsSync(pathOf(home)) && readFileSync(pathOf(home), 'utf8') === text) return;
    writeFileAtomic(pathOf(home), text, 0o600);
    if (isNewer) log.info('upgrade.wish-taken', { eventId: eventIds['upgrade.wish-taken'].id, counter });
  } catch (error) {
    const fields = { eventId: eventIds['upgrade.wish-refused'].id, reason: (error as Error).message };
    log.warn('upgrade.wish-refused', fields);
  }
}

function isNext(told: Asked, before: Asked, now: EpochMs, log: Log): boolean {
  const highest = Math.floor(now / 1_000) + counterLeadSeconds;
  if (told.counter <= highest) return told.counter > before.counter || before.counter > highest;
  const reason = `the counter ${told.counter} lies ahead of this host's clock, by which ${highest} is the highest`;
  log.warn('upgrade.wish-refused', { eventId: eventIds['upgrade.wish-refused'].id, reason });
  return false;
}

/** A clock of this host that stands back must not refuse what is new. */
function timeOf(home: string): EpochMs {
  const now = systemClock.now();
  try {
    return trustedTime(home, now).now;
  } catch {
    return now; // The look says what is wrong with the trust store.
  }
}

function pathOf(home: string): string {
  return join(agentHome(home).upgrade, 'asked.json');
}

function parse(json: unknown): Asked {
  const { counter = 0, wish = {}, stagingCommitted = {} } = Object(json) as Record<string, unknown>;
  if (typeof counter !== 'number' || !Number.isSafeInteger(counter) || counter < 0)
    throw new Error('counter is no count');
  const { afterStagingSoakMinutes, ...rest } = Object(wish) as Record<string, unknown>;
  const soak =
    afterStagingSoakMinutes === undefined ? {} : { afterStagingSoakMs: Number(afterStagingSoakMinutes) * minuteMs };
  const committed = Object.entries(Object(stagingCommitted) as Record<string, unknown>).slice(0, stagingLimit);
  return {
    counter,
    wish: parseWish({ ...rest, ...soak }),
    stagingCommitted: new Map(
      committed.flatMap(([sha256, at]) => {
        const instant = Date.parse(String(at));
        return /^[0-9a-f]{64}$/.test(sha256) && !Number.isNaN(instant) ? [[sha256, instant as EpochMs] as const] : [];
      }),
    ),
  };
}

function format({ counter, wish, stagingCommitted }: Asked): string {
  const { afterStagingSoakMs, freezes, notBefore, window: _, ...rest } = wish;
  const written = {
    ...rest,
    ...(freezes === undefined ? {} : { freezes: freezes.map(datedFreeze) }),
    ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore).toISOString() }),
    ...(afterStagingSoakMs === undefined ? {} : { afterStagingSoakMinutes: afterStagingSoakMs / minuteMs }),
  };
  const committed = [...stagingCommitted].sort().map(([sha256, at]) => [sha256, new Date(at).toISOString()]);
  return `${JSON.stringify({ counter, wish: written, stagingCommitted: Object.fromEntries(committed) })}\n`;
}

function datedFreeze({ name, from, until }: NonNullable<OwnWish['freezes']>[number]) {
  return { name, from: new Date(from).toISOString(), until: new Date(until).toISOString() };
}
