/**
 * What a person decided about auto-upgrade on this host (`<home>/agent/auto-upgrade.json`). A file that cannot be read
 * holds upgrades back and says so: the narrower reading wins. Imports nothing from npm.
 */
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import { agentHome } from '../../home.ts';

export interface AutoUpgradeSettings {
  readonly state: 'Enabled' | 'Disabled';
  readonly checkEverySeconds: number;
}

const defaults: AutoUpgradeSettings = { state: 'Enabled', checkEverySeconds: 300 };
const shortestCheckSeconds = 1;
const longestCheckSeconds = 24 * 60 * 60;

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
  return { state, checkEverySeconds: seconds };
}

function readFields(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SettingsError(`${path} is no JSON. Correct it, or delete it for the defaults.`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SettingsError(`${path} holds no object. Correct it, or delete it for the defaults.`);
}

export function saveSettings(home: string, settings: AutoUpgradeSettings): void {
  writeFileAtomic(agentHome(home).autoUpgrade, `${JSON.stringify(settings, null, 2)}\n`, 0o600);
}
