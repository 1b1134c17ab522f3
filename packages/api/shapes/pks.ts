/**
 * The retired PKS channel: what its clients ask and get, and what people see of its end. Host names and versions of
 * clients are claims of strangers and are shown as such.
 */
import { z } from 'zod';
import { componentName, displayText, instant, version } from './text.ts';

export const askPksBody = z
  .strictObject({
    /** Five groups of five letters and digits. Decides nothing. */
    productKey: z.string().regex(/^[A-Za-z0-9]{5}(?:-[A-Za-z0-9]{5}){4}$/, 'five groups of five letters and digits'),
    component: componentName,
    version,
    hostName: z
      .string()
      .regex(/^(?=.{1,253}$)[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/, 'a host name'),
  })
  .meta({ id: 'AskPks' });

/** A DSSE envelope around the bridge answer of a component: signed offline, alike for everybody. */
export const pksAnswer = z
  .strictObject({
    payloadType: z.string().max(100),
    /** Base64. */
    payload: z.string().max(16_384),
    signatures: z.array(z.strictObject({ keyid: z.string().max(512), sig: z.string().max(4_096) })).max(16),
  })
  .meta({ id: 'PksAnswer' });

/** Of one host: PKS asks the retired channel, bridged runs the bridge build and is not enrolled yet. */
const pksChannel = z.enum(['PKS', 'bridged']);

const pksClientView = z
  .strictObject({
    /** As the client said; nobody has verified it. */
    claimedHostName: displayText,
    component: componentName,
    /** As the client said. */
    claimedVersion: version,
    channel: pksChannel,
    /** The first 64 bits of the SHA-256 of the product key, hex. */
    keyHash: z.string().regex(/^[0-9a-f]{16}$/),
    firstSeenAt: instant,
    lastSeenAt: instant,
    requests: z.int().positive(),
    /** Below the oldest build that the bridge upgrades: the host is replaced by a swing migration. */
    needsSwingMigration: z.boolean(),
  })
  .meta({ id: 'PksClient' });

const pksLifecycle = z
  .strictObject({ announcedAt: instant, deprecatedAt: instant, sunsetAt: instant })
  .meta({ id: 'PksLifecycle' });

export const pksStatusAnswer = z
  .strictObject({
    phase: z.enum(['announced', 'deprecated', 'sunset', 'off']),
    /** What the phase means, in a sentence. */
    meaning: z.string().max(500),
    /** Absent while no dates are set. */
    lifecycle: pksLifecycle.optional(),
    bridges: z.array(
      z.strictObject({
        component: componentName,
        version,
        upgradesFrom: version.optional(),
        signedAt: instant,
        /** The files that the answer names are published here. */
        isAvailable: z.boolean(),
        /** Outdated still works; a recalled one is not handed out. Both are cured by signing again. */
        standing: z.enum(['current', 'outdated', 'recalled']),
      }),
    ),
    /** Who is left, last seen first; at most 1,000 of `leftCount`. */
    left: z.array(pksClientView),
    leftCount: z.int().nonnegative(),
    /** Clients whose host has an agent of the Hybrid Upgrade Service since, and has not asked PKS again. */
    bridged: z.array(
      z.strictObject({
        claimedHostName: displayText,
        component: componentName,
        claimedVersion: version,
        bridgedAt: instant,
      }),
    ),
    bridgedCount: z.int().nonnegative(),
  })
  .meta({ id: 'PksStatus' });
export type PksStatus = z.infer<typeof pksStatusAnswer>;

export const setPksLifecycleBody = z
  .strictObject({ deprecatedAt: instant, sunsetAt: instant })
  .meta({ id: 'SetPksLifecycle' });
export const setPksLifecycleAnswer = pksLifecycle;
