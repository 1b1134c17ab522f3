/**
 * Scoping filters, compiled: operators are chosen and clause values prepared once, so that testing an object makes
 * nothing new for the clauses that rules commonly have. Every comparison is made on the text form of the values, without
 * regard to case. For an absent attribute the negative operators are true and the positive ones false: otherwise
 * `isCriticalSystemObject NOTEQUAL TRUE` would leave out every ordinary user.
 */
import type { Scope, ScopeClause, ScopeOperator } from './rule.ts';
import { compareTexts, hasBits, type Needle, needleOf } from './scope-text.ts';

/** Text values of an attribute; empty when it is absent. */
export type TextValues = (attribute: string) => readonly string[];

/** What a scope looks at besides the values of the object. */
export interface ScopeContext {
  /** Values of `%Name%`. A parameter without a value is like a clause that nothing matches. */
  readonly parameters: ReadonlyMap<string, string | bigint>;
  /** Whether the object is a direct member of the group, which is named by its DN in any spelling. */
  isMemberOf(groupDn: string): boolean;
}

/** Whether an object is in scope. */
export type CompiledScope = (values: TextValues, context: ScopeContext) => boolean;

type CompiledClause = CompiledScope;
/** One value of the object against the value of the clause. */
type ValueTest = (value: string) => boolean;

/** Compiles a scope: any group of which every clause holds. */
export function compileScope(scope: Scope): CompiledScope {
  const groups = scope.map((group) => allOf(group.map(compileClause)));
  if (groups.length === 0) return () => true;
  if (groups.length === 1) return groups[0]!;
  return (values, context) => {
    for (const group of groups) if (group(values, context)) return true;
    return false;
  };
}

/** Name of the parameter that a clause is compared with; undefined when its value is what is written. */
export function parameterOf(clause: Pick<ScopeClause, 'value'>): string | undefined {
  return /^%([A-Za-z][A-Za-z0-9._-]{0,127})%$/.exec(clause.value)?.[1];
}

function allOf(clauses: readonly CompiledClause[]): CompiledScope {
  if (clauses.length === 1) return clauses[0]!;
  return (values, context) => {
    for (const clause of clauses) if (!clause(values, context)) return false;
    return true;
  };
}

const positiveOf: Partial<Record<ScopeOperator, ScopeOperator>> = {
  NOTEQUAL: 'EQUAL',
  NOTCONTAINS: 'CONTAINS',
  NOTSTARTSWITH: 'STARTSWITH',
  NOTENDSWITH: 'ENDSWITH',
  ISNOTIN: 'ISIN',
  ISBITNOTSET: 'ISBITSET',
  ISNOTMEMBEROF: 'ISMEMBEROF',
};

function compileClause(clause: ScopeClause): CompiledClause {
  const { attribute, operator } = clause;
  if (operator === 'ISNULL') return (values) => values(attribute).length === 0;
  if (operator === 'ISNOTNULL') return (values) => values(attribute).length > 0;
  const positive = positiveOf[operator];
  const wanted = positive === undefined;
  const parameter = parameterOf(clause);
  if ((positive ?? operator) === 'ISMEMBEROF') return membership(clause.value, parameter, wanted);
  const testFor = (value: string): ValueTest => testOf(positive ?? operator, value);
  if (parameter === undefined) {
    const test = testFor(clause.value);
    return (values) => anyPasses(values(attribute), test) === wanted;
  }
  const testWith = remembered(parameter, testFor);
  return (values, context) => {
    const test = testWith(context);
    return (test !== undefined && anyPasses(values(attribute), test)) === wanted;
  };
}

function membership(value: string, parameter: string | undefined, wanted: boolean): CompiledClause {
  if (parameter === undefined) return (_, context) => context.isMemberOf(value) === wanted;
  return (_, context) => {
    const group = context.parameters.get(parameter);
    return (typeof group === 'string' && group !== '' && context.isMemberOf(group)) === wanted;
  };
}

function anyPasses(values: readonly string[], test: ValueTest): boolean {
  for (let at = 0; at < values.length; at++) if (test(values[at]!)) return true;
  return false;
}

/** Makes the test anew only when the parameter has another value than for the object before. */
function remembered(
  parameter: string,
  testFor: (value: string) => ValueTest,
): (context: ScopeContext) => ValueTest | undefined {
  let last: string | bigint | undefined;
  let test: ValueTest | undefined;
  return ({ parameters }) => {
    const value = parameters.get(parameter);
    if (value !== last) {
      last = value;
      test = value === undefined ? undefined : testFor(String(value));
    }
    return test;
  };
}

/** Tests of the operators that are not negative. */
function testOf(operator: ScopeOperator, wanted: string): ValueTest {
  const needle: Needle = needleOf(wanted);
  switch (operator) {
    case 'EQUAL':
    case 'ISIN':
      return (value) => needle.equals(value);
    case 'CONTAINS':
      return (value) => needle.isWithin(value);
    case 'STARTSWITH':
      return (value) => needle.isStartOf(value);
    case 'ENDSWITH':
      return (value) => needle.isEndOf(value);
    case 'ISBITSET':
      return hasBits(wanted);
    case 'LESSTHAN':
      return (value) => compareTexts(value, wanted) < 0;
    case 'LESSTHAN_OR_EQUAL':
      return (value) => compareTexts(value, wanted) <= 0;
    case 'GREATERTHAN':
      return (value) => compareTexts(value, wanted) > 0;
    case 'GREATERTHAN_OR_EQUAL':
      return (value) => compareTexts(value, wanted) >= 0;
    default:
      throw new Error(`${operator} has a test of its own`);
  }
}
