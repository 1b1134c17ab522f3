/**
 * What the rollout policy is asked about, gathered from the files of this host at each look. What cannot be read holds
 * back: the narrower reading wins. Imports nothing from npm.
 */
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import { narrower } from '@springline/auto-upgrade/rollout/wish';
import type { HostFacts } from '@springline/auto-upgrade/upgrader/host-decision';
import type { EpochMs } from '@springline/ports/clock';
import { consentsToFloors, readConsentText } from '../../consent-file.ts';
import { agentHome } from '../../home.ts';
import { loadStaging } from '../../staging.ts';
import { loadAsked } from './asked.ts';
import { loadSettings, loadWish } from './settings.ts';
import { loadBlocked } from './small-files.ts';

export interface Trying {
  readonly agentId: string;
  /** Also builds whose pause is not over. */
  readonly retryBlocked: boolean;
}

export function hostFacts(home: string, { agentId, retryBlocked }: Trying, now: EpochMs): HostFacts {
  const asked = loadAsked(home);
  const blocked = retryBlocked ? [] : loadBlocked(home).map(({ sha256, until }) => ({ sha256, until }));
  return {
    agentId,
    ...own(home, now),
    wish: narrower(own(home, now).wish, asked.wish),
    consentsToFloors: hasConsentToFloors(home),
    blocked,
    stagingCommitted: [...asked.stagingCommitted],
  };
}

/** What the administrator of this host decided. A file that cannot be read is read as Disabled. */
export function own(home: string, now: EpochMs): Pick<HostFacts, 'state' | 'ring' | 'role' | 'wish'> {
  try {
    const { state, schedule = {} } = loadSettings(home);
    const { ring = usualRing, role = loadStaging(home).staging ? 'staging' : 'active' } = schedule;
    return { state, ring, role, wish: loadWish(home, now) };
  } catch {
    return { state: 'Disabled', ring: usualRing, role: 'active', wish: { disabled: true } };
  }
}

/** Whether a floor that the vendor signed may act on this host although a person says Disabled. */
export function hasConsentToFloors(home: string): boolean {
  try {
    return consentsToFloors(readConsentText(agentHome(home).consent));
  } catch {
    return false; // Whatever is wrong with the file, nobody consented by it.
  }
}
