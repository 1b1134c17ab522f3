/**
 * What every call of Connect Sync takes and gives: on the host over the control socket, and from afar through the
 * control plane (`sync-methods.ts` says what may be asked from there). Parameters are strict; of answers, keys that are
 * not known here are dropped, since an agent may be newer than who asks it. Pages go on with `after` = the `next` of
 * the page before, and the last page has none.
 */
import { z } from 'zod';
import { cycleShape, stepShape, syncStatusShape } from './agent.ts';
import type { SyncMethod } from './sync-methods.ts';
import {
  attributeName,
  csObject,
  csRow,
  dnText,
  mvObject,
  mvRow,
  objectName,
  objectType,
  pageLimit,
  pendingExport,
  shownName,
  syncCursor,
  syncId,
  syncShown,
} from './sync-objects.ts';
import { clause, explanation, rulesTestAnswer, rulesTestParameters, syncRule } from './sync-rules.ts';
import { code, instant, sourceAnchor } from './text.ts';

const count = z.int().nonnegative();
const none = z.strictObject({});
const page = { limit: pageLimit, after: syncCursor.optional() };
const connectorName = z.string().min(1).max(256);

export const syncConnectorKind = z.enum(['active-directory', 'openldap', 'ldap', 'csv', 'cloud']);

export const syncConnector = z
  .object({
    name: shownName,
    kind: syncConnectorKind,
    /** Where it reads, in words: `ldaps://dc1.contoso.example`. */
    source: shownName,
    /** Naming contexts, domains or files. */
    partitions: z.array(shownName).max(1_000),
    state: z.enum(['idle', 'running']),
    objects: z.object({ total: count, byType: z.record(z.string().min(1).max(100), count) }),
    pendingImports: count,
    pendingExports: count,
    lastImportAt: instant.optional(),
    lastResult: code.optional(),
    staging: z.boolean(),
    /** How many rules apply to it. */
    rules: count,
    fullImportRequired: z.boolean(),
    fullSyncRequired: z.boolean(),
  })
  .meta({ id: 'SyncConnector' });
export type SyncConnectorView = z.infer<typeof syncConnector>;

/** A run of one or more steps. Agents before this contract do not say which kind. */
export const runRecord = z
  .object({
    ...cycleShape.omit({ steps: true }).shape,
    kind: z.enum(['scheduled', 'manual', 'continuous', 'single-object']).optional(),
    steps: z.array(z.object(stepShape.shape)).max(200),
  })
  .meta({ id: 'SyncRun' });
export type RunRecordView = z.infer<typeof runRecord>;

const totals = z.object({ add: count, update: count, delete: count });
export const previewAnswer = z
  .object({
    /** Names the plan for `preview.get`; the host keeps the last few. */
    plan: syncId,
    totals,
    items: z.array(pendingExport).max(syncShown.page),
    /** Links that would be made or undone. */
    joins: z
      .array(
        z.object({
          connector: shownName,
          dn: dnText,
          metaverseObject: shownName,
          action: z.enum(['project', 'join', 'provision', 'disconnect']),
          rule: shownName,
        }),
      )
      .max(syncShown.page),
    errors: z
      .array(z.object({ object: dnText, code, message: z.string().max(2_000), rule: shownName.optional() }))
      .max(syncShown.page),
    next: syncCursor.optional(),
  })
  .meta({ id: 'SyncPreview' });
export type PreviewView = z.infer<typeof previewAnswer>;

export const heldDelete = z
  .object({
    /** A delete; members that a group would lose; values that the object would lose. */
    kind: z.enum(['object', 'members', 'values']),
    objectType,
    name: shownName,
    sourceAnchor,
    removedMembers: count.optional(),
    /** Attributes that would be left without a value. */
    cleared: z.array(attributeName).max(100).optional(),
  })
  .meta({ id: 'SyncHeldDelete' });
export type HeldDeleteView = z.infer<typeof heldDelete>;

/** Name of exactly one list of held deletes, so that a decision is for what was looked at and no more. */
const listName = z.string().regex(/^[0-9a-f]{12,64}$/, 'the name of the list, in lower-case hexadecimal');
const decideParameters = z.strictObject({ list: listName });
const decided = z
  .object({ decided: count, decision: z.enum(['approved', 'rejected']) })
  .meta({ id: 'SyncDeletesDecided' });

export const stagingView = z
  .object({
    staging: z.boolean(),
    /** Who may export to the cloud directory, as it says; `null`: nobody now. */
    lease: z.object({ holder: shownName, agent: shownName, fencing: count, since: instant }).nullable(),
    /** Whether this host could take over, and what stands against it. */
    readiness: z
      .object({
        ready: z.boolean(),
        reasons: z.array(z.object({ code, message: z.string().max(1_000) })).max(50),
        lastImportAt: instant.optional(),
        pending: totals.optional(),
      })
      .optional(),
  })
  .meta({ id: 'SyncStaging' });
