/** Added, updated, deleted; failed only when something did. */
import { countWords } from '../look/number-words.ts';
import type { Changes } from './step-changes.ts';

export function ChangeCounts({ changes }: { readonly changes: Changes }) {
  return (
    <span className="changes">
      <Count count={changes.added} word="added" />
      <Count count={changes.updated} word="updated" />
      <Count count={changes.deleted} word="deleted" />
      {changes.failed > 0 ? <Count count={changes.failed} word="failed" /> : null}
    </span>
  );
}

function Count({ count, word }: { readonly count: number; readonly word: keyof Changes }) {
  return (
    <span className="change" data-kind={word} data-zero={count === 0}>
      <b>{countWords(count)}</b> {word}
    </span>
  );
}
