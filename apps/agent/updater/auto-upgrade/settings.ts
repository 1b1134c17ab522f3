/**
 * What a person decided about auto-upgrade on this host: in or out, how often to look, the schedule (`<home>/agent/auto-upgrade.json`). A file that cannot be read
 * holds upgrades back and says so: the narrower reading wins. Imports nothing from npm.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { OwnWish } from '@springline/auto-upgrade/rollout/wish';
import type { EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { agentHome } from '../../home.ts';
import { parseSchedule, type Schedule, ScheduleError, wishOf } from './schedule.ts';

export interface AutoUpgradeSettings {
  readonly state: 'Enabled' | 'Disabled';
  readonly checkEverySeconds: number;
  /** Absent: none. */
  readonly schedule?: Schedule;
}

const defaults: AutoUpgradeSettings = { state: 'Enabled', checkEverySeconds: 300 };
const shortestCheckSeconds = 1;
const longestCheckSeconds = 24 * 60 * 60;
const sizeLimitBytes = 64 * 1024;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'auto-upgrade-settings-malformed';
}

/** @throws {SettingsError} */
export function loadSettings(home: string): AutoUpgradeSettings {
  const path = agentHome(home).autoUpgrade;
  if (!existsSync(path)) return defaults;
  const {
    state = defaults.state,
    checkEverySeconds: seconds = defaults.checkEverySeconds,
    schedule,
    ...others
  } = readFields(path);
  const [unknown] = Object.keys(others);
  // A word that is not understood may have been meant to hold upgrades back.
  if (unknown !== undefined) throw new SettingsError(`${path}: there is no setting ${JSON.stringify(unknown)}`);
  if (state !== 'Enabled' && state !== 'Disabled') {
    throw new SettingsError(`${path}: state is "Enabled" or "Disabled"`);
  }
  if (typeof seconds !== 'number' || !(seconds >= shortestCheckSeconds && seconds <= longestCheckSeconds)) {
    throw new SettingsError(`${path}: checkEverySeconds is ${shortestCheckSeconds} to ${longestCheckSeconds}`);
  }
  const rest = schedule === undefined ? {} : { schedule: readSchedule(path, schedule) };
  return { state, checkEverySeconds: seconds, ...rest };
}

/** What this host wishes of its upgrades at `now`. @throws {SettingsError} */
export function loadWish(home: string, now: EpochMs): OwnWish {
  const { state, schedule = {} } = loadSettings(home);
  return { ...wishOf(schedule, now), ...(state === 'Disabled' ? { disabled: true } : {}) };
}

function readSchedule(path: string, value: unknown): Schedule {
  try {
    return parseSchedule(value);
  } catch (cause) {
    if (!(cause instanceof ScheduleError)) throw cause;
    throw new SettingsError(`${path}: ${cause.message}`, { cause });
  }
}

function readFields(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    if (statSync(path).size > sizeLimitBytes) throw new RangeError('too large');
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SettingsError(`${path} is no JSON that can be read. Correct it, or delete it for the defaults.`, {
      cause,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SettingsError(`${path} holds no object. Correct it, or delete it for the defaults.`);
}

export function saveSettings(home: string, settings: AutoUpgradeSettings): void {
  writeFileAtomic(agentHome(home).autoUpgrade, `${JSON.stringify(settings, null, 2)}\n`, 0o600);
}
