/**
 * The frame of a page about one server: which server, and in place of the page why it cannot be asked. Answers come from
 * the host itself, so that a page shows at once and what it is about follows.
 */
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { agentTone } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { CopyLine } from '../look/copy-line.tsx';
import { ChoiceField } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { When } from '../look/when.tsx';
import { type Outcome, UpgradePage, WithCommands } from '../upgrades/upgrade-page.tsx';
import { type ConsentLine, consentText, type Obstacle, obstacleFrom } from './obstacle.ts';
import type { ServerPlace } from './server-place.ts';
import { modeOf, serverRows } from './server-rows.ts';
import './sync.css';

interface Asked {
  readonly data: unknown;
  readonly dataUpdatedAt: number;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

interface ServerPageProps {
  readonly place: ServerPlace;
  readonly title: string;
  readonly purpose: string;
  /** Questions to the host that the page shows. */
  readonly asked: readonly Asked[];
  readonly commands?: ReactNode;
  readonly outcome?: Outcome | undefined;
  readonly children: ReactNode;
}

export function ServerPage({ place, title, purpose, asked, commands, outcome, children }: ServerPageProps) {
  const { home, host, obstacle } = place;
  // A first question that failed stands in its own place, and not above the page.
  const known = (obstacle === undefined ? asked : []).map(({ data, dataUpdatedAt, error, refetch }) => ({
    ...{ dataUpdatedAt, refetch },
    error: data === undefined ? null : error,
  }));
  return (
    <UpgradePage
      title={title}
      area={host}
      purpose={purpose}
      asked={[home, ...known]}
      commands={commands}
      outcome={outcome}
    >
      <ServerStrip place={place} />
      {obstacle === undefined ? children : <ObstacleBar obstacle={obstacle} lastSeenAt={place.agent?.lastSeenAt} />}
    </UpgradePage>
  );
}

/** Which server it is, and the way to the same page of another one. */
function ServerStrip({ place: { agent, agentId, home } }: { readonly place: ServerPlace }) {
  const router = useRouter();
  if (agent === undefined) return null;
  const servers = home.data === undefined ? [] : serverRows(home.data);
  const component = agent.components.find((each) => each.component === 'connect-sync');
  const mode = modeOf(agent);
  return (
    <section className="server-strip" aria-label="Server">
      <span className="server-name">
        <Icon name="server" />
        {servers.length < 2 ? (
          <strong>{agent.hostName}</strong>
        ) : (
          <ChoiceField
            label="Server"
            isLabelUnseen
            value={agentId}
            choices={servers.map((row) => ({ id: row.agent.id, title: row.agent.hostName }))}
            onChange={(other) => router.history.push(router.state.location.pathname.replace(agentId, other))}
          />
        )}
      </span>
      <Badge tone={agentTone(agent)}>{agent.state}</Badge>
      <Badge tone={mode.tone}>{mode.words}</Badge>
      {component === undefined ? null : <span className="quiet">Connect Sync {component.version}</span>}
      {agent.sync === undefined ? null : <span className="quiet server-source">{agent.sync.source}</span>}
    </section>
  );
}

export function ObstacleBar({
  obstacle: { tone, title, detail, consent },
  lastSeenAt,
}: {
  readonly obstacle: Obstacle;
  readonly lastSeenAt?: string | undefined;
}) {
  return (
    <div className="obstacle">
      <MessageBar tone={tone} title={title}>
        <WithCommands text={detail} />
        {tone !== 'bad' || lastSeenAt === undefined ? null : (
          <>
            {' '}
            Last seen <When at={lastSeenAt} />.
          </>
        )}
      </MessageBar>
      {consent === undefined ? null : <CopyLine text={consentText(consent)} what="the lines for consent.yaml" />}
    </div>
  );
}

interface AnswerPlaceProps<T> {
  readonly place: ServerPlace;
  readonly query: { readonly data: T | undefined; readonly error: Error | null };
  /** Which line of consent it takes. */
  readonly line?: ConsentLine;
  readonly children: (answer: T) => ReactNode;
}

/** What the host answered; until then that it is asked, or why it did not answer. */
export function AnswerPlace<T>({ place, query, line = 'read', children }: AnswerPlaceProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) {
    return (
      <div className="answer-place">
        <ObstacleBar obstacle={obstacleFrom(query.error, place.host, line)} />
      </div>
    );
  }
  return (
    <p className="answer-place asking" role="status">
      <Icon name="busy" />
      <span>
        Asking {place.host}… <span className="quiet">A first question waits for its heartbeat, up to ten seconds.</span>
      </span>
    </p>
  );
}
