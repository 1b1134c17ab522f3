/**
 * What the Hybrid Upgrade Service does by itself: it moves rollouts on, gives the notices of campaigns and recalls, and
 * forgets reports after 90 days and evidence after a year.
 */
import { ProblemError } from '@springline/api/problem';
import { type NoticeStage, noticeOf, noticesDue, type SentNotice } from '@springline/auto-upgrade/campaign/notices';
import type { EpochMs } from '@springline/ports/clock';
import { addNotice } from '../notices/outbox.ts';
import type { Job } from '../platform/jobs.ts';
import type { Database, Writer } from '../storage/database.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { findCampaign, setSentNotices } from '../storage/upgrade/campaigns.ts';
import { purgeEvidence } from '../storage/upgrade/evidence.ts';
import { purgeReports } from '../storage/upgrade/reports.ts';
import type { Campaigns } from './campaigns.ts';
import type { RolloutController } from './controller.ts';
import { RecallNews } from './news.ts';
import type { PublishedReleases } from './published-releases.ts';
import type { SignerPort } from './signer-client.ts';

const dayMs = 24 * 60 * 60_000;
export const reportRetentionMs = 90 * dayMs;
const evidenceRetentionMs = 365 * dayMs;
const controllerEveryMs = 15_000;
const policyEveryMs = 60_000;
const noticesEveryMs = 15 * 60_000;
const recallsEveryMs = 60_000;

/** Rows per transaction, so that no purge holds up the requests. */
const batchSize = 500;

interface HusJobDeps {
  readonly database: Database;
  readonly campaigns: Campaigns;
  readonly controller: RolloutController;
  /** Whose policies are put down as it tells them. */
  readonly signer: Pick<SignerPort, 'state'>;
  readonly published: Pick<PublishedReleases, 'list'>;
}

type Purge = (writer: Writer, tenantId: string, before: EpochMs, limit: number) => Promise<number>;

export function husJobs({ database, campaigns, controller, signer, published }: HusJobDeps): readonly Job[] {
  const recalls = new RecallNews(database, published);
  async function purged(purge: Purge, before: EpochMs, signal: AbortSignal): Promise<number> {
    let rows = 0;
    for (const { id } of await listTenants(database.read)) {
      for (let step = batchSize; step === batchSize && !signal.aborted; rows += step) {
        step = await database.write((writer) => purge(writer, id, before, batchSize));
      }
    }
    return rows;
  }

  return [
    { kind: 'upgrade-rollouts', everyMs: controllerEveryMs, run: ({ now }) => controller.round(now) },
    {
      kind: 'upgrade-policy-history',
      everyMs: policyEveryMs,
      run: async () => ({ seen: await lookAtPolicy(signer) }),
    },
    {
      kind: 'upgrade-notices',
      everyMs: noticesEveryMs,
      run: async ({ now }) => ({ notices: await giveNotices(database, campaigns, now) }),
    },
    {
      kind: 'upgrade-recall-news',
      everyMs: recallsEveryMs,
      run: async ({ now }) => ({ recalls: await recalls.tell(now) }),
    },
    {
      kind: 'upgrade-purge',
      everyMs: 60 * 60_000,
      async run({ now, signal }) {
        return {
          reports: await purged(purgeReports, (now - reportRetentionMs) as EpochMs, signal),
          evidence: await purged(purgeEvidence, (now - evidenceRetentionMs) as EpochMs, signal),
        };
      },
    },
  ];
}

/** Nobody to ask is no fault of this job: what is not seen counts for nobody. */
async function lookAtPolicy(signer: Pick<SignerPort, 'state'>): Promise<number> {
  try {
    return (await signer.state()).policy === undefined ? 0 : 1;
  } catch (error) {
    if (error instanceof ProblemError) return 0;
    throw error;
  }
}

/** Each tenant hears of its own hosts; only the last of several stages that are due is sent. */
async function giveNotices(database: Database, campaigns: Campaigns, now: EpochMs): Promise<number> {
  const running = await campaigns.running(now);
  if (running === undefined) return 0;
  const { campaign, revision } = running;
  const kept = await findCampaign(database.read, campaign.campaignId);
  const sent = JSON.parse(kept?.sent ?? '[]') as SentNotice[];
  const due = noticesDue(revision, sent, now);
  const stage: NoticeStage | undefined = due.at(-1);
  if (stage === undefined) return 0;
  let given = 0;
  for (const { id } of await listTenants(database.read)) {
    const counts = await campaigns.tallyOf([id], running, now, false);
    if (counts.components.every(({ ok, below, notJudged }) => ok + below + notJudged === 0)) continue;
    const { subject, text, daysLeft, deadline, minimums, affected } = noticeOf(campaign, revision, stage, counts);
    const detail = {
      ...{ campaignId: campaign.campaignId, revision: revision.revision, stage, daysLeft, deadline, minimums },
      affected: affected.map(({ group, count }) => ({ group, count })),
    };
    const dedupeKey = `campaign ${campaign.campaignId} ${revision.revision} ${stage}`;
    const words = { kind: 'campaign-deadline', dedupeKey, subject, text, detail };
    if (await database.write((writer) => addNotice(writer, id, words, now))) given += 1;
  }
  const all = [...sent, ...due.map((each) => ({ revision: revision.revision, stage: each }))];
  await database.write((writer) => setSentNotices(writer, campaign.campaignId, JSON.stringify(all)));
  return given;
}
