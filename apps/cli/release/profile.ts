/**
 * Key profiles: how many keys each role has and who holds them. `keys/profile.json` names the one of a home; it is
 * written last when keys are made, so a home with a profile has all its keys.
 */
import { readFileSync } from 'node:fs';
import { KeyError } from './error.ts';
import type { KeysHome } from './roles.ts';

export const profileNames = ['development', 'self-hosted', 'builder', 'enterprise'] as const;
export type ProfileName = (typeof profileNames)[number];

/** The field of a development root (both repositories). Agents refuse such a root off loopback. */
export const profileField = 'x-springline-profile';

/** One key per role and repository, all in the home: for one machine, never for a network. */
export interface Profile {
  readonly profile: 'development';
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** @throws {KeyError} `key-profile-unavailable`. */
export function requireAvailable(name: string): asserts name is Profile['profile'] {
  if (name === 'development') return;
  const isPlanned = profileNames.some((known) => known === name);
  throw new KeyError(
    'key-profile-unavailable',
    isPlanned
      ? `the key profile ${name} is not available yet. This version makes keys of the profile development only, for one machine.`
      : `there is no key profile ${name}. Known are ${profileNames.join(', ')}; this version makes development.`,
  );
}

/** `undefined` when the home has no finished keys. @throws {KeyError} `key-profile-malformed`, `key-profile-unavailable`. */
export function readProfile(keys: KeysHome): Profile | undefined {
  const json = readJson(keys.profile);
  if (json === undefined) return undefined;
  const { format, profile, createdAt } = Object(json) as Record<string, unknown>;
  if (format !== 'springline-keys-1' || typeof profile !== 'string' || typeof createdAt !== 'string') {
    throw malformed(keys.profile);
  }
  requireAvailable(profile);
  return { profile, createdAt };
}

export function profileText({ profile, createdAt }: Profile): string {
  return `${JSON.stringify({ format: 'springline-keys-1', profile, createdAt }, null, 2)}\n`;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(path, cause);
  }
}

function malformed(path: string, cause?: unknown): KeyError {
  return new KeyError('key-profile-malformed', `${path} is no key profile. Restore it from your copy of the keys.`, {
    cause,
  });
}
