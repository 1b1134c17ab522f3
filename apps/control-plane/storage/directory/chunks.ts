/**
 * Long lists in statements of bounded size. The sizes are few, so that a cache of prepared statements is of use.
 */

const largestList = 256;

/**
 * Cuts `values` into lists for `in (…)`, of `largest` values at most. The last one is filled up to a power of two by repeating a value, which an
 * `in` does not mind.
 */
export function* inLists<T>(values: Iterable<T>, largest = largestList): Generator<T[]> {
  for (const list of chunks([...values], largest)) {
    const size = 2 ** Math.ceil(Math.log2(list.length));
    yield [...list, ...Array<T>(size - list.length).fill(list[0]!)];
  }
}

/** Cuts rows into groups of `size` and a rest. */
export function* chunks<T>(rows: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}
