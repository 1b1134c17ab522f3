/**
 * The cheap check: one conditional GET of the Director's timestamp. It may cause a look and never prevents one: both
 * repositories are read whole at the start, at least every 24 hours, and before every switch (rule S2).
 * Imports nothing from npm.
 */
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { Log } from '@springline/ports/log';
import type { Look } from '../../upgrader/job.ts';
import { getIfChanged } from '../../upgrader/repository-client.ts';
import { loadLastCheck, saveLastCheck } from './small-files.ts';

const timestampLimitBytes = 16 * 1024;
const checkTimeoutMs = 10_000;
const longestWithoutLookMs = 24 * 60 * 60 * 1000;

export class CheapCheck {
  readonly #home: string;
  readonly #address: string;
  readonly #log: Log;
  #etag: string | undefined;
  #isFirst = true;
  #isFreezeSuspected = false;

  constructor(home: string, url: string, log: Log) {
    this.#home = home;
    this.#address = `${url}/repository/director/metadata/timestamp.json`;
    this.#log = log;
  }

  /** The server keeps saying that nothing is newer than something that has expired. */
  get isFreezeSuspected(): boolean {
    return this.#isFreezeSuspected;
  }

  /** Whether both repositories should be read now, by the time that is trusted. @throws {RepositoryError} when nothing answers. */
  async isLookDue(now: number): Promise<boolean> {
    const last = loadLastCheck(this.#home);
    // A look in the future: the clock was set back since, and says nothing about how long ago that was.
    const sinceLookMs = last === undefined ? Number.POSITIVE_INFINITY : now - last.lookedAt;
    const isOld = this.#isFirst || sinceLookMs > longestWithoutLookMs || sinceLookMs < 0;
    const answer = await getIfChanged(this.#address, last?.etag, timestampLimitBytes, checkTimeoutMs);
    if (answer !== undefined) {
      this.#etag = answer.etag;
      this.#suspectFreeze(false);
      return true;
    }
    this.#etag = last?.etag;
    this.#suspectFreeze(last !== undefined && now > last.directorExpires);
    return isOld || this.#isFreezeSuspected;
  }

  /** Both repositories were read and verified; the same answer need not be looked at again. */
  looked({ directorExpires }: Look, now: number): void {
    this.#isFirst = false;
    const etag = this.#etag;
    saveLastCheck(this.#home, { directorExpires, lookedAt: now, ...(etag === undefined ? {} : { etag }) });
  }

  #suspectFreeze(isSuspected: boolean): void {
    if (isSuspected && !this.#isFreezeSuspected) {
      this.#log.warn('upgrade.freeze-suspected', { eventId: eventIds['upgrade.freeze-suspected'].id });
    }
    this.#isFreezeSuspected = isSuspected;
  }
}
