/**
 * Campaigns: a notice, minimum versions with a date, and who is below. The shapes carry a notice as its author wrote it;
 * the product reads and judges it.
 */
import { z } from 'zod';
import { componentName, displayText, instant, uuid, version } from './text.ts';

export const minimumEffect = z.enum(['notify', 'restrict', 'stop-sync']);
export const affectedGroup = z.enum(['opted-out', 'failed', 'on-pks', 'not-seen', 'by-hand', 'upgrading']);

/** A campaign as a file has it; its members are checked by the product, which names the one that is wrong. */
export const campaignBody = z
  .strictObject({
    campaignId: z.string().max(100),
    name: z.string().max(500),
    revisions: z.array(z.unknown()).min(1).max(100),
  })
  .meta({ id: 'CampaignFile' });

export const campaignView = z
  .strictObject({
    campaignId: z.string().max(100),
    name: displayText,
    /** The revision that counts now. */
    revision: z.int().positive(),
    revisions: z.int().positive(),
    title: z.string().max(500),
    publishedAt: instant,
    /** Inclusive; effects start at `endsAt`, 00:00 of the next day in that zone. */
    deadline: z.strictObject({ date: z.string(), zone: z.string(), endsAt: instant }),
    /** 0 on the last day, negative afterwards. */
    daysLeft: z.int(),
    note: z.string().max(2000).optional(),
    assumption: z.string().max(2000).optional(),
    endedAt: instant.optional(),
  })
  .meta({ id: 'Campaign' });

export const belowServer = z
  .strictObject({
    tenant: displayText,
    hostName: displayText,
    agentId: uuid.optional(),
    /** Those of its components that are below. */
    components: z.array(z.strictObject({ component: componentName, version, why: z.string().max(1000) })).max(16),
    group: affectedGroup,
    /** What being below costs it now. */
    effect: z.enum(['none', 'notify', 'restrict', 'stop-sync']),
    source: z.enum(['agent', 'recorded']),
    /** Who is to be asked about it, as its tenant recorded it. */
    owner: displayText.optional(),
  })
  .meta({ id: 'BelowServer' });
export type BelowServer = z.infer<typeof belowServer>;

export const minimumsAnswer = z
  .strictObject({
    /** Absent while no campaign runs. */
    campaign: campaignView.optional(),
    minimums: z.array(
      z.strictObject({
        component: componentName,
        /** Absent: not yet announced. */
        version: version.optional(),
        carriedBy: z.strictObject({ component: componentName, version }).optional(),
        byHand: z.boolean(),
        effect: minimumEffect,
        ok: z.int().nonnegative(),
        below: z.int().nonnegative(),
        notJudged: z.int().nonnegative(),
        moved: z.int().nonnegative(),
      }),
    ),
    /** Servers below, each once, by why. */
    groups: z.record(affectedGroup, z.int().nonnegative()),
    /** The first 1,000, by group. */
    servers: z.array(belowServer),
    serversTotal: z.int().nonnegative(),
    /** What people should know of the campaign itself: a minimum that no release satisfies. */
    problems: z.array(z.string().max(1000)),
  })
  .meta({ id: 'Minimums' });
export type Minimums = z.infer<typeof minimumsAnswer>;
