/** Pending exports as a grid: what is done to which object, how much changes, and which rules want it. */
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { Badge } from '../look/badge.tsx';
import { GridColumn } from '../look/data-grid.tsx';
import { counted } from '../look/number-words.ts';
import { changeWords, operationWords } from './export-words.ts';

interface ExportGridProps {
  readonly items: readonly PendingExportView[];
  /** Id of the heading that names it. */
  readonly labelledBy: string;
  /** What an empty grid says. */
  readonly empty: string;
  readonly onOpen: (id: string) => void;
}

export function ExportGrid({ items, labelledBy, empty, onOpen }: ExportGridProps) {
  return (
    <Table
      className="grid unsorted export-grid"
      aria-labelledby={labelledBy}
      onRowAction={(key) => onOpen(String(key))}
    >
      <TableHeader className="grid-head">
        <GridColumn id="name" title="Object" isRowHeader isSortable={false} />
        <GridColumn id="operation" title="Operation" isSortable={false} />
        <GridColumn id="changes" title="Changes" isSortable={false} />
        <GridColumn id="connector" title="Connector" isSortable={false} />
        <GridColumn id="why" title="Why" isSortable={false} />
      </TableHeader>
      <TableBody items={items} renderEmptyState={() => <p className="empty">{empty}</p>}>
        {(item) => <ExportLine item={item} />}
      </TableBody>
    </Table>
  );
}

function ExportLine({ item }: { readonly item: PendingExportView }) {
  const { words, tone } = operationWords[item.operation];
  const [first = '', ...others] = item.why;
  return (
    <Row id={item.id} className="grid-row opens" textValue={item.name}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{item.name}</span>
        <span className="quiet">{item.objectType}</span>
      </Cell>
      <Cell className="grid-cell">
        <span className="badges">
          <Badge tone={tone}>{words}</Badge>
          {item.held ? <Badge tone="warn">held</Badge> : null}
        </span>
      </Cell>
      <Cell className="grid-cell wide">{changeWords(item)}</Cell>
      <Cell className="grid-cell wide" data-label="Connector">
        {item.connector}
      </Cell>
      <Cell className="grid-cell wide last-of-card">
        <span className="quiet">
          {first}
          {others.length === 0 ? null : ` and ${counted(others.length, 'more rule')}`}
        </span>
      </Cell>
    </Row>
  );
}
