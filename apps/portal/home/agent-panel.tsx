/** Details of one agent, over the right edge of the page. They stay live while open. */
import type { AgentView, ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import { Button } from 'react-aria-components/Button';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { countWords } from '../look/number-words.ts';
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
    <ModalOverlay
      className="panel-veil"
      isOpen={agent !== undefined}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className="panel">
        <Dialog className="panel-dialog">
          {agent === undefined ? null : <AgentDetails agent={agent} onClose={onClose} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function AgentDetails({ agent, onClose }: { readonly agent: AgentView; readonly onClose: () => void }) {
  return (
    <>
      <div className="panel-head">
        <div>
          <Heading slot="title" level={2}>
            {agent.hostName}
          </Heading>
          <Badge tone={agentTone(agent)}>{agent.state}</Badge>
        </div>
        <Button className="icon-button" aria-label="Close" onPress={onClose}>
          <Icon name="close" />
        </Button>
      </div>
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

function Fact({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
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
