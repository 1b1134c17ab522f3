/** The servers that run Connect Sync: which build, in which mode, how the last cycle ended, what waits. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { agentTone } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { UpgradePage } from '../upgrades/upgrade-page.tsx';
import { useServers } from './server-place.ts';
import { filterServers, remoteWords, type ServerRow, serverRows } from './server-rows.ts';
import './sync.css';

export function ServersPage() {
  const home = useServers();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const all = home.data === undefined ? [] : serverRows(home.data);
  const { shown, more } = useRowLimit(filterServers(all, text));
  return (
    <UpgradePage
      title="Servers"
      area="Connect Sync"
      purpose="Every host that runs Connect Sync. Open one to look into it."
      asked={[home]}
    >
      <section className="section" aria-labelledby="servers">
        <div className="section-head">
          <h2 id="servers" tabIndex={-1}>
            Servers
          </h2>
          <p className="quiet" role="status">
            {counted(all.length, 'server')}
          </p>
          {all.length === 0 ? null : <FilterField label="Filter servers" text={text} onChange={setText} />}
        </div>
        {all.length === 0 ? (
          <p className="empty">
            No host runs Connect Sync yet. <code>springline up</code> brings one of its own; every host appears here by
            itself.
          </p>
        ) : (
          <Table
            className="grid unsorted servers-grid"
            aria-labelledby="servers"
            onRowAction={(key) =>
              void navigate({ to: '/sync/servers/$agentId/connectors', params: { agentId: String(key) } })
            }
          >
            <TableHeader className="grid-head">
              <GridColumn id="host" title="Server" isRowHeader isSortable={false} />
              <GridColumn id="build" title="Connect Sync" isSortable={false} />
              <GridColumn id="mode" title="Mode" isSortable={false} />
              <GridColumn id="cycle" title="Last cycle" isSortable={false} />
              <GridColumn id="pending" title="Pending exports" isNumber isSortable={false} />
              <GridColumn id="held" title="Held deletes" isNumber isSortable={false} />
              <GridColumn id="remote" title="From here" isSortable={false} />
            </TableHeader>
            <TableBody
              items={shown.map((row) => ({ ...row, id: row.agent.id }))}
              renderEmptyState={() => <p className="empty">No server matches.</p>}
            >
              {(row) => <ServerLine row={row} />}
            </TableBody>
          </Table>
        )}
        {more}
      </section>
    </UpgradePage>
  );
}

function ServerLine({ row }: { readonly row: ServerRow }) {
  const { agent, component, sync, state, mode, lastCycle, remote } = row;
  return (
    <Row id={agent.id} className="grid-row opens" textValue={agent.hostName}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{agent.hostName}</span>
        <span className="quiet">{sync?.source ?? 'No source yet'}</span>
        {agent.state === 'online' ? null : (
          <span>
            <Badge tone={agentTone(agent)}>
              {agent.state}
              {agent.lastSeenAt === undefined ? null : (
                <>
                  , last seen <When at={agent.lastSeenAt} />
                </>
              )}
            </Badge>
          </span>
        )}
      </Cell>
      <Cell className="grid-cell wide">
        <Badge tone={state.tone}>
          {component.version} {state.words}
        </Badge>
      </Cell>
      <Cell className="grid-cell wide">
        <Badge tone={mode.tone}>{mode.words}</Badge>
        {mode.detail === undefined ? null : <p className="quiet">{mode.detail}</p>}
      </Cell>
      <Cell className="grid-cell wide">
        {lastCycle === undefined ? (
          <span className="quiet">None yet</span>
        ) : (
          <span className="last-upgrade">
            <Badge tone={lastCycle.tone}>{lastCycle.words}</Badge>
            <span className="quiet">
              <When at={lastCycle.at} />
            </span>
          </span>
        )}
      </Cell>
      <Cell className="grid-cell number card-line" data-label="Pending exports">
        {sync === undefined ? '–' : countWords(sync.pendingExports)}
      </Cell>
      <Cell className="grid-cell number card-line" data-label="Held deletes">
        {sync === undefined ? (
          '–'
        ) : sync.heldDeletes === 0 ? (
          '0'
        ) : (
          <Badge tone="warn">{countWords(sync.heldDeletes)}</Badge>
        )}
      </Cell>
      <Cell className="grid-cell wide" data-label="From here">
        <span className={remote === 'closed' || remote === 'unknown' ? 'quiet' : undefined}>{remoteWords[remote]}</span>
      </Cell>
    </Row>
  );
}
