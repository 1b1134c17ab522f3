/** One host of the fleet: why each of its components is not upgrading, and what its tenant wishes. */
import type { Fleet } from '@springline/api/shapes/auto-upgrade';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { useNowMs, When } from '../look/when.tsx';
import { WithCommands } from './upgrade-page.tsx';
import { wishQuery } from './upgrade-queries.ts';
import { type FleetAgent, readPolicy, type Why, whyOf } from './why-not.ts';
import { WishSection } from './wish-section.tsx';

interface FleetPanelProps {
  /** Undefined: closed. */
  readonly agent: FleetAgent | undefined;
  readonly fleet: Fleet;
  readonly policy: { readonly policy?: unknown } | undefined;
  readonly policyFailure: Error | null;
  readonly onClose: () => void;
}

const stateTones = { online: 'good', offline: 'bad', revoked: 'none' } as const;

export function FleetPanel({ agent, fleet, policy, policyFailure, onClose }: FleetPanelProps) {
  return (
    <SidePanel
      isOpen={agent !== undefined}
      title={agent?.hostName ?? ''}
      state={agent === undefined ? null : <Badge tone={stateTones[agent.state]}>{agent.state}</Badge>}
      onClose={onClose}
    >
      {agent === undefined ? null : (
        <HostDetails agent={agent} fleet={fleet} policy={policy} policyFailure={policyFailure} />
      )}
    </SidePanel>
  );
}

type HostProps = Omit<FleetPanelProps, 'agent' | 'onClose'> & { readonly agent: FleetAgent };

function HostDetails({ agent, fleet, policy, policyFailure }: HostProps) {
  const { autoUpgrade } = agent;
  const wish = useQuery(wishQuery(useApi(), agent.agentId));
  return (
    <>
      <dl className="facts">
        <Fact title="Auto-upgrade">{autoUpgrade?.state ?? 'The host does not report it.'}</Fact>
        <Fact title="Channel">{autoUpgrade?.channel ?? 'unknown'}</Fact>
        <Fact title="Ring">{autoUpgrade?.ring ?? 'broad'}</Fact>
        {autoUpgrade?.role === 'staging' ? <Fact title="Role">staging</Fact> : null}
        <Fact title="Platform">{agent.platform ?? 'unknown'}</Fact>
        <Fact title="Last seen">{agent.lastSeenAt === undefined ? 'never' : <When at={agent.lastSeenAt} full />}</Fact>
        {autoUpgrade?.nextCheckAt === undefined ? null : (
          <Fact title="Next look">
            <When at={autoUpgrade.nextCheckAt} full />
          </Fact>
        )}
      </dl>
      <h3>Why is this server not upgrading?</h3>
      {policyFailure !== null ? (
        <MessageBar tone="warn" title="The signed policy could not be read.">
          What is held and why cannot be said without it. Refresh in a moment.
        </MessageBar>
      ) : policy === undefined || wish.data === undefined ? (
        <p className="quiet">{wish.isError ? 'The wish of the tenant could not be read.' : 'One moment…'}</p>
      ) : (
        <Whys agent={agent} fleet={fleet} policy={policy.policy} wish={wish.data.wish} />
      )}
      {wish.data === undefined ? null : <WishSection agent={agent} wish={wish.data.wish} />}
    </>
  );
}

type WhysProps = Pick<HostProps, 'agent' | 'fleet'> & {
  readonly policy: unknown;
  readonly wish: Parameters<typeof whyOf>[0]['wish'];
};

function Whys({ agent, fleet, policy, wish }: WhysProps) {
  const nowMs = useNowMs();
  const known = useMemo(() => readPolicy(policy), [policy]);
  const components = agent.autoUpgrade?.components ?? [];
  if (components.length === 0) {
    return <p className="quiet">The host has not said yet what runs on it. It does so with its next heartbeat.</p>;
  }
  return (
    <ul className="whys">
      {components.map((component) => {
        const { releases, agents } = fleet;
        const why = whyOf({ agent, component, policy: known, releases, wish, fleet: agents, nowMs });
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
