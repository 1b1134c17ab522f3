/** The three answers in words, at the top of Home. Each heading leads to its section. */
import type { Minimums } from '@springline/api/shapes/campaign';
import type { HomeView } from '@springline/api/shapes/person';
import type { ReactNode } from 'react';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { counted, countWords } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { agentsAnswer, errorsAnswer, syncAnswer } from './answers.ts';
import { safeShare } from './campaign-words.ts';
import { ChangeCounts } from './change-counts.tsx';
import { NextCycle } from './next-cycle.tsx';
import { resultTone, resultWords } from './result-words.ts';

interface AnswerCardsProps {
  readonly home: HomeView;
  readonly minimums: Minimums | undefined;
}

export function AnswerCards({ home, minimums }: AnswerCardsProps) {
  return (
    <section className="answers" aria-labelledby="answers-title">
      <h2 id="answers-title" className="unseen">
        At a glance
      </h2>
      <AgentsCard home={home} minimums={minimums} />
      <SyncCard home={home} />
      <ErrorsCard home={home} />
    </section>
  );
}

interface CardProps {
  readonly title: string;
  readonly sectionId: string;
  readonly tone: Tone;
  readonly headline: ReactNode;
  readonly children: ReactNode;
}

function Card({ title, sectionId, tone, headline, children }: CardProps) {
  return (
    <article className="card" data-tone={tone}>
      <h3>
        <a href={`#${sectionId}`}>{title}</a>
      </h3>
      <p className="card-headline">
        <Icon name={tone} />
        <span>{headline}</span>
      </p>
      <div className="card-words">{children}</div>
    </article>
  );
}

/** Names on a card before "and 3 more". */
const nameLimit = 2;

function AgentsCard({ home, minimums }: AnswerCardsProps) {
  const share = minimums === undefined ? undefined : safeShare(minimums);
  const { tone, online, active, revoked, offline, unwell } = agentsAnswer(home);
  const named = offline.slice(0, nameLimit);
  return (
    <Card
      title="Agents"
      sectionId="agents"
      tone={tone}
      headline={active === 0 ? 'No agent yet' : `${countWords(online)} of ${countWords(active)} online`}
    >
      {named.map((agent) => (
        <p key={agent.id}>
          <strong>{agent.hostName}</strong> is offline
          {agent.lastSeenAt === undefined ? ', never seen' : <>, last seen {<When at={agent.lastSeenAt} />}</>}
        </p>
      ))}
      {offline.length > nameLimit ? <p>and {countWords(offline.length - nameLimit)} more offline</p> : null}
      {unwell.length > 0 ? <p>{counted(unwell.length, 'agent')} with a component that is not running</p> : null}
      {offline.length + unwell.length === 0 && active > 0 ? <p>Every component runs</p> : null}
      {share === undefined ? null : (
        <p>
          <strong>{share.percent}%</strong> on a safe build: {countWords(share.ok)} of {countWords(share.judged)}
        </p>
      )}
      {active === 0 ? <p>An agent shows here as soon as it is enrolled</p> : null}
      {revoked > 0 ? <p className="quiet">{countWords(revoked)} revoked</p> : null}
    </Card>
  );
}

function SyncCard({ home }: { readonly home: HomeView }) {
  const answer = syncAnswer(home);
  if (answer.connectors === 0) {
    return (
      <Card title="Sync" sectionId="sync" tone="none" headline="No sync yet">
        <p>The first cycle shows here as it runs</p>
      </Card>
    );
  }
  return (
    <Card
      title="Sync"
      sectionId="sync"
      tone={answer.tone}
      headline={
        answer.lastEndedAt === undefined ? (
          answer.inProgress ? (
            'Sync running'
          ) : (
            'No sync yet'
          )
        ) : (
          <>
            Last sync <When at={answer.lastEndedAt} />
          </>
        )
      }
    >
      <p className="card-row">
        {answer.result === undefined ? null : (
          <Badge tone={resultTone(answer.result)}>{resultWords(answer.result)}</Badge>
        )}
        <ChangeCounts changes={answer.exported} />
      </p>
      <p>
        <NextCycle inProgress={answer.inProgress} nextAt={answer.nextCycleAt} isSilent={answer.silent.length > 0} />
        {' · '}
        {counted(answer.pendingExports, 'pending export')}
      </p>
    </Card>
  );
}

function ErrorsCard({ home }: { readonly home: HomeView }) {
  const { tone, count, codes, oldestAt } = errorsAnswer(home);
  return (
    <Card title="Errors" sectionId="errors" tone={tone} headline={count === 0 ? 'No errors' : counted(count, 'error')}>
      {count === 0 ? <p>All is well: no object failed</p> : null}
      {codes.slice(0, nameLimit).map((each) => (
        <p key={each.code}>
          {countWords(each.count)} × <code>{each.code}</code>
        </p>
      ))}
      {oldestAt === undefined ? null : (
        <p className="quiet">
          The oldest since <When at={oldestAt} />
        </p>
      )}
    </Card>
  );
}
