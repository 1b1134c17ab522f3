/** `/version-history`: which versions came out when, by which channels, and until when each is supported. For anybody. */
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { pathOf } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted } from '../look/number-words.ts';
import { Section, UpgradePage } from '../upgrades/upgrade-page.tsx';
import { historyQuery } from './history-query.ts';
import {
  anchorIn,
  channelWords,
  dayWords,
  type History,
  type HistoryRow,
  type HistoryTab,
  historyTabs,
  lossesOf,
  lostWords,
  supportWords,
  tabOf,
} from './history-words.ts';
import './history.css';

export function HistoryPage() {
  const { product } = useParams({ strict: false });
  const tab = tabOf(product);
  return tab === undefined ? null : <HistoryOf key={tab.product} tab={tab} />;
}

function HistoryOf({ tab }: { readonly tab: HistoryTab }) {
  const history = useQuery(historyQuery(useApi(), tab.product));
  const hash = useLocation({ select: (location) => location.hash });
  const marked = useMemo(() => anchorIn(hash, history.data?.rows ?? []), [hash, history.data]);
  useJump(marked ?? hash, history.data !== undefined);
  if (history.data === undefined) return null;
  const { rows, on } = history.data;
  const isSection = rows.some(({ component }) => component === hash);
  return (
    <UpgradePage
      title="Version history"
      area={tab.title}
      purpose={`${tab.purpose} As of ${dayWords(on)}, UTC.`}
      asked={[history]}
      commands={<HistoryLinks tab={tab} />}
    >
      <nav className="tabs" aria-label="Histories">
        {historyTabs.map(({ product, title }) => (
          <Link
            key={product}
            className="tab"
            to="/version-history/$product"
            params={{ product }}
            aria-current={product === tab.product ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      {hash === '' || marked !== undefined || isSection ? null : (
        <MessageBar tone="warn" title="That version is not here.">
          No version of {tab.title} has the address #{hash}. Look at the other histories.
        </MessageBar>
      )}
      {tab.product === 'springline' ? (
        <OwnReleases history={history.data} marked={marked} />
      ) : (
        <Section id="versions" title="Versions" beside={<p className="quiet">{counted(rows.length, 'version')}</p>}>
          <Versions history={history.data} rows={rows} marked={marked} />
        </Section>
      )}
      <Minimums history={history.data} />
      <Milestones history={history.data} />
    </UpgradePage>
  );
}

/** To the version that the address names, so that it is seen and read out. */
function useJump(id: string, isThere: boolean) {
  useEffect(() => {
    if (!isThere || id === '') return;
    const place = document.getElementById(id);
    place?.scrollIntoView({ block: 'start' });
    place?.focus({ preventScroll: true });
  }, [id, isThere]);
}

function HistoryLinks({ tab }: { readonly tab: HistoryTab }) {
  const feed = pathOf('getVersionHistoryFeed', { product: tab.product });
  return (
    <>
      <link rel="alternate" type="application/atom+xml" title={`${tab.title}: version history`} href={feed} />
      <Link className="command" to="/download" hash={tab.component ?? ''}>
        <Icon name="download" />
        <span>Download</span>
      </Link>
      <a className="command" href={feed} type="application/atom+xml">
        <Icon name="list" />
        <span>Atom feed</span>
      </a>
      <a className="command" href={pathOf('getVersionHistory', { product: tab.product })}>
        <Icon name="log" />
        <span>JSON</span>
      </a>
    </>
  );
}

interface VersionsProps {
  readonly history: History;
  readonly rows: readonly HistoryRow[];
  readonly marked: string | undefined;
}

function OwnReleases({ history, marked }: Omit<VersionsProps, 'rows'>) {
  const byComponent = [...Map.groupBy(history.rows, ({ component }) => component)];
  if (byComponent.length === 0) {
    return (
      <Section id="versions" title="No releases">
        <p className="empty">
          Nothing is published yet. Publish a release with <code>springline release publish</code>.
        </p>
      </Section>
    );
  }
  return byComponent.map(([component, rows]) =>
    component === undefined ? null : (
      <Section
        key={component}
        id={component}
        title={componentTitles[component]}
        beside={
          <Link to="/download" hash={component}>
            Download the current one
          </Link>
        }
      >
        <Versions history={history} rows={rows} marked={marked} />
      </Section>
    ),
  );
}

function Versions({ history, rows, marked }: VersionsProps) {
  return (
    <ol className="versions">
      {rows.map((row) => (
        <Version key={row.anchor} history={history} row={row} isMarked={row.anchor === marked} />
      ))}
    </ol>
  );
}

function Version({
  history,
  row,
  isMarked,
}: Pick<VersionsProps, 'history'> & { readonly row: HistoryRow; readonly isMarked: boolean }) {
  const { version, anchor, releasedOn, status, notes, bundledHealth, roles } = row;
  const { tone, state, detail } = supportWords(row);
  return (
    <li className="release version" data-marked={isMarked}>
      <div>
        <h3 id={anchor} tabIndex={-1} className="release-version" aria-current={isMarked ? 'true' : undefined}>
          <Link to="." hash={anchor} className="version-link" aria-label={`${version}, link to this version`}>
            {version}
          </Link>
        </h3>
        <p className="quiet">{releasedOn === undefined ? 'Date not published' : dayWords(releasedOn)}</p>
      </div>
      <div className="release-words">
        <p className="release-badges">
          <Badge tone={tone}>{state}</Badge>
          {status === 'never-released' ? <Badge tone="warn">Never released</Badge> : null}
        </p>
        {detail.length === 0 ? null : <p>{detail.join(' ')}</p>}
        {lossesOf(row, history).map((loss) => (
          <p key={loss} className="version-loss">
            {loss}
          </p>
        ))}
        <p className="quiet">
          {channelWords(row)}
          {bundledHealth === undefined ? null : `. Brings the Health agent ${bundledHealth}`}
          {roles === undefined ? null : `. For ${roles.join(', ')}`}
        </p>
        {notes.length === 0 ? null : (
          <ul className="version-notes">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function Minimums({ history: { forcedMinimums } }: Pick<VersionsProps, 'history'>) {
  if (forcedMinimums.length === 0) return null;
  return (
    <Section id="minimums" title="Minimums that were forced">
      <ul className="plain-list">
        {forcedMinimums.map(({ version, deadline, takes, source, note }) => (
          <li key={`${version} ${deadline}`}>
            <div>
              <p className="plain-list-title">
                <strong>
                  {version} by {dayWords(deadline)}
                </strong>
              </p>
              <p className="quiet">
                Builds below lose {takes.map((each) => lostWords[each] ?? each).join(', ')}
                {source === 'reported' ? '; told by third parties only' : null}
                {note === undefined ? null : `; ${note}`}.
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Milestones({ history: { milestones } }: Pick<VersionsProps, 'history'>) {
  if (milestones.length === 0) return null;
  return (
    <Section id="milestones" title="Beside the versions">
      <ul className="plain-list">
        {milestones.map(({ on, what }) => (
          <li key={`${on} ${what}`}>
            <p>
              <strong>{dayWords(on)}</strong> {what}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
