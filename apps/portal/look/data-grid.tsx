/** Parts of the portal's grids: sortable column, filter field, and a limit of rows that a person lifts step by step. */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { SearchField } from 'react-aria-components/SearchField';
import { Column } from 'react-aria-components/Table';
import { Icon } from './icon.tsx';
import { countWords } from './number-words.ts';

interface GridColumnProps {
  readonly id: string;
  readonly title: string;
  /** Its cells name their row to a screen reader. */
  readonly isRowHeader?: boolean;
  /** Numbers are read from the right. */
  readonly isNumber?: boolean;
  /** False: the rows have an order of their own. */
  readonly isSortable?: boolean;
}

export function GridColumn({ id, title, isRowHeader = false, isNumber = false, isSortable = true }: GridColumnProps) {
  return (
    <Column
      id={id}
      className={isNumber ? 'grid-column number' : 'grid-column'}
      allowsSorting={isSortable}
      isRowHeader={isRowHeader}
    >
      {({ sortDirection }) => (
        <span className="grid-column-title">
          {title}
          {isSortable ? (
            <span className="grid-sort" data-direction={sortDirection ?? 'none'}>
              <Icon name={sortDirection === 'descending' ? 'down' : 'up'} />
            </span>
          ) : null}
        </span>
      )}
    </Column>
  );
}

interface FilterFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

export function FilterField({ label, text, onChange }: FilterFieldProps) {
  return (
    <SearchField className="filter" value={text} onChange={onChange}>
      <Label className="unseen">{label}</Label>
      <Icon name="search" />
      <Input className="filter-input" placeholder={label} maxLength={200} />
      <Button className="filter-clear" aria-label="Clear the filter">
        <Icon name="close" />
      </Button>
    </SearchField>
  );
}

/** A browser lays out this many rows at once without a pause. */
const rowStep = 100;

/** The first rows of many, and the button that shows more of them. */
export function useRowLimit<T>(rows: readonly T[]): { readonly shown: readonly T[]; readonly more: ReactNode } {
  const [limit, setLimit] = useState(rowStep);
  const left = rows.length - limit;
  const more =
    left <= 0 ? null : (
      <Button className="command grid-more" onPress={() => setLimit(limit + rowStep)}>
        Show {countWords(Math.min(left, rowStep))} more of {countWords(rows.length)}
      </Button>
    );
  return { shown: left <= 0 ? rows : rows.slice(0, limit), more };
}
