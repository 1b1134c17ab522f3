/** What the Hybrid Upgrade Service does by itself: it forgets reports after 90 days. */
import type { EpochMs } from '@springline/ports/clock';
import type { Job } from '../platform/jobs.ts';
import type { Database } from '../storage/database.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { purgeReports } from '../storage/upgrade/reports.ts';

export const reportRetentionMs = 90 * 24 * 60 * 60_000;

/** Rows per transaction, so that no purge holds up the requests. */
const batchSize = 500;

export function husJobs({ database }: { readonly database: Database }): readonly Job[] {
  return [
    {
      kind: 'upgrade-purge',
      everyMs: 60 * 60_000,
      async run({ now, signal }) {
        const before = (now - reportRetentionMs) as EpochMs;
        let reports = 0;
        for (const { id } of await listTenants(database.read)) {
          for (let step = batchSize; step === batchSize && !signal.aborted; ) {
            step = await database.write((writer) => purgeReports(writer, id, before, batchSize));
            reports += step;
          }
        }
        return { reports };
      },
    },
  ];
}
