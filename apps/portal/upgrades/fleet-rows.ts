/** A page of the fleet as rows, one for each component on each host; what is filtered by, in the address; and a file of them. */

import type { ComponentUpgrade } from '@springline/api/shapes/auto-upgrade';
import {
  type FleetGroup,
  type FleetPage,
  type FleetQuery,
  fleetGroup,
  fleetOrders,
} from '@springline/api/shapes/fleet';
import { componentName } from '@springline/api/shapes/text';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
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
  readonly group: FleetGroup;
  readonly reason: string;
  /** How the last upgrade ended. */
  readonly lastResult: string;
  readonly lastEndedAt?: string;
}

/** In the order of the page. */
export function fleetRows({ rows, agents }: Pick<FleetPage, 'rows' | 'agents'>): readonly FleetRow[] {
  const agentById = new Map(agents.map((agent) => [agent.agentId, agent]));
  return rows.flatMap(({ agentId, component: name, group, reason = '' }): FleetRow[] => {
    const agent = agentById.get(agentId);
    if (agent === undefined) return [];
    const { autoUpgrade } = agent;
    const component = autoUpgrade?.components.find((each) => each.component === name);
    return [
      {
        key: `${agentId} ${name}`,
        ...{ agent, group, reason, title: componentTitles[name], version: component?.version ?? agent.version },
        ...{ state: autoUpgrade?.state ?? 'unknown', channel: autoUpgrade?.channel ?? 'unknown' },
        ring: autoUpgrade?.ring ?? (autoUpgrade === undefined ? '' : usualRing),
        lastResult: component?.lastUpgrade?.result ?? '',
        ...(component === undefined ? {} : { component }),
        ...(component?.lastUpgrade === undefined ? {} : { lastEndedAt: component.lastUpgrade.endedAt }),
      },
    ];
  });
}

/** What stands in the address of the page; everything else is its usual. */
export type FleetSearch = Partial<
  Pick<
    FleetQuery,
    'text' | 'component' | 'state' | 'channel' | 'group' | 'ring' | 'version' | 'reason' | 'sort' | 'order'
  >
> & {
  /** Id of the agent whose details are open. */
  readonly agent?: string;
};

const states = ['Enabled', 'Disabled', 'Suspended', 'unknown'] as const;
const channels = ['HUS', 'bridged', 'PKS', 'unknown'] as const;
export const fleetChoices = { states, channels };

/** What an address cannot mean is left out. */
export function fleetSearchFrom(search: Readonly<Record<string, unknown>>): FleetSearch {
  const text = (name: string, form: RegExp): string | undefined => {
    // Numbers in an address come as numbers.
    const value = typeof search[name] === 'number' ? String(search[name]) : search[name];
    return typeof value === 'string' && form.test(value) ? value : undefined;
  };
  const oneOf = <Name extends string>(name: string, known: readonly Name[]): Name | undefined =>
    known.find((each) => each === search[name]);
  return present({
    agent: text('agent', /^.{1,36}$/),
    text: text('text', /^.{1,200}$/),
    component: oneOf('component', componentName.options),
    state: oneOf('state', states),
    channel: oneOf('channel', channels),
    group: oneOf('group', fleetGroup.options),
    ring: text('ring', /^[a-z][a-z0-9-]{0,31}$/),
    version: text('version', /^\d{1,9}(\.\d{1,9}){1,3}$/),
    reason: text('reason', /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/),
    sort: oneOf('sort', fleetOrders),
    order: oneOf('order', ['ascending', 'descending']),
  });
}

/** Without what is not there. */
export function present<T extends object>(words: T): { [Name in keyof T]?: Exclude<T[Name], undefined | ''> } {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined && value !== '')) as {
    [Name in keyof T]?: Exclude<T[Name], undefined | ''>;
  };
}

export const isFiltered = ({ agent: _, sort: __, order: ___, ...filter }: FleetSearch): boolean =>
  Object.keys(filter).length > 0;

export const groupTitles: Readonly<Record<FleetGroup, string>> = {
  well: 'Well',
  upgrading: 'Upgrading',
  failed: 'Failed',
  'opted-out': 'Opted out',
  'on-pks': 'On PKS',
  'not-seen': 'Not seen',
  revoked: 'Revoked',
};

const headings = [
  ...['Host', 'Component', 'Version', 'State', 'Channel', 'Ring', 'Group', 'Reason'],
  ...['Last upgrade', 'Last upgrade ended'],
];

export function fleetCsv(rows: readonly FleetRow[]): string {
  return csvText([
    headings,
    ...rows.map(({ agent, title, version, state, channel, ring, group, reason, lastResult, lastEndedAt }) => [
      ...[agent.hostName, title, version, state, channel, ring, groupTitles[group], reason],
      ...[lastResult, lastEndedAt ?? ''],
    ]),
  ]);
}
