/** Auto-upgrade of every host: on which builds it is, what is under way, how the last upgrade went. */
import type { ComponentUpgrade, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import type { HomeView } from '@springline/api/shapes/person';
import { Badge } from '../look/badge.tsx';
import { counted } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { durationWords } from '../look/when-words.ts';
import { componentTitles } from './agent-states.ts';
import { autoUpgradeWords, type UpgradingHost, upgradeResultTone, upgradeWords, upgradingHosts } from './upgrades.ts';

/** More have their place in the details of their agents. */
const hostLimit = 12;

export function UpgradesSection({ home }: { readonly home: HomeView }) {
  const hosts = upgradingHosts(home);
  if (home.agents.length === 0) return null;
  return (
    <section className="section" aria-labelledby="upgrades">
      <div className="section-head">
        <h2 id="upgrades" tabIndex={-1}>
          Upgrades
        </h2>
      </div>
      {hosts.length === 0 ? (
        <p className="empty">No agent reports auto-upgrade yet. One that does appears here by itself.</p>
      ) : null}
      {hosts.slice(0, hostLimit).map((host) => (
        <HostUpgrades key={host.agent.id} host={host} />
      ))}
      {hosts.length > hostLimit ? (
        <p className="quiet upgrades-more">{counted(hosts.length - hostLimit, 'more host')}: open their agents.</p>
      ) : null}
    </section>
  );
}

function HostUpgrades({ host }: { readonly host: UpgradingHost }) {
  return (
    <article className="upgrade-host">
      <div className="upgrade-host-head">
        <h3>{host.agent.hostName}</h3>
        <AutoUpgradeState host={host} />
      </div>
      <UpgradeList host={host} />
    </article>
  );
}

/** The state with its reason, the channel, and when it last looked for releases. */
export function AutoUpgradeState({ host }: { readonly host: UpgradingHost }) {
  const { state, suspensionReason, channel, checkedAt, nextCheckAt } = host.autoUpgrade;
  const looksAgain = host.agent.state === 'online' && state !== 'Disabled';
  const { tone, words } = autoUpgradeWords(host);
  return (
    <div className="upgrade-facts">
      <p className="upgrade-fact">
        <span className="quiet">Auto-upgrade</span> <Badge tone={tone}>{words}</Badge>
      </p>
      <p className="upgrade-fact">
        <span className="quiet">Channel</span> <span>{channel}</span>
      </p>
      <p className="quiet">
        {checkedAt === undefined ? 'No look yet' : <>Looked {<When at={checkedAt} />}</>}
        {nextCheckAt === undefined || !looksAgain ? null : <>, again {<When at={nextCheckAt} />}</>}
      </p>
      {suspensionReason === undefined ? null : <p className="upgrade-reason">{suspensionReason}</p>}
    </div>
  );
}

export function UpgradeList({ host }: { readonly host: UpgradingHost }) {
  return (
    <ul className="upgrade-list">
      {host.autoUpgrade.components.map((component) => (
        <UpgradeLine key={component.component} host={host} component={component} />
      ))}
    </ul>
  );
}

function UpgradeLine({ host, component }: { readonly host: UpgradingHost; readonly component: ComponentUpgrade }) {
  const { tone, words } = upgradeWords(host, component);
  const { blocked, lastUpgrade } = component;
  return (
    <li>
      <p>
        <strong>{componentTitles[component.component]}</strong> <span className="figure">{component.version}</span>
      </p>
      <div>
        <Badge tone={tone}>{words}</Badge>
        {blocked === undefined ? null : (
          <>
            <p className="upgrade-reason">{blocked.reason}</p>
            <p className="quiet">
              Tried again <When at={blocked.until} />
            </p>
          </>
        )}
      </div>
      {lastUpgrade === undefined ? <p className="quiet">No upgrade yet</p> : <LastUpgrade upgrade={lastUpgrade} />}
    </li>
  );
}

function LastUpgrade({ upgrade }: { readonly upgrade: UpgradeResult }) {
  const { from, to, result, reason, endedAt, gapMs } = upgrade;
  return (
    <div>
      <p>
        <Badge tone={upgradeResultTone(result)}>{result}</Badge>
      </p>
      <p className="quiet">
        <span className="figure">{from}</span> to <span className="figure">{to}</span>, <When at={endedAt} />
        {gapMs === undefined ? null : `, gap ${durationWords(gapMs)}`}
      </p>
      {reason === undefined ? null : <p className="upgrade-reason">{reason}</p>}
    </div>
  );
}
