/** The connectors of a server: what each reads, how many objects of which type it holds, what waits. */
import type { SyncConnectorView } from '@springline/api/shapes/sync';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { resultTone, resultWords } from '../home/result-words.ts';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { Fact } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { connectorKinds, objectsByType, partitionWords, requiredWords } from './connector-words.ts';
import { RunCommand } from './run-dialog.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { connectorsQuery } from './sync-queries.ts';

export function ConnectorsPage() {
  const place = useServerPlace();
  const [outcome, setOutcome] = useState<Outcome>();
  const asked = useQuery({ ...connectorsQuery(place.api, place.agentId), enabled: place.canAsk });
  return (
    <ServerPage
      place={place}
      title="Connectors"
      purpose="What each connector reads, and what waits in it."
      asked={[asked]}
      outcome={outcome}
      commands={<RunCommand place={place} connectors={asked.data?.connectors ?? []} onDone={setOutcome} />}
    >
      <AnswerPlace place={place} query={asked}>
        {({ connectors }) =>
          connectors.length === 0 ? (
            <p className="empty">This server has no connector yet. Name a directory in its configuration.</p>
          ) : (
            <ul className="connector-cards" aria-label="Connectors">
              {connectors.map((connector) => (
                <ConnectorCard key={connector.name} connector={connector} agentId={place.agentId} />
              ))}
            </ul>
          )
        }
      </AnswerPlace>
    </ServerPage>
  );
}

interface CardProps {
  readonly connector: SyncConnectorView;
  readonly agentId: string;
}

function ConnectorCard({ connector, agentId }: CardProps) {
  const { name, kind, source, state, lastImportAt, lastResult, staging } = connector;
  const required = requiredWords(connector);
  return (
    <li className="connector-card">
      <div className="connector-card-head">
        <div>
          <h2>{name}</h2>
          <p className="quiet">
            {connectorKinds[kind]} · {source}
          </p>
        </div>
        <div className="connector-card-state">
          {state === 'running' ? <Badge tone="busy">Running</Badge> : null}
          {lastResult === undefined ? null : <Badge tone={resultTone(lastResult)}>{resultWords(lastResult)}</Badge>}
          {staging ? <Badge tone="none">Staging</Badge> : null}
        </div>
      </div>
      <Objects connector={connector} />
      <dl className="facts">
        <Fact title="Partitions">
          <span title={connector.partitions.join('\n')}>{partitionWords(connector.partitions)}</span>
        </Fact>
        <Fact title="Last import">{lastImportAt === undefined ? 'none yet' : <When at={lastImportAt} full />}</Fact>
        <Fact title="Pending">
          {counted(connector.pendingImports, 'import')}, {counted(connector.pendingExports, 'export')}
        </Fact>
        <Fact title="Next cycle">
          {required.length === 0
            ? 'what changed'
            : required.map((words) => (
                <p key={words}>
                  <Badge tone="busy">{words}</Badge>
                </p>
              ))}
        </Fact>
      </dl>
      <ConnectorLinks connector={connector} agentId={agentId} />
    </li>
  );
}

function Objects({ connector }: { readonly connector: SyncConnectorView }) {
  return (
    <dl className="type-counts">
      <div>
        <dt>objects</dt>
        <dd>{countWords(connector.objects.total)}</dd>
      </div>
      {objectsByType(connector).map(({ type, count }) => (
        <div key={type} className="type-count">
          <dt>{type}</dt>
          <dd>{countWords(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

function ConnectorLinks({ connector: { name, rules, pendingExports }, agentId }: CardProps) {
  const params = { agentId };
  return (
    <p className="card-links">
      <Link
        className="command"
        to="/sync/servers/$agentId/connector-space"
        params={params}
        search={{ connector: name }}
      >
        <Icon name="search" />
        <span>Search its objects</span>
      </Link>
      <Link className="command" to="/sync/servers/$agentId/pending" params={params} search={{ connector: name }}>
        <Icon name="out" />
        <span>Pending exports ({countWords(pendingExports)})</span>
      </Link>
      <Link className="command" to="/sync/servers/$agentId/rules" params={params} search={{}}>
        <Icon name="rule" />
        <span>Rules ({countWords(rules)})</span>
      </Link>
    </p>
  );
}
