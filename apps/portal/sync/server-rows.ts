/** Hosts that run Connect Sync, as the agents' heartbeats tell: what runs, in which mode, how the last cycle ended. */
import type { AgentView, ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import type { HomeView } from '@springline/api/shapes/person';
import { componentTone, componentWords } from '../home/agent-states.ts';
import { resultTone, resultWords } from '../home/result-words.ts';
import type { Tone } from '../look/tone.ts';

interface Said {
  readonly tone: Tone;
  readonly words: string;
}

export interface ServerRow {
  readonly agent: AgentView;
  readonly component: ComponentView;
  /** Absent until the host has said something about synchronisation. */
  readonly sync?: SyncStatus;
  readonly state: Said;
  readonly mode: Said & { /** Why, where it is not the usual. */ readonly detail?: string };
  readonly lastCycle?: Said & { readonly at: string };
  /** Whether people may look into it from here; `unknown` of an agent that does not say. */
  readonly remote: 'look' | 'decide' | 'closed' | 'unknown';
}

/** Revoked hosts are left out. In the order of their names. */
export function serverRows(home: Pick<HomeView, 'agents'>): readonly ServerRow[] {
  return home.agents
    .flatMap((agent): ServerRow[] => {
      const component = agent.components.find((each) => each.component === 'connect-sync');
      if (component === undefined || agent.state === 'revoked') return [];
      const { sync } = agent;
      const last = sync?.lastCycle;
      return [
        {
          agent,
          component,
          ...(sync === undefined ? {} : { sync }),
          state: { tone: componentTone(agent, component), words: componentWords(agent, component) },
          mode: modeOf(agent),
          ...(last === undefined
            ? {}
            : {
                lastCycle: {
                  tone: resultTone(last.result),
                  words: resultWords(last.result),
                  at: last.endedAt ?? last.startedAt,
                },
              }),
          remote: remoteOf(agent),
        },
      ];
    })
    .toSorted((a, b) => a.agent.hostName.localeCompare(b.agent.hostName, 'en', { numeric: true }));
}

/** Whether it exports. */
export function modeOf({ sync, conflictedSince }: AgentView): ServerRow['mode'] {
  if (conflictedSince !== undefined) {
    return { tone: 'bad', words: 'Does not export', detail: 'Two hosts use its identity: stop one of them.' };
  }
  if (sync === undefined) return { tone: 'none', words: 'Not known yet' };
  if (sync.staging === true) return { tone: 'none', words: 'Staging' };
  if (sync.exportRefused !== undefined) {
    return { tone: 'bad', words: 'Does not export', detail: sync.exportRefused.message };
  }
  return { tone: 'good', words: 'Active' };
}

function remoteOf({ remote }: AgentView): ServerRow['remote'] {
  if (remote === undefined) return 'unknown';
  if (!remote.read) return 'closed';
  return remote.decide ? 'decide' : 'look';
}

export const remoteWords: Readonly<Record<ServerRow['remote'], string>> = {
  look: 'Look',
  decide: 'Look and decide',
  closed: 'Not consented',
  unknown: 'Not known',
};

/** Those whose host, source, version or mode holds the text. */
export function filterServers(rows: readonly ServerRow[], text: string): readonly ServerRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return rows;
  return rows.filter(({ agent, sync, component, mode }) =>
    [agent.hostName, sync?.connector ?? '', sync?.source ?? '', component.version, mode.words].some((word) =>
      word.toLowerCase().includes(wanted),
    ),
  );
}
