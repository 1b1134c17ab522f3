/** The published releases of each component, newest first, with what became of them and their notes. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { FleetTotals } from '@springline/api/shapes/fleet';
import type { Rollouts } from '@springline/api/shapes/rollout';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useApi } from '../api-context.ts';
import { releasesQuery } from '../history/history-query.ts';
import { ReleasesProblem } from '../history/releases-problem.tsx';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { compareVersions } from '../look/version-order.ts';
import { When } from '../look/when.tsx';
import { percentWords } from './percent.ts';
import { stateWords } from './rollout-words.ts';
import { Section, UpgradePage } from './upgrade-page.tsx';
import { fleetTotalsQuery, rolloutsQuery } from './upgrade-queries.ts';

const million = 1_000_000;

export function ReleasesPage() {
  const api = useApi();
  const published = useQuery(releasesQuery(api));
  const rollouts = useQuery(rolloutsQuery(api));
  const totals = useQuery(fleetTotalsQuery(api));
  const byComponent = useMemo(
    () => [...Map.groupBy(published.data?.releases ?? [], ({ component }) => component)],
    [published.data],
  );
  if (published.data === undefined || rollouts.data === undefined) return null;
  return (
    <UpgradePage
      title="Releases"
      purpose="What is published, signed by its publisher, and what became of it."
      asked={[published, rollouts, totals]}
      commands={
        <>
          <Link className="command" to="/download">
            <Icon name="download" />
            <span>Download</span>
          </Link>
          <Link className="command" to="/version-history/$product" params={{ product: 'springline' }}>
            <Icon name="history" />
            <span>Version history</span>
          </Link>
        </>
      }
    >
      <ReleasesProblem problem={published.data.releasesProblem} />
      {byComponent.length === 0 ? (
        <Section id="none" title="No releases">
          <p className="empty">
            Nothing is published yet. Publish a release with <code>springline release publish</code>.
          </p>
        </Section>
      ) : null}
      {byComponent.map(([component, releases]) => (
        <Releases
          key={component}
          component={component}
          releases={releases}
          versions={totals.data?.versions}
          rollouts={rollouts.data.rollouts}
        />
      ))}
    </UpgradePage>
  );
}

interface ReleasesProps {
  readonly component: ReleaseView['component'];
  readonly releases: readonly ReleaseView[];
  /** How many hosts run which; absent while that is not known. */
  readonly versions: FleetTotals['versions'] | undefined;
  readonly rollouts: Rollouts['rollouts'];
}

function Releases({ component, releases, versions, rollouts }: ReleasesProps) {
  const { shown, more } = useRowLimit(releases);
  return (
    <Section id={`releases-${component}`} title={componentTitles[component]}>
      <ul className="releases">
        {shown.map((release) => {
          const rollout = rollouts.find((each) => each.component === component && each.version === release.version);
          const platforms = Object.keys(release.targets ?? {});
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
                  <RunsOn release={release} versions={versions} />
                  number {release.releaseNumber}
                  {platforms.length === 0 ? null : ` · ${platforms.join(', ')}`}
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

function RunsOn({ release, versions }: { readonly release: ReleaseView } & Pick<ReleasesProps, 'versions'>) {
  if (versions === undefined) return null;
  const { component, version } = release;
  const count =
    versions.find((each) => each.component === component && compareVersions(each.version, version) === 0)?.rows ?? 0;
  if (count === 0) return 'Runs nowhere · ';
  return (
    <>
      <Link to="/upgrades/fleet" search={{ component, version }}>
        Runs on {counted(count, 'host')}
      </Link>
      {' · '}
    </>
  );
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
