/** Campaigns over the API: open, revise, end; minimums with who is below. */
import { ProblemError } from '@springline/api/problem';
import {
  type Campaign,
  type CampaignRevision,
  formatCampaign,
  parseCampaign,
  revisionAt,
} from '@springline/auto-upgrade/campaign/campaign';
import { daysLeft } from '@springline/auto-upgrade/campaign/deadline';
import { CampaignError } from '@springline/auto-upgrade/campaign/error';
import { checkFloor } from '@springline/auto-upgrade/campaign/floor';
import { groups } from '@springline/auto-upgrade/campaign/judge';
import type { EpochMs } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { endCampaign, findCampaign, listCampaigns, putCampaign } from '../storage/upgrade/campaigns.ts';
import type { Campaigns } from './campaigns.ts';
import { requireOperator } from './operator.ts';

interface CampaignDeps {
  readonly database: Database;
  readonly campaigns: Campaigns;
}

type CampaignRoute = 'listCampaigns' | 'putCampaign' | 'endCampaign' | 'getMinimums';

const serversShown = 1_000;
const noGroups = Object.fromEntries(groups.map((group) => [group, 0])) as Record<(typeof groups)[number], number>;

export function campaignHandlers({ database, campaigns }: CampaignDeps): Pick<Handlers, CampaignRoute> {
  const read = database.read;
  return {
    async listCampaigns({ now }) {
      const kept = await listCampaigns(read);
      return {
        campaigns: kept.map(({ document, endedAt }) => viewOf(parseCampaign(JSON.parse(document)), endedAt, now)),
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
      return viewOf(campaign, before?.endedAt ?? null, now);
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
      }
      return viewOf(parseCampaign(JSON.parse(kept.document)), kept.endedAt ?? now, now);
    },

    async getMinimums({ caller, now }) {
      const running = await campaigns.running(now);
      if (running === undefined) return { minimums: [], groups: noGroups, servers: [], serversTotal: 0, problems: [] };
      const { campaign, revision } = running;
      const isOperator = (await listTenants(read))[0]?.id === caller.tenantId;
      const counted = await campaigns.tallyOf([caller.tenantId], running, now, isOperator);
      const { releases, platforms, floors } = await campaigns.facts(now);
      const problems = checkFloor(revision, releases, platforms, now, floors)
        // Of its publication; afterwards the date comes nearer by itself.
        .filter(({ code }) => code !== 'floor-too-soon')
        .map(({ message }) => message);
      return {
        campaign: viewOf(campaign, null, now),
        minimums: revision.minimums.map((minimum) => {
          const { component, version, carriedBy, byHand, effect } = minimum;
          const {
            ok = 0,
            below = 0,
            notJudged = 0,
            moved = 0,
          } = counted.components.find((each) => each.component === component) ?? {};
          return {
            ...{ component, byHand, effect, ok, below, notJudged, moved },
            ...(version === undefined ? {} : { version }),
            ...(carriedBy === undefined ? {} : { carriedBy }),
          };
        }),
        groups: counted.groups,
        servers: counted.servers
          .slice(0, serversShown)
          .map((server) => ({ ...server, components: [...server.components] })),
        serversTotal: counted.servers.length,
        problems,
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

function viewOf(campaign: Campaign, endedAt: EpochMs | null, now: EpochMs) {
  const revision: CampaignRevision = revisionAt(campaign, now) ?? campaign.revisions[0]!;
  const { deadline, note, assumption } = revision;
  return {
    ...{ campaignId: campaign.campaignId, name: campaign.name, title: revision.title },
    ...{ revision: revision.revision, revisions: campaign.revisions.length },
    publishedAt: new Date(revision.publishedAt).toISOString(),
    deadline: { date: deadline.date, zone: deadline.zone, endsAt: new Date(deadline.endsAt).toISOString() },
    daysLeft: daysLeft(deadline, now),
    ...(note === undefined ? {} : { note }),
    ...(assumption === undefined ? {} : { assumption }),
    ...(endedAt === null ? {} : { endedAt: new Date(endedAt).toISOString() }),
  };
}
