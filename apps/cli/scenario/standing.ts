/** How a scenario's servers stand against its notice at an instant, reckoned from its files alone. Pure. */
import type { Minimums } from '@springline/api/shapes/campaign';
import type { Campaign, CampaignRevision } from '@springline/auto-upgrade/campaign/campaign';
import { installationsAt } from '@springline/auto-upgrade/campaign/estate-at';
import { campaignView, minimumsView } from '@springline/auto-upgrade/campaign/minimums-view';
import { tally } from '@springline/auto-upgrade/campaign/tally';
import type { EpochMs } from '@springline/ports/clock';
import type { Scenario } from './files.ts';

/** The notice as it is told: its first revision, or all of them. */
export function noticeOf({ campaign, facts }: Scenario, isAsPublished: boolean): Campaign {
  return isAsPublished ? campaign : { ...campaign, revisions: campaign.revisions.slice(0, facts.campaign.revision) };
}

/**
 * The revision by which a scenario is judged, whatever the day: as published later, the question is how the servers stood
 * against the page as it reads now.
 */
export function judgedBy({ campaign, facts }: Scenario, isAsPublished: boolean): CampaignRevision {
  const { revision, asPublishedRevision } = facts.campaign;
  return campaign.revisions[(isAsPublished ? asPublishedRevision : revision) - 1]!;
}

export function standingAt(scenario: Scenario, isAsPublished: boolean, at: EpochMs): Minimums {
  const revision = judgedBy(scenario, isAsPublished);
  const counted = tally(revision, installationsAt(scenario.servers, at), at);
  const campaign = campaignView(noticeOf(scenario, isAsPublished), null, at, revision);
  return { campaign, ...minimumsView(revision, counted), problems: [] };
}
