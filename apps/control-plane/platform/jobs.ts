/**
 * Recurring jobs. One process at a time runs them (a lease), one job after the other; how each ended and when it is due
 * again is in the database, so a restart neither forgets nor repeats. A failed job is tried again, later each time.
 */
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import type { Database } from '../storage/database.ts';
import { findJobState, recordJobEnd } from '../storage/platform/jobs.ts';
import { acquireLease, type Lease, releaseLease, renewLease } from '../storage/platform/leases.ts';
import { systemTenantId } from '../storage/platform/tables.ts';

/** Something to do again and again for the whole installation; it goes through the tenants itself. */
export interface Job {
  /** Unique over all products: `platform-purge`. */
  readonly kind: string;
  readonly everyMs: number;
  /** Does what is to be done now; may be run again at any time. Returns counts for the record. */
  run(work: { readonly now: EpochMs; readonly signal: AbortSignal }): Promise<Readonly<Record<string, number>>>;
}

interface RunnerDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly jobs: readonly Job[];
  /** Names this process among those that share the database. */
  readonly holder: string;
}

const roundMs = 15_000;
const leaseMs = 60_000;
const renewEveryMs = leaseMs / 3;
const firstRetryMs = 30_000;

export class JobRunner {
  readonly #deps: RunnerDeps;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<unknown> = Promise.resolve();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Looks for due jobs every 15 seconds from now on. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.#round = this.runDue()
        .catch((error: unknown) => this.#deps.log.error(events.jobsFailed, { code: codeOf(error) }))
        .finally(() => {
          if (!this.#ending.signal.aborted) this.start();
        });
    }, roundMs);
  }

  /** Tells the running job to stop and waits until it has. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#round;
  }

  /** One round. Returns the kinds that were run; none when another process holds the lease. */
  async runDue(): Promise<string[]> {
    const { database, clock, jobs, holder } = this.#deps;
    const wanted = { tenantId: systemTenantId, name: 'jobs', holder };
    const lease = await database.write((writer) => acquireLease(writer, wanted, clock.now(), leaseMs));
    if (lease === undefined) return [];
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, lost.signal]);
    const renewal = setInterval(() => void this.#renew(lease, lost), renewEveryMs);
    const run: string[] = [];
    try {
      for (const job of jobs) {
        if (signal.aborted) break;
        if (await this.#runIfDue(job, lease, signal)) run.push(job.kind);
      }
    } finally {
      clearInterval(renewal);
    }
    if (!lost.signal.aborted) await database.write((writer) => releaseLease(writer, lease));
    return run;
  }

  async #runIfDue(job: Job, lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { database, clock, log } = this.#deps;
    const state = await findJobState(database.read, systemTenantId, job.kind);
    const now = clock.now();
    if (state !== undefined && state.dueAt > now) return false;
    let failed = false;
    let result: Readonly<Record<string, string | number>>;
    try {
      result = await job.run({ now, signal });
    } catch (error) {
      if (signal.aborted) return false;
      failed = true;
      result = { error: codeOf(error) };
      log.error(events.jobFailed, { kind: job.kind, code: codeOf(error) });
    }
    const attempts = failed ? (state?.attempts ?? 0) + 1 : 0;
    const waitMs = failed ? Math.min(job.everyMs, firstRetryMs * 2 ** (attempts - 1)) : job.everyMs;
    const endedAt = clock.now();
    await database.write(async (writer) => {
      // Fencing: a process that slept past its lease must not write over the record of the next one.
      if (!(await renewLease(writer, lease, endedAt, leaseMs))) return;
      const dueAt = (endedAt + waitMs) as EpochMs;
      await recordJobEnd(writer, systemTenantId, job.kind, { dueAt, attempts, endedAt, result });
    });
    return true;
  }

  async #renew(lease: Lease, lost: AbortController): Promise<void> {
    const { database, clock } = this.#deps;
    try {
      if (await database.write((writer) => renewLease(writer, lease, clock.now(), leaseMs))) return;
    } catch (error) {
      this.#deps.log.warn(events.jobsFailed, { code: codeOf(error) });
    }
    lost.abort();
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
