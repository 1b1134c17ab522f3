/** Throws away what has ended: nonces, sessions, sign-in links, enrolments and tokens past their time. */
import type { EpochMs } from '@springline/ports/clock';
import type { Database, Writer } from '../storage/database.ts';
import { purgeEnrolments } from '../storage/platform/enrolments.ts';
import { purgeNonces } from '../storage/platform/nonces.ts';
import { purgeSessions } from '../storage/platform/sessions.ts';
import { purgeSignInLinks } from '../storage/platform/sign-in-links.ts';
import { systemTenantId } from '../storage/platform/tables.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { purgeTokens } from '../storage/platform/tokens.ts';
import type { Job } from './jobs.ts';

/** Rows per transaction, so that no purge holds up the requests. */
const batchSize = 1_000;

type Purge = (writer: Writer, tenantId: string, now: EpochMs, limit: number) => Promise<number>;

const purges = {
  nonces: purgeNonces,
  sessions: purgeSessions,
  signInLinks: purgeSignInLinks,
  enrolments: purgeEnrolments,
  tokens: purgeTokens,
} as const satisfies Record<string, Purge>;

export function platformJobs({ database }: { readonly database: Database }): readonly Job[] {
  return [
    {
      kind: 'platform-purge',
      everyMs: 60_000,
      async run({ now, signal }) {
        const tenants = await listTenants(database.read);
        const removed: Record<string, number> = {};
        for (const tenantId of [systemTenantId, ...tenants.map((tenant) => tenant.id)]) {
          for (const [what, purge] of Object.entries(purges)) {
            removed[what] = (removed[what] ?? 0) + (await purgeAll(database, purge, tenantId, now, signal));
          }
        }
        return removed;
      },
    },
  ];
}

async function purgeAll(
  database: Database,
  purge: Purge,
  tenantId: string,
  now: EpochMs,
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const removed = await database.write((writer) => purge(writer, tenantId, now, batchSize));
    total += removed;
    if (removed < batchSize) break;
  }
  return total;
}
