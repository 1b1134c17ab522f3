/** Counts and the nouns that go with them. */

const counts = new Intl.NumberFormat('en');

/** `12,345`. */
export const countWords = (count: number): string => counts.format(count);

/** `1 user`, `2 users`, `12,345 identities`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countWords(count)} ${count === 1 ? one : many}`;
}
