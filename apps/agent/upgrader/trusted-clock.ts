/**
 * What time it is, for judging what was signed (rule S7): never earlier than the latest instant that the online roles of
 * a repository have signed, plus what has passed since this host learnt of it in this boot. A clock that stands years
 * back, or jumps back, so cannot make expired metadata good again. A clock that is ahead is believed: it stops upgrades
 * until it is put right, and leaves nothing behind.
 *
 * The floor itself is kept nowhere: it is read from the verified metadata in the trust folder, and falls with it when a
 * root takes keys away (TUF 5.3.11). What is kept is when, in this boot, it was learnt. Imports nothing from npm.
 */
import { existsSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { latestSigning } from '@springline/tuf/client/refresh';
import { agentHome } from '../home.ts';
import { metadataStore, repositoryNames } from './trust-store.ts';

export interface TrustedTime {
  /** The later of the system clock and the signed time. */
  readonly now: EpochMs;
  /** By what was signed alone: what would do harm on a date is judged by this, and not at all while there is none. */
  readonly signedNow?: EpochMs;
}

/** The boot that runs, and how long it has been running, sleep included. */
export interface Boot {
  /** Differs from boot to boot; `undefined` where the system has no such name. */
  readonly id: string | undefined;
  uptimeMs(): number;
}

/** The kernel's name for this boot. Elsewhere only what was signed counts, without what has passed since. */
const bootIdFile = '/proc/sys/kernel/random/boot_id';

const thisBoot: Boot = {
  id: existsSync(bootIdFile) ? readFileSync(bootIdFile, 'utf8').trim() : undefined,
  uptimeMs: () => Math.floor(uptime() * 1000),
};

/** When a signed time was learnt. */
interface Learnt {
  readonly signedAt: number;
  readonly bootId: string;
  readonly uptimeMs: number;
}

const file = (home: string): string => join(agentHome(home).trust, 'clock.json');

/** @throws {TrustError} `trust-store-damaged` */
export function trustedTime(home: string, systemNow: EpochMs, boot = thisBoot): TrustedTime {
  const signedAt = floorOf(home);
  if (signedAt === undefined) return { now: systemNow };
  const learnt = readLearnt(home);
  const isOfThisBoot = learnt?.signedAt === signedAt && learnt.bootId === boot.id;
  const signedNow = (signedAt + (isOfThisBoot ? Math.max(0, boot.uptimeMs() - learnt.uptimeMs) : 0)) as EpochMs;
  return { now: Math.max(systemNow, signedNow) as EpochMs, signedNow };
}

/** Notes that the signed time was learnt now, if it was not known before in this boot. */
export function noteTime(home: string, boot = thisBoot): void {
  const signedAt = floorOf(home);
  if (signedAt === undefined || boot.id === undefined) return;
  const known = readLearnt(home);
  if (known?.signedAt === signedAt && known.bootId === boot.id) return;
  const learnt: Learnt = { signedAt, bootId: boot.id, uptimeMs: boot.uptimeMs() };
  writeFileAtomic(file(home), `${JSON.stringify(learnt)}\n`, 0o600);
}

function floorOf(home: string): EpochMs | undefined {
  const times = repositoryNames.map((name) => latestSigning(metadataStore(home, name)));
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : (Math.max(...known) as EpochMs);
}

/** `undefined` also for a file that cannot be read: then only the time since is lost, and the floor stays. */
function readLearnt(home: string): Learnt | undefined {
  if (!existsSync(file(home))) return undefined;
  try {
    const { signedAt, bootId, uptimeMs } = Object(JSON.parse(readFileSync(file(home), 'utf8')));
    if (!Number.isSafeInteger(signedAt) || typeof bootId !== 'string' || !Number.isSafeInteger(uptimeMs))
      return undefined;
    return { signedAt, bootId, uptimeMs };
  } catch {
    return undefined;
  }
}
