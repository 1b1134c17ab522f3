/** What the PKS part does by itself: it forgets clients that nobody has seen for 90 days. */
import type { EpochMs } from '@springline/ports/clock';
import type { Job } from '../platform/jobs.ts';
import type { Database } from '../storage/database.ts';
import { purgePksClients } from '../storage/upgrade/pks-clients.ts';

const retentionMs = 90 * 24 * 60 * 60_000;
/** Rows per transaction, so that no purge holds up the requests. */
const batchSize = 500;

export function pksJobs({ database }: { readonly database: Database }): readonly Job[] {
  return [
    {
      kind: 'pks-purge',
      everyMs: 60 * 60_000,
      async run({ now, signal }) {
        const before = (now - retentionMs) as EpochMs;
        let clients = 0;
        for (let step = batchSize; step === batchSize && !signal.aborted; clients += step) {
          step = await database.write((writer) => purgePksClients(writer, before, batchSize));
        }
        return { clients };
      },
    },
  ];
}
