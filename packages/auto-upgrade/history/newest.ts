/** Which build of a product is the newest on a day. */
import { compareReleases, earliestDay, type Product, type VersionHistory } from './history.ts';

/** For everybody, and not recalled; `undefined` before the first one. `on` is `YYYY-MM-DD`. */
export function newestRelease(history: VersionHistory, product: Product, on: string): string | undefined {
  return history.records
    .filter((each) => each.product === product && each.status === 'released')
    .filter(({ channels }) => !channels.includes('selected-tenants'))
    .filter(({ releasedOn }) => releasedOn !== undefined && earliestDay(releasedOn) <= on)
    .map(({ version }) => version)
    .sort(compareReleases)
    .at(-1);
}
