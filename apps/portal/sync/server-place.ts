/** The server that a page is about: which host, whether it can be asked, and what the person may decide there. */
import type { AgentView } from '@springline/api/shapes/agent';
import type { HomeView } from '@springline/api/shapes/person';
import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ApiClient } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { homeQuery } from '../home/home-query.ts';
import { useRefusal } from '../upgrades/access.ts';
import { decisionRefusal, type Obstacle, obstacleOf } from './obstacle.ts';
import { hostKey } from './sync-queries.ts';

/** State, consent and staging are those of heartbeats. All agents travel each time, so not as often as they send one. */
const agentsMs = 30_000;

export function useServers(): UseQueryResult<HomeView> {
  return useQuery({ ...homeQuery(useApi()), refetchInterval: agentsMs });
}

export interface ServerPlace {
  readonly api: ApiClient;
  readonly agentId: string;
  readonly agent: AgentView | undefined;
  /** Its name. */
  readonly host: string;
  readonly home: UseQueryResult<HomeView>;
  /** Why it is not asked. */
  readonly obstacle: Obstacle | undefined;
  readonly canAsk: boolean;
  /** Why the person may not have a preview made. */
  readonly previewRefusal: string | undefined;
  /** Why the person may not decide there. */
  readonly decideRefusal: string | undefined;
  /** After a decision: whatever was asked of the host is asked again when it is looked at. */
  readonly outdate: () => Promise<void>;
}

export function useServerPlace(): ServerPlace {
  const api = useApi();
  const client = useQueryClient();
  const { agentId } = useParams({ from: '/signed-in/sync/servers/$agentId' });
  const home = useServers();
  const role = useRefusal('administer');
  const agent = home.data?.agents.find(({ id }) => id === agentId);
  const obstacle = obstacleOf(agent);
  return {
    ...{ api, agentId, agent, home, obstacle },
    host: agent?.hostName ?? 'the server',
    canAsk: obstacle === undefined,
    previewRefusal: role ?? obstacle?.title,
    decideRefusal: role ?? decisionRefusal(agent),
    outdate: () => client.invalidateQueries({ queryKey: hostKey(agentId) }),
  };
}
