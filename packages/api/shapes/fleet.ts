/**
 * The fleet as people look through it: page by page, filtered and ordered by the service, and in numbers. A row is one
 * component on one host.
 */
import { z } from 'zod';
import { autoUpgradeShape, autoUpgradeState, husReport, releaseView, serverRole } from './auto-upgrade.ts';
import { code, componentName, displayText, instant, ringName, uuid, version } from './text.ts';

/** Why a row is where it is, first that holds: nobody hears of the host, a person opted out, it asks PKS, an upgrade failed. */
export const fleetGroup = z.enum(['revoked', 'not-seen', 'opted-out', 'on-pks', 'failed', 'upgrading', 'well']);
export type FleetGroup = z.infer<typeof fleetGroup>;

/** `last`: when the last upgrade ended. */
export const fleetOrders = ['host', 'version', 'last'] as const;
/** `unknown`: the host says nothing of auto-upgrade. */
const stateOrUnknown = z.enum([...autoUpgradeState.options, 'unknown']);
const channel = z.enum(['HUS', 'PKS', 'bridged']);
const channelOrUnknown = z.enum([...channel.options, 'unknown']);

export const fleetQuery = z.strictObject({
  /** `next` of the page before; the other words must be as they were then. */
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/)
    .optional(),
  /** Rows. */
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  sort: z.enum(fleetOrders).default('host'),
  order: z.enum(['ascending', 'descending']).default('ascending'),
  /** Part of a host name; letters of both cases are alike. */
  text: z.string().max(200).optional(),
  agentId: uuid.optional(),
  component: componentName.optional(),
  version: version.optional(),
  state: stateOrUnknown.optional(),
  channel: channelOrUnknown.optional(),
  ring: ringName.optional(),
  role: serverRole.optional(),
  group: fleetGroup.optional(),
  /** Code of what stands in the way: of the suspension, the last failure or the rule that holds. */
  reason: code.optional(),
});
export type FleetQuery = z.infer<typeof fleetQuery>;

const fleetAgentShape = z
  .strictObject({
    agentId: uuid,
    hostName: displayText,
    state: z.enum(['online', 'offline', 'revoked']),
    /** As the host said at its registration: `linux-x64`. */
    platform: displayText.optional(),
    /** Of the Agent Updater. */
    version,
    lastSeenAt: instant.optional(),
    /** From the last heartbeat; absent from agents that know nothing of auto-upgrade. */
    autoUpgrade: autoUpgradeShape.optional(),
    lastReport: husReport.optional(),
  })
  .meta({ id: 'FleetAgent' });
export type FleetAgent = z.infer<typeof fleetAgentShape>;

const fleetRowShape = z
  .strictObject({ agentId: uuid, component: componentName, group: fleetGroup, reason: code.optional() })
  .meta({ id: 'FleetRow' });

export const fleetAnswer = z
  .strictObject({
    /** In the order that was asked for. */
    rows: z.array(fleetRowShape),
    /** Those of the rows, each once. */
    agents: z.array(fleetAgentShape),
    /** The cursor of the next page; absent on the last. */
    next: z.string().optional(),
  })
  .meta({ id: 'Fleet' });
export type FleetPage = z.infer<typeof fleetAnswer>;

const counted = z.int().nonnegative();
export const fleetTotals = z
  .strictObject({
    hosts: counted,
    rows: counted,
    groups: z.record(fleetGroup, counted),
    /** The first 1,000, by component and version. */
    versions: z.array(z.strictObject({ component: componentName, version, rows: counted })),
    /** The first 100 of each, most rows first. */
    rings: z.array(z.strictObject({ ring: ringName, rows: counted })),
    reasons: z.array(z.strictObject({ reason: code, rows: counted })),
    /** The counts are as of then: at most some seconds ago. */
    countedAt: instant,
  })
  .meta({ id: 'FleetTotals' });
export type FleetTotals = z.infer<typeof fleetTotals>;

export const releasesAnswer = z
  .strictObject({
    /** By component, newest first; one row for all platforms of a release. */
    releases: z.array(releaseView),
    /** Why releases may be missing above. */
    releasesProblem: z.string().max(500).optional(),
  })
  .meta({ id: 'Releases' });
