/** Compares what the rules made of an object with what a test expects. Pure. */
import { textOfScalar } from '../../metaverse/encoding.ts';
import { nearestName } from '../expression/functions/lookup.ts';
import type { Value } from '../expression/value.ts';
import type { RuleSet } from '../rule-set.ts';
import { valuesOf } from './object.ts';
import type { ExpectedSide, RuleTest } from './rule-test.ts';
import type { Trial, TrialAttribute, TrialSide } from './try-object.ts';

/** One thing that is otherwise than expected. */
export interface Mismatch {
  /** As `metaverse.department`, `inScope`, `error`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** The rule that gave the actual value. */
  readonly rule?: string;
}

/** Empty when the trial is as expected. Values are compared by their text, and without regard to their order. */
export function judge(trial: Trial, { expected, object }: RuleTest, set: RuleSet): readonly Mismatch[] {
  const { failure } = trial;
  const found: Mismatch[] = [];
  const taken = new Set(trial.inScope.flatMap(({ id, name }) => [id, name]));
  const known = set.inbound(object.connectorKind, object.objectType).flatMap(({ id, name }) => [id, name]);
  for (const rule of expected.inScope) {
    if (taken.has(rule)) continue;
    found.push({
      what: 'inScope',
      expected: rule,
      actual: known.includes(rule) ? 'not in scope' : unknown(rule, known),
    });
  }
  for (const rule of expected.notInScope) {
    if (taken.has(rule)) found.push({ what: 'notInScope', expected: `not ${rule}`, actual: 'in scope' });
    else if (!known.includes(rule) && !set.disabled.some(({ id, name }) => id === rule || name === rule)) {
      found.push({ what: 'notInScope', expected: `not ${rule}`, actual: unknown(rule, known) });
    }
  }
  if (expected.error !== undefined) {
    const said = failure === undefined ? 'no error' : `${failure.code}: ${failure.message}`;
    if (failure?.code !== expected.error && !(failure?.message ?? '').includes(expected.error)) {
      found.push({ what: 'error', expected: expected.error, actual: said });
    }
  } else if (failure !== undefined) {
    found.push({ what: 'error', expected: 'no error', actual: `${failure.code}: ${failure.message}` });
  }
  found.push(...judgeSide('metaverse', expected.metaverse, trial.metaverse));
  found.push(...judgeSide('cloud', expected.cloud, trial.cloud));
  return found;
}

function judgeSide(
  what: 'metaverse' | 'cloud',
  expected: ExpectedSide | undefined,
  actual: TrialSide | undefined,
): readonly Mismatch[] {
  if (expected === undefined) return [];
  if (expected === 'none') {
    return actual === undefined ? [] : [{ what, expected: 'no object', actual: `an object of type ${actual.type}` }];
  }
  if (actual === undefined) return [{ what, expected: 'an object', actual: 'no object' }];
  return [...expected].flatMap(([name, value]) => {
    const attribute: TrialAttribute = actual.attributes.get(name) ?? { values: [], rule: undefined };
    const [wanted, given] = [textsOf(value), attribute.values.map(textOfScalar)];
    if (isSame(wanted, given)) return [];
    const { rule } = attribute;
    const mismatch = { what: `${what}.${name}`, expected: shown(wanted), actual: shown(given) };
    return [rule === undefined ? mismatch : { ...mismatch, rule }];
  });
}

function textsOf(value: Value): readonly string[] {
  return valuesOf(value).map(textOfScalar);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [[...a].sort(), [...b].sort()];
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

function shown(texts: readonly string[]): string {
  return texts.length === 0 ? 'absent' : texts.map((text) => JSON.stringify(text)).join(', ');
}

function unknown(rule: string, known: readonly string[]): string {
  const nearest = nearestName(rule.slice(0, 256), known);
  return `no rule in force for such objects has this name${nearest === undefined ? '' : `; did you mean “${nearest}”?`}`;
}
