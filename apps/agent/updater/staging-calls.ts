/**
 * Promoting and demoting this server: the flag is written here, around the call to Connect Sync, because components write
 * nothing but their store. It says what is decided before it is carried out; whatever a kill leaves behind is safe, since
 * nobody exports without the lease. Imports nothing from npm.
 */
import { systemClock } from '@springline/ports/clock';
import { loadStaging, saveStaging } from '../staging.ts';

/**
 * Passes a call to Connect Sync on. A demoted server stages from before the call, also when Connect Sync does not answer;
 * one whose promotion is refused stages again.
 */
export async function aroundStaging(home: string, method: string, call: () => Promise<unknown>): Promise<unknown> {
  if (method !== 'staging.promote' && method !== 'staging.demote') return call();
  const { staging } = loadStaging(home);
  saveStaging(home, method === 'staging.demote', systemClock.now());
  try {
    return await call();
  } catch (error) {
    if (method === 'staging.promote' && staging) saveStaging(home, true, systemClock.now());
    throw error;
  }
}
