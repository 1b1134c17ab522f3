/** The rules of the host, and one of them, or an expression, tried on a real object. */
import type { ParsedSyncParameters } from '@springline/api/shapes/sync';
import type { EvaluationView, RulesTestView, SyncRuleView } from '@springline/api/shapes/sync-rules';
import type { MvRow } from '@springline/connect-sync/connector-space/store';
import { decodeMvAttributes, textOfScalar } from '@springline/connect-sync/metaverse/encoding';
import { connectorName } from '@springline/connect-sync/preview/explain';
import { typeOfScalar } from '@springline/connect-sync/preview/shown-value';
import { plainRule } from '@springline/connect-sync/rules/diff/plain-rule';
import { compileExpression, type EvaluationContext } from '@springline/connect-sync/rules/expression/compile';
import { ExpressionError } from '@springline/connect-sync/rules/expression/error';
import {
  type AttributeSource,
  authoritativeNull,
  ignoreThisFlow,
  type Result,
  type Scalar,
  type Value,
} from '@springline/connect-sync/rules/expression/value';
import type { AttributeFlow, SyncRule } from '@springline/connect-sync/rules/rule';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import { compileScope, type ScopeContext, type TextValues } from '@springline/connect-sync/rules/scope';
import { Counters, type Engine } from '@springline/connect-sync/run-profile/engine';
import { SyncWork } from '@springline/connect-sync/run-profile/sync-work';
import { CallError } from '../../../channel.ts';
import { isSecretAttribute } from '../../../secret-attribute.ts';
import type { CallContext } from './call-context.ts';
import { findObject } from './find-object.ts';
import { cut, Room, shownDn, shownName } from './shown.ts';

/** By precedence, those that are switched off among them. */
export function rulesView({ rules, disabled }: RuleSet): { rules: SyncRuleView[] } {
  return {
    rules: [...rules, ...disabled]
      .sort((a, b) => a.precedence - b.precedence)
      .slice(0, 1_000)
      .map(ruleView),
  };
}

function ruleView(rule: SyncRule): SyncRuleView {
  const { scope, join, flows } = plainRule(rule);
  return {
    id: rule.id.slice(0, 256),
    name: shownName(rule.name),
    precedence: rule.precedence,
    direction: rule.direction,
    connectorKind: rule.connectorKind,
    ...(rule.connector === undefined ? {} : { connector: shownName(rule.connector) }),
    sourceObjectType: rule.sourceObjectType,
    targetObjectType: rule.targetObjectType,
    linkType: rule.linkType,
    disabled: rule.disabled,
    standard: rule.standard,
    scope: scope
      .slice(0, 200)
      .map((group) => group.slice(0, 200).map((each) => ({ ...each, value: cut(each.value, 4_096) }))),
    join: join.slice(0, 50).map((group) => group.slice(0, 50).map((each) => ({ ...each }))),
    flows: flows.slice(0, 500).map((flow) => ({
      target: flow.target,
      flowType: flow.flowType,
      source: cut(flow.source, 32_768),
      mergeType: flow.mergeType as SyncRuleView['flows'][number]['mergeType'],
      executeOnce: flow.executeOnce,
    })),
    ...(rule.description === undefined ? {} : { description: cut(rule.description, 4_096) }),
  };
}

/** What expressions and scopes are tried on. */
interface TriedOn {
  readonly object: RulesTestView['object'];
  readonly source: AttributeSource;
  readonly texts: TextValues;
  readonly context: EvaluationContext & ScopeContext;
  /** References of the object, which flow as they are. */
  references(attribute: string): readonly string[] | undefined;
}

/** @throws {CallError} `object-unknown`, `object-disconnected`, `rule-unknown` */
export function testRule(
  { engine, ruleSet }: CallContext,
  { object, rule: name, expression }: ParsedSyncParameters<'rules.test'>,
): RulesTestView {
  const found = findObject(engine, object);
  const room = new Room();
  if (expression !== undefined) {
    const tried = withoutSecrets(found.row === undefined ? onMetaverse(engine, found.mv!) : onRow(engine, found.row));
    return {
      object: tried.object,
      result: evaluated(() => compileExpression(expression).evaluate(tried.source, tried.context), room),
    };
  }
  const rule = [...ruleSet.rules, ...ruleSet.disabled].find((each) => each.id === name || each.name === name);
  if (rule === undefined) {
    throw new CallError('rule-unknown', `there is no rule “${cut(name ?? '', 100)}”. Look: springline sync rules list`);
  }
  const tried = withoutSecrets(triedOn(engine, found, rule));
  const inScope = compileScope(rule.scope)(tried.texts, tried.context);
  return {
    object: tried.object,
    rule: {
      id: rule.id.slice(0, 256),
      name: shownName(rule.name),
      inScope,
      scope: rule.scope.slice(0, 200).map((group) =>
        group.slice(0, 200).map((clause) => ({
          ...clause,
          value: cut(clause.value, 4_096),
          holds: compileScope([[clause]])(tried.texts, tried.context),
        })),
      ),
      ...linkWords(rule, inScope),
      flows: plainRule(rule)
        .flows.slice(0, 500)
        .map(({ target, source }, at) => ({
          target,
          source: cut(source, 32_768),
          result: flowResult(rule.flows[at]!, tried, room),
        })),
    },
  };
}

