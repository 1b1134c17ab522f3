/** One host of the fleet: why each of its components is not upgrading, and what its tenant wishes. */
import type { OwnSchedule } from '@springline/api/shapes/auto-upgrade';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '../api-context.ts';
import { releasesQuery } from '../history/history-query.ts';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { useNowMs, When } from '../look/when.tsx';
import { WithCommands } from './upgrade-page.tsx';
import { stagingQuery, wishQuery } from './upgrade-queries.ts';
import { type FleetAgent, readPolicy, type Why, whyOf } from './why-not.ts';
import { WishSection } from './wish-section.tsx';

interface FleetPanelProps {
  /** Undefined: closed. */
  readonly agent: FleetAgent | undefined;
  readonly policy: { readonly policy?: unknown } | undefined;
  readonly policyFailure: Error | null;
  readonly onClose: () => void;
}

const stateTones = { online: 'good', offline: 'bad', revoked: 'none' } as const;

export function FleetPanel({ agent, policy, policyFailure, onClose }: FleetPanelProps) {
  return (
    <SidePanel
      isOpen={agent !== undefined}
      title={agent?.hostName ?? ''}
      state={agent === undefined ? null : <Badge tone={stateTones[agent.state]}>{agent.state}</Badge>}
      onClose={onClose}
    >
      {agent === undefined ? null : <HostDetails agent={agent} policy={policy} policyFailure={policyFailure} />}
    </SidePanel>
  );
}

type HostProps = Omit<FleetPanelProps, 'agent' | 'onClose'> & { readonly agent: FleetAgent };

function HostDetails({ agent, policy, policyFailure }: HostProps) {
  const { autoUpgrade } = agent;
  const api = useApi();
  const wish = useQuery(wishQuery(api, agent.agentId));
  const published = useQuery(releasesQuery(api));
  const staging = useQuery(stagingQuery(api));
  const isFailed = [wish, published, staging].some(({ isError }) => isError);
  return (
    <>
      <dl className="facts">
        <Fact title="Auto-upgrade">{autoUpgrade?.state ?? 'The host does not report it.'}</Fact>
        <Fact title="Channel">{autoUpgrade?.channel ?? 'unknown'}</Fact>
        <Fact title="Ring">{autoUpgrade?.ring ?? usualRing}</Fact>
        {autoUpgrade?.role === 'staging' ? <Fact title="Role">staging</Fact> : null}
        <Fact title="Platform">{agent.platform ?? 'unknown'}</Fact>
        <Fact title="Last seen">{agent.lastSeenAt === undefined ? 'never' : <When at={agent.lastSeenAt} full />}</Fact>
        {autoUpgrade?.nextCheckAt === undefined ? null : (
          <Fact title="Next look">
            <When at={autoUpgrade.nextCheckAt} full />
          </Fact>
        )}
      </dl>
      {autoUpgrade?.own === undefined ? null : <OwnSettings own={autoUpgrade.own} />}
      <h3>Why is this server not upgrading?</h3>
      {policyFailure !== null ? (
        <MessageBar tone="warn" title="The signed policy could not be read.">
          What is held and why cannot be said without it. Refresh in a moment.
        </MessageBar>
      ) : policy === undefined || wish.data === undefined || !published.data || !staging.data ? (
        <p className="quiet">{isFailed ? 'What this is judged by could not be read.' : 'One moment…'}</p>
      ) : (
        <Whys
          agent={agent}
          releases={published.data.releases}
          staging={staging.data}
          policy={policy.policy}
          wish={wish.data.wish}
        />
      )}
      {wish.data === undefined ? null : <WishSection agent={agent} wish={wish.data.wish} />}
    </>
  );
}

/** What the host's own administrator set; it can only be changed there. */
function OwnSettings({ own }: { readonly own: OwnSchedule }) {
  const { windows = [], opensAt, pin, freezes = [], notBefore, consentsToFloors } = own;
  return (
    <>
      <h3>Set on the host</h3>
      <dl className="facts">
        <Fact title="Maintenance window">{windows.length === 0 ? 'none: at any time' : windows.join('; ')}</Fact>
        {windows.length === 0 ? null : (
          <Fact title="Next possible time">
            {opensAt === undefined ? 'now: a window is open' : <When at={opensAt} full />}
          </Fact>
        )}
        {pin === undefined ? null : <Fact title="Pin">never above {pin}</Fact>}
        {notBefore === undefined ? null : (
          <Fact title="Not before">
            <When at={notBefore} full />
          </Fact>
        )}
        {freezes.map(({ from, until }) => (
          <Fact key={from} title="Freeze">
            <When at={from} full /> until <When at={until} full />
          </Fact>
        ))}
        <Fact title="Floors">
          {consentsToFloors
            ? 'may act here, also where it is Disabled'
            : 'no consent: a floor does not act against Disabled'}
        </Fact>
      </dl>
    </>
  );
}

type WhysProps = Pick<HostProps, 'agent'> & {
  readonly releases: Parameters<typeof whyOf>[0]['releases'];
  readonly staging: readonly FleetAgent[];
  readonly policy: unknown;
  readonly wish: Parameters<typeof whyOf>[0]['wish'];
};

function Whys({ agent, releases, staging, policy, wish }: WhysProps) {
  const nowMs = useNowMs();
  const known = useMemo(() => readPolicy(policy), [policy]);
  const components = agent.autoUpgrade?.components ?? [];
  if (components.length === 0) {
    return <p className="quiet">The host has not said yet what runs on it. It does so with its next heartbeat.</p>;
  }
  return (
    <ul className="whys">
      {components.map((component) => {
        const why = whyOf({ agent, component, policy: known, releases, wish, staging, nowMs });
        return (
          <WhyCard
            key={component.component}
            title={`${componentTitles[component.component]} ${component.version}`}
            why={why}
          />
        );
      })}
    </ul>
  );
}

function WhyCard({ title, why }: { readonly title: string; readonly why: Why }) {
  return (
    <li className="why" data-tone={why.tone}>
      <p className="quiet">{title}</p>
      <p className="why-headline">
        <Icon name={why.tone} />
        <strong>{why.headline}</strong>
      </p>
      <p>{why.detail}</p>
      {why.notBefore === undefined ? null : (
        <p>
          Not before <When at={why.notBefore} full />
        </p>
      )}
      <p className="why-way">
        <span className="quiet">Way out</span>{' '}
        <span>
          <WithCommands text={why.wayOut} />
        </span>
      </p>
      {why.others.length === 0 ? null : (
        <ul className="why-others" aria-label="Other builds">
          {why.others.map(({ version, says, notBefore }) => (
            <li key={version}>
              <strong>{version}</strong> {says === '' ? 'Nothing holds it.' : says}
              {notBefore === undefined ? null : (
                <>
                  {' '}
                  Not before <When at={notBefore} />.
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="why-rule quiet">
        Rule <code>{why.rule}</code>
      </p>
    </li>
  );
}
