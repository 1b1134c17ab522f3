/** The runs of a server: kind, result, what they brought; and a run’s steps with every counter. */
import type { RunStep } from '@springline/api/shapes/agent';
import type { RunRecordView } from '@springline/api/shapes/sync';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { ChangeCounts } from '../home/change-counts.tsx';
import { resultTone, resultWords } from '../home/result-words.ts';
import { exportedChanges } from '../home/step-changes.ts';
import { Badge } from '../look/badge.tsx';
import { GridColumn } from '../look/data-grid.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { counterWords } from './counter-words.ts';
import { More } from './more.tsx';
import { RunCommand } from './run-dialog.tsx';
import { kindWords, tookWords } from './run-words.ts';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { connectorsQuery, runsQuery } from './sync-queries.ts';

export function RunsPage() {
  const place = useServerPlace();
  const { agentId } = place;
  const navigate = useNavigate();
  const { run: open } = useSearch({ from: '/signed-in/sync/servers/$agentId/runs' });
  const [outcome, setOutcome] = useState<Outcome>();
  const asked = useInfiniteQuery({ ...runsQuery(place.api, agentId), enabled: place.canAsk });
  const connectors = useQuery({ ...connectorsQuery(place.api, agentId), enabled: place.canAsk });
  const runs = asked.data?.pages.flat() ?? [];
  const go = (run?: number) =>
    void navigate({
      to: '/sync/servers/$agentId/runs',
      params: { agentId },
      search: run === undefined ? {} : { run },
      resetScroll: false,
    });
  return (
    <ServerPage
      place={place}
      title="Run history"
      purpose="What ran, how it ended, and what it brought."
      asked={[asked]}
      outcome={outcome}
      commands={<RunCommand place={place} connectors={connectors.data?.connectors ?? []} onDone={setOutcome} />}
    >
      <section className="section" aria-labelledby="runs">
        <div className="section-head">
          <h2 id="runs" tabIndex={-1}>
            Runs
          </h2>
          <p className="quiet" role="status">
            {asked.data === undefined ? null : `${counted(runs.length, 'run')}, newest first`}
          </p>
        </div>
        <AnswerPlace place={place} query={asked}>
          {() => <RunsGrid runs={runs} onOpen={go} />}
        </AnswerPlace>
        <More query={asked} what="older runs" />
      </section>
      <RunPanel
        run={runs.find(({ number }) => number === open)}
        isMissing={open !== undefined && asked.data !== undefined}
        agentId={agentId}
        onClose={() => go()}
      />
    </ServerPage>
  );
}

function RunsGrid({
  runs,
  onOpen,
}: {
  readonly runs: readonly RunRecordView[];
  readonly onOpen: (run: number) => void;
}) {
  return (
    <Table className="grid unsorted" aria-labelledby="runs" onRowAction={(key) => onOpen(Number(key))}>
      <TableHeader className="grid-head">
        <GridColumn id="number" title="Run" isRowHeader isSortable={false} />
        <GridColumn id="result" title="Result" isSortable={false} />
        <GridColumn id="started" title="Started" isSortable={false} />
        <GridColumn id="took" title="Took" isNumber isSortable={false} />
        <GridColumn id="exported" title="Exported" isSortable={false} />
      </TableHeader>
      <TableBody
        items={runs.map((run) => ({ ...run, id: run.number }))}
        renderEmptyState={() => <p className="empty">Nothing has run yet.</p>}
      >
        {(run) => (
          <Row id={run.number} className="grid-row opens" textValue={`Run ${run.number}`}>
            <Cell className="grid-cell lead">
              <span className="opens-name">Run {run.number}</span>
              <span className="quiet">{kindWords(run)}</span>
            </Cell>
            <Cell className="grid-cell wide">
              <Badge tone={resultTone(run.result)}>{resultWords(run.result)}</Badge>
            </Cell>
            <Cell className="grid-cell">
              <When at={run.startedAt} />
            </Cell>
            <Cell className="grid-cell number card-line" data-label="Took">
              {tookWords(run)}
            </Cell>
            <Cell className="grid-cell wide">
              <ChangeCounts changes={exportedChanges(run.steps)} />
            </Cell>
          </Row>
        )}
      </TableBody>
    </Table>
  );
}

interface RunPanelProps {
  readonly run: RunRecordView | undefined;
  /** The address names a run that the host does not keep any more. */
  readonly isMissing: boolean;
  readonly agentId: string;
  readonly onClose: () => void;
}

function RunPanel({ run, isMissing, agentId, onClose }: RunPanelProps) {
  return (
    <SidePanel
      isOpen={run !== undefined || isMissing}
      title={run === undefined ? 'This run is not among those shown' : `Run ${run.number}`}
      state={run === undefined ? null : <Badge tone={resultTone(run.result)}>{resultWords(run.result)}</Badge>}
      onClose={onClose}
    >
      {run === undefined ? (
        <p className="quiet">Show older runs first; a host keeps them for seven days.</p>
      ) : (
        <>
          <dl className="facts">
            <Fact title="Kind">{kindWords(run)}</Fact>
            <Fact title="Started">
              <When at={run.startedAt} full />
            </Fact>
            <Fact title="Took">{tookWords(run)}</Fact>
          </dl>
          <h3>Steps</h3>
          <ol className="run-steps">
            {run.steps.map((step) => (
              <StepCard key={`${step.connector} ${step.profile} ${step.startedAt}`} step={step} agentId={agentId} />
            ))}
          </ol>
          <p className="quiet">A count leads to the objects that are in that state now, not to those of that day.</p>
        </>
      )}
    </SidePanel>
  );
}

function StepCard({ step, agentId }: { readonly step: RunStep; readonly agentId: string }) {
  const counters = Object.entries(step.counters).filter(([, count]) => count > 0);
  return (
    <li className="run-step">
      <p className="run-step-head">
        <strong>{step.profile}</strong>
        <span className="quiet">{step.connector}</span>
        <span className="figure quiet">{tookWords(step)}</span>
      </p>
      <Badge tone={resultTone(step.result)}>{resultWords(step.result)}</Badge>
      {step.detail === undefined ? null : <p className="step-words">{step.detail}</p>}
      {counters.length === 0 ? (
        <p className="quiet">It counted nothing.</p>
      ) : (
        <dl className="step-counters">
          {counters.map(([counter, count]) => (
            <div key={counter}>
              <dt>
                <Counted counter={counter} step={step} agentId={agentId} />
                <code className="quiet">{counter}</code>
              </dt>
              <dd>{countWords(count)}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

/** What a counter means, as a way to the objects where there is one. */
function Counted({ counter, step, agentId }: { counter: string; step: RunStep; agentId: string }) {
  const { words, look, isPending } = counterWords(counter);
  if (look !== undefined) {
    return (
      <Link
        to="/sync/servers/$agentId/connector-space"
        params={{ agentId }}
        search={{ connector: step.connector, look }}
      >
        {words}
      </Link>
    );
  }
  if (isPending === true) {
    return (
      <Link to="/sync/servers/$agentId/pending" params={{ agentId }} search={{}}>
        {words}
      </Link>
    );
  }
  return <span>{words}</span>;
}
