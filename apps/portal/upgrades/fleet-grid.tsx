/** A page of the fleet as a grid. The order is the service's: three columns can be ordered by. */
import type { FleetQuery } from '@springline/api/shapes/fleet';
import { fleetOrders } from '@springline/api/shapes/fleet';
import { Cell, Row, type SortDescriptor, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { upgradeResultTone } from '../home/upgrades.ts';
import { Badge } from '../look/badge.tsx';
import { GridColumn } from '../look/data-grid.tsx';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { type FleetRow, groupTitles } from './fleet-rows.ts';

interface FleetGridProps {
  readonly rows: readonly FleetRow[];
  readonly sort: SortDescriptor;
  readonly onSort: (sort: FleetQuery['sort'], order: FleetQuery['order']) => void;
  readonly onOpen: (agentId: string) => void;
}

export function FleetGrid({ rows, sort, onSort, onOpen }: FleetGridProps) {
  return (
    <Table
      className="grid fleet-grid"
      aria-labelledby="fleet"
      sortDescriptor={sort}
      onSortChange={({ column, direction }) =>
        onSort(fleetOrders.find((known) => known === column) ?? 'host', direction)
      }
      onRowAction={(key) => onOpen(String(key).split(' ')[0] ?? '')}
    >
      <TableHeader className="grid-head">
        <GridColumn id="host" title="Host" isRowHeader />
        <GridColumn id="component" title="Component" isSortable={false} />
        <GridColumn id="version" title="Version" />
        <GridColumn id="group" title="Group" isSortable={false} />
        <GridColumn id="channel" title="Channel" isSortable={false} />
        <GridColumn id="ring" title="Ring" isSortable={false} />
        <GridColumn id="last" title="Last upgrade" />
      </TableHeader>
      <TableBody
        items={rows.map((row) => ({ ...row, id: row.key }))}
        renderEmptyState={() => <p className="empty">No host matches these filters.</p>}
      >
        {(row) => <FleetLine row={row} />}
      </TableBody>
    </Table>
  );
}

const groupTones: Readonly<Record<FleetRow['group'], Tone>> = {
  well: 'good',
  upgrading: 'busy',
  failed: 'bad',
  'opted-out': 'none',
  'on-pks': 'warn',
  'not-seen': 'warn',
  revoked: 'none',
};
const channelTones: Readonly<Record<string, Tone>> = { HUS: 'good', bridged: 'busy', PKS: 'warn' };

function FleetLine({ row }: { readonly row: FleetRow }) {
  const { agent, title, version, state, channel, ring, group, reason, lastResult, lastEndedAt } = row;
  return (
    <Row id={row.key} className="grid-row opens" textValue={`${agent.hostName} ${title}`}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{agent.hostName}</span>
        <span className="quiet">
          {agent.state}
          {agent.state === 'online' || agent.lastSeenAt === undefined ? null : (
            <>
              , last seen <When at={agent.lastSeenAt} />
            </>
          )}
        </span>
      </Cell>
      <Cell className="grid-cell">{title}</Cell>
      <Cell className="grid-cell figure" data-label="Version">
        {version}
      </Cell>
      <Cell className="grid-cell">
        <span className="last-upgrade">
          <Badge tone={groupTones[group]}>{groupTitles[group]}</Badge>
          {/* In its own words where the group does not say it. */}
          <span className="quiet">{reason === '' || reason === state || reason === channel ? state : reason}</span>
        </span>
      </Cell>
      <Cell className="grid-cell">
        <Badge tone={channelTones[channel] ?? 'none'}>{channel}</Badge>
      </Cell>
      <Cell className="grid-cell" data-label="Ring">
        {ring === '' ? '–' : ring}
      </Cell>
      <Cell className="grid-cell wide last-of-card">
        {lastEndedAt === undefined ? (
          <span className="quiet">None yet</span>
        ) : (
          <span className="last-upgrade">
            <Badge tone={upgradeResultTone(lastResult)}>{lastResult}</Badge>
            <span className="quiet">
              <When at={lastEndedAt} />
            </span>
          </span>
        )}
      </Cell>
    </Row>
  );
}
