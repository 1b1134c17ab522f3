/** Objects that fail, in a grid that sorts and filters. */
import type { HomeView } from '@springline/api/shapes/person';
import { useMemo, useState } from 'react';
import { Cell, Row, type SortDescriptor, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { errorColumns, errorKey, type HomeError, sortErrors } from './object-errors.ts';

interface ErrorsSectionProps {
  readonly home: HomeView;
  /** Those of Home that the filter lets through. */
  readonly errors: readonly HomeError[];
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

export function ErrorsSection({ home, errors, filter, onFilter }: ErrorsSectionProps) {
  return (
    <section className="section" aria-labelledby="errors">
      <div className="section-head">
        <h2 id="errors" tabIndex={-1}>
          Errors
        </h2>
        {home.errors.length === 0 ? null : (
          <>
            <p className="quiet" role="status">
              {shownWords(errors.length, home)}
            </p>
            <FilterField label="Filter errors" text={filter} onChange={onFilter} />
          </>
        )}
      </div>
      {home.errorCount === 0 ? <AllIsWell /> : <ErrorsGrid errors={errors} filter={filter} />}
    </section>
  );
}

function shownWords(shown: number, home: HomeView): string {
  const carried = home.errors.length;
  if (shown < carried) return `${countWords(shown)} of ${counted(carried, 'error')}`;
  // Agents report the first of many.
  return carried < home.errorCount
    ? `The first ${countWords(carried)} of ${counted(home.errorCount, 'error')}`
    : counted(carried, 'error');
}

function AllIsWell() {
  return (
    <p className="empty well">
      <Icon name="good" />
      <span>All is well. Objects that cannot be synchronised appear here, with the reason.</span>
    </p>
  );
}

function ErrorsGrid({ errors, filter }: { readonly errors: readonly HomeError[]; readonly filter: string }) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'since', direction: 'descending' });
  const rows = useMemo(() => {
    const column = errorColumns.find((known) => known === sort.column) ?? 'since';
    return sortErrors(errors, column, sort.direction === 'descending');
  }, [errors, sort]);
  const { shown, more } = useRowLimit(rows);
  return (
    <>
      <Table className="grid errors-grid" aria-labelledby="errors" sortDescriptor={sort} onSortChange={setSort}>
        <TableHeader className="grid-head">
          <GridColumn id="object" title="Object" isRowHeader />
          <GridColumn id="code" title="Code" />
          <GridColumn id="message" title="Message" />
          <GridColumn id="since" title="Since" />
          <GridColumn id="retries" title="Retries" isNumber />
        </TableHeader>
        <TableBody items={shown} renderEmptyState={() => <p className="empty">{emptyWords(filter)}</p>}>
          {(error) => <ErrorRow error={error} />}
        </TableBody>
      </Table>
      {more}
    </>
  );
}

const emptyWords = (filter: string): string =>
  filter.trim() === '' ? 'The agents count errors that they have not described yet.' : `No error matches “${filter}”.`;

function ErrorRow({ error }: { readonly error: HomeError }) {
  return (
    <Row id={errorKey(error)} className="grid-row" textValue={error.displayName}>
      <Cell className="grid-cell lead">
        <span>{error.displayName === '' ? 'Without a name' : error.displayName}</span>
        <span className="quiet anchor">{error.sourceAnchor}</span>
      </Cell>
      <Cell className="grid-cell code">{error.code}</Cell>
      <Cell className="grid-cell wide message">{error.message}</Cell>
      <Cell className="grid-cell" data-label="Since">
        <When at={error.firstSeenAt} />
      </Cell>
      <Cell className="grid-cell number" data-label="Retries">
        {countWords(error.retryCount)}
      </Cell>
    </Row>
  );
}
