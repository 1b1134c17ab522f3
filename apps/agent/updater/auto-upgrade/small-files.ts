/**
 * What the Agent Updater remembers between runs beside the journal: blocked builds, and what the last look found. Losing
 * either is harmless: a build is tried once more, a look is taken once more. Imports nothing from npm.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockedBuild, longestPauseMs } from '@springline/auto-upgrade/upgrader/blocked-build';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { agentHome } from '../../home.ts';

export interface LastCheck {
  readonly etag?: string;
  /** When the trusted Director timestamp expires, epoch milliseconds. */
  readonly directorExpires: number;
  /** When both repositories were last read whole, epoch milliseconds. */
  readonly lookedAt: number;
}

export function loadBlocked(home: string): readonly BlockedBuild[] {
  const list = readJson(join(agentHome(home).upgrade, 'blocked.json'));
  if (!Array.isArray(list)) return [];
  // No pause is longer; one that is was noted while the clock was ahead.
  const latest = systemClock.now() + longestPauseMs;
  return list.filter(isBlockedBuild).map((build) => ({ ...build, until: Math.min(build.until, latest) as EpochMs }));
}

export function saveBlocked(home: string, list: readonly BlockedBuild[]): void {
  writeFileAtomic(join(agentHome(home).upgrade, 'blocked.json'), `${JSON.stringify(list, null, 2)}\n`, 0o600);
}

export function loadLastCheck(home: string): LastCheck | undefined {
  const { etag, directorExpires, lookedAt } = Object(readJson(join(agentHome(home).upgrade, 'check.json'))) as Record<
    string,
    unknown
  >;
  if (typeof directorExpires !== 'number' || typeof lookedAt !== 'number') return undefined;
  return { directorExpires, lookedAt, ...(typeof etag === 'string' ? { etag } : {}) };
}

export function saveLastCheck(home: string, check: LastCheck): void {
  writeFileAtomic(join(agentHome(home).upgrade, 'check.json'), `${JSON.stringify(check)}\n`, 0o600);
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // See above: it is made anew.
  }
}

function isBlockedBuild(value: unknown): value is BlockedBuild {
  const fields = Object(value) as Record<string, unknown>;
  const texts = ['component', 'version', 'sha256', 'result', 'reason'];
  return texts.every((name) => typeof fields[name] === 'string') && Number.isFinite(fields['until']);
}
