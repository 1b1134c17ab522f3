/** Brings a home to keys and a signed, still empty tree; finishes what a killed run began. */
import { KeyError } from './error.ts';
import { KeyRing } from './key-ring.ts';
import { type KeysWorld, keysState, makeKeys, realWorld } from './keys.ts';
import { asOnlyWriter } from './lock.ts';
import { type ProfileName, requireAvailable } from './profile.ts';
import { openTurn } from './publish.ts';
import { readRepositories, signRepositories } from './sign.ts';

/** `repaired`: keys or tree that a killed run left unfinished were completed. */
export type InitResult = 'made' | 'repaired';

/** @throws {KeyError} `keys-exist` when there is nothing left to do, `keys-incomplete`, `key-profile-unavailable`. */
export async function initKeys(home: string, profile: ProfileName, world: KeysWorld = realWorld): Promise<InitResult> {
  requireAvailable(profile);
  checkInit(home);
  return asOnlyWriter(home, async (lock) => {
    const ring = new KeyRing(home);
    const before = await makeKeys(lock, profile, world, ring);
    const turn = openTurn(lock, ring, world.clock);
    if (before === 'finished' && isSigned(home)) throw alreadyThere(home);
    await signRepositories(turn);
    return before === 'none' ? 'made' : 'repaired';
  });
}

/** Looks only: what would be refused at once. */
export function checkInit(home: string): 'none' | 'unfinished' | 'finished' {
  return keysState(home);
}

function isSigned(home: string): boolean {
  const { image, director } = readRepositories(home);
  return image.timestamp !== undefined && director.timestamp !== undefined;
}

function alreadyThere(home: string): KeyError {
  return new KeyError(
    'keys-exist',
    `${home} has keys already, and they are never overwritten: agents trust them. See them with: springline keys show --home ${home}`,
  );
}
