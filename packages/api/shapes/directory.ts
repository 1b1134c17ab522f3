/**
 * What agents send to the cloud directory and read back from it. Objects are named by their sourceAnchor in both
 * directions; references as well, so that nothing here is a DN.
 */
import { z } from 'zod';
import { code, displayText, instant, sourceAnchor, uuid } from './text.ts';

export const objectType = z.enum(['user', 'group', 'contact']);

export const attributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/);
const scalar = z.union([z.string().max(65_536), z.boolean(), z.int()]);
export const attributeValue = z.union([scalar, z.array(scalar).min(1).max(2_000)]);

/** Members added and removed, never the whole list, so that one change in a large group is one value on the wire. */
const referenceDelta = z.strictObject({
  add: z.array(sourceAnchor).max(5_000).default([]),
  remove: z.array(sourceAnchor).max(5_000).default([]),
});

export const exportOperation = z
  .discriminatedUnion('op', [
    z.strictObject({
      op: z.literal('add'),
      objectType,
      sourceAnchor,
      attributes: z.record(attributeName, attributeValue),
      references: z.record(attributeName, referenceDelta).optional(),
    }),
    z.strictObject({
      op: z.literal('update'),
      objectType,
      sourceAnchor,
      /** null removes the attribute. */
      attributes: z.record(attributeName, attributeValue.nullable()),
      references: z.record(attributeName, referenceDelta).optional(),
    }),
    z.strictObject({ op: z.literal('delete'), objectType, sourceAnchor }),
  ])
  .meta({ id: 'ExportOperation' });
export type ExportOperation = z.infer<typeof exportOperation>;

export const exportBatchLimit = 500;
export const exportBodyLimitBytes = 8 * 1024 * 1024;

/** Names one start of the exporting process; a new one takes the lease over from its own past. */
const bootNonce = uuid;
const fencing = z.int().positive();

export const exportBatchBody = z
  .strictObject({
    connectorId: uuid,
    /** The export lease under which the batch is sent. Without it only as long as no other agent holds it. */
    lease: z.strictObject({ bootNonce, fencing }).optional(),
    /** The same key with the same body is answered from the record and carried out once; kept for 24 h. */
    idempotencyKey: uuid,
    operations: z.array(exportOperation).min(1).max(exportBatchLimit),
  })
  .meta({ id: 'ExportBatch' });
export type ExportBatch = z.infer<typeof exportBatchBody>;

export const exportResult = z
  .strictObject({
    sourceAnchor,
    status: z.enum(['created', 'updated', 'unchanged', 'deleted', 'failed']),
    /** The cloud directory's own key, `User_<uuid>`, `Group_<uuid>`, `Contact_<uuid>`; absent when failed or deleted. */
    cloudAnchor: z.string().optional(),
    /** Set when `failed`: a cloud export error in Entra's words, such as AttributeValueMustBeUnique. */
    error: z
      .strictObject({
        code,
        message: z.string(),
        attribute: z.string().optional(),
        conflictsWith: z.string().optional(),
      })
      .optional(),
    /** References whose target is not in the directory (yet): not stored; send them again when the target is there. */
    unresolved: z.array(z.strictObject({ attribute: z.string(), sourceAnchor })).optional(),
  })
  .meta({ id: 'ExportResult' });
export type ExportResult = z.infer<typeof exportResult>;
export const exportBatchAnswer = z.strictObject({ results: z.array(exportResult) }).meta({ id: 'ExportBatchAnswer' });

export const exportLeaseBody = z
  .strictObject({
    connectorId: uuid,
    bootNonce,
    /**
     * - `look`: says who holds it, changes nothing.
     * - `acquire`: takes or renews it, unless another agent was the last to hold it and did not give it back.
     * - `promote`: takes it from another agent that gave it back, or was not heard for longer than it lasts.
     * - `force`: takes it from another agent that may still be exporting; that one's batches are refused from now on.
     * - `release`: gives it back.
     */
    ask: z.enum(['look', 'acquire', 'promote', 'force', 'release']),
    /** Which directory is read, in words that two agents of the same one choose alike. */
    source: z.string().min(1).max(1024).optional(),
    /** As the last heartbeat's answer gave it; needed where the agent's heartbeats carry one (rule S16). */
    continuation: z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/)
      .optional(),
  })
  .meta({ id: 'AskExportLease' });

