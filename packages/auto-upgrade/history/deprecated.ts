/**
 * What a deprecated build may still do, by version and day: the forced minimums turned into a matrix, with the losses that
 * came without one. A deadline is a day in time, so a function is gone from the day after it.
 */
import { dateFromDay, dayFromDate } from '../campaign/calendar.ts';
import type { Component } from '../release/target-path.ts';
import { compareReleases, type LostFunction, type Product, type VersionHistory, versionNumbers } from './history.ts';

export const functions = ['auto-upgrade', 'alerts', 'wizard-sign-in', 'federation-tasks', 'sync'] as const;
export type BuildFunction = (typeof functions)[number];

/** `unreliable`: works for some. `partly`: some of it is gone for all. `said-to-stop`: told by third parties only. */
export type FunctionStatus = 'works' | 'unreliable' | 'partly' | 'said-to-stop' | 'stopped';

/** One cell's reason: builds from `from` up to and without `below` have the function in this status since `since`. */
export interface MatrixRow {
  readonly product: Product;
  readonly from?: string;
  readonly below: string;
  readonly function: BuildFunction;
  readonly status: Exclude<FunctionStatus, 'works'>;
  /** `YYYY-MM-DD`. */
  readonly since: string;
  readonly because: string;
}

const lost: Readonly<
  Record<LostFunction, { readonly function: BuildFunction; readonly status: 'partly' | 'stopped' }>
> = {
  'auto-upgrade': { function: 'auto-upgrade', status: 'stopped' },
  'some-alerts': { function: 'alerts', status: 'partly' },
  'all-alerts': { function: 'alerts', status: 'stopped' },
  'wizard-sign-in': { function: 'wizard-sign-in', status: 'stopped' },
  'federation-tasks': { function: 'federation-tasks', status: 'stopped' },
  sync: { function: 'sync', status: 'stopped' },
};

const unforced: readonly MatrixRow[] = [
  {
    ...{ product: 'connect-sync', below: '2.0.0.0', function: 'sync', status: 'stopped', since: '2023-10-01' },
    because: '1.x was cut off',
  },
  {
    ...{
      product: 'connect-sync',
      below: '2.0.0.0',
      function: 'auto-upgrade',
      status: 'unreliable',
      since: '2022-09-01',
    },
    because: '1.x is retired; no path upgrades itself to the second generation',
  },
  {
    ...{ product: 'connect-sync', from: '2.3.2.0', below: '2.3.20.0', function: 'auto-upgrade', status: 'unreliable' },
    ...{ since: '2024-12-01', because: '2.3.20.0 or newer is advised for upgrades to arrive at all' },
  },
];

const matrices = new WeakMap<VersionHistory, readonly MatrixRow[]>();

/** Every row, in the order of the sources. A function that no row speaks of works. Made once for a history. */
export function deprecatedMatrix(history: VersionHistory): readonly MatrixRow[] {
  const matrix = matrices.get(history) ?? makeMatrix(history);
  matrices.set(history, matrix);
  return matrix;
}

function makeMatrix(history: VersionHistory): readonly MatrixRow[] {
  const forced = history.forcedMinimums.flatMap(({ product, version, deadline, takes, source, note }) =>
    takes.map((each): MatrixRow => {
      const { status } = lost[each];
      const told = note === undefined ? '' : ` (${note})`;
      return {
        ...{ product, below: version, function: lost[each].function },
        status: source === 'reported' ? 'said-to-stop' : status,
        since: dateFromDay(dayFromDate(deadline)! + 1),
        because: `minimum ${version} by ${deadline}${told}`,
      };
    }),
  );
  return [...unforced, ...forced];
}

export interface RemainingFunction {
  readonly function: BuildFunction;
  readonly status: FunctionStatus;
  readonly since?: string;
  readonly because?: string;
  /** The next loss that is known of, if there is one after `on`. */
  readonly until?: string;
}

const worst: readonly FunctionStatus[] = ['stopped', 'partly', 'unreliable', 'said-to-stop', 'works'];

/**
 * What a build may do on a day, one line for each function.
 *
 * @param version Must be one (`versionNumbers`).
 * @param on `YYYY-MM-DD`.
 */
export function remainingFunctions(
  history: VersionHistory,
  product: Product,
  version: string,
  on: string,
): readonly RemainingFunction[] {
  return functions.map((name) => {
    const rows = rowsOf(history, product, version, name);
    const next = rows
      .map(({ since }) => since)
      .filter((since) => since > on)
      .sort()[0];
    const { status, since, because } = worstOf(rows, on) ?? { status: 'works' as const };
    // What is gone has nothing more to lose.
    const isOver = status === 'stopped';
    return {
      ...{ function: name, status },
      ...(since === undefined ? {} : { since, because: because! }),
      ...(next === undefined || isOver ? {} : { until: dateFromDay(dayFromDate(next)! - 1) }),
    };
  });
}

/** The rows that speak of one function of a build, whatever the day. */
function rowsOf(history: VersionHistory, product: Product, version: string, name: BuildFunction): readonly MatrixRow[] {
  if (versionNumbers(version) === undefined) throw new TypeError('what is asked for is no version');
  return deprecatedMatrix(history).filter(
    (row) =>
      row.function === name &&
      row.product === product &&
      compareReleases(version, row.below) < 0 &&
      (row.from === undefined || compareReleases(version, row.from) >= 0),
  );
}

/** Of what holds on that day the hardest. */
function worstOf(rows: readonly MatrixRow[], on: string): MatrixRow | undefined {
  return rows.filter(({ since }) => since <= on).sort((a, b) => worst.indexOf(a.status) - worst.indexOf(b.status))[0];
}

/** The status of one function. */
export function statusOf(
  history: VersionHistory,
  product: Product,
  version: string,
  on: string,
  name: BuildFunction,
): FunctionStatus {
  return worstOf(rowsOf(history, product, version, name), on)?.status ?? 'works';
}

/** On a Connect Sync server a Health agent that is too old loses some of its alerts, elsewhere all. */
export function statusAt(component: Component, name: BuildFunction, status: FunctionStatus): FunctionStatus {
  return component === 'health-sync' && name === 'alerts' && status === 'stopped' ? 'partly' : status;
}
