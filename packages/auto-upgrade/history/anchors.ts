/**
 * Anchors of versions on a history page: the digits without the points, `2320` for 2.3.2.0, as links out there have them.
 * Two versions of a product may share their digits (2.1.16.0 and 2.11.6.0). The one that came out first keeps them, so
 * that no link ever changes its target; the later one is written with hyphens.
 */
import { compareReleases, earliestDay, type Product, type VersionHistory } from './history.ts';

/** Anchors by version, without `#`. Unique within the product. */
export function anchorsOf(history: VersionHistory, product: Product): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const ordered = history.records
    .filter((record) => record.product === product)
    .map(({ version, releasedOn }) => ({ version, on: earliestDay(releasedOn ?? '9999') }))
    .sort((a, b) => (a.on === b.on ? compareReleases(a.version, b.version) : a.on < b.on ? -1 : 1));
  return new Map(
    ordered.map(({ version }) => {
      const digits = version.replaceAll('.', '');
      const anchor = taken.has(digits) ? version.replaceAll('.', '-') : digits;
      taken.add(anchor);
      return [version, anchor];
    }),
  );
}
