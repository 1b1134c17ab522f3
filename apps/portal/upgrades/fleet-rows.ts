/** The fleet as rows, one for each component on each host: filter, order, and a file to work through in a spreadsheet. */
import type { ComponentUpgrade, Fleet } from '@springline/api/shapes/auto-upgrade';
import { componentTitles } from '../home/agent-states.ts';
import { csvText } from '../look/csv.ts';
import type { FleetAgent } from './why-not.ts';

export interface FleetRow {
  /** Of the host and the component. */
  readonly key: string;
  readonly agent: FleetAgent;
  /** Absent from a host that knows nothing of auto-upgrade. */
  readonly component?: ComponentUpgrade;
  readonly title: string;
  readonly version: string;
  /** Enabled, Disabled, Suspended; `unknown` where the host does not say. */
  readonly state: string;
  /** HUS, PKS, bridged; `unknown` where the host does not say. */
  readonly channel: string;
  readonly ring: string;
  /** How the last upgrade ended. */
  readonly lastResult: string;
  /** RFC 3339. */
  readonly lastEndedAt?: string;
}

export function fleetRows({ agents }: Pick<Fleet, 'agents'>): readonly FleetRow[] {
  return agents.flatMap((agent): FleetRow[] => {
    const { autoUpgrade } = agent;
    const [state, channel] = [autoUpgrade?.state ?? 'unknown', autoUpgrade?.channel ?? 'unknown'];
    const host = { agent, state, channel, ring: autoUpgrade?.ring ?? (autoUpgrade === undefined ? '' : 'broad') };
    if (autoUpgrade === undefined || autoUpgrade.components.length === 0) {
      const title = componentTitles['agent-updater'];
      return [{ ...host, key: `${agent.agentId} `, title, version: agent.version, lastResult: '' }];
    }
    return autoUpgrade.components.map((component) => ({
      ...host,
      key: `${agent.agentId} ${component.component}`,
      component,
      title: componentTitles[component.component],
      version: component.version,
      lastResult: component.lastUpgrade?.result ?? '',
      ...(component.lastUpgrade === undefined ? {} : { lastEndedAt: component.lastUpgrade.endedAt }),
    }));
  });
}

/** Empty texts let everything through. */
export interface FleetFilter {
  readonly text: string;
  readonly title: string;
  readonly state: string;
  readonly channel: string;
}

export const noFilter: FleetFilter = { text: '', title: '', state: '', channel: '' };

export function filterRows(rows: readonly FleetRow[], filter: FleetFilter): readonly FleetRow[] {
  const wanted = filter.text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (filter.title === '' || row.title === filter.title) &&
      (filter.state === '' || row.state === filter.state) &&
      (filter.channel === '' || row.channel === filter.channel) &&
      (wanted === '' || searched(row).some((word) => word.toLowerCase().includes(wanted))),
  );
}

const searched = ({ agent, title, version, ring, lastResult }: FleetRow): readonly string[] => [
  agent.hostName,
  title,
  version,
  ring,
  lastResult,
];

export const fleetColumns = ['host', 'component', 'version', 'state', 'channel', 'ring', 'last'] as const;
export type FleetColumn = (typeof fleetColumns)[number];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const orders: Record<FleetColumn, (left: FleetRow, right: FleetRow) => number> = {
  host: (left, right) => collator.compare(left.agent.hostName, right.agent.hostName),
  component: (left, right) => collator.compare(left.title, right.title),
  // Missing fields count as 0 and fields compare as numbers: four fields are enough for a numeric collation.
  version: (left, right) => collator.compare(fourFields(left.version), fourFields(right.version)),
  state: (left, right) => collator.compare(left.state, right.state),
  channel: (left, right) => collator.compare(left.channel, right.channel),
  ring: (left, right) => collator.compare(left.ring, right.ring),
  last: (left, right) => (left.lastEndedAt ?? '').localeCompare(right.lastEndedAt ?? ''),
};

const fourFields = (version: string): string => [...version.split('.'), '0', '0', '0'].slice(0, 4).join('.');

/** A sorted copy; equals keep the order of hosts and components. */
export function sortRows(rows: readonly FleetRow[], column: FleetColumn, descending: boolean): FleetRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted(
    (left, right) => sign * orders[column](left, right) || orders.host(left, right) || orders.component(left, right),
  );
}

const headings = ['Host', 'Component', 'Version', 'State', 'Channel', 'Ring', 'Last upgrade', 'Last upgrade ended'];

export function fleetCsv(rows: readonly FleetRow[]): string {
  return csvText([
    headings,
    ...rows.map(({ agent, title, version, state, channel, ring, lastResult, lastEndedAt }) => [
      ...[agent.hostName, title, version, state, channel, ring, lastResult, lastEndedAt ?? ''],
    ]),
  ]);
}
