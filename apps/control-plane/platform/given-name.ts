/** Names that people give to people, tokens and channels, which must be told apart by eye. */

/** Whether one of `others` goes by `name`, upper and lower case being the same. */
export function isNameTaken(name: string, others: readonly { readonly name: string }[]): boolean {
  const folded = fold(name);
  return others.some((other) => fold(other.name) === folded);
}

function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
