/**
 * Auto-upgrade as agents report it and as people see it: the state of a host in its heartbeat, reports of single
 * upgrades, the fleet. Which build is genuine is no matter of these shapes: that is signed metadata.
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
/** Every report that the service now holds, or held before; the agent may forget these. */
export const reportUpgradesAnswer = z.strictObject({ accepted: z.array(uuid) }).meta({ id: 'UpgradesReported' });

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
    /** The archive of at least one platform was called back. */
    isRecalled: z.boolean().optional(),
    /** False: for download only. */
    isForAutoUpgrade: z.boolean().optional(),
    /** How fast it may spread at most by the Image repository's own word; 1,000,000 is no limit. */
    maxRampPpmPerHour: z.int().min(0).max(1_000_000).optional(),
  })
  .meta({ id: 'Release' });
export type ReleaseView = z.infer<typeof releaseView>;

export const fleetAnswer = z
  .strictObject({
    agents: z.array(
      z.strictObject({
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
      }),
    ),
    /** By component, newest first; one row for all platforms of a release. */
    releases: z.array(releaseView),
    /** Why releases may be missing above. */
    releasesProblem: reason.optional(),
  })
  .meta({ id: 'Fleet' });
export type Fleet = z.infer<typeof fleetAnswer>;

export const upgradeReportsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  agentId: uuid.optional(),
});
export const upgradeReportsAnswer = z
  .strictObject({
    reports: z.array(husReport.extend({ agentId: uuid, hostName: displayText, receivedAt: instant })),
  })
  .meta({ id: 'UpgradeReports' });
