/**
 * Why an attribute of a metaverse object is as it is: which rule gave its values, from which object, since when; which
 * rules lost, why, and what they would have given; and what becomes of it in the cloud directory.
 */
import type { EpochMs } from '@springline/ports/clock';
import { decodeHologram } from '../connector-space/hologram.ts';
import type { CsId, CsRow, MvRow, SyncStore } from '../connector-space/store.ts';
import type { MvAttribute, ReferenceSource } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import { type Contribution, contributionOf, References } from '../rules/flow.ts';
import { isObjectError } from '../rules/object-error.ts';
import { inboundRules } from '../rules/program.ts';
import type { AttributeFlow, SyncRule } from '../rules/rule.ts';
import { readsOfFlow } from '../rules/rule-reads.ts';
import { directoryOf, type Engine } from '../run-profile/engine.ts';
import type { Looked } from '../run-profile/sync-work.ts';
import { type AskedFlow, type Evaluation, type EvaluationFailure, evaluate } from './evaluation.ts';
import { rowName } from './row-name.ts';
import { type ShownType, textOfCsValue, typeOfScalar } from './shown-value.ts';

export interface Explanation {
  readonly type: ShownType;
  readonly values: readonly string[];
  /** Absent when nothing contributes. Without values: a rule said that there shall be none. */
  readonly winner?: Contributor & { readonly since?: EpochMs };
  readonly losers: readonly Loser[];
  readonly outbound: readonly {
    readonly rule: string;
    readonly connector: string;
    readonly target: string;
    readonly values: readonly string[];
  }[];
  readonly failure?: EvaluationFailure;
}

export interface Contributor {
  readonly rule: string;
  readonly precedence: number;
  readonly connector: string;
  readonly from: string;
}

/**
 * - `precedence`: a rule before it decided. `null`: it had no value. `not-in-scope`: the rule does not take the object
 *   in. `ignored`: the flow left things as they were.
 */
export interface Loser extends Contributor {
  readonly values: readonly string[];
  readonly why: 'precedence' | 'null' | 'not-in-scope' | 'ignored';
}

/** Most references that are named; counts are the caller's to take from elsewhere. */
const namedReferences = 1_000;

/** @param attribute of the metaverse, or of the cloud directory. */
export function explainAttribute(engine: Engine, mv: MvRow, attribute: string): Explanation {
  const evaluation = evaluate(engine, mv, { asSynchronized: true });
  const { store } = engine;
  const stored = evaluation.before.get(attribute);
  const asked = evaluation.asked.filter(({ flow }) => flow.target === attribute);
  const winner = winnerOf(engine, evaluation, attribute, asked);
  const losers = asked.flatMap((each) => loserOf(engine, each, stored) ?? []);
  return {
    type: stored?.kind === 'references' ? 'reference' : typeOfScalar(stored?.values[0]),
    values: stored === undefined ? [] : valuesOf(store, stored),
    ...(winner === undefined ? {} : { winner }),
    losers: [...losers, ...outOfScope(engine, evaluation.looked, attribute)],
    outbound: outboundOf(engine, evaluation, attribute),
    ...(evaluation.failure === undefined ? {} : { failure: evaluation.failure }),
  };
}

function winnerOf(
  engine: Engine,
  { before, looked }: Evaluation,
  attribute: string,
  asked: readonly AskedFlow[],
): Explanation['winner'] {
  const { store, rules } = engine;
  const stored = before.get(attribute);
  if (stored !== undefined) {
    const row = looked.find((each) => each.row === stored.row)?.rowState ?? store.row(stored.row);
    const connector = row === undefined ? '' : connectorName(engine, row);
    const rule = rules.rules.find((each) => each.name === stored.rule && each.connector === connector);
    return {
      rule: stored.rule,
      precedence: rule?.precedence ?? 0,
      connector,
      from: row?.dn ?? '',
      since: stored.since,
    };
  }
  const empty = asked.find(({ verdict }) => verdict === 'empty');
  return empty === undefined ? undefined : contributor(engine, empty.object, empty.rule);
}

