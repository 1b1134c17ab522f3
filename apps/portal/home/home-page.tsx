/** Home: are the agents there, does sync work, which objects fail. Live, with the details of an agent beside it. */
import type { HomeView } from '@springline/api/shapes/person';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { MessageBar } from '../look/message-bar.tsx';
import { ServerClock } from '../look/when.tsx';
import { AgentPanel } from './agent-panel.tsx';
import { AgentsSection } from './agents-section.tsx';
import { announceChanges } from './announcements.ts';
import { AnswerCards } from './answer-cards.tsx';
import { syncAnswer } from './answers.ts';
import { CampaignBanner } from './campaign-banner.tsx';
import { ErrorsSection } from './errors-section.tsx';
import { Essentials } from './essentials.tsx';
import { HeldDeletes } from './held-deletes.tsx';
import { HomeCommands } from './home-commands.tsx';
import { LiveMarker } from './live-marker.tsx';
import { minimumsQuery } from './minimums-query.ts';
import { filterErrors } from './object-errors.ts';
import { RestoredBanner } from './restored-banner.tsx';
import { SyncSection } from './sync-section.tsx';
import { UpgradesSection } from './upgrades-section.tsx';
import { useLiveHome } from './use-live-home.ts';

export function HomePage() {
  const { home, liveness, reconnect } = useLiveHome();
  if (home.data === undefined) return null;
  return (
    <ServerClock serverTime={home.data.generatedAt}>
      <title>{`Home · ${home.data.tenant.name} · Springline`}</title>
      <HomeContent
        home={home.data}
        failure={failureWords(home.error)}
        marker={<LiveMarker liveness={liveness} asOf={home.data.generatedAt} />}
        onRefresh={reconnect}
      />
    </ServerClock>
  );
}

function failureWords(error: Error | null): string | undefined {
  if (error === null) return undefined;
  return error instanceof ApiError ? error.detail : error.message;
}

interface HomeContentProps {
  readonly home: HomeView;
  /** Why the last look failed; what is shown is from before. */
  readonly failure: string | undefined;
  readonly marker: React.ReactNode;
  readonly onRefresh: () => void;
}

function HomeContent({ home, failure, marker, onRefresh }: HomeContentProps) {
  const [errorFilter, setErrorFilter] = useState('');
  const errors = useMemo(() => filterErrors(home.errors, errorFilter), [home.errors, errorFilter]);
  const { agent: openAgentId } = useSearch({ from: '/signed-in/' });
  const navigate = useNavigate();
  const openAgent = home.agents.find((agent) => agent.id === openAgentId);
  const announcement = useAnnouncement(home);
  const minimums = useQuery(minimumsQuery(useApi())).data;
  return (
    <>
      <div className="page-head">
        <h1>Home</h1>
        {marker}
      </div>
      <HomeCommands errors={errors} asOf={home.generatedAt} onRefresh={onRefresh} />
      {failure === undefined ? null : (
        <MessageBar tone="warn" title="What you see may be old.">
          {failure}
        </MessageBar>
      )}
      {home.restored === undefined ? null : <RestoredBanner restored={home.restored} />}
      {minimums === undefined ? null : <CampaignBanner minimums={minimums} />}
      <HeldDeletes held={syncAnswer(home).held} />
      <AnswerCards home={home} minimums={minimums} />
      <Essentials home={home} />
      <AgentsSection
        agents={home.agents}
        onOpen={(agent) => void navigate({ to: '/', search: { agent }, resetScroll: false })}
      />
      <UpgradesSection home={home} />
      <SyncSection home={home} />
      <ErrorsSection home={home} errors={errors} filter={errorFilter} onFilter={setErrorFilter} />
      <AgentPanel agent={openAgent} onClose={() => void navigate({ to: '/', search: {}, resetScroll: false })} />
      {/* React Aria hides what is outside a dialog from screen readers, but not an announcer. */}
      <div className="unseen" role="status" data-live-announcer="true">
        {announcement}
      </div>
    </>
  );
}

/** What the last change of Home is worth saying. */
function useAnnouncement(home: HomeView): string {
  const before = useRef(home);
  const [text, setText] = useState('');
  useEffect(() => {
    const said = announceChanges(before.current, home);
    before.current = home;
    if (said !== '') setText(said);
  }, [home]);
  return text;
}
