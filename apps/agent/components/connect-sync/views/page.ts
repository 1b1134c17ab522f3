/** Pages of rows: cursors are decimal row ids, and looking for what is rare takes only so long at a time. */
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { CallError } from '../../../channel.ts';

const lookMs = 5_000;
const usualPortion = 250;

/** @throws {CallError} `malformed-call` */
export function rowCursor(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,15}$/.test(after)) throw new CallError('malformed-call', 'after: give `next` of the page before');
  return Number(after);
}

interface Found<T> {
  readonly items: T[];
  /** Absent on the last page. A page may be short, or empty, although there is more to look through. */
  readonly next?: string;
}

/**
 * Looks through rows until the page is full or its time is over.
 *
 * @param read the next rows after an id, in the order of their ids.
 * @param view `undefined` for rows that are not wanted.
 * @param portion rows that are read at a time; fewer than that are the last.
 */
export async function pageOf<R extends { readonly id: number }, T>(
  engine: Engine,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  read: (after: number, limit: number) => readonly R[],
  view: (row: R) => T | undefined,
  { isFull = () => false, portion = usualPortion }: { isFull?: () => boolean; portion?: number } = {},
): Promise<Found<T>> {
  const items: T[] = [];
  const until = engine.clock.now() + lookMs;
  for (let from = rowCursor(after); ; ) {
    const rows = read(from, portion);
    for (const row of rows) {
      const item = view(row);
      from = row.id;
      if (item !== undefined) items.push(item);
      if (items.length >= limit || (items.length > 0 && isFull())) break;
    }
    const last = rows.at(-1);
    if (last === undefined || (rows.length < portion && from === last.id)) return { items };
    if (items.length >= limit || isFull() || engine.clock.now() > until) return { items, next: String(from) };
    await new Promise(setImmediate); // Heartbeats are answered between portions.
  }
}