/** Secret attributes read as absent, whatever an expression makes of them. */
function withoutSecrets({ source, texts, references, ...rest }: TriedOn): TriedOn {
  return {
    ...rest,
    source: {
      get: (name) => (isSecretAttribute(name) ? null : source.get(name)),
      imported: (name) => (isSecretAttribute(name) ? null : source.imported(name)),
      count: (name) => (isSecretAttribute(name) ? 0 : source.count(name)),
    },
    texts: (name) => (isSecretAttribute(name) ? [] : texts(name)),
    references: (name) => (isSecretAttribute(name) ? undefined : references(name)),
  };
}

function triedOn(engine: Engine, { row, mv }: ReturnType<typeof findObject>, rule: SyncRule): TriedOn {
  if (rule.direction === 'outbound') {
    if (mv === undefined) {
      throw new CallError(
        'object-disconnected',
        'the object is linked to no metaverse object, which the rule would read',
      );
    }
    return onMetaverse(engine, mv);
  }
  const isCloudRule = rule.connectorKind === 'cloud';
  const rows = mv === undefined ? [] : engine.store.linkedRows(mv.id);
  const own = [row, ...rows].find(
    (each) => each !== undefined && (each.connector === engine.cloud.connector) === isCloudRule,
  );
  if (own === undefined)
    throw new CallError('object-unknown', 'the object has no part in a connector of this rule’s kind');
  return onRow(engine, own);
}

function onRow(engine: Engine, row: NonNullable<ReturnType<typeof findObject>['row']>): TriedOn {
  const { store } = engine;
  const looked = new SyncWork(engine, new Counters()).look(row, 0);
  return {
    object: {
      id: String(row.id),
      connector: shownName(connectorName(engine, row)),
      dn: shownDn(row.dn),
      objectType: row.type.slice(0, 100),
    },
    source: looked.source,
    texts: looked.view.texts,
    context: looked.context,
    references: (attribute) =>
      looked.isReference(attribute)
        ? textsOf(
            store
              .references(row.id, attribute)
              .filter(({ state }) => state !== 'gone')
              .map(({ target }) => store.row(target)?.dn ?? ''),
          )
        : undefined,
  };
}

function onMetaverse(engine: Engine, mv: MvRow): TriedOn {
  const { store, cloud } = engine;
  const attributes = decodeMvAttributes(mv.attributes, store.names);
  const first = store.linkedRows(mv.id).find((row) => row.connector !== cloud.connector);
  const { context } = new SyncWork(engine, new Counters()).look(first ?? store.linkedRows(mv.id)[0]!, 0);
  const references = (attribute: string): readonly string[] | undefined => {
    const found = attributes.get(attribute);
    if (found?.kind !== 'references') return undefined;
    const all = found.sources.flatMap(({ row, attribute: name }) => store.references(row, name));
    return textsOf(all.filter(({ state }) => state !== 'gone').map(({ target }) => store.row(target)?.dn ?? ''));
  };
  const get = (attribute: string): Value => {
    const found = attributes.get(attribute);
    if (found?.kind !== 'values') return null;
    return found.values.length === 1 ? found.values[0]! : found.values;
  };
  const texts = (attribute: string): readonly string[] => {
    const found = attributes.get(attribute);
    return found?.kind === 'values' ? found.values.map(textOfScalar) : (references(attribute) ?? []);
  };
  return {
    object: { id: mv.uuid, dn: shownDn(first?.dn ?? mv.uuid), objectType: mv.type },
    source: { get, imported: get, count: (attribute) => texts(attribute).length },
    texts,
    context,
    references,
  };
}

function textsOf(texts: readonly string[]): readonly string[] {
  return texts.slice(0, 1_000);
}

function linkWords({ linkType, join }: SyncRule, inScope: boolean): { link?: string } {
  if (!inScope || (linkType !== 'Provision' && join.length === 0)) return {};
  const making = linkType === 'Provision' ? 'makes an object' : 'makes none';
  return { link: join.length === 0 ? making : `joins what its criteria find, otherwise ${making}` };
}

function flowResult(flow: AttributeFlow, tried: TriedOn, room: Room): EvaluationView {
  const { source } = flow;
  if (source.kind === 'direct') {
    const references = tried.references(source.attribute);
    if (references !== undefined) {
      return references.length === 0
        ? { kind: 'null' }
        : { kind: 'value', type: 'reference', ...room.values(references) };
    }
  }
  return evaluated(() => {
    if (source.kind === 'constant') return source.value;
    return source.kind === 'direct'
      ? tried.source.get(source.attribute)
      : source.expression.evaluate(tried.source, tried.context);
  }, room);
}

function evaluated(evaluate: () => Result, room: Room): EvaluationView {
  try {
    const result = evaluate();
    if (result === null) return { kind: 'null' };
    if (result === authoritativeNull) return { kind: 'authoritative-null' };
    if (result === ignoreThisFlow) return { kind: 'ignore-this-flow' };
    const values: readonly Scalar[] = isList(result) ? result : [result];
    if (values.length === 0) return { kind: 'null' };
    return { kind: 'value', type: typeOfScalar(values[0]), ...room.values(values.map(textOfScalar)) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { kind: 'error', phase: error.kind, message: cut(error.message, 2_000), column: Math.max(1, error.column) };
  }
}

function isList(value: Scalar | readonly Scalar[]): value is readonly Scalar[] {
  return Array.isArray(value);
}
