/**
 * What a new server would export otherwise than the old one, object by object. The cloud directory tells both of them the
 * same objects, so what each still wants to change says all; where both want the same change, they agree. Pure but for
 * the reading.
 */
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { CommandError } from '../../output.ts';
import { callSync } from '../../sync-call.ts';

/** `by`: who would do it. `old`: only the old server would, and the new one would leave the object as it is. */
export type Difference = PendingExportView & { readonly by: 'new' | 'old' };

export interface Totals {
  readonly add: number;
  readonly update: number;
  readonly delete: number;
}

const pageLimit = 200;
/** More than these need no reading one by one. */
const readLimit = 100_000;

/** Everything that waits on a server. @throws {CommandError} when it does not answer, or when it is beyond all reading. */
export async function readPending(home: string): Promise<readonly PendingExportView[]> {
  const items: PendingExportView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await callSync(home, 'pending', { limit: pageLimit, ...(after === undefined ? {} : { after }) });
    if (page.total > readLimit) {
      throw new CommandError(
        `${page.total} objects wait to be exported in ${home}: something is wrong with its source or rules. See: springline sync pending --home ${home}`,
      );
    }
    items.push(...page.items);
    after = page.next;
    if (after === undefined) return items;
  }
}

/** The new server's own first, each in the order in which it was read. */
export function differencesBetween(
  ofNew: readonly PendingExportView[],
  ofOld: readonly PendingExportView[],
): readonly Difference[] {
  const wantedByOld = new Map(ofOld.map((item) => [item.sourceAnchor, item]));
  const named = new Set(ofNew.map(({ sourceAnchor }) => sourceAnchor));
  return [
    ...ofNew
      .filter((item) => {
        const other = wantedByOld.get(item.sourceAnchor);
        return other === undefined || changeText(other) !== changeText(item);
      })
      .map((item) => ({ ...item, by: 'new' as const })),
    ...ofOld.filter(({ sourceAnchor }) => !named.has(sourceAnchor)).map((item) => ({ ...item, by: 'old' as const })),
  ];
}

export function totalsOf(items: readonly Pick<PendingExportView, 'operation'>[]): Totals {
  const totals = { add: 0, update: 0, delete: 0 };
  for (const { operation } of items) totals[operation]++;
  return totals;
}

export function totalsText({ add, update, delete: deletes }: Totals): string {
  return `${add} adds, ${update} updates, ${deletes} deletes`;
}

/** What would be sent: neither names of rows nor the rules behind it, which differ from server to server. */
function changeText({ operation, objectType, attributes, references }: PendingExportView): string {
  const values = attributes.map(({ name, new: wanted, newCount }) => [name, [...wanted].sort(), newCount ?? null]);
  const links = references.map(({ attribute, added, removed, addedCount, removedCount }) => {
    return [attribute, [...added].sort(), [...removed].sort(), addedCount, removedCount];
  });
  return JSON.stringify([operation, objectType, values.sort(byText), links.sort(byText)]);
}

function byText(one: readonly unknown[], other: readonly unknown[]): number {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
