/** Details of one agent, over the right edge of the page. They stay live while open. */
import type { AgentView, ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import { Badge } from '../look/badge.tsx';
import { countWords } from '../look/number-words.ts';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { agentTone, componentTitles, componentTone, componentWords } from './agent-states.ts';
import { StepsList } from './steps-list.tsx';
import { CycleLine } from './sync-section.tsx';
import type { UpgradingHost } from './upgrades.ts';
import { AutoUpgradeState, UpgradeList } from './upgrades-section.tsx';

interface AgentPanelProps {
  /** Undefined: closed. */
  readonly agent: AgentView | undefined;
  readonly onClose: () => void;
}

export function AgentPanel({ agent, onClose }: AgentPanelProps) {
  return (
    <SidePanel
      isOpen={agent !== undefined}
      title={agent?.hostName ?? ''}
      state={agent === undefined ? null : <Badge tone={agentTone(agent)}>{agent.state}</Badge>}
      onClose={onClose}
    >
      {agent === undefined ? null : <AgentDetails agent={agent} />}
    </SidePanel>
  );
}

function AgentDetails({ agent }: { readonly agent: AgentView }) {
  return (
    <>
      <dl className="facts">
        <Fact title="Version">{agent.version}</Fact>
        <Fact title="Platform">{agent.platform}</Fact>
        <Fact title="Last seen">{agent.lastSeenAt === undefined ? 'never' : <When at={agent.lastSeenAt} full />}</Fact>
        <Fact title="Enrolled">
          <When at={agent.enrolledAt} full />
        </Fact>
        <Fact title="Key fingerprint">
          <code className="fingerprint">{agent.fingerprint}</code>
        </Fact>
        <Fact title="Agent ID">
          <code className="fingerprint">{agent.id}</code>
        </Fact>
      </dl>
      <h3>Components</h3>
      {agent.components.length === 0 ? <p className="quiet">It has not reported any yet.</p> : null}
      <ul className="component-cards">
        {agent.components.map((component) => (
          <ComponentCard key={component.component} agent={agent} component={component} />
        ))}
      </ul>
      {agent.autoUpgrade === undefined ? null : <Upgrades host={{ agent, autoUpgrade: agent.autoUpgrade }} />}
      {agent.sync === undefined ? null : <LastCycle sync={agent.sync} />}
    </>
  );
}

const mebibyte = 1024 * 1024;

function ComponentCard({ agent, component }: { readonly agent: AgentView; readonly component: ComponentView }) {
  return (
    <li>
      <p className="component-title">
        <strong>{componentTitles[component.component]}</strong> <span className="figure">{component.version}</span>
      </p>
      <Badge tone={componentTone(agent, component)}>{componentWords(agent, component)}</Badge>
      <p className="quiet">
        since <When at={component.since} />
        {component.rssBytes === undefined
          ? null
          : ` · ${countWords(Math.round(component.rssBytes / mebibyte))} MiB memory`}
      </p>
      {component.detail === undefined ? null : <p>{component.detail}</p>}
    </li>
  );
}

function Upgrades({ host }: { readonly host: UpgradingHost }) {
  return (
    <>
      <h3>Upgrades</h3>
      <AutoUpgradeState host={host} />
      <UpgradeList host={host} />
    </>
  );
}

function LastCycle({ sync }: { readonly sync: SyncStatus }) {
  return (
    <>
      <h3>Last cycle of {sync.connector}</h3>
      {sync.lastCycle === undefined ? (
        <p className="quiet">None has ended yet.</p>
      ) : (
        <>
          <CycleLine cycle={sync.lastCycle} />
          <StepsList steps={sync.lastCycle.steps} withCounters />
        </>
      )}
    </>
  );
}
