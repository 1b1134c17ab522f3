/**
 * Auto-upgrade as agents report it and as people see it: the state of a host in its heartbeat, reports of single
 * upgrades, releases. Which build is genuine is no matter of these shapes: that is signed metadata.
 */
import { z } from 'zod';
import { code, componentName, displayText, instant, ringName, uuid, version } from './text.ts';

/** Why something is as it is, in a sentence for people. */
const reason = z.string().max(500);
const hex64 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');

/** Disabled: a person opted out. Suspended: the host is not eligible at the moment, with a reason. */
export const autoUpgradeState = z.enum(['Enabled', 'Disabled', 'Suspended']);
export type AutoUpgradeState = z.infer<typeof autoUpgradeState>;

/** A staging server runs beside the active one and exports nothing. */
export const serverRole = z.enum(['active', 'staging']);

/** How an upgrade ended. */
export const upgradeResultShape = z
  .strictObject({
    component: componentName,
    from: version,
    to: version,
    /** Success, UpgradeAborted…, UpgradeNotSupported…, UpgradeFailedRollbackSuccess-Probation, … */
    result: code,
    reason: reason.optional(),
    startedAt: instant,
    endedAt: instant,
    /** For how long no process of the component did its work. */
    gapMs: z.int().nonnegative().optional(),
  })
  .meta({ id: 'UpgradeResult' });
export type UpgradeResult = z.infer<typeof upgradeResultShape>;

export const componentUpgradeShape = z
  .strictObject({
    component: componentName,
    version,
    releaseNumber: z.int().nonnegative(),
    /** A step of the upgrade: idle, checking, waiting, downloading, verified, staged, preflight, activating, … */
    step: code,
    /** The release that the step is about, or that waits. */
    offered: version.optional(),
    /** Why the release that is offered is not installed yet: the rule of the policy or of a wish that holds it. */
    waits: z.strictObject({ rule: code, reason, until: instant.optional() }).optional(),
    lastUpgrade: upgradeResultShape.optional(),
    /** A build that was rolled back; it is not tried again before `until`. */
    blocked: z.strictObject({ version, reason, until: instant }).optional(),
  })
  .meta({ id: 'ComponentUpgrade' });
export type ComponentUpgrade = z.infer<typeof componentUpgradeShape>;

/** What the host's own administrator set, as far as it decides about upgrades. */
export const ownScheduleShape = z
  .strictObject({
    /** As `Sat,Sun 22:00-04:00 Europe/Amsterdam`: installing only while one of them is open. */
    windows: z.array(z.string().min(1).max(100)).max(16).optional(),
    /** When a window opens next; absent while one is open, and when there is none. */
    opensAt: instant.optional(),
    /** Nothing above this version. */
    pin: version.optional(),
    freezes: z
      .array(z.strictObject({ from: instant, until: instant }))
      .max(64)
      .optional(),
    notBefore: instant.optional(),
    /** A floor that the publisher signed may act here also where auto-upgrade is Disabled. */
    consentsToFloors: z.boolean(),
  })
  .meta({ id: 'OwnSchedule' });
export type OwnSchedule = z.infer<typeof ownScheduleShape>;

export const autoUpgradeShape = z
  .strictObject({
    state: autoUpgradeState,
    suspensionReason: reason.optional(),
    /** HUS: Hybrid Upgrade Service. PKS: the retired product-key channel. Bridged: on the way from one to the other. */
    channel: z.enum(['HUS', 'PKS', 'bridged']),
    ring: ringName.optional(),
    role: serverRole.optional(),
    checkedAt: instant.optional(),
    nextCheckAt: instant.optional(),
    /** Absent from agents that do not tell it. */
    own: ownScheduleShape.optional(),
    components: z.array(componentUpgradeShape).max(16),
  })
  .meta({ id: 'AutoUpgrade' });
export type AutoUpgrade = z.infer<typeof autoUpgradeShape>;

/** One step of one upgrade that others should know of. */
export const husReport = z
  .strictObject({
    /** Made once per report and kept over retries. */
    reportId: uuid,
    /** By the agent's clock. */
    at: instant,
    component: componentName,
    from: version,
    to: version,
    /** The release as the Image repository names it: SHA-256 of its archive. */
    targetSha256: hex64,
    step: z.enum(['activating', 'committed', 'rolled-back', 'aborted', 'not-supported', 'failed']),
    result: code.optional(),
    reason: reason.optional(),
    gapMs: z.int().nonnegative().optional(),
    /** Of the rollout that the host is in. */
    ring: ringName.optional(),
    role: serverRole.optional(),
  })
  .meta({ id: 'UpgradeReport' });
export type HusReport = z.infer<typeof husReport>;

export const reportUpgradesBody = z
  .strictObject({ reports: z.array(husReport).min(1).max(20) })
  .meta({ id: 'ReportUpgrades' });
/**
 * Why a report says nothing for or against a release. no-rollout: no rollout that was not given up names this build of this
 * component for the host's platform. place-not-known: ring or role are not those of the host's heartbeats; it counts when
 * they are.
 */
export const uncountedCode = z.enum(['no-rollout', 'place-not-known']);
export type UncountedCode = z.infer<typeof uncountedCode>;

export const reportUpgradesAnswer = z
  .strictObject({
    /** Every report that the service now holds, or held before; the agent may forget these. */
    accepted: z.array(uuid),
    /** Those of them that do not count in a rollout, where there are any. */
    uncounted: z.array(z.strictObject({ reportId: uuid, code: uncountedCode })).optional(),
  })
  .meta({ id: 'UpgradesReported' });

export const releaseView = z
  .strictObject({
    component: componentName,
    version,
    releaseNumber: z.int().nonnegative(),
    publishedAt: instant,
    notes: z.string().max(10_000).optional(),
    /** A build made to fail, for rehearsals: how it fails. */
    deliberatelyBroken: code.optional(),
    /** SHA-256 of the archive by platform (linux-x64, linux-arm64, win-x64), as the Image repository names it. */
    targets: z.record(z.string().regex(/^[a-z0-9-]{1,32}$/), hex64).optional(),
    /** Bytes of the archive by platform. */
    sizes: z.record(z.string().regex(/^[a-z0-9-]{1,32}$/), z.int().nonnegative()).optional(),
    /** The archive of at least one platform was called back. */
    isRecalled: z.boolean().optional(),
    /** False: for download only. */
    isForAutoUpgrade: z.boolean().optional(),
    /** How fast it may spread at most by the Image repository's own word; 1,000,000 is no limit. */
    maxRampPpmPerHour: z.int().min(0).max(1_000_000).optional(),
    /** Hosts below `below` are to come to this release or a later one from `from` on. */
    floor: z.strictObject({ below: version, from: instant }).optional(),
  })
  .meta({ id: 'Release' });
export type ReleaseView = z.infer<typeof releaseView>;

export const upgradeReportsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  agentId: uuid.optional(),
});
export const upgradeReportsAnswer = z
  .strictObject({
    reports: z.array(husReport.extend({ agentId: uuid, hostName: displayText, receivedAt: instant })),
  })
  .meta({ id: 'UpgradeReports' });
