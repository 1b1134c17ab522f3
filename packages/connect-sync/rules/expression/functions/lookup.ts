/** Finds functions by their exact name, and guesses what was meant by one that does not exist. */
import { certificateFunctions } from './certificate.ts';
import { conversionFunctions } from './conversion.ts';
import { dateTimeFunctions } from './date-time.ts';
import type { FunctionDefinition } from './definition.ts';
import { directoryNameFunctions } from './directory-names.ts';
import { evaluationFunctions } from './evaluation.ts';
import { type SpecialForm, specialForms } from './flow.ts';
import { mathFunctions } from './math.ts';
import { multiValuedFunctions } from './multi-valued.ts';
import { textFunctions } from './text.ts';

/** Every function but the special forms. */
export const functionDefinitions: readonly FunctionDefinition[] = [
  ...conversionFunctions,
  ...dateTimeFunctions,
  ...directoryNameFunctions,
  ...evaluationFunctions,
  ...mathFunctions,
  ...multiValuedFunctions,
  ...textFunctions,
  ...certificateFunctions,
];

const definitionsByName = new Map(functionDefinitions.map((definition) => [definition.name, definition]));
const formsByName = new Map<string, SpecialForm>(specialForms.map((form) => [form.name, form]));

export function functionNamed(name: string): FunctionDefinition | undefined {
  return definitionsByName.get(name);
}

export function specialFormNamed(name: string): SpecialForm | undefined {
  return formsByName.get(name);
}

/** The candidate that differs in case only, or in a letter or two; undefined when none does. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let nearestDistance = name.length < 5 ? 2 : 3;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), nearestDistance);
    if (distance < nearestDistance) [nearest, nearestDistance] = [candidate, distance];
  }
  return nearest;
}

export function functionNames(): string[] {
  return [...definitionsByName.keys(), ...formsByName.keys()];
}

/** Letters to insert, delete or replace; `limit` when there are that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return Math.min(row[b.length]!, limit);
}
