/** An object in memory to evaluate expressions on, for tests and fuzzing. */
import { FakeClock } from '@springline/ports/clock';
import { SeededRandom } from '@springline/ports/random';
import type { EvaluationContext } from './frame.ts';
import type { AttributeSource, Value } from './value.ts';

export type Attributes = Readonly<Record<string, Value>>;

/** 2025-03-05T18:30:00Z */
export const nowMs = Date.UTC(2025, 2, 5, 18, 30);

/** An object in memory. What an import has confirmed is what `imported` has, otherwise the attribute itself. */
export function objectOf(attributes: Attributes, imported: Attributes = {}): AttributeSource {
  const values = new Map(Object.entries(attributes));
  const confirmed = new Map(Object.entries(imported));
  const get = (name: string): Value => values.get(name) ?? null;
  return {
    get,
    imported: (name) => confirmed.get(name) ?? get(name),
    count: (name) => {
      const value = get(name);
      return value === null ? 0 : Array.isArray(value) ? value.length : 1;
    },
  };
}

export function contextOf(parameters: Readonly<Record<string, string | bigint>> = {}): EvaluationContext {
  return {
    parameters: new Map(Object.entries(parameters)),
    clock: new FakeClock(nowMs),
    random: new SeededRandom(1),
  };
}
