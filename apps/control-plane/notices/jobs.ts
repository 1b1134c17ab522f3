/**
 * Sends what is due, and forgets notices after 90 days. The process that holds the lease of the jobs does it.
 *
 * A try is written down before it is made, together with the time of the next one. A process that is killed between
 * sending and writing down that it sent therefore leaves a try that is made once more, later, with the same ids: at most
 * one repetition for each kill, and never a notice that is lost. While a channel fails its other notices wait.
 */
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Resolve } from '../egress/connect.ts';
import { events } from '../events.ts';
import type { Job } from '../platform/jobs.ts';
import type { Database } from '../storage/database.ts';
import {
  beginTry,
  type Delivery,
  dueDeliveries,
  endTry,
  findNotice,
  listChannels,
  purgeNotices,
  type StoredChannel,
  type StoredNotice,
} from '../storage/platform/notices.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { deliver, noticeOf } from './deliver.ts';
import { isFinal, problemOf } from './delivery-error.ts';
import type { Sealer } from './seal.ts';

interface NoticeJobDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealer: Sealer;
  readonly resolve?: Resolve;
}

/** The pause after the first try, doubled with each further one. Longer than a try can take. */
const firstRetryMs = 60_000;
const longestRetryMs = 60 * 60_000;
/** A notice that could not be brought for so long is old news. */
const giveUpMs = 3 * 24 * 60 * 60_000;
const retentionMs = 90 * 24 * 60 * 60_000;
/** Of one channel in one round, so that other jobs get their turn. */
const triesPerRound = 20;
const channelsAtOnce = 4;
/** No try is begun later in a round. */
const roundMs = 20_000;
const purgeBatch = 500;

export function noticeJobs(deps: NoticeJobDeps): readonly Job[] {
  const { database, clock } = deps;
  return [
    {
      kind: 'platform-notices',
      everyMs: 15_000,
      async run({ signal }) {
        const until = performance.now() + roundMs;
        const counts = { sent: 0, failed: 0 };
        const channels: (() => Promise<void>)[] = [];
        for (const { id: tenantId } of await listTenants(database.read)) {
          for (const channel of await listChannels(database.read, tenantId)) {
            channels.push(() => sendOver(deps, tenantId, channel, counts, { until, signal }));
          }
        }
        const turns = channels.values();
        await Promise.all(
          Array.from({ length: channelsAtOnce }, async () => {
            for (const turn of turns) await turn();
          }),
        );
        return counts;
      },
    },
    {
      kind: 'platform-notices-purge',
      everyMs: 60 * 60_000,
      async run({ signal }) {
        const before = (clock.now() - retentionMs) as EpochMs;
        let notices = 0;
        for (const { id } of await listTenants(database.read)) {
          for (let step = purgeBatch; step === purgeBatch && !signal.aborted; ) {
            step = await database.write((writer) => purgeNotices(writer, id, before, purgeBatch));
            notices += step;
          }
        }
        return { notices };
      },
    },
  ];
}

/** Until nothing is due, the first failure that may pass, or the end of the round. */
async function sendOver(
  deps: NoticeJobDeps,
  tenantId: string,
  channel: StoredChannel,
  counts: { sent: number; failed: number },
  { until, signal }: { readonly until: number; readonly signal: AbortSignal },
): Promise<void> {
  const { database, clock } = deps;
  const wanted = { now: clock.now(), limit: triesPerRound };
  for (const due of await dueDeliveries(database.read, tenantId, channel.id, wanted)) {
    if (signal.aborted || performance.now() > until) return;
    const notice = await findNotice(database.read, tenantId, due.noticeId);
    if (notice === undefined) continue;
    const nextAt = (clock.now() + Math.min(firstRetryMs * 2 ** due.attempts, longestRetryMs)) as EpochMs;
    if (!(await database.write((writer) => beginTry(writer, tenantId, due, nextAt)))) continue;
    const end = await tryOnce(deps, tenantId, channel, notice, signal);
    if (end === undefined) return;
    await database.write((writer) => endTry(writer, tenantId, due, end));
    if (end.state === 'sent') {
      counts.sent += 1;
      continue;
    }
    counts.failed += 1;
    const fields = {
      channelId: channel.id,
      noticeId: notice.id,
      problem: end.lastError ?? '',
      attempts: due.attempts + 1,
    };
    deps.log.warn(end.state === 'given-up' ? events.noticeGivenUp : events.noticeFailed, fields);
    if (end.state === 'due') return;
  }
}

/** Undefined when the process is about to end: then nothing is known of the try. */
async function tryOnce(
  { sealer, clock, resolve }: NoticeJobDeps,
  tenantId: string,
  channel: StoredChannel,
  notice: StoredNotice,
  signal: AbortSignal,
): Promise<Pick<Delivery, 'state' | 'sentAt' | 'lastError'> | undefined> {
  const sending = { now: clock.now(), signal, ...(resolve === undefined ? {} : { resolve }) };
  try {
    const note = await deliver(sealer, tenantId, channel, noticeOf(notice), sending);
    return { state: 'sent', sentAt: clock.now(), lastError: note ?? null };
  } catch (error) {
    if (signal.aborted) return undefined;
    const hasEnded = isFinal(error) || clock.now() - notice.createdAt >= giveUpMs;
    return { state: hasEnded ? 'given-up' : 'due', sentAt: null, lastError: problemOf(error) };
  }
}
