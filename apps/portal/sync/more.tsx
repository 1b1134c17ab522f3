/** The way to the next rows of a question that the host answers in pages. */
import { Button } from 'react-aria-components/Button';
import { actFailureWords } from '../look/act-dialog.tsx';

interface MoreProps {
  readonly query: {
    readonly data: unknown;
    readonly error: Error | null;
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly isFetchNextPageError: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
  /** As in `Show older runs`. */
  readonly what: string;
}

export function More({ query, what }: MoreProps) {
  if (query.data === undefined || !query.hasNextPage) return null;
  return (
    <p className="more">
      <Button className="command grid-more" onPress={() => void query.fetchNextPage()}>
        {query.isFetchingNextPage ? 'One moment…' : `Show ${what}`}
      </Button>
      {query.isFetchNextPageError && query.error !== null ? (
        <span role="status">{actFailureWords(query.error)}</span>
      ) : null}
    </p>
  );
}

/** Of a search that found nothing: a host looks through so many objects at a time, and a page may be empty. */
export const noneWords = (hasMore: boolean): string =>
  hasMore ? 'Nothing among those that were looked through so far.' : 'No object matches.';
