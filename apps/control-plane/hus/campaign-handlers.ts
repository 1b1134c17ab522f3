/** Campaigns over the API: open, revise, end; minimums with who is below. */
import { ProblemError } from '@springline/api/problem';
import { type Campaign, formatCampaign, parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import { CampaignError } from '@springline/auto-upgrade/campaign/error';
import { checkFloor } from '@springline/auto-upgrade/campaign/floor';
import { groups } from '@springline/auto-upgrade/campaign/judge';
import { campaignView } from '@springline/auto-upgrade/campaign/minimums-view';
import type { Handlers } from '../http/handler.ts';
import { requireOperator } from '../platform/operator.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { endCampaign, findCampaign, listCampaigns, putCampaign } from '../storage/upgrade/campaigns.ts';
import type { Campaigns } from './campaigns.ts';

interface CampaignDeps {
  readonly database: Database;
  readonly campaigns: Campaigns;
}

type CampaignRoute = 'listCampaigns' | 'putCampaign' | 'endCampaign' | 'getMinimums';

const noGroups = Object.fromEntries(groups.map((group) => [group, 0])) as Record<(typeof groups)[number], number>;

export function campaignHandlers({ database, campaigns }: CampaignDeps): Pick<Handlers, CampaignRoute> {
  const read = database.read;
  return {
    async listCampaigns({ now }) {
      const kept = await listCampaigns(read);
      return {
        campaigns: kept.map(({ document, endedAt }) => campaignView(parseCampaign(JSON.parse(document)), endedAt, now)),
      };
    },

    async putCampaign({ caller, body, now }) {
      await requireOperator(read, caller.tenantId);
      const campaign = parsed(body);
      const before = await findCampaign(read, campaign.campaignId);
      if (before !== undefined) requireContinuation(parseCampaign(JSON.parse(before.document)), campaign);
      const newest = campaign.revisions.at(-1)!;
      const { releases, platforms, floors } = await campaigns.facts(now);
      const refused = checkFloor(newest, releases, platforms, now, floors).find(({ isRefused }) => isRefused);
      if (refused !== undefined) throw new ProblemError('campaign-refused', `${refused.message} (${refused.code})`);
      await database.write(async (writer) => {
        await putCampaign(writer, campaign.campaignId, formatCampaign(campaign), now);
        await appendAudit(writer, caller.tenantId, {
          ...{ at: now, actor: caller.actor, subject: `campaign:${campaign.campaignId}` },
          action: before === undefined ? 'campaign.opened' : 'campaign.revised',
          detail: { revision: newest.revision, deadline: newest.deadline.date },
        });
      });
      campaigns.changed();
      return campaignView(campaign, before?.endedAt ?? null, now);
    },

    async endCampaign({ caller, params, now }) {
      await requireOperator(read, caller.tenantId);
      const { campaignId } = params;
      const kept = await findCampaign(read, campaignId);
      if (kept === undefined) throw new ProblemError('not-found', 'no campaign has this id');
      if (kept.endedAt === null) {
        await database.write(async (writer) => {
          await endCampaign(writer, campaignId, now);
          const subject = `campaign:${campaignId}`;
          await appendAudit(writer, caller.tenantId, {
            at: now,
            actor: caller.actor,
            action: 'campaign.ended',
            subject,
          });
        });
        campaigns.changed();
      }
      return campaignView(parseCampaign(JSON.parse(kept.document)), kept.endedAt ?? now, now);
    },

    async getMinimums({ caller, now }) {
      const running = await campaigns.running(now);
      if (running === undefined) return { minimums: [], groups: noGroups, servers: [], serversTotal: 0, problems: [] };
      const { campaign, revision } = running;
      const counted = await campaigns.minimumsOf(caller.tenantId, running, now);
      const { releases, platforms, floors } = await campaigns.recentFacts(now);
      const problems = checkFloor(revision, releases, platforms, now, floors)
        // Of its publication; afterwards the date comes nearer by itself.
        .filter(({ code }) => code !== 'floor-too-soon')
        .map(({ message }) => message);
      return {
        campaign: campaignView(campaign, null, now),
        ...counted,
        // Two minimums may fail for one reason.
        problems: [...new Set(problems)],
      };
    },
  };
}

function parsed(body: unknown): Campaign {
  try {
    return parseCampaign(body);
  } catch (error) {
    if (error instanceof CampaignError) throw new ProblemError('malformed-request', error.message, { cause: error });
    throw error;
  }
}

/** What was published stays as it was: people planned by it. */
function requireContinuation(before: Campaign, after: Campaign): void {
  for (const [at, revision] of before.revisions.entries()) {
    if (JSON.stringify(after.revisions[at]) === JSON.stringify(revision)) continue;
    throw new ProblemError(
      'campaign-refused',
      `revision ${revision.revision} was published and stays as it is; add another`,
    );
  }
}
