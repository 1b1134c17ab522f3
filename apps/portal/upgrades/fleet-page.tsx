/** The fleet: which build runs where, on which channel and in which ring; and why a server is not upgrading. */
import type { Fleet } from '@springline/api/shapes/auto-upgrade';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { Cell, Row, type SortDescriptor, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { useApi } from '../api-context.ts';
import { saveFile } from '../home/save-file.ts';
import { upgradeResultTone } from '../home/upgrades.ts';
import { Badge } from '../look/badge.tsx';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { ChoiceField } from '../look/fields.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { FleetPanel } from './fleet-panel.tsx';
import {
  type FleetFilter,
  type FleetRow,
  filterRows,
  fleetColumns,
  fleetCsv,
  fleetRows,
  noFilter,
  sortRows,
} from './fleet-rows.ts';
import { UpgradePage } from './upgrade-page.tsx';
import { fleetQuery, policyQuery } from './upgrade-queries.ts';

export function FleetPage() {
  const api = useApi();
  const fleet = useQuery(fleetQuery(api));
  const policy = useQuery(policyQuery(api));
  const { agent: openId } = useSearch({ from: '/signed-in/upgrades/fleet' });
  const navigate = useNavigate();
  const [filter, setFilter] = useState<FleetFilter>(noFilter);
  const rows = useMemo(() => (fleet.data === undefined ? [] : fleetRows(fleet.data)), [fleet.data]);
  // Typing stays quick in a fleet of many thousands.
  const settled = useDeferredValue(filter);
  const found = useMemo(() => filterRows(rows, settled), [rows, settled]);
  if (fleet.data === undefined) return null;
  const { agents } = fleet.data;
  const open = (agentId: string | undefined) =>
    void navigate({
      to: '/upgrades/fleet',
      search: agentId === undefined ? {} : { agent: agentId },
      resetScroll: false,
    });
  return (
    <UpgradePage
      title="Fleet"
      purpose="Every component on every host, and why it is not upgrading."
      asked={[fleet, policy]}
      commands={
        <ReasonedButton
          icon="download"
          refusal={found.length === 0 ? 'There is nothing to export.' : undefined}
          onPress={() => saveFile(`springline-fleet-${fileDate(api.nowMs())}.csv`, 'text/csv', fleetCsv(found))}
        >
          Export as CSV
        </ReasonedButton>
      }
    >
      <FleetSection fleet={fleet.data} rows={rows} found={found} filter={filter} onFilter={setFilter} onOpen={open} />
      <FleetPanel
        agent={agents.find(({ agentId }) => agentId === openId)}
        fleet={fleet.data}
        policy={policy.data}
        policyFailure={policy.error}
        onClose={() => open(undefined)}
      />
    </UpgradePage>
  );
}

const fileDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

interface FleetSectionProps {
  readonly fleet: Fleet;
  readonly rows: readonly FleetRow[];
  /** Those that the filter lets through. */
  readonly found: readonly FleetRow[];
  readonly filter: FleetFilter;
  readonly onFilter: (filter: FleetFilter) => void;
  readonly onOpen: (agentId: string) => void;
}

function FleetSection({ fleet, rows, found, filter, onFilter, onOpen }: FleetSectionProps) {
  return (
    <section className="section" aria-labelledby="fleet">
      <div className="section-head">
        <h2 id="fleet" tabIndex={-1}>
          Hosts
        </h2>
        <p className="quiet" role="status">
          {found.length === rows.length
            ? counted(fleet.agents.length, 'host')
            : `${countWords(found.length)} of ${counted(rows.length, 'row')}`}
        </p>
        <div className="filters">
          <FilterChoice label="Component" name="title" rows={rows} filter={filter} onFilter={onFilter} />
          <FilterChoice label="State" name="state" rows={rows} filter={filter} onFilter={onFilter} />
          <FilterChoice label="Channel" name="channel" rows={rows} filter={filter} onFilter={onFilter} />
          <FilterField label="Search hosts" text={filter.text} onChange={(text) => onFilter({ ...filter, text })} />
        </div>
      </div>
      {rows.length === 0 ? (
        <p className="empty">
          No agent is enrolled yet. <code>springline up</code> brings one of its own; every agent appears here by
          itself.
        </p>
      ) : (
        <FleetGrid found={found} onOpen={onOpen} />
      )}
    </section>
  );
}

interface FilterChoiceProps {
  readonly label: string;
  readonly name: 'title' | 'state' | 'channel';
  readonly rows: readonly FleetRow[];
  readonly filter: FleetFilter;
  readonly onFilter: (filter: FleetFilter) => void;
}

function FilterChoice({ label, name, rows, filter, onFilter }: FilterChoiceProps) {
  const values = useMemo(() => [...new Set(rows.map((row) => row[name]))].sort(), [rows, name]);
  return (
    <ChoiceField
      label={label}
      isLabelUnseen
      value={filter[name]}
      choices={[{ id: '', title: `${label}: all` }, ...values.map((value) => ({ id: value, title: value }))]}
      onChange={(value) => onFilter({ ...filter, [name]: value })}
    />
  );
}

function FleetGrid({ found, onOpen }: Pick<FleetSectionProps, 'found' | 'onOpen'>) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'host', direction: 'ascending' });
  const rows = useMemo(() => {
    const column = fleetColumns.find((known) => known === sort.column) ?? 'host';
    return sortRows(found, column, sort.direction === 'descending').map((row) => ({ ...row, id: row.key }));
  }, [found, sort]);
  const { shown, more } = useRowLimit(rows);
  return (
    <>
      <Table
        className="grid fleet-grid"
        aria-labelledby="fleet"
        sortDescriptor={sort}
        onSortChange={setSort}
        onRowAction={(key) => onOpen(String(key).split(' ')[0] ?? '')}
      >
        <TableHeader className="grid-head">
          <GridColumn id="host" title="Host" isRowHeader />
          <GridColumn id="component" title="Component" />
          <GridColumn id="version" title="Version" />
          <GridColumn id="state" title="Auto-upgrade" />
          <GridColumn id="channel" title="Channel" />
          <GridColumn id="ring" title="Ring" />
          <GridColumn id="last" title="Last upgrade" />
        </TableHeader>
        <TableBody items={shown} renderEmptyState={() => <p className="empty">No host matches these filters.</p>}>
          {(row) => <FleetLine row={row} />}
        </TableBody>
      </Table>
      {more}
    </>
  );
}

const stateTones: Readonly<Record<string, Tone>> = { Enabled: 'good', Disabled: 'none', Suspended: 'warn' };
const channelTones: Readonly<Record<string, Tone>> = { HUS: 'good', bridged: 'busy', PKS: 'warn' };

function FleetLine({ row }: { readonly row: FleetRow }) {
  const { agent, title, version, state, channel, ring, lastResult, lastEndedAt } = row;
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
        <Badge tone={stateTones[state] ?? 'none'}>{state}</Badge>
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
