/** Minimum versions: until when, who is below and why, what being below costs, and the way out. */
import type { BelowServer, Minimums } from '@springline/api/shapes/campaign';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import {
  campaignTone,
  daysLeftWords,
  effectWords,
  type Group,
  groupWords,
  isAnnounced,
  safeShare,
} from '../home/campaign-words.ts';
import { minimumsQuery } from '../home/minimums-query.ts';
import { Badge } from '../look/badge.tsx';
import { useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { ShareBar } from './ring-bars.tsx';
import { Section, UpgradePage, WithCommands } from './upgrade-page.tsx';

export function MinimumsPage() {
  const minimums = useQuery(minimumsQuery(useApi()));
  if (minimums.data === undefined) return null;
  return (
    <UpgradePage title="Minimums" purpose="The oldest builds that may go on, and until when." asked={[minimums]}>
      {minimums.data.campaign === undefined ? <NoCampaign /> : <Campaign minimums={minimums.data} />}
    </UpgradePage>
  );
}

function NoCampaign() {
  return (
    <Section id="campaign" title="No campaign runs">
      <p className="empty">
        Nothing is asked of any server at the moment. A release manager opens a campaign with{' '}
        <code>springline campaign open FILE</code>; who is below shows here at once.
      </p>
    </Section>
  );
}

function Campaign({ minimums }: { readonly minimums: Minimums }) {
  const campaign = minimums.campaign!;
  const share = safeShare(minimums);
  const tone = campaignTone(minimums);
  return (
    <>
      {minimums.problems.map((problem) => (
        <MessageBar key={problem} tone="warn" title="The campaign itself has a gap.">
          {problem}
        </MessageBar>
      ))}
      <section className="countdown" data-tone={tone} aria-labelledby="campaign">
        <div className="countdown-days">
          <p className="countdown-number">{countWords(Math.abs(campaign.daysLeft))}</p>
          <p>{campaign.daysLeft >= 0 ? (campaign.daysLeft === 1 ? 'day left' : 'days left') : 'days past'}</p>
        </div>
        <div className="countdown-words">
          <h2 id="campaign">{campaign.title}</h2>
          <p>
            By <strong>{dateWords(campaign.deadline.date)}</strong>, the whole of that day in {campaign.deadline.zone}.
            Effects start <When at={campaign.deadline.endsAt} full />.
          </p>
          {share === undefined ? null : (
            <div className="countdown-share">
              <ShareBar
                ppm={(1_000_000 * share.ok) / share.judged}
                tone={share.ok === share.judged ? 'good' : 'warn'}
              />
              <span>
                <strong>{share.percent}%</strong> on a safe build: {countWords(share.ok)} of{' '}
                {counted(share.judged, 'installation')}
              </span>
            </div>
          )}
          <p className="quiet">
            Published <When at={campaign.publishedAt} full />
            {campaign.revisions > 1 ? `, revision ${campaign.revision} of ${campaign.revisions}` : null}
          </p>
          {campaign.note === undefined ? null : <p>{campaign.note}</p>}
          {campaign.assumption === undefined ? null : <p className="quiet">Assumed: {campaign.assumption}</p>}
        </div>
      </section>
      <MinimumsTable minimums={minimums} />
      <Affected minimums={minimums} daysLeft={daysLeftWords(campaign.daysLeft)} />
    </>
  );
}

const dateForm = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
/** A date without a time stays that date in every zone. */
const dateWords = (date: string): string => dateForm.format(new Date(`${date}T00:00:00Z`));

const minimumEffects = { notify: 'Notices', restrict: 'Restricted', 'stop-sync': 'Sync stops' } as const;

function MinimumsTable({ minimums }: { readonly minimums: Minimums }) {
  return (
    <Section id="minimums" title="By component">
      <div className="table-frame">
        <table className="plain-table" aria-labelledby="minimums">
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col">Minimum</th>
              <th scope="col" className="number">
                OK
              </th>
              <th scope="col" className="number">
                Below
              </th>
              <th scope="col" className="number">
                Not judged
              </th>
              <th scope="col">After the date</th>
            </tr>
          </thead>
          <tbody>
            {minimums.minimums.map((each) => (
              <tr key={each.component}>
                <th scope="row">{componentTitles[each.component]}</th>
                <td data-label="Minimum">
                  {isAnnounced(each) ? <span className="figure">{each.version}</span> : 'not yet announced'}
                  {each.byHand ? <span className="quiet"> by hand</span> : null}
                  {each.carriedBy === undefined ? null : (
                    <span className="quiet">
                      {' '}
                      with {componentTitles[each.carriedBy.component]} {each.carriedBy.version}
                    </span>
                  )}
                </td>
                <Count title="OK" count={isAnnounced(each) ? each.ok : undefined} tone="good" />
                <Count title="Below" count={isAnnounced(each) ? each.below : undefined} tone="bad" />
                <Count title="Not judged" count={each.notJudged} tone="none" />
                <td data-label="After the date">{minimumEffects[each.effect]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Count({
  title,
  count,
  tone,
}: {
  readonly title: string;
  readonly count: number | undefined;
  readonly tone: Tone;
}) {
  return (
    <td className="number" data-label={title} data-tone={count === undefined || count === 0 ? 'none' : tone}>
      {count === undefined ? '–' : countWords(count)}
    </td>
  );
}

const groupOrder: readonly Group[] = ['opted-out', 'failed', 'on-pks', 'not-seen', 'by-hand', 'upgrading'];

function Affected({ minimums, daysLeft }: { readonly minimums: Minimums; readonly daysLeft: string }) {
  const { servers, serversTotal } = minimums;
  return (
    <Section
      id="affected"
      title="Who is below"
      beside={
        <p className="quiet">{serversTotal === 0 ? daysLeft : `${counted(serversTotal, 'server')}, ${daysLeft}`}</p>
      }
    >
      {serversTotal === 0 ? (
        <p className="empty well">
          <Icon name="good" />
          <span>Nobody. Every server that the campaign judges is on a safe build.</span>
        </p>
      ) : (
        groupOrder.map((group) => (
          <AffectedGroup
            key={group}
            group={group}
            count={minimums.groups[group]}
            servers={servers.filter((server) => server.group === group)}
          />
        ))
      )}
      {servers.length < serversTotal ? (
        <p className="quiet upgrades-more">The first {countWords(servers.length)} are shown.</p>
      ) : null}
    </Section>
  );
}

interface AffectedGroupProps {
  readonly group: Group;
  readonly count: number;
  readonly servers: readonly BelowServer[];
}

function AffectedGroup({ group, count, servers }: AffectedGroupProps) {
  const { shown, more } = useRowLimit(servers);
  if (count === 0) return null;
  const { title, wayOut } = groupWords[group];
  return (
    <section className="group" aria-label={title}>
      <div className="group-head">
        <h3>
          {title} <span className="group-count">{countWords(count)}</span>
        </h3>
        <p className="quiet">
          <WithCommands text={wayOut} />
        </p>
      </div>
      <ul className="group-servers">
        {shown.map((server) => (
          <Server key={`${server.tenant} ${server.hostName} ${server.agentId ?? ''}`} server={server} />
        ))}
      </ul>
      {more}
    </section>
  );
}

const effectTones: Record<BelowServer['effect'], Tone> = {
  none: 'none',
  notify: 'busy',
  restrict: 'warn',
  'stop-sync': 'bad',
};

function Server({ server }: { readonly server: BelowServer }) {
  return (
    <li>
      <div>
        <p className="server-name">
          <strong>{server.hostName}</strong>
        </p>
        <p className="quiet">
          {server.tenant}
          {server.source === 'recorded' ? ', as recorded' : ''}
        </p>
      </div>
      <ul className="server-components">
        {server.components.map(({ component, version, why }) => (
          <li key={component}>
            <span>
              {componentTitles[component]} <span className="figure">{version}</span>
            </span>
            <span className="quiet">{why}</span>
          </li>
        ))}
      </ul>
      <Badge tone={effectTones[server.effect]}>{effectWords[server.effect]}</Badge>
    </li>
  );
}
