/** The last cycle of each connector that synchronises. */
import type { SyncCycle } from '@springline/api/shapes/agent';
import type { HomeView } from '@springline/api/shapes/person';
import { Badge } from '../look/badge.tsx';
import { counted } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { durationWords } from '../look/when-words.ts';
import { type SyncingAgent, syncingAgents } from './answers.ts';
import { NextCycle } from './next-cycle.tsx';
import { resultTone, resultWords } from './result-words.ts';
import { StepsList } from './steps-list.tsx';

/** More have their place in the details of their agents. */
const connectorLimit = 12;

export function SyncSection({ home }: { readonly home: HomeView }) {
  const syncing = syncingAgents(home);
  return (
    <section className="section" aria-labelledby="sync">
      <div className="section-head">
        <h2 id="sync" tabIndex={-1}>
          Last sync
        </h2>
      </div>
      {syncing.length === 0 ? (
        <p className="empty">
          No connector synchronises yet. The first cycle starts when an agent with a source is enrolled.
        </p>
      ) : null}
      {syncing.slice(0, connectorLimit).map((each) => (
        <ConnectorSync key={each.agent.id} {...each} />
      ))}
      {syncing.length > connectorLimit ? (
        <p className="quiet">{counted(syncing.length - connectorLimit, 'more connector')}: open their agents.</p>
      ) : null}
    </section>
  );
}

function ConnectorSync({ agent, sync }: SyncingAgent) {
  return (
    <article className="connector">
      <div className="connector-head">
        <div className="connector-name">
          <h3>{sync.connector}</h3>
          <p className="quiet">
            {sync.source} · {agent.hostName}
          </p>
        </div>
        <p className="connector-facts">
          <NextCycle
            inProgress={agent.state === 'online' && sync.cycleInProgress}
            nextAt={agent.state === 'online' ? sync.nextCycleAt : undefined}
            isSilent={agent.state !== 'online'}
          />
          <span>{counted(sync.pendingExports, 'pending export')}</span>
        </p>
      </div>
      {sync.lastCycle === undefined ? (
        <p className="empty">The first cycle has not ended yet.</p>
      ) : (
        <>
          <CycleLine cycle={sync.lastCycle} />
          <StepsList steps={sync.lastCycle.steps} />
        </>
      )}
    </article>
  );
}

/** Number, result and time of a cycle. */
export function CycleLine({ cycle }: { readonly cycle: SyncCycle }) {
  return (
    <p className="cycle-line">
      <span>Cycle {cycle.number}</span>
      <Badge tone={resultTone(cycle.result)}>{resultWords(cycle.result)}</Badge>
      {cycle.endedAt === undefined ? (
        <span>
          started <When at={cycle.startedAt} />
        </span>
      ) : (
        <span>
          ended <When at={cycle.endedAt} /> after{' '}
          <span className="figure">{durationWords(Date.parse(cycle.endedAt) - Date.parse(cycle.startedAt))}</span>
        </span>
      )}
    </p>
  );
}
