/** A version history as JSON for programs. The same page gives the same text. */
import type { HistoryPage } from './page.ts';

export const historyFormat = 'springline-version-history-1';

export function toJson(page: HistoryPage): string {
  return `${JSON.stringify(historyDocument(page), null, 2)}\n`;
}

/** What the JSON holds. */
export function historyDocument<Of extends string>(page: HistoryPage<Of>) {
  return { format: historyFormat, ...page } as const;
}
