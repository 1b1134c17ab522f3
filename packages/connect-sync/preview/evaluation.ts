/**
 * One metaverse object evaluated as a run evaluates it, with everything that was asked on the way, and with nothing
 * written. What people are told about an object comes from here, so that it is what a run does.
 */
import type { CsRow, MvRow } from '../connector-space/store.ts';
import type { MvAttributes, StoredMvAttributes } from '../metaverse/attributes.ts';
import { decodeMvAttributes } from '../metaverse/encoding.ts';
import { evaluateInbound, type FlowVerdict } from '../rules/inbound.ts';
import { isObjectError } from '../rules/object-error.ts';
import type { Decisions, DesiredObject } from '../rules/outbound.ts';
import type { AttributeFlow, SyncRule } from '../rules/rule.ts';
import { desiredOf } from '../run-profile/desired-object.ts';
import { Counters, type Engine } from '../run-profile/engine.ts';
import { type Looked, SyncWork } from '../run-profile/sync-work.ts';

export interface AskedFlow {
  readonly object: Looked;
  readonly rule: SyncRule;
  readonly flow: AttributeFlow;
  /** `lost`: another had decided, and it was not evaluated. */
  readonly verdict: Exclude<FlowVerdict, 'asked'> | 'lost';
}

export interface Evaluation {
  readonly looked: readonly Looked[];
  readonly cloudRow: CsRow | undefined;
  readonly before: StoredMvAttributes;
  /** Inbound flows with what became of them, by precedence. */
  readonly asked: readonly AskedFlow[];
  /** Absent when an expression failed. */
  readonly attributes?: MvAttributes;
  /** Absent when an expression failed, or when no rule provisions the object. */
  readonly desired?: DesiredObject;
  readonly decisions: Decisions;
  readonly failure?: EvaluationFailure;
}

export interface EvaluationFailure {
  readonly code: string;
  readonly message: string;
  /** Of the rule that was evaluated when it failed. */
  readonly rule: string | undefined;
}

/**
 * @param asSynchronized looks at what synchronisation last worked with, and not at what an import brought since.
 */
export function evaluate(engine: Engine, mv: MvRow, { asSynchronized }: { asSynchronized: boolean }): Evaluation {
  const { store, cloud } = engine;
  const work = new SyncWork(engine, new Counters());
  const linked = store.linkedRows(mv.id);
  const cloudRow = linked.find((row) => row.connector === cloud.connector);
  const sources = linked.filter((row) => row !== cloudRow).map((row) => (asSynchronized ? synchronizedRow(row) : row));
  const own = sources.map((row, at) => work.look(row, at));
  const looked = work.withCloud(own, cloudRow);
  const before = decodeMvAttributes(mv.attributes, store.names);
  const verdicts = new Map<Looked, Map<AttributeFlow, AskedFlow['verdict']>>(looked.map((each) => [each, new Map()]));
  const decisions: Decisions = new Map();
  let rule: string | undefined;
  const noteRule = (asked: string): void => {
    rule = asked;
  };
  const found = (): Omit<Evaluation, 'attributes' | 'desired' | 'failure'> => {
    return { looked, cloudRow, before, asked: askedOf(verdicts), decisions };
  };
  try {
    const attributes = evaluateInbound(looked, before, false, (object, asked, flow, verdict) => {
      if (verdict === 'asked') rule = asked.name;
      else verdicts.get(object as Looked)?.set(flow, verdict);
    });
    rule = undefined;
    const desired =
      looked[0] === undefined
        ? undefined
        : desiredOf(work, mv.type, attributes, looked[0], cloudRow, { decisions, asked: noteRule });
    return { ...found(), attributes, ...(desired === undefined ? {} : { desired }) };
  } catch (error) {
    if (!isObjectError(error)) throw error;
    return { ...found(), failure: { code: error.code, message: error.message, rule } };
  }
}

/** Every flow that could have been asked, by precedence, then by connector and anchor. */
function askedOf(
  verdicts: ReadonlyMap<Looked, ReadonlyMap<AttributeFlow, AskedFlow['verdict']>>,
): readonly AskedFlow[] {
  return [...verdicts]
    .flatMap(([object, known]) =>
      object.inScope.flatMap(({ rule }) =>
        rule.flows.map((flow) => ({ object, rule, flow, verdict: known.get(flow) ?? ('lost' as const) })),
      ),
    )
    .sort((a, b) => a.rule.precedence - b.rule.precedence || (a.object.order < b.object.order ? -1 : 1));
}

/** The row with the attributes that synchronisation last worked with. */
export function synchronizedRow(row: CsRow): CsRow {
  return row.synchronized === null ? row : { ...row, hologram: row.synchronized };
}
