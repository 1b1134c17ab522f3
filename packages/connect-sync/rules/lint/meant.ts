/** Guesses what was meant by a name that does not exist. */
import { nearestName } from '../expression/functions/lookup.ts';

const longestGuessed = 64;
const longestList = 12;

/** Guessing compares with each name; among more than these it would take too long. */
const mostNames = 2_000;

/** The known name that differs in case only or in a letter or two. */
export function nearest(name: string, known: ReadonlySet<string> | readonly string[]): string | undefined {
  const count = 'size' in known ? known.size : known.length;
  return name.length > longestGuessed || count > mostNames ? undefined : nearestName(name, known);
}

/** `did you mean …?`, otherwise the names that there are. */
export function meant(name: string, known: readonly string[], otherwise: 'list' | 'nothing'): string {
  const guess = nearest(name, known);
  if (guess !== undefined) return `did you mean ${guess}?`;
  if (otherwise === 'nothing' || known.length === 0) return '';
  const rest = known.length > longestList ? `, … (${known.length})` : '';
  return `one of ${known.slice(0, longestList).join(', ')}${rest}`;
}
