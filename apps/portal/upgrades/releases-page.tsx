/** The published releases of each component, newest first, with what became of them and their notes. */
import type { Fleet, ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { Rollouts } from '@springline/api/shapes/rollout';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { useRowLimit } from '../look/data-grid.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { percentWords } from './percent.ts';
import { stateWords } from './rollout-words.ts';
import { Section, UpgradePage } from './upgrade-page.tsx';
import { fleetQuery, rolloutsQuery } from './upgrade-queries.ts';

const million = 1_000_000;

export function ReleasesPage() {
  const api = useApi();
  const fleet = useQuery(fleetQuery(api));
  const rollouts = useQuery(rolloutsQuery(api));
  const { component: wanted } = useParams({ strict: false });
  const byComponent = useMemo(
    () => Map.groupBy(fleet.data?.releases ?? [], ({ component }) => component),
    [fleet.data],
  );
  if (fleet.data === undefined || rollouts.data === undefined) return null;
  const shown = [...byComponent].filter(([component]) => wanted === undefined || component === wanted);
  const title = Object.entries(componentTitles).find(([component]) => component === wanted)?.[1];
  return (
    <UpgradePage
      title={title === undefined ? 'Releases' : `Releases of ${title}`}
      purpose="What is published, signed by its publisher, and what became of it."
      asked={[fleet, rollouts]}
    >
      {fleet.data.releasesProblem === undefined ? null : (
        <MessageBar tone="warn" title="Releases may be missing.">
          {fleet.data.releasesProblem}
        </MessageBar>
      )}
      {wanted === undefined ? null : (
        <p>
          <Link to="/upgrades/releases">All components</Link>
        </p>
      )}
      {shown.length === 0 ? (
        <Section id="none" title="No releases">
          <p className="empty">
            Nothing is published {title === undefined ? 'yet' : 'of this component yet'}. Publish a release with{' '}
            <code>springline release publish</code>.
          </p>
        </Section>
      ) : null}
      {shown.map(([component, releases]) => (
        <Releases
          key={component}
          component={component}
          releases={releases}
          agents={fleet.data.agents}
          rollouts={rollouts.data.rollouts}
        />
      ))}
    </UpgradePage>
  );
}

interface ReleasesProps {
  readonly component: ReleaseView['component'];
  readonly releases: readonly ReleaseView[];
  readonly agents: Fleet['agents'];
  readonly rollouts: Rollouts['rollouts'];
}

function Releases({ component, releases, agents, rollouts }: ReleasesProps) {
  const { shown, more } = useRowLimit(releases);
  const running = useMemo(() => countRunning(component, agents), [component, agents]);
  return (
    <Section id={`releases-${component}`} title={componentTitles[component]}>
      <ul className="releases">
        {shown.map((release) => {
          const rollout = rollouts.find((each) => each.component === component && each.version === release.version);
          const count = running.get(release.version) ?? 0;
          return (
            <li key={release.version} className="release">
              <div>
                <p className="release-version">{release.version}</p>
                <p className="quiet">
                  <When at={release.publishedAt} />
                </p>
              </div>
              <div className="release-words">
                <p className="release-badges">
                  {statusesOf(release, rollout).map(({ tone, words }) => (
                    <Badge key={words} tone={tone}>
                      {words}
                    </Badge>
                  ))}
                </p>
                <p className="notes">{release.notes ?? <span className="quiet">No notes.</span>}</p>
                <p className="quiet">
                  {count === 0 ? 'Runs nowhere' : `Runs on ${counted(count, 'host')}`} · number {release.releaseNumber}
                  {Object.keys(release.targets ?? {}).length === 0
                    ? null
                    : ` · ${Object.keys(release.targets ?? {}).join(', ')}`}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
      {more}
    </Section>
  );
}

function countRunning(component: string, agents: Fleet['agents']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { autoUpgrade, state } of agents) {
    if (state === 'revoked') continue;
    for (const each of autoUpgrade?.components ?? []) {
      if (each.component === component) counts.set(each.version, (counts.get(each.version) ?? 0) + 1);
    }
  }
  return counts;
}

interface Status {
  readonly tone: Tone;
  readonly words: string;
}

const forWhom = (isForAutoUpgrade: boolean | undefined): Status =>
  isForAutoUpgrade === false ? { tone: 'none', words: 'Download only' } : { tone: 'good', words: 'For auto-upgrade' };

function statusesOf(release: ReleaseView, rollout: Rollouts['rollouts'][number] | undefined): readonly Status[] {
  const { isRecalled, isForAutoUpgrade, deliberatelyBroken, maxRampPpmPerHour = million } = release;
  return [
    ...(isRecalled === true ? [{ tone: 'bad' as const, words: 'Recalled' }] : []),
    ...(deliberatelyBroken === undefined
      ? []
      : [{ tone: 'bad' as const, words: `Made to fail: ${deliberatelyBroken}` }]),
    ...(isRecalled === true ? [] : [forWhom(isForAutoUpgrade)]),
    ...(maxRampPpmPerHour >= million
      ? []
      : [{ tone: 'busy' as const, words: `At most ${percentWords(maxRampPpmPerHour)} an hour` }]),
    ...(rollout === undefined
      ? []
      : [{ tone: stateWords[rollout.state].tone, words: `Rollout: ${stateWords[rollout.state].words.toLowerCase()}` }]),
  ];
}
