/** When each recurring job is due, and how its last run ended. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface JobState {
  readonly dueAt: EpochMs;
  /** Failures since the last success. */
  readonly attempts: number;
}

export async function findJobState(reader: Reader, tenantId: string, kind: string): Promise<JobState | undefined> {
  return reader
    .selectFrom('platform_jobs')
    .select(['due_at as dueAt', 'attempts'])
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', kind)
    .executeTakeFirst();
}

/** Records the end of a run; `result` is counts, or `{ error: code }`. */
export async function recordJobEnd(
  writer: Writer,
  tenantId: string,
  kind: string,
  end: JobState & { readonly endedAt: EpochMs; readonly result: Readonly<Record<string, string | number>> },
): Promise<void> {
  const row = {
    due_at: end.dueAt,
    attempts: end.attempts,
    ended_at: end.endedAt,
    result: JSON.stringify(end.result),
  };
  await writer
    .insertInto('platform_jobs')
    .values({ tenant_id: tenantId, kind, ...row })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'kind']).doUpdateSet(row))
    .execute();
}
