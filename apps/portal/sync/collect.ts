/** Collects the pages of an answer into one file, up to a limit that a browser and a host bear. */

/** Objects of a file at most; a host gives 200 in an answer. */
const fileLimit = 10_000;
/** Rows of one question. */
export const filePageRows = 200;

interface Collected<T> {
  readonly items: readonly T[];
  /** There were more than the limit. */
  readonly isCut: boolean;
}

export async function collectPages<T>(
  ask: (after: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next?: string | undefined }>,
  limit = fileLimit,
): Promise<Collected<T>> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await ask(after);
    items.push(...page.items);
    // A host that names the page it was asked for would be asked for ever.
    after = page.next === after ? undefined : page.next;
  } while (after !== undefined && items.length < limit);
  return { items: items.slice(0, limit), isCut: after !== undefined || items.length > limit };
}
