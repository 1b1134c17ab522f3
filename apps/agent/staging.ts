/**
 * Whether this server stages: it imports and synchronises, and exports nothing. The administrator of the host decides;
 * the flag is a file in the folder of Connect Sync. Imports nothing from npm.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { componentHome } from './home.ts';

export interface Staging {
  readonly staging: boolean;
  /** When a person last decided, RFC 3339; absent when nobody ever did. */
  readonly since?: string;
}

const fileOf = (home: string): string => join(componentHome(home, 'connect-sync').folder, 'staging.json');

/** A file that cannot be understood means staging: what exports nothing harms nobody. */
export function loadStaging(home: string): Staging {
  const file = fileOf(home);
  if (!existsSync(file)) return { staging: false };
  try {
    const { staging, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return { staging: staging !== false, ...(typeof since === 'string' ? { since } : {}) };
  } catch {
    return { staging: true };
  }
}

/** Durable when it returns. */
export function saveStaging(home: string, staging: boolean, now: EpochMs): Staging {
  const decided = { staging, since: new Date(now).toISOString() };
  writeFileAtomic(fileOf(home), `${JSON.stringify(decided, null, 2)}\n`, 0o600);
  return decided;
}
