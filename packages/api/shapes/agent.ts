/** Enrolment, heartbeat and fleet view of agents. */
import { z } from 'zod';
import { autoUpgradeShape } from './auto-upgrade.ts';
import { wishAnswer } from './rollout.ts';
import { remoteConsentShape } from './sync-question.ts';
import { code, componentName, displayText, instant, uuid, version } from './text.ts';

export type ComponentName = z.infer<typeof componentName>;

/** A public P-256 key (RFC 7518 6.2.1). `x` and `y` are 32 bytes in base64url. */
export const publicKeyShape = z
  .strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  })
  .meta({ id: 'PublicKey' });
export type PublicKey = z.infer<typeof publicKeyShape>;

export const connectorKind = z.enum(['active-directory', 'openldap', 'ldap', 'ldif', 'csv']);
export const connectorShape = z
  .strictObject({ id: uuid, name: displayText, kind: connectorKind })
  .meta({ id: 'Connector' });
export type ConnectorView = z.infer<typeof connectorShape>;

export const createEnrolmentBody = z
  .strictObject({
    /** The connector that the new agent is to fill; made when missing, taken over from its former agent otherwise. */
    connector: z.strictObject({ name: displayText, kind: connectorKind }),
    /**
     * Name of a connector whose source the new one reads too: a staging server, or the server that takes its place. They
     * share the objects, and one of them at a time exports (rules S13, S16).
     */
    beside: displayText.optional(),
  })
  .meta({ id: 'CreateEnrolment' });
export const enrolmentCreated = z
  .strictObject({ enrolmentString: z.string().max(2048), expiresAt: instant })
  .meta({ id: 'EnrolmentCreated' });

export const enrolAgentBody = z
  .strictObject({
    /** 128 bit, base64url. Works once, for one hour; the same key may repeat it. */
    token: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    publicKey: publicKeyShape,
    hostName: displayText,
    platform: displayText,
    version,
  })
  .meta({ id: 'EnrolAgent' });
export const agentEnrolled = z
  .strictObject({ agentId: uuid, tenantId: uuid, connectors: z.array(connectorShape) })
  .meta({ id: 'AgentEnrolled' });
export type AgentEnrolled = z.infer<typeof agentEnrolled>;

export const componentState = z.enum(['starting', 'running', 'stopped', 'failing']);

export const stepShape = z
  .strictObject({
    connector: displayText,
    profile: z.enum(['Full Import', 'Delta Import', 'Full Synchronization', 'Delta Synchronization', 'Export']),
    /** Step result in the field's words: success, completed-sync-errors, stopped-deletion-threshold-exceeded, … */
    result: code,
    detail: z.string().max(2000).optional(),
    startedAt: instant,
    endedAt: instant.optional(),
    counters: z.record(z.string().regex(/^[a-z-]{1,60}$/), z.int().nonnegative()),
  })
  .meta({ id: 'RunStep' });
export type RunStep = z.infer<typeof stepShape>;

export const cycleShape = z
  .strictObject({
    number: z.int().positive(),
    startedAt: instant,
    endedAt: instant.optional(),
    result: code,
    steps: z.array(stepShape).max(50),
  })
  .meta({ id: 'SyncCycle' });
export type SyncCycle = z.infer<typeof cycleShape>;

export const objectErrorShape = z
  .strictObject({
    sourceAnchor: z.string().max(256),
    displayName: z.string().max(400),
    code,
    message: z.string().max(2000),
    firstSeenAt: instant,
    lastSeenAt: instant,
    retryCount: z.int().nonnegative(),
  })
  .meta({ id: 'ObjectError' });
export type ObjectError = z.infer<typeof objectErrorShape>;

export const syncStatusShape = z
  .strictObject({
    connector: displayText,
    source: z.string().max(1024),
    cycleInProgress: z.boolean(),
    lastCycle: cycleShape.optional(),
    nextCycleAt: instant.optional(),
    /** When a change last reached the cloud directory. */
    lastChangeAt: instant.optional(),
    objects: z.strictObject({ users: z.int(), groups: z.int(), contacts: z.int() }),
    pendingExports: z.int().nonnegative(),
    /** Deletes that the delete guard holds back until a person approves or rejects them; 0 when none. */
    heldDeletes: z.int().nonnegative(),
    /** Imports and synchronises, and exports nothing. */
    staging: z.boolean().optional(),
    /** Why this server may not export now, though it is not staging. */
    exportRefused: z.strictObject({ code, message: z.string().max(2000) }).optional(),
    errorCount: z.int().nonnegative(),
    /** The first 50. */
    errors: z.array(objectErrorShape).max(50),
  })
  .meta({ id: 'SyncStatus' });
export type SyncStatus = z.infer<typeof syncStatusShape>;

export const componentShape = z
  .strictObject({
    component: componentName,
    version,
    state: componentState,
    since: instant,
    /** Why it is not running, in a sentence. */
    detail: z.string().max(500).optional(),
    rssBytes: z.int().nonnegative().optional(),
  })
  .meta({ id: 'Component' });
export type ComponentView = z.infer<typeof componentShape>;

/** 128 bit, base64url. */
export const continuationText = z.string().regex(/^[A-Za-z0-9_-]{22}$/, '128 bit in base64url');

export const heartbeatBody = z
  .strictObject({
    hostName: displayText,
    components: z.array(componentShape).max(16),
    sync: syncStatusShape.optional(),
    autoUpgrade: autoUpgradeShape.optional(),
    /** What the consent file allows people to do from afar. */
    remote: remoteConsentShape.optional(),
    /**
     * What the last answer gave, so that two copies of one identity are found out (rule S16). `nonce` is made once for
     * what is presented and kept over repetitions: a lost answer is told from a second copy by it.
     */
    continuation: z.strictObject({ presented: continuationText.optional(), nonce: continuationText }).optional(),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.infer<typeof heartbeatBody>;
export const heartbeatAnswer = z
  .strictObject({
    serverTime: instant,
    nextInMs: z.int().positive(),
    /** What the tenant asked for to hold upgrades of this host back; an older counter than the last is passed over. */
    wish: wishAnswer.optional(),
    /** Since when the staging partner of this host has kept a release; by the SHA-256 of its archive. */
    stagingCommitted: z.record(z.string().regex(/^[0-9a-f]{64}$/), instant).optional(),
    /** Somebody asks about this host: take questions from now on, for a while. */
    listen: z.literal(true).optional(),
    /** To be presented with the next heartbeat; absent while the identity is conflicted, and to agents that present none. */
    continuation: continuationText.optional(),
    /** Since when two hosts use this identity: neither exports until a person resolves it. */
    conflictedSince: instant.optional(),
  })
  .meta({ id: 'HeartbeatAnswer' });

export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;

export const agentView = z
  .strictObject({
    id: uuid,
    hostName: displayText,
    platform: displayText,
    version,
    state: z.enum(['online', 'offline', 'revoked']),
    enrolledAt: instant,
    lastSeenAt: instant.optional(),
    /** Since when two hosts use this identity (rule S16): it exports nothing until a person resolves it. */
    conflictedSince: instant.optional(),
    /** SHA-256 of the public key (RFC 7638 thumbprint), base64url: what two people compare. */
    fingerprint: z.string(),
    components: z.array(componentShape),
    sync: syncStatusShape.optional(),
    autoUpgrade: autoUpgradeShape.optional(),
    remote: remoteConsentShape.optional(),
  })
  .meta({ id: 'Agent' });
export type AgentView = z.infer<typeof agentView>;