function loserOf(
  engine: Engine,
  { object, rule, flow, verdict }: AskedFlow,
  stored: MvAttribute | undefined,
): Loser | undefined {
  const isWinner = stored?.row === object.row && stored.rule === rule.name;
  if ((verdict === 'empty' && stored === undefined) || (isWinner && verdict !== 'ignored')) return undefined;
  // It gave some of the values.
  if (verdict === 'merged') return undefined;
  const contribution = whatItWouldGive(flow, object);
  const isIgnored = verdict === 'ignored' || verdict === 'kept' || contribution === 'ignored';
  const why = isIgnored ? 'ignored' : contribution === 'nothing' ? 'null' : 'precedence';
  return { ...contributor(engine, object, rule), values: textsOf(engine.store, contribution), why };
}

/** Flows to the attribute of rules that do not take the object in. */
function outOfScope(engine: Engine, looked: readonly Looked[], attribute: string): readonly Loser[] {
  return looked.flatMap((each) => {
    const ready = inboundRules(engine.rules, connectorName(engine, each.rowState), each.rowState.type);
    return ready
      .filter((rule) => !each.inScope.includes(rule))
      .flatMap((rule) => rule.rule.flows.filter(({ target }) => target === attribute).map((flow) => ({ rule, flow })))
      .map(({ rule, flow }) => ({
        ...contributor(engine, each, rule.rule),
        values: textsOf(engine.store, whatItWouldGive(flow, each)),
        why: 'not-in-scope' as const,
      }));
  });
}

/** An expression that fails gives nothing here. */
function whatItWouldGive(flow: AttributeFlow, looked: Looked): Contribution {
  try {
    return contributionOf(flow, looked, looked.context);
  } catch (error) {
    if (isObjectError(error)) return 'nothing';
    throw error;
  }
}

function contributor(engine: Engine, looked: Looked, rule: SyncRule): Contributor {
  return {
    rule: rule.name,
    precedence: rule.precedence,
    connector: connectorName(engine, looked.rowState),
    from: looked.rowState.dn,
  };
}

function outboundOf(engine: Engine, evaluation: Evaluation, attribute: string): Explanation['outbound'] {
  const { cloud, rules, store } = engine;
  const { desired, decisions, cloudRow } = evaluation;
  const hologram = desired === undefined ? undefined : decodeHologram(desired.encoded);
  return [...decisions].flatMap(([target, { rule: name }]) => {
    const rule = rules.rules.find((each) => each.name === name && each.connector === cloud.name);
    const flows = rule?.flows.filter((flow) => flow.target === target) ?? [];
    const isReader = flows.some((flow) => {
      const { values, imported, counted } = readsOfFlow(flow);
      return values.has(attribute) || imported.has(attribute) || counted.has(attribute);
    });
    if (!isReader && target !== attribute) return [];
    const values =
      desired?.references.has(target) === true
        ? wantedReferences(store, cloudRow, target)
        : target === 'dn'
          ? [desired?.dn ?? '']
          : (hologram?.get(target) ?? []).map(textOfCsValue);
    return [{ rule: name, connector: cloud.name, target, values }];
  });
}

function wantedReferences(store: SyncStore, cloudRow: CsRow | undefined, attribute: string): readonly string[] {
  if (cloudRow === undefined) return [];
  return store
    .references(cloudRow.id, attribute)
    .filter(({ state }) => !/delete|kept/.test(state))
    .slice(0, namedReferences)
    .map(({ target }) => rowName(store, target));
}

function textsOf(store: SyncStore, contribution: Contribution): readonly string[] {
  if (typeof contribution === 'string') return [];
  if (contribution instanceof References) return referenceNames(store, contribution.sources);
  return contribution.map(textOfScalar);
}

function valuesOf(store: SyncStore, attribute: MvAttribute): readonly string[] {
  return attribute.kind === 'values' ? attribute.values.map(textOfScalar) : referenceNames(store, attribute.sources);
}

/** DNs of what is referred to. */
export function referenceNames(store: SyncStore, sources: readonly ReferenceSource[]): readonly string[] {
  const targets: CsId[] = [];
  for (const { row, attribute } of sources) {
    for (const { target, state } of store.references(row, attribute)) if (state !== 'gone') targets.push(target);
  }
  return targets.slice(0, namedReferences).map((target) => store.row(target)?.dn ?? '');
}

/** Name of the connector that a row belongs to. */
export function connectorName(engine: Engine, row: Pick<CsRow, 'connector'>): string {
  return directoryOf(engine, row.connector)?.name ?? engine.cloud.name;
}
