/**
 * The three answers of Home: are the agents there, does sync work, which objects fail. Facts in, answers as data out;
 * `answer-cards.tsx` puts them into words.
 */
import type { AgentView, SyncStatus } from '@springline/api/shapes/agent';
import type { HomeView } from '@springline/api/shapes/person';
import { type Tone, worstTone } from '../look/tone.ts';
import { agentTone, worstComponentTone } from './agent-states.ts';
import { resultTone } from './result-words.ts';
import { type Changes, exportedChanges, sumOfChanges } from './step-changes.ts';

export interface AgentsAnswer {
  readonly tone: Tone;
  readonly online: number;
  /** Enrolled and not revoked. */
  readonly active: number;
  readonly revoked: number;
  readonly offline: readonly AgentView[];
  /** Online, with a component that is not running. */
  readonly unwell: readonly AgentView[];
}

export function agentsAnswer(home: HomeView): AgentsAnswer {
  const active = home.agents.filter((agent) => agent.state !== 'revoked');
  const offline = active.filter((agent) => agent.state === 'offline');
  const unwell = active.filter((agent) => ['warn', 'bad'].includes(worstComponentTone(agent)));
  return {
    tone: worstTone(active.flatMap((agent) => [agentTone(agent), worstComponentTone(agent)])),
    online: active.length - offline.length,
    active: active.length,
    revoked: home.agents.length - active.length,
    offline,
    unwell,
  };
}

/** An agent that synchronises, with what it last said about it. */
export interface SyncingAgent {
  readonly agent: AgentView;
  readonly sync: SyncStatus;
}

/** Agents that synchronise and may still do so, in the order of Home. */
export function syncingAgents(home: HomeView): SyncingAgent[] {
  return home.agents.flatMap((agent) =>
    agent.state === 'revoked' || agent.sync === undefined ? [] : [{ agent, sync: agent.sync }],
  );
}

export interface SyncAnswer {
  readonly tone: Tone;
  /** Connectors that synchronise. */
  readonly connectors: number;
  readonly inProgress: boolean;
  /** End of the latest cycle of any connector; RFC 3339. */
  readonly lastEndedAt?: string;
  /** The worst result among the connectors' last cycles. */
  readonly result?: string;
  /** What the last cycles brought to the cloud directory. */
  readonly exported: Changes;
  readonly pendingExports: number;
  /** The soonest; unknown while the agents are offline. */
  readonly nextCycleAt?: string;
  readonly held: readonly SyncingAgent[];
  readonly silent: readonly SyncingAgent[];
}

export function syncAnswer(home: HomeView): SyncAnswer {
  const syncing = syncingAgents(home);
  const heard = syncing.filter(({ agent }) => agent.state === 'online');
  const cycles = syncing.flatMap(({ sync }) => (sync.lastCycle === undefined ? [] : [sync.lastCycle]));
  const ended = cycles.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt])).sort();
  const next = heard.flatMap(({ sync }) => (sync.nextCycleAt === undefined ? [] : [sync.nextCycleAt])).sort();
  const held = syncing.filter(({ sync }) => sync.heldDeletes > 0);
  const silent = syncing.filter(({ agent }) => agent.state !== 'online');
  const worst = worstTone(cycles.map((cycle) => resultTone(cycle.result)));
  const result = cycles.find((cycle) => resultTone(cycle.result) === worst)?.result;
  const lastEndedAt = ended.at(-1);
  const nextCycleAt = next[0];
  return {
    tone: worstTone([worst, held.length > 0 ? 'warn' : 'none', silent.length > 0 ? 'bad' : 'none']),
    connectors: syncing.length,
    // What a silent agent was doing when it was last heard is not what it does.
    inProgress: heard.some(({ sync }) => sync.cycleInProgress),
    exported: sumOfChanges(cycles.map((cycle) => exportedChanges(cycle.steps))),
    pendingExports: syncing.reduce((sum, { sync }) => sum + sync.pendingExports, 0),
    held,
    silent,
    ...(lastEndedAt === undefined ? {} : { lastEndedAt }),
    ...(result === undefined ? {} : { result }),
    ...(nextCycleAt === undefined ? {} : { nextCycleAt }),
  };
}

export interface ErrorsAnswer {
  readonly tone: Tone;
  readonly count: number;
  /** Codes by falling count, among the errors that Home carries. */
  readonly codes: readonly { readonly code: string; readonly count: number }[];
  readonly oldestAt?: string;
}

export function errorsAnswer(home: HomeView): ErrorsAnswer {
  const countByCode = new Map<string, number>();
  for (const { code } of home.errors) countByCode.set(code, (countByCode.get(code) ?? 0) + 1);
  const oldestAt = home.errors.map((error) => error.firstSeenAt).sort()[0];
  return {
    tone: home.errorCount > 0 ? 'bad' : 'good',
    count: home.errorCount,
    codes: [...countByCode].map(([code, count]) => ({ code, count })).sort((left, right) => right.count - left.count),
    ...(oldestAt === undefined ? {} : { oldestAt }),
  };
}