export const exportLeaseView = z
  .strictObject({
    agentId: uuid,
    hostName: displayText,
    connector: displayText,
    /** Rises with every holder; what an earlier one sends is refused. */
    fencing,
    since: instant,
    expiresAt: instant,
    /** Not past its time, and its holder may export. */
    live: z.boolean(),
    source: z.string().optional(),
  })
  .meta({ id: 'ExportLease' });
export type ExportLeaseView = z.infer<typeof exportLeaseView>;

export const exportLeaseAnswer = z
  .strictObject({
    /** Whether the asker holds it now. */
    held: z.boolean(),
    /** How long from now it lasts unless it is renewed; heartbeats and batches renew it. Set when `held`. */
    lastsMs: z.int().positive().optional(),
    /** Set when it was asked for and not given. */
    refusal: z.strictObject({ code, message: z.string() }).optional(),
    /** Who holds it; absent when nobody does. */
    lease: exportLeaseView.optional(),
  })
  .meta({ id: 'ExportLeaseAnswer' });
export type ExportLeaseAnswer = z.infer<typeof exportLeaseAnswer>;

const perDay = z.int().min(1).max(100_000_000);
/** What one source may do within 24 hours before a person is asked (rule S13). */
export const exportLimitsShape = z
  .strictObject({
    /** Accidental deletion prevention of the tenant. */
    deletions: z.strictObject({
      prevention: z.enum(['enabled', 'disabled']),
      /** Deleted objects and disabled accounts of all types. */
      count: z.int().min(0).max(1_000_000),
      /** Of the objects of a type, where that is also more than 20. */
      percent: z.int().min(0).max(100),
    }),
    creationsPerDay: perDay,
    /** Within seven days of a source's first export, in place of `creationsPerDay`. */
    firstWeekCreationsPerDay: perDay,
    changesPerDay: perDay,
    /** So many changes for each live object of the source pass in any case; 3 when absent. */
    changesPerObject: z.int().min(0).max(1_000).optional(),
  })
  .meta({ id: 'ExportLimits' });

export const approveDeletionsBody = z
  .strictObject({
    /** Any connector of the source. */
    connectorId: uuid,
    /** How many objects may be deleted beyond the limits, within 24 hours. 0 takes an approval back. */
    objects: z.int().min(0).max(10_000_000),
  })
  .meta({ id: 'ApproveDeletions' });
export const deletionsApproved = z
  .strictObject({ sourceId: uuid, objects: z.int().nonnegative(), until: instant })
  .meta({ id: 'DeletionsApproved' });

export const refusedExports = z.enum(['creations', 'changes', 'deletions']);
export const exportSourceView = z
  .strictObject({
    id: uuid,
    connectors: z.array(z.strictObject({ id: uuid, name: displayText, agentId: uuid, hostName: displayText })),
    lease: exportLeaseView.optional(),
    /** Deletions that a person approved and that were not carried out yet. */
    approvedDeletions: z.strictObject({ objects: z.int().positive(), until: instant }).optional(),
    /** What the limits refused, since when, and in how many batches. */
    refused: z.array(
      z.strictObject({ what: refusedExports, since: instant, lastAt: instant, batches: z.int().positive() }),
    ),
  })
  .meta({ id: 'ExportSource' });
export const exportSourcesAnswer = z.strictObject({ sources: z.array(exportSourceView) }).meta({ id: 'ExportSources' });

export const changesQuery = z.strictObject({
  connectorId: uuid,
  /** From the last answer; absent reads everything (a full import). */
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export const cloudObject = z
  .strictObject({
    cloudAnchor: z.string(),
    objectType,
    sourceAnchor,
    deleted: z.boolean(),
    /** The exported (shadow) values, so that an import confirms an export. Empty when deleted. */
    attributes: z.record(z.string(), attributeValue),
    /** Source anchors, in full. */
    references: z.record(z.string(), z.array(z.string())),
    changedAt: instant,
  })
  .meta({ id: 'CloudObject' });
export type CloudObject = z.infer<typeof cloudObject>;
/**
 * `full`: the answers from no cursor to `more: false` are the whole of what the connector's source masters, whichever of
 * its connectors exported it, so that a staging server knows what it would export.
 */
export const changesAnswer = z
  .strictObject({ objects: z.array(cloudObject), cursor: z.string(), more: z.boolean() })
  .meta({ id: 'Changes' });
