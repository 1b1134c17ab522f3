/** The end of the retired PKS channel: its phase and dates, who is left on it, and who has come over. */
import type { PksStatus } from '@springline/api/shapes/pks';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { useNowMs, When } from '../look/when.tsx';
import { Section, UpgradePage } from './upgrade-page.tsx';
import { pksQuery } from './upgrade-queries.ts';

export function PksPage() {
  const pks = useQuery(pksQuery(useApi()));
  if (pks.data === undefined) return null;
  return (
    <UpgradePage
      title="PKS clients"
      purpose="Product Key Services, the retired channel: who still asks it, and its end."
      asked={[pks]}
    >
      <Phase pks={pks.data} />
      <Left pks={pks.data} />
      <Bridges pks={pks.data} />
      <Bridged pks={pks.data} />
    </UpgradePage>
  );
}

const phaseWords = { announced: 'Announced', deprecated: 'Deprecated', sunset: 'Sunset', off: 'Off' } as const;
const phaseTones = { announced: 'busy', deprecated: 'warn', sunset: 'bad', off: 'none' } as const;

function Phase({ pks }: { readonly pks: PksStatus }) {
  const { phase, meaning, lifecycle } = pks;
  return (
    <Section id="phase" title="Phase" beside={<Badge tone={phaseTones[phase]}>{phaseWords[phase]}</Badge>}>
      <p className="section-words">{meaning}</p>
      {lifecycle === undefined ? (
        <p className="empty">
          No dates are set. Set them with <code>springline pks schedule</code>.
        </p>
      ) : (
        <ol className="milestones">
          <Milestone title="Announced" at={lifecycle.announcedAt} />
          <Milestone title="Deprecated" at={lifecycle.deprecatedAt} />
          <Milestone title="Sunset" at={lifecycle.sunsetAt} />
        </ol>
      )}
    </Section>
  );
}

function Milestone({ title, at }: { readonly title: string; readonly at: string }) {
  const isPast = Date.parse(at) <= useNowMs();
  return (
    <li data-past={isPast}>
      <strong>{title}</strong>
      <When at={at} full />
    </li>
  );
}

function Left({ pks }: { readonly pks: PksStatus }) {
  const { shown, more } = useRowLimit(pks.left);
  return (
    <Section id="left" title="Left on PKS" beside={<p className="quiet">{counted(pks.leftCount, 'client')}</p>}>
      {pks.leftCount === 0 ? (
        <p className="empty well">
          <Icon name="good" />
          <span>Nobody asks PKS any more.</span>
        </p>
      ) : (
        <>
          <div className="section-bar">
            <MessageBar tone="none" title="Claims of strangers.">
              Host names and versions are as the clients say them; nobody has verified them.
            </MessageBar>
          </div>
          <div className="table-frame">
            <table className="plain-table" aria-labelledby="left">
              <thead>
                <tr>
                  <th scope="col">Host, as it says</th>
                  <th scope="col">Component</th>
                  <th scope="col">Version</th>
                  <th scope="col">Channel</th>
                  <th scope="col">Last seen</th>
                  <th scope="col">Way over</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((client) => (
                  <tr key={`${client.claimedHostName} ${client.component} ${client.keyHash}`}>
                    <th scope="row">{client.claimedHostName}</th>
                    <td>{componentTitles[client.component]}</td>
                    <td data-label="Version">
                      <span className="figure">{client.claimedVersion}</span>
                    </td>
                    <td>
                      <Badge tone={client.channel === 'PKS' ? 'warn' : 'busy'}>{client.channel}</Badge>
                    </td>
                    <td data-label="Last seen">
                      <When at={client.lastSeenAt} />
                    </td>
                    <td>
                      {client.needsSwingMigration
                        ? 'Too old for the bridge: swing migration to a new server'
                        : client.channel === 'bridged'
                          ? 'Runs the bridge build; enrol it'
                          : 'Takes the bridge by itself'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {more}
          {pks.left.length < pks.leftCount ? (
            <p className="quiet upgrades-more">The {countWords(pks.left.length)} that were seen last are shown.</p>
          ) : null}
        </>
      )}
    </Section>
  );
}

/** What is not current is cured by whoever holds the keys: `springline pks sign`. */
function BridgeBadge({ bridge }: { readonly bridge: PksStatus['bridges'][number] }) {
  if (bridge.standing === 'recalled') return <Badge tone="bad">Recalled: sign another</Badge>;
  if (!bridge.isAvailable) return <Badge tone="bad">Its files are missing</Badge>;
  if (bridge.standing === 'outdated') return <Badge tone="none">A newer release waits to be signed</Badge>;
  return <Badge tone="good">Available</Badge>;
}

function Bridges({ pks }: { readonly pks: PksStatus }) {
  return (
    <Section id="bridges" title="Bridge builds">
      {pks.bridges.length === 0 ? (
        <p className="empty">
          None is signed yet, so PKS offers nothing. Sign one with <code>springline pks sign</code>.
        </p>
      ) : (
        <ul className="plain-list">
          {pks.bridges.map((bridge) => (
            <li key={bridge.component}>
              <div>
                <p className="plain-list-title">
                  <strong>
                    {componentTitles[bridge.component]} {bridge.version}
                  </strong>
                  <BridgeBadge bridge={bridge} />
                </p>
                <p className="quiet">
                  Signed <When at={bridge.signedAt} />
                  {bridge.upgradesFrom === undefined ? null : `, upgrades from ${bridge.upgradesFrom} on`}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Bridged({ pks }: { readonly pks: PksStatus }) {
  const { shown, more } = useRowLimit(pks.bridged);
  return (
    <Section id="bridged" title="Come over" beside={<p className="quiet">{counted(pks.bridgedCount, 'client')}</p>}>
      {pks.bridgedCount === 0 ? (
        <p className="empty">Nobody yet. Who takes the bridge and enrols shows here.</p>
      ) : (
        <ul className="plain-list">
          {shown.map((client) => (
            <li key={`${client.claimedHostName} ${client.component}`}>
              <div>
                <p>
                  <strong>{client.claimedHostName}</strong>
                </p>
                <p className="quiet">
                  {componentTitles[client.component]} {client.claimedVersion}, <When at={client.bridgedAt} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {more}
    </Section>
  );
}
