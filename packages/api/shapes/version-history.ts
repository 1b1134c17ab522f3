/**
 * Version histories: the public ones of Entra Connect Sync, Connect Health and the provisioning agent, and the releases
 * that this installation publishes. For anybody to read; nothing of a tenant is in them.
 */
import { z } from 'zod';
import { componentName, version } from './text.ts';

/** `YYYY-MM-DD`. */
const day = z.iso.date();
const sentence = z.string().max(2_000);

/** `springline`: what this installation publishes. */
export const historyParams = z.strictObject({
  product: z.enum(['connect-sync', 'health', 'cloud-sync', 'springline']),
});
export type HistoryProduct = z.infer<typeof historyParams>['product'];

const supportShape = z
  .strictObject({
    /** By the published rules; the last day. */
    computed: day.optional(),
    rule: z.enum(['twelve-months', 'rule-began', 'forced-minimum', 'generation-retired', 'newest', 'recalled', 'none']),
    endedBy: version.optional(),
    /** As the publisher wrote it; counts where there is one. */
    published: day.optional(),
    differs: z.boolean(),
    reason: sentence.optional(),
  })
  .meta({ id: 'ReleaseSupport' });

const rowShape = z
  .strictObject({
    /** Of `springline` alone. */
    component: componentName.optional(),
    version,
    /** Of the page, without `#`: 2320 for 2.3.2.0. Stays for ever. */
    anchor: z.string().regex(/^[a-z0-9-]{1,64}$/),
    /** A day, or a month or a year where no more is known. */
    releasedOn: z
      .string()
      .regex(/^\d{4}(-\d\d(-\d\d)?)?$/)
      .optional(),
    status: z.enum(['released', 'recalled', 'never-released']),
    channels: z
      .array(
        z.enum([
          'download',
          'auto-upgrade',
          'auto-upgrade-only',
          'selected-tenants',
          'not-auto-upgrade',
          'not-stated',
          'recalled',
        ]),
      )
      .readonly(),
    autoUpgradeFrom: day.optional(),
    autoUpgradeUntil: day.optional(),
    roles: z
      .array(z.enum(['sync', 'ad-ds', 'ad-fs']))
      .readonly()
      .optional(),
    bundledHealth: version.optional(),
    support: supportShape,
    supportStatus: z.enum(['supported', 'ended', 'recalled', 'unknown']),
    notes: z.array(z.string().max(10_000)).readonly(),
  })
  .meta({ id: 'HistoryRelease' });

export const historyAnswer = z
  .strictObject({
    format: z.literal('springline-version-history-1'),
    product: historyParams.shape.product,
    title: sentence,
    /** For which day support is shown: that of the request, in UTC. */
    on: day,
    /** Newest first. */
    rows: z.array(rowShape).readonly(),
    milestones: z.array(z.strictObject({ product: z.string(), on: z.string(), what: sentence })).readonly(),
    forcedMinimums: z
      .array(
        z.strictObject({
          product: z.string(),
          version,
          /** The last day in time. */
          deadline: day,
          takes: z.array(z.string().max(100)).readonly(),
          support: z.enum(['unchanged', 'caps', 'sets']),
          announcedBy: day.optional(),
          source: z.enum(['published', 'derived', 'reported']),
          note: sentence.optional(),
        }),
      )
      .readonly(),
    /** Published statements that cannot all hold. */
    contradictions: z
      .array(
        z.strictObject({
          product: z.string(),
          version,
          about: z.enum(['support-end', 'release-date']),
          what: sentence,
        }),
      )
      .readonly(),
  })
  .meta({ id: 'VersionHistory' });
