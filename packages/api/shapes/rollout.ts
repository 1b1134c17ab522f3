/**
 * Rollouts as people plan, see and steer them: rings in order, how far each is open, what its hosts reported, and what
 * waits for approval. What agents act by is the signed policy, not this.
 */
import { z } from 'zod';
import { componentName, displayText, instant, ringName, uuid, version } from './text.ts';

const ppm = z.int().min(0).max(1_000_000);
const minutes = z
  .int()
  .min(0)
  .max(366 * 24 * 60);
/** 90 days. */
const soakMinutes = z
  .int()
  .min(0)
  .max(90 * 24 * 60);
const reason = z.string().min(1).max(500);
const hex64 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');

export const ringPlanShape = z
  .strictObject({
    name: ringName,
    /** Share of the ring that is open at once, in millionths. */
    startPpm: ppm,
    /** How much more opens in an hour, in millionths. */
    rampPpmPerHour: ppm,
    /** After it is wholly open, before the next ring may open. */
    soakMinutes,
    /** Hosts that must have kept the release before the next ring opens. */
    minCommitted: z.int().min(0).max(1_000_000_000),
    /** The same as a share of those that began. */
    minCommittedPpm: ppm,
  })
  .meta({ id: 'RingPlan' });

export const haltRuleShape = z
  .strictObject({
    /** It halts by itself when at least so many failed … */
    minFailures: z.int().min(1).max(1_000_000_000),
    /** … and they are at least this share of those that began. */
    failurePpm: ppm,
  })
  .meta({ id: 'HaltRule' });

export const createRolloutBody = z
  .strictObject({
    component: componentName,
    version,
    /** Absent: the usual ones, canary, early and broad. */
    rings: z.array(ringPlanShape).min(1).max(16).optional(),
    haltAt: haltRuleShape.optional(),
    notBefore: instant.optional(),
    /** Takes the place of the rollout of this release that is there. Without it such a plan is refused. */
    replace: z.strictObject({ reason }).optional(),
  })
  .meta({ id: 'CreateRollout' });
export type CreateRollout = z.infer<typeof createRolloutBody>;

export const evidenceShape = z
  .strictObject({
    /** Hosts that began and of which nothing more is known yet. */
    activating: z.int().nonnegative(),
    committed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    /** Began more than 60 minutes ago and said nothing since: counted as failed. */
    silent: z.int().nonnegative(),
  })
  .meta({ id: 'Evidence' });

export const rolloutRingShape = ringPlanShape
  .extend({
    openedAt: instant.optional(),
    /** How far it is open now. */
    openPpm: ppm,
    evidence: evidenceShape,
  })
  .meta({ id: 'RolloutRing' });

/** recalled: the publisher called the release back, so that nobody installs it, whatever the rollout says. */
export const rolloutState = z.enum(['waiting', 'running', 'halted', 'aborted', 'complete', 'recalled']);
export const rolloutView = z
  .strictObject({
    rolloutId: uuid,
    component: componentName,
    version,
    releaseNumber: z.int().nonnegative(),
    /** waiting: for approval. */
    state: rolloutState,
    reason: reason.optional(),
    createdBy: z.string().max(300),
    createdAt: instant,
    notBefore: instant.optional(),
    haltAt: haltRuleShape,
    rings: z.array(rolloutRingShape).max(16),
    /** Of hosts in rings that the plan does not have: a floor let them, or it was complete. Absent: none reported. */
    elsewhere: evidenceShape.optional(),
    /** Rings that hosts are in and that the plan does not have: these wait until it is complete. Absent: none. */
    outside: z
      .array(z.strictObject({ ring: ringName, hosts: z.int().positive() }))
      .max(16)
      .optional(),
    /** What happens next by itself, and on which condition. */
    next: z.string().max(500),
  })
  .meta({ id: 'Rollout' });
export type RolloutView = z.infer<typeof rolloutView>;

/** With every ring and digest that it is about. */
const changeSentence = z.string().max(4000);

export const pendingApprovalShape = z
  .strictObject({
    digest: hex64,
    /** What a passkey signs. */
    challenge: hex64,
    kind: z.enum(['plan', 'widening']),
    rolloutId: uuid.optional(),
    what: changeSentence,
    firstSeenAt: instant,
    allowedAt: instant.optional(),
    approvedBy: z.array(z.string().max(100)).max(64),
    approvalsNeeded: z.int().positive(),
  })
  .meta({ id: 'PendingApproval' });

