/**
 * What agents send to the cloud directory and read back from it. Objects are named by their sourceAnchor in both
 * directions; references as well, so that nothing here is a DN.
 */
import { z } from 'zod';
import { code, instant, sourceAnchor, uuid } from './text.ts';

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

export const exportBatchBody = z
  .strictObject({
    connectorId: uuid,
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
/** `full`: the answers from no cursor to `more: false` are the whole of what the connector masters. */
export const changesAnswer = z
  .strictObject({ objects: z.array(cloudObject), cursor: z.string(), more: z.boolean() })
  .meta({ id: 'Changes' });
