/** The errors of Home as rows: filter, order, and a file to work through in a spreadsheet. */
import type { HomeView } from '@springline/api/shapes/person';
import { csvText } from '../look/csv.ts';

export type HomeError = HomeView['errors'][number];

/** One object may fail on two agents and for two reasons. */
export const errorKey = (error: HomeError): string => JSON.stringify([error.agentId, error.sourceAnchor, error.code]);

/** Errors whose object, anchor, code, message or host holds the text; all of them for blank text. */
export function filterErrors(errors: readonly HomeError[], text: string): readonly HomeError[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return errors;
  return errors.filter((error) =>
    [error.displayName, error.sourceAnchor, error.code, error.message, error.hostName].some((word) =>
      word.toLowerCase().includes(wanted),
    ),
  );
}

export const errorColumns = ['object', 'code', 'message', 'since', 'retries'] as const;
export type ErrorColumn = (typeof errorColumns)[number];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const errorOrders: Record<ErrorColumn, (left: HomeError, right: HomeError) => number> = {
  object: (left, right) => collator.compare(left.displayName, right.displayName),
  code: (left, right) => collator.compare(left.code, right.code),
  message: (left, right) => collator.compare(left.message, right.message),
  since: (left, right) => left.firstSeenAt.localeCompare(right.firstSeenAt),
  retries: (left, right) => left.retryCount - right.retryCount,
};

/** A sorted copy; equals keep the order of their objects' names. */
export function sortErrors(errors: readonly HomeError[], column: ErrorColumn, descending: boolean): HomeError[] {
  const order = errorOrders[column];
  const sign = descending ? -1 : 1;
  return errors.toSorted((left, right) => sign * order(left, right) || errorOrders.object(left, right));
}

const csvHeadings = ['Object', 'Source anchor', 'Code', 'Message', 'Host', 'First seen', 'Last seen', 'Retries'];

/** A file of them for a spreadsheet. */
export function errorsCsv(errors: readonly HomeError[]): string {
  const rows = errors.map((error) => [
    error.displayName,
    error.sourceAnchor,
    error.code,
    error.message,
    error.hostName,
    error.firstSeenAt,
    error.lastSeenAt,
    String(error.retryCount),
  ]);
  return csvText([csvHeadings, ...rows]);
}
