/** What the cloud directory does by itself, tenant by tenant: it forgets what is past its time. */
import { idempotencyMs, recycleBinMs } from '@springline/cloud-directory/retention';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Database, Writer } from '../storage/database.ts';
import { directoryTenants, purgeBatchRecords, purgeRecycleBin, purgeSize } from '../storage/directory/purge.ts';
import { directoryEvents } from './events.ts';

export interface DirectoryJobDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Stops the job between two of its steps. */
  readonly signal?: AbortSignal;
}

export interface DirectoryJob {
  /** Unique over all products. */
  readonly name: string;
  readonly everyMs: number;
  /** May be run again at any time. Returns counts for the record. */
  run(deps: DirectoryJobDeps): Promise<Readonly<Record<string, number>>>;
}

const hourMs = 60 * 60 * 1000;

export const directoryJobs: readonly DirectoryJob[] = [
  purgeJob('directory-purge-batches', idempotencyMs, purgeBatchRecords),
  purgeJob('directory-purge-recycle-bin', recycleBinMs, purgeRecycleBin),
];

type Purge = (writer: Writer, tenantId: string, before: EpochMs) => Promise<number>;

/** Each step is a transaction of its own, so that exports wait no longer than for one step. */
function purgeJob(name: string, retentionMs: number, purge: Purge): DirectoryJob {
  return {
    name,
    everyMs: hourMs,
    async run({ database, clock, log, signal }) {
      const before = (clock.now() - retentionMs) as EpochMs;
      let purged = 0;
      for (const tenantId of await directoryTenants(database.read)) {
        for (let step = purgeSize; step === purgeSize && !signal?.aborted; ) {
          step = await database.write((writer) => purge(writer, tenantId, before));
          purged += step;
        }
      }
      log.info(directoryEvents.purged, { job: name, purged });
      return { purged };
    },
  };
}
