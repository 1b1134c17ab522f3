/** What rules and flows read of their source object. */
import type { AttributeFlow, SyncRule } from './rule.ts';
import { parameterOf } from './scope.ts';

/** Attributes of the source object, each name once. */
export interface Reads {
  /** Their values, with exports that wait for confirmation. */
  readonly values: ReadonlySet<string>;
  /** Their values as an import has confirmed them. */
  readonly imported: ReadonlySet<string>;
  /** How many values they have, and nothing else. */
  readonly counted: ReadonlySet<string>;
  /** Parameters, without those that are part of the language. */
  readonly parameters: ReadonlySet<string>;
}

/** What a flow reads. A change of anything else leaves its contribution as it is, unless it is unsteady. */
export function readsOfFlow({ source }: AttributeFlow): Reads {
  if (source.kind === 'constant') return readsOf([], [], [], []);
  if (source.kind === 'direct') return readsOf([source.attribute], [], [], []);
  const { attributes, imported, counted, parameters } = source.expression.dependencies;
  return readsOf(attributes, imported, counted, parameters);
}

/** What decides whether a rule is for an object, and to which it belongs: scope, and the join of inbound rules. */
export function readsOfDecision(rule: SyncRule): Reads {
  const clauses = rule.scope.flat();
  const joins = rule.direction === 'inbound' ? rule.join.flat().map(({ csAttribute }) => csAttribute) : [];
  const parameters = clauses.map(parameterOf).filter((name) => name !== undefined);
  return readsOf([...clauses.map(({ attribute }) => attribute), ...joins], [], [], parameters);
}

/** Everything that a rule reads. */
export function readsOfRule(rule: SyncRule): Reads {
  const all = [readsOfDecision(rule), ...rule.flows.map(readsOfFlow)];
  return readsOf(
    all.flatMap(({ values }) => [...values]),
    all.flatMap(({ imported }) => [...imported]),
    all.flatMap(({ counted }) => [...counted]),
    all.flatMap(({ parameters }) => [...parameters]),
  );
}

/** Whether a flow may give something else next time for the same object: it uses the clock or chance. */
export function isUnsteady({ source }: AttributeFlow): boolean {
  return source.kind === 'expression' && !source.expression.dependencies.deterministic;
}

function readsOf(
  values: Iterable<string>,
  imported: Iterable<string>,
  counted: Iterable<string>,
  parameters: Iterable<string>,
): Reads {
  return {
    values: new Set(values),
    imported: new Set(imported),
    counted: new Set(counted),
    parameters: new Set(parameters),
  };
}