export type StagingView = z.infer<typeof stagingView>;

export const searchScope = z.enum([
  'subtree',
  'pending-import',
  'pending-export',
  'error',
  'disconnected',
  'transient',
]);

/** By method; each with what it takes and what it gives. */
export const syncCalls = {
  connectors: {
    parameters: none,
    answer: z.object({ connectors: z.array(syncConnector).max(100) }),
  },
  /** Newest first; `before`: only runs with a smaller number. */
  history: {
    parameters: z.strictObject({
      limit: z.int().min(1).max(syncShown.page).default(20),
      before: z.int().positive().optional(),
    }),
    answer: z.array(runRecord).max(500),
  },
  pending: {
    parameters: z.strictObject({
      connector: connectorName.optional(),
      kind: z.enum(['add', 'update', 'delete']).optional(),
      ...page,
    }),
    answer: z.object({
      total: count,
      items: z.array(pendingExport).max(syncShown.page),
      next: syncCursor.optional(),
    }),
  },
  preview: {
    parameters: z.strictObject({
      /** Absent: every object. */
      object: objectName.optional(),
      /** Custom rules to try in place of those of the host. */
      rules: z
        .array(z.strictObject({ name: z.string().min(1).max(256), text: z.string().max(256 * 1024) }))
        .max(50)
        .optional(),
      mode: z.enum(['delta', 'full']).default('delta'),
      limit: pageLimit,
    }),
    answer: previewAnswer,
  },
  'preview.get': {
    parameters: z.strictObject({ plan: syncId, ...page }),
    answer: previewAnswer,
  },
  /** Synchronises and exports this one object now. */
  'preview.commit': {
    parameters: z.strictObject({ object: objectName }),
    answer: runRecord,
  },
  'search.cs': {
    parameters: z.strictObject({
      connector: connectorName,
      text: z.string().min(1).max(256).optional(),
      dn: dnText.min(1).optional(),
      anchor: z.string().min(1).max(512).optional(),
      /** `subtree` needs `dn`. */
      scope: searchScope.optional(),
      ...page,
    }),
    answer: z.object({ items: z.array(csRow).max(syncShown.page), next: syncCursor.optional() }),
  },
  'cs.object': { parameters: z.strictObject({ id: syncId }), answer: csObject },
  'search.mv': {
    parameters: z.strictObject({
      /** In any attribute that is searched by text. */
      text: z.string().min(1).max(256).optional(),
      /** AND-ed. */
      clauses: z.array(z.strictObject(clause.shape)).min(1).max(20).optional(),
      type: objectType.optional(),
      ...page,
    }),
    answer: z.object({ items: z.array(mvRow).max(syncShown.page), next: syncCursor.optional() }),
  },
  'mv.object': { parameters: z.strictObject({ id: syncId }), answer: mvObject },
  explain: {
    parameters: z.strictObject({ object: objectName, attribute: attributeName }),
    answer: explanation,
  },
  rules: { parameters: none, answer: z.object({ rules: z.array(syncRule).max(1_000) }) },
  'rules.test': { parameters: rulesTestParameters, answer: rulesTestAnswer },
  'deletes.list': {
    parameters: z.strictObject({
      limit: z.int().min(1).max(1_000).default(200),
      after: syncCursor.optional(),
    }),
    answer: z.object({
      list: listName,
      held: z.array(heldDelete).max(20_000),
      /** How many are held, where the answer is one page of them. */
      total: count.optional(),
      next: syncCursor.optional(),
    }),
  },
  'deletes.approve': { parameters: decideParameters, answer: decided },
  'deletes.reject': { parameters: decideParameters, answer: decided },
  staging: { parameters: none, answer: stagingView },
  /** `force` counts on the host only: from afar it is refused. */
  'staging.promote': { parameters: z.strictObject({ force: z.boolean().optional() }), answer: stagingView },
  'staging.demote': { parameters: none, answer: stagingView },
  run: {
    parameters: z.strictObject({
      full: z.boolean().optional(),
      profile: stepShape.shape.profile.optional(),
      connector: connectorName.optional(),
    }),
    answer: z.object(syncStatusShape.shape),
  },
} as const satisfies Readonly<Record<SyncMethod, { readonly parameters: z.ZodType; readonly answer: z.ZodType }>>;

/** Parameters as whoever asks writes them. */
export type SyncParameters<M extends SyncMethod> = z.input<(typeof syncCalls)[M]['parameters']>;
/** Parameters after parsing, with their defaults. */
export type ParsedSyncParameters<M extends SyncMethod> = z.output<(typeof syncCalls)[M]['parameters']>;
export type SyncAnswer<M extends SyncMethod> = z.output<(typeof syncCalls)[M]['answer']>;
