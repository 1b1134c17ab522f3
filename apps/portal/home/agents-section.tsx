/** Every agent in a grid that sorts; a row opens the agent's details. */
import type { AgentView } from '@springline/api/shapes/agent';
import { useMemo, useState } from 'react';
import { Cell, Row, type SortDescriptor, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { Badge } from '../look/badge.tsx';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { When } from '../look/when.tsx';
import {
  agentColumns,
  agentTone,
  componentTitles,
  componentTone,
  componentWords,
  filterAgents,
  sortAgents,
} from './agent-states.ts';

interface AgentsSectionProps {
  readonly agents: readonly AgentView[];
  readonly onOpen: (agentId: string) => void;
}

/** Fewer are found by looking. */
const filterFrom = 10;

export function AgentsSection({ agents, onOpen }: AgentsSectionProps) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'state', direction: 'ascending' });
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => {
    const column = agentColumns.find((known) => known === sort.column) ?? 'host';
    return sortAgents(filterAgents(agents, filter), column, sort.direction === 'descending');
  }, [agents, filter, sort]);
  const { shown, more } = useRowLimit(rows);
  return (
    <section className="section" aria-labelledby="agents">
      <div className="section-head">
        <h2 id="agents" tabIndex={-1}>
          Agents
        </h2>
        {agents.length >= filterFrom ? <FilterField label="Filter agents" text={filter} onChange={setFilter} /> : null}
      </div>
      {agents.length === 0 ? (
        <p className="empty">
          No agent is enrolled yet. <code>springline up</code> brings one of its own; every agent appears here by
          itself.
        </p>
      ) : (
        <Table
          className="grid agents-grid"
          aria-labelledby="agents"
          sortDescriptor={sort}
          onSortChange={setSort}
          onRowAction={(key) => onOpen(String(key))}
        >
          <TableHeader className="grid-head">
            <GridColumn id="host" title="Host" isRowHeader />
            <GridColumn id="state" title="State" />
            <GridColumn id="version" title="Version" />
            <GridColumn id="components" title="Components" />
            <GridColumn id="seen" title="Last seen" />
          </TableHeader>
          <TableBody items={shown} renderEmptyState={() => <p className="empty">No agent matches “{filter}”.</p>}>
            {(agent) => <AgentRow agent={agent} />}
          </TableBody>
        </Table>
      )}
      {more}
    </section>
  );
}

function AgentRow({ agent }: { readonly agent: AgentView }) {
  return (
    <Row id={agent.id} className="grid-row opens" textValue={agent.hostName}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{agent.hostName}</span>
        <span className="quiet">{agent.platform}</span>
      </Cell>
      <Cell className="grid-cell">
        <Badge tone={agentTone(agent)}>{agent.state}</Badge>
      </Cell>
      <Cell className="grid-cell figure" data-label="Version">
        {agent.version}
      </Cell>
      <Cell className="grid-cell wide">
        <ul className="component-list">
          {agent.components.map((component) => (
            <li key={component.component}>
              <Badge tone={componentTone(agent, component)}>{componentTitles[component.component]}</Badge>{' '}
              <span className="figure">{component.version}</span> <span>{componentWords(agent, component)}</span>
            </li>
          ))}
        </ul>
      </Cell>
      <Cell className="grid-cell last-of-card" data-label="Last seen">
        {agent.lastSeenAt === undefined ? 'never' : <When at={agent.lastSeenAt} />}
      </Cell>
    </Row>
  );
}
