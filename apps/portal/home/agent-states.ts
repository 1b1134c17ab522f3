/** States of agents and components: tone, words, order. */
import type { AgentView, ComponentName, ComponentView } from '@springline/api/shapes/agent';
import { bySeverity, type Tone, worstTone } from '../look/tone.ts';
import { compareVersions } from '../look/version-order.ts';

export const componentTitles: Record<ComponentName, string> = {
  'connect-sync': 'Connect Sync',
  'cloud-sync': 'Cloud Sync',
  'health-sync': 'Connect Health for Sync',
  'health-ad-ds': 'Connect Health for AD DS',
  'health-ad-fs': 'Connect Health for AD FS',
  'agent-updater': 'Agent Updater',
};

const agentTones: Record<AgentView['state'], Tone> = { online: 'good', offline: 'bad', revoked: 'none' };
const componentTones: Record<ComponentView['state'], Tone> = {
  running: 'good',
  starting: 'busy',
  stopped: 'warn',
  failing: 'bad',
};

export const agentTone = (agent: AgentView): Tone => agentTones[agent.state];

/** What a component last said is hearsay once its agent is silent, so it is neither good nor bad then. */
export function componentTone(agent: AgentView, component: ComponentView): Tone {
  return agent.state === 'online' ? componentTones[component.state] : 'none';
}

/** `running`; `was running` when that is hearsay. */
export const componentWords = (agent: AgentView, component: ComponentView): string =>
  agent.state === 'online' ? component.state : `was ${component.state}`;

export const worstComponentTone = (agent: AgentView): Tone =>
  worstTone(agent.components.map((component) => componentTone(agent, component)));

export const agentColumns = ['host', 'state', 'version', 'components', 'seen'] as const;
export type AgentColumn = (typeof agentColumns)[number];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Ascending orders. States and components run from the worst; last seen from the longest ago. */
const agentOrders: Record<AgentColumn, (left: AgentView, right: AgentView) => number> = {
  host: (left, right) => collator.compare(left.hostName, right.hostName),
  state: (left, right) => bySeverity(agentTone(left), agentTone(right)),
  version: (left, right) => compareVersions(left.version, right.version),
  components: (left, right) => bySeverity(worstComponentTone(left), worstComponentTone(right)),
  seen: (left, right) => (left.lastSeenAt ?? '').localeCompare(right.lastSeenAt ?? ''),
};

/** A sorted copy; equals keep the order of their host names. */
export function sortAgents(agents: readonly AgentView[], column: AgentColumn, descending: boolean): AgentView[] {
  const order = agentOrders[column];
  const sign = descending ? -1 : 1;
  return agents.toSorted((left, right) => sign * order(left, right) || agentOrders.host(left, right));
}

/** Agents whose host name, version, state or a component holds the text; all of them for blank text. */
export function filterAgents(agents: readonly AgentView[], text: string): readonly AgentView[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return agents;
  return agents.filter((agent) =>
    [
      agent.hostName,
      agent.state,
      agent.version,
      ...agent.components.map((each) => componentTitles[each.component]),
    ].some((word) => word.toLowerCase().includes(wanted)),
  );
}
