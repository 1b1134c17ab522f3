/** Metaverse objects and the reasons of their values in words. */
import type { MvObjectView } from '@springline/api/shapes/sync-objects';
import type { ExplanationView } from '@springline/api/shapes/sync-rules';

/** The name that people know it by, else its id. */
export function nameOf({ id, attributes }: Pick<MvObjectView, 'id' | 'attributes'>): string {
  for (const name of ['displayName', 'cn', 'accountName', 'mail']) {
    const value = attributes.find((each) => each.name.toLowerCase() === name.toLowerCase())?.values[0];
    if (value !== undefined && value !== '') return value;
  }
  return id;
}

type Loser = ExplanationView['losers'][number];

/** Why a rule did not give the value. */
export function loserWords({ why, precedence }: Loser, winner: ExplanationView['winner']): string {
  switch (why) {
    case 'precedence':
      return winner === undefined
        ? `Its precedence ${precedence} came after another rule’s.`
        : `Its precedence ${precedence} comes after ${winner.precedence}: the lower number wins.`;
    case 'null':
      return 'It gave no value.';
    case 'not-in-scope':
      return 'The object is not in its scope.';
    case 'ignored':
      return 'Its flow asked to be ignored.';
  }
}

/** Who decided, in a sentence. */
export function winnerWords({ winner, losers }: Pick<ExplanationView, 'winner' | 'losers'>): string {
  if (winner === undefined) {
    return losers.length === 0 ? 'No rule flows to this attribute.' : 'No rule gives this attribute a value.';
  }
  return `${winner.rule} gives it, with precedence ${winner.precedence}.`;
}
