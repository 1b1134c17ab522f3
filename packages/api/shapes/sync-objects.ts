/**
 * Objects of Connect Sync as people look at them: values, connector space rows with their holograms, metaverse objects,
 * pending exports. Values are text, with the type beside it: binary in base64, references as the DN or name of their
 * target, numbers in decimal. Long lists are cut by whoever answers, who says how many there are.
 *
 * Keys that a newer agent adds are dropped and not refused.
 */
import { z } from 'zod';
import { code, instant, sourceAnchor } from './text.ts';

/** How much of an object one answer holds; the agent cuts what is longer. */
export const syncShown = {
  /** Values of an attribute, and targets of a reference. */
  values: 100,
  /** Characters of a value; a longer one ends in `…`. */
  valueCharacters: 4_096,
  attributes: 500,
  /** Rows of a page. */
  page: 200,
} as const;

/** Opaque name of a row or an object within one agent, as it gave it. */
export const syncId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'letters, digits and dashes');
/** Where to go on: as the last answer had it in `next`. */
export const syncCursor = z.string().min(1).max(512);
export const pageLimit = z.int().min(1).max(syncShown.page).default(50);
/** What people type to name an object: a DN, an anchor, a sourceAnchor or an id. */
export const objectName = z.string().min(1).max(2_048);
export const attributeName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'no control characters');
export const objectType = z.string().min(1).max(100);
/** Of a connector, rule or object: text of the host, shown as it is. */
export const shownName = z.string().max(1_024);
export const dnText = z.string().max(4_096);
const valueText = z.string().max(syncShown.valueCharacters + 1);
const values = z.array(valueText).max(syncShown.values);
const count = z.int().nonnegative();
const ruleName = shownName;

export const attributeType = z.enum(['string', 'number', 'boolean', 'binary', 'reference']);

export const syncAttribute = z
  .object({
    name: attributeName,
    type: attributeType,
    values,
    /** How many there are, when more than are shown. */
    count: count.optional(),
  })
  .meta({ id: 'SyncAttribute' });
export type SyncAttribute = z.infer<typeof syncAttribute>;

export const syncAttributes = z.array(syncAttribute).max(syncShown.attributes);

/** What is wrong with one object, in the field's words. */
export const objectFault = z
  .object({
    code,
    message: z.string().max(2_000),
    firstSeenAt: instant,
    lastSeenAt: instant,
    retryCount: count,
  })
  .meta({ id: 'SyncObjectFault' });

export const pendingImportKind = z.enum(['none', 'add', 'update', 'delete', 'delete-add']);
export const pendingExportKind = z.enum(['none', 'add', 'update', 'rename', 'delete', 'delete-add']);
/** How a connector space object came to its metaverse object. */
export const linkKind = z.enum(['projected', 'joined', 'provisioned']);

export const csRow = z
  .object({
    id: syncId,
    connector: shownName,
    dn: dnText,
    /** Absent until an import has seen the object. */
    anchor: z.string().max(512).optional(),
    objectType,
    displayName: shownName.optional(),
    pendingImport: pendingImportKind,
    pendingExport: pendingExportKind,
    linked: z.boolean(),
    link: linkKind.optional(),
    /** The metaverse object that it is linked to. */
    metaverseId: syncId.optional(),
    /** Only a DN is known of it: a parent, or the target of a reference. */
    placeholder: z.boolean().optional(),
    /** Another object took its DN, and what became of it is not known yet. */
    transient: z.boolean().optional(),
    /** Sent, and not seen back by an import yet. */
    awaitingConfirmation: z.boolean().optional(),
    error: objectFault.optional(),
  })
  .meta({ id: 'SyncCsRow' });
export type CsRowView = z.infer<typeof csRow>;

export const referenceView = z
  .object({
    attribute: attributeName,
    targets: z
      .array(
        z.object({
          id: syncId.optional(),
          dn: dnText,
          state: z.enum(['present', 'to-add', 'to-remove', 'unconfirmed-add', 'unconfirmed-remove']),
        }),
      )
      .max(syncShown.values),
    count,
  })
  .meta({ id: 'SyncReferences' });

/** Everything known of one connector space object. A hologram that there is not is `null`. */
export const csObject = z
  .object({
    row: csRow,
    /** As synchronisation last used it. */
    synchronized: syncAttributes.nullable(),
    /** As the last import had it, where synchronisation has not used that yet. */
    pendingImport: syncAttributes.nullable(),
    /** As synchronisation wants it, where that is not exported yet. */
    unappliedExport: syncAttributes.nullable(),
    /** What was sent and not seen back by an import yet. */
    unconfirmedExport: syncAttributes.nullable(),
    references: z.array(referenceView).max(syncShown.attributes),
    /** Which rules had a part in it, in the order of their work. */
    lineage: z.array(z.object({ rule: ruleName, action: z.string().max(100) })).max(1_000),
    /** The object as `cs-object` XML, whole or cut at this length. */
    export: z.string().max(512 * 1024),
  })
  .meta({ id: 'SyncCsObject' });
export type CsObjectView = z.infer<typeof csObject>;

export const mvRow = z
  .object({
    id: syncId,
    type: objectType,
    displayName: shownName,
    /** Names of the connectors that it is linked in. */
    connectors: z.array(shownName).max(100),
  })
  .meta({ id: 'SyncMvRow' });
export type MvRowView = z.infer<typeof mvRow>;

export const mvAttribute = syncAttribute
  .extend({
    rule: ruleName,
    connector: shownName,
    /** DN of the connector space object that gave it. */
    from: dnText,
    since: instant.optional(),
  })
  .meta({ id: 'SyncMvAttribute' });
export type MvAttributeView = z.infer<typeof mvAttribute>;

export const mvObject = z
  .object({
    id: syncId,
    type: objectType,
    attributes: z.array(mvAttribute).max(syncShown.attributes),
    links: z.array(csRow).max(100),
  })
  .meta({ id: 'SyncMvObject' });
export type MvObjectView = z.infer<typeof mvObject>;

export const attributeChange = z
  .object({
    name: attributeName,
    type: attributeType,
    old: values,
    new: values,
    oldCount: count.optional(),
    newCount: count.optional(),
  })
  .meta({ id: 'SyncAttributeChange' });
export type AttributeChangeView = z.infer<typeof attributeChange>;

export const pendingExport = z
  .object({
    id: syncId,
    connector: shownName,
    objectType,
    name: shownName,
    sourceAnchor,
    operation: z.enum(['add', 'update', 'delete']),
    attributes: z.array(attributeChange).max(syncShown.attributes),
    references: z
      .array(
        z.object({
          attribute: attributeName,
          added: z.array(dnText).max(syncShown.values),
          removed: z.array(dnText).max(syncShown.values),
          addedCount: count,
          removedCount: count,
        }),
      )
      .max(100),
    /** Names of the rules that want it so. */
    why: z.array(ruleName).max(100),
    /** The delete guard holds it until a person decides. */
    held: z.boolean(),
  })
  .meta({ id: 'SyncPendingExport' });
export type PendingExportView = z.infer<typeof pendingExport>;
