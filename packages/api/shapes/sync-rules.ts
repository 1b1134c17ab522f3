/** Synchronisation rules as people look at them: the rules themselves, a trial on a real object, why a value won. */
import { z } from 'zod';
import { attributeName, dnText, objectName, objectType, shownName, syncAttribute, syncId } from './sync-objects.ts';
import { instant } from './text.ts';

export const scopeOperator = z.enum([
  'EQUAL',
  'NOTEQUAL',
  'LESSTHAN',
  'LESSTHAN_OR_EQUAL',
  'GREATERTHAN',
  'GREATERTHAN_OR_EQUAL',
  'CONTAINS',
  'NOTCONTAINS',
  'STARTSWITH',
  'NOTSTARTSWITH',
  'ENDSWITH',
  'NOTENDSWITH',
  'ISNULL',
  'ISNOTNULL',
  'ISIN',
  'ISNOTIN',
  'ISBITSET',
  'ISBITNOTSET',
  'ISMEMBEROF',
  'ISNOTMEMBEROF',
]);
export const clause = z.object({ attribute: attributeName, operator: scopeOperator, value: z.string().max(4_096) });
export type ScopeClauseView = z.infer<typeof clause>;

/** Source text of an expression, or of a constant. */
const sourceText = z.string().max(32_768);
export const direction = z.enum(['inbound', 'outbound']);

export const syncRule = z
  .object({
    id: z.string().min(1).max(256),
    name: shownName,
    precedence: z.int(),
    direction,
    connectorKind: z.string().max(50),
    /** Absent: every connector of the kind. */
    connector: shownName.optional(),
    sourceObjectType: objectType,
    targetObjectType: objectType,
    linkType: z.enum(['Provision', 'Join', 'StickyJoin']),
    disabled: z.boolean(),
    /** Comes with the product; others are the administrator's own. */
    standard: z.boolean(),
    /** Groups are OR-ed, clauses of a group AND-ed; none takes in every object. */
    scope: z.array(z.array(clause).max(200)).max(200),
    /** Tried from the first to the last; clauses of a group are AND-ed. */
    join: z
      .array(
        z
          .array(z.object({ csAttribute: attributeName, mvAttribute: attributeName, caseSensitive: z.boolean() }))
          .max(50),
      )
      .max(50),
    flows: z
      .array(
        z.object({
          target: attributeName,
          flowType: z.enum(['direct', 'constant', 'expression']),
          source: sourceText,
          mergeType: z.enum(['Update', 'Replace', 'Merge', 'MergeCaseInsensitive']),
          executeOnce: z.boolean(),
        }),
      )
      .max(500),
    description: z.string().max(4_096).optional(),
  })
  .meta({ id: 'SyncRule' });
export type SyncRuleView = z.infer<typeof syncRule>;

/** What a flow or an expression gives. */
export const evaluation = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('value'), ...syncAttribute.omit({ name: true }).shape }),
    z.object({ kind: z.literal('null') }),
    z.object({ kind: z.literal('authoritative-null') }),
    z.object({ kind: z.literal('ignore-this-flow') }),
    /** `column` counts from 1 in the text of the expression. */
    z.object({
      kind: z.literal('error'),
      phase: z.enum(['parse', 'runtime']),
      message: z.string().max(2_000),
      column: z.int().positive().optional(),
    }),
  ])
  .meta({ id: 'SyncEvaluation' });
export type EvaluationView = z.infer<typeof evaluation>;

/** A rule or an expression on one real object. Exactly one of the two is given. */
export const rulesTestParameters = z
  .strictObject({
    object: objectName,
    /** Id or name of the rule. */
    rule: z.string().min(1).max(1_024).optional(),
    expression: z.string().min(1).max(32_768).optional(),
  })
  .refine(({ rule, expression }) => (rule === undefined) !== (expression === undefined), {
    message: 'give either a rule or an expression',
  });
export const rulesTestAnswer = z
  .object({
    object: z.object({ id: syncId, connector: shownName.optional(), dn: dnText, objectType }),
    /** Of the expression. */
    result: evaluation.optional(),
    /** Of the rule. */
    rule: z
      .object({
        id: z.string().max(256),
        name: shownName,
        inScope: z.boolean(),
        /** The groups of the scope, each clause with whether it holds. */
        scope: z.array(z.array(clause.extend({ holds: z.boolean() })).max(200)).max(200),
        /** What it would be linked to, in a word; absent when the rule links nothing. */
        link: z.string().max(1_024).optional(),
        flows: z.array(z.object({ target: attributeName, source: sourceText, result: evaluation })).max(500),
      })
      .optional(),
  })
  .meta({ id: 'SyncRulesTest' });
export type RulesTestView = z.infer<typeof rulesTestAnswer>;

const someValues = z.array(z.string().max(4_097)).max(100);

export const explanation = z
  .object({
    object: z.object({ id: syncId, type: objectType, displayName: shownName }),
    attribute: attributeName,
    type: syncAttribute.shape.type,
    values: someValues,
    count: z.int().nonnegative().optional(),
    /** Absent when nothing contributes. Where rules merge, the first of them. */
    winner: z
      .object({
        rule: shownName,
        precedence: z.int(),
        connector: shownName,
        from: dnText,
        since: instant.optional(),
      })
      .optional(),
    losers: z
      .array(
        z.object({
          rule: shownName,
          precedence: z.int(),
          connector: shownName,
          from: dnText,
          values: someValues,
          why: z.enum(['precedence', 'null', 'not-in-scope', 'ignored']),
        }),
      )
      .max(200),
    /** Where it goes from here. */
    outbound: z
      .array(z.object({ rule: shownName, connector: shownName.optional(), target: attributeName, values: someValues }))
      .max(200),
  })
  .meta({ id: 'SyncExplanation' });
export type ExplanationView = z.infer<typeof explanation>;
