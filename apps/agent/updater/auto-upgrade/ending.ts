/**
 * How an attempt ends: aborted before anything was switched, rolled back, or kept; and what follows from that on this
 * host. Imports nothing from npm.
 */

import type { ResultCode } from '@springline/auto-upgrade/eligibility/result-code';
import { blockBuild, blockOf } from '@springline/auto-upgrade/upgrader/blocked-build';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemClock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { removeUnusedRuntimes } from '../../upgrader/stage.ts';
import { raiseReleaseNumberFloor } from '../../upgrader/trust-store.ts';
import { runtimesInUse } from './installed-builds.ts';
import { loadBlocked, saveBlocked } from './small-files.ts';
import { dropBackup } from './state-backup.ts';
import type { Outcome } from './upgrader-session.ts';
import { isNewer } from './view.ts';

class Ending extends Error {
  readonly result: ResultCode;
  /** The build itself is to blame. */
  readonly isBlocked: boolean;

  constructor(result: ResultCode, reason: string, isBlocked: boolean) {
    super(reason);
    this.result = result;
    this.isBlocked = isBlocked;
  }
}

/** The attempt ended before anything was switched. */
export class AbortedError extends Ending {
  override readonly name = 'AbortedError';
}

/** The old build must be brought back. */
export class RollBack extends Ending {
  override readonly name = 'RollBack';
}

/** What a run of the upgrader that brought nothing means for its attempt. */
export function abortedBy({ failure }: Outcome): AbortedError {
  const { kind = 'other', code = '', message = 'the upgrader ended without a word' } = failure ?? {};
  const reason = kind === 'trust' ? `${code}: ${message}` : message;
  const results = {
    trust: 'UpgradeAbortedVerificationFailed',
    unreachable: 'UpgradeAbortedDownloadFailed',
    space: 'UpgradeAbortedInsufficientDiskSpace',
    ended: 'UpgradeAbortedInterrupted',
    other: 'UpgradeAbortedInterrupted',
  } as const;
  return new AbortedError(results[kind], reason, false);
}

/**
 * What follows from an end; may be repeated after a kill. The build is kept: its release number is the floor from now on.
 * It is to blame: it is blocked. Neither: it may be tried again, and the result is `retry`.
 */
export function settle(home: string, log: Log, record: JournalRecord): 'kept' | 'blocked' | 'retry' {
  const { component, step, to, result, reason, blocks } = record;
  const list = loadBlocked(home);
  if (component !== 'agent-updater') dropBackup(home, component);
  if (step === 'committed') {
    raiseReleaseNumberFloor(home, component, to.releaseNumber);
    // What failed before this build is of no interest any more, nor is this one's own failure.
    const others = list.filter((block) => block.component !== component || isNewer(block.version, to.version));
    saveBlocked(home, others);
    sweepRuntimes(home, log);
    return 'kept';
  }
  if (blocks !== true || result === undefined) return 'retry';
  const build = { component, version: to.version, sha256: to.sha256, result, reason: reason ?? '' };
  const blocked = blockBuild(list, build, systemClock.now());
  saveBlocked(home, blocked);
  const until = new Date(blockOf(blocked, to.sha256)!.until).toISOString();
  log.warn('upgrade.blocked', { eventId: eventIds['upgrade.blocked'].id, component, version: to.version, until });
  return 'blocked';
}

function sweepRuntimes(home: string, log: Log): void {
  try {
    removeUnusedRuntimes(home, runtimesInUse(home));
  } catch (error) {
    // A slot could not be read just now; what is not needed goes after the next upgrade.
    log.warn('upgrade.sweep-failed', { reason: (error as Error).message });
  }
}