/** Allowed or approved, and not done yet; withdrawn like what waits. */
const allowedChangeShape = z
  .strictObject({
    digest: hex64,
    kind: z.enum(['plan', 'widening']),
    rolloutId: uuid.optional(),
    what: changeSentence,
    allowedAt: instant,
    /** When it must be asked for again. */
    until: instant,
  })
  .meta({ id: 'AllowedChange' });

export const rolloutsAnswer = z
  .strictObject({
    rollouts: z.array(rolloutView),
    pending: z.array(pendingApprovalShape),
    /** Absent: nothing, or the signer could not be asked. */
    allowed: z.array(allowedChangeShape).optional(),
    /** How what widens becomes allowed. */
    rule: z.enum(['at-once', 'delay', 'two-people']).optional(),
    approvers: z.array(z.strictObject({ name: z.string(), credentialId: z.string(), rpId: z.string() })),
    /** Everything is halted. */
    isHalted: z.boolean(),
    /** Why, where the audit trail still says so. */
    haltReason: reason.optional(),
    freezes: z.array(z.strictObject({ name: displayText, from: instant, until: instant })),
    /** Why the signer could not be asked; then nothing changes until it answers. */
    signerProblem: z.string().max(500).optional(),
  })
  .meta({ id: 'Rollouts' });
export type Rollouts = z.infer<typeof rolloutsAnswer>;

/** What became of a request: carried out, or waiting for approval. */
export const rolloutChanged = z
  .strictObject({ rollout: rolloutView, pending: z.array(pendingApprovalShape) })
  .meta({ id: 'RolloutChanged' });

export const rolloutParams = z.strictObject({ rolloutId: uuid });
export const changeRolloutBody = z
  .strictObject({ action: z.enum(['halt', 'resume', 'abort', 'advance']), reason })
  .meta({ id: 'ChangeRollout' });

/** The policy that agents act by, as signed; `policy` is its JSON. */
export const policyAnswer = z
  .strictObject({
    policy: z.looseObject({}).optional(),
    /** Why everything is halted, where it is and the audit trail still says so. */
    haltReason: reason.optional(),
  })
  .meta({ id: 'RolloutPolicy' });

export const changePolicyBody = z
  .strictObject({
    halt: z.boolean().optional(),
    addFreeze: z.strictObject({ name: displayText, from: instant, until: instant }).optional(),
    removeFreeze: displayText.optional(),
    /** For the audit trail. */
    reason: reason.optional(),
  })
  .meta({ id: 'ChangePolicy' });
export type ChangePolicy = z.infer<typeof changePolicyBody>;
export const policyChanged = z
  .strictObject({ isHalted: z.boolean(), pending: z.array(pendingApprovalShape) })
  .meta({ id: 'PolicyChanged' });

const base64url = z
  .string()
  .max(16 * 1024)
  .regex(/^[A-Za-z0-9_-]+$/);
export const approvalParams = z.strictObject({ digest: hex64 });
/** A WebAuthn assertion whose challenge is the digest. */
export const approvalBody = z
  .strictObject({
    credentialId: base64url,
    authenticatorData: base64url,
    clientDataJson: base64url,
    signature: base64url,
  })
  .meta({ id: 'Approval' });
export const approvalAnswer = z.strictObject({ pending: z.array(pendingApprovalShape) }).meta({ id: 'ApprovalTaken' });

/** A narrowing wish of a tenant for one of its hosts: every member only holds more back. */
export const wishShape = z
  .strictObject({
    disabled: z.literal(true).optional(),
    pin: version.optional(),
    ring: ringName.optional(),
    notBefore: instant.optional(),
    freezes: z
      .array(z.strictObject({ name: displayText, from: instant, until: instant }))
      .max(64)
      .optional(),
    afterStagingSoakMinutes: minutes.optional(),
  })
  .meta({ id: 'Wish' });
export type WishView = z.infer<typeof wishShape>;
export const wishParams = z.strictObject({ agentId: uuid });
export const wishAnswer = z.strictObject({ counter: z.int().nonnegative(), wish: wishShape }).meta({ id: 'AgentWish' });
