/** Every route of the portal, and what each needs before it shows. */
import { historyParams } from '@springline/api/shapes/version-history';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { type ApiClient, ApiError } from './api-client.ts';
import { historyQuery, releasesQuery } from './history/history-query.ts';
import { HomePage } from './home/home-page.tsx';
import { homeQuery, sessionQuery } from './home/home-query.ts';
import { minimumsQuery } from './home/minimums-query.ts';
import { channelsQuery, noticesQuery, peopleQuery, tokensQuery } from './settings/settings-queries.ts';
import { FailurePage, NotFoundPage } from './shell/failure-page.tsx';
import { OpenFrame } from './shell/open-frame.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInPage, type SignInReason, signInReasons } from './sign-in/sign-in-page.tsx';
import {
  csSearchFrom,
  mvSearchFrom,
  pendingSearchFrom,
  previewSearchFrom,
  rulesSearchFrom,
  runsSearchFrom,
} from './sync/sync-search.ts';
import { fleetSearchFrom } from './upgrades/fleet-rows.ts';
import {
  auditQuery,
  fleetQuery,
  fleetTotalsQuery,
  pksQuery,
  policyQuery,
  rolloutsQuery,
} from './upgrades/upgrade-queries.ts';

interface RouterContext {
  readonly api: ApiClient;
  readonly client: QueryClient;
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** Name of the route in the breadcrumbs. */
    title?: string;
  }
  interface Register {
    router: ReturnType<typeof createPortalRouter>;
  }
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { reason?: SignInReason } => {
    const reason = signInReasons.find((known) => known === search['reason']);
    return reason === undefined ? {} : { reason };
  },
  component: SignInPage,
});

const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  loader: ({ context }) => signedIn(context.client.ensureQueryData(sessionQuery(context.api))),
  component: Shell,
});

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  staticData: { title: 'Home' },
  /** `agent`: id of the agent whose details are open. */
  validateSearch: (search: Record<string, unknown>): { agent?: string } =>
    typeof search['agent'] === 'string' && search['agent'].length <= 36 ? { agent: search['agent'] } : {},
  loader: ({ context: { api, client } }) =>
    signedIn(
      Promise.all([
        client.ensureQueryData(homeQuery(api)),
        // Home has its answers without a campaign too.
        client.prefetchQuery(minimumsQuery(api)),
      ]),
    ),
  component: HomePage,
});

/** An id in the search part of an address. */
const idFrom = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 36 ? value : undefined;

const upgradesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/upgrades',
  staticData: { title: 'Upgrades' },
});

const upgradesIndexRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/upgrades/rollouts', search: {}, replace: true });
  },
});

const rolloutsRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/rollouts',
  staticData: { title: 'Rollouts' },
  /** `rollout`: id of the rollout whose details are open. */
  validateSearch: (search: Record<string, unknown>): { rollout?: string } => {
    const rollout = idFrom(search['rollout']);
    return rollout === undefined ? {} : { rollout };
  },
  loader: ({ context: { api, client } }) => signedIn(client.ensureQueryData(rolloutsQuery(api))),
  component: lazyRouteComponent(() => import('./upgrades/rollouts-page.tsx'), 'RolloutsPage'),
});

const newRolloutRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/rollouts/new',
  staticData: { title: 'New rollout' },
  loader: ({ context: { api, client } }) =>
    signedIn(Promise.all([client.ensureQueryData(releasesQuery(api)), client.ensureQueryData(rolloutsQuery(api))])),
  component: lazyRouteComponent(() => import('./upgrades/new-rollout-page.tsx'), 'NewRolloutPage'),
});

const fleetRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/fleet',
  staticData: { title: 'Fleet' },
  validateSearch: fleetSearchFrom,
  loaderDeps: ({ search }) => ({ search }),
  loader: ({ context: { api, client }, deps: { search } }) =>
    signedIn(
      Promise.all([
        // A page that is shown stays while another filter is asked for; a new one waits for its rows.
        client.getQueryCache().findAll({ queryKey: ['fleet', 'page'], type: 'active' }).length === 0
          ? client.ensureQueryData(fleetQuery(api, search))
          : undefined,
        client.prefetchQuery(fleetTotalsQuery(api)),
        client.prefetchQuery(policyQuery(api)),
      ]),
    ),
  component: lazyRouteComponent(() => import('./upgrades/fleet-page.tsx'), 'FleetPage'),
});

const minimumsRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/minimums',
  staticData: { title: 'Minimums' },
  loader: ({ context: { api, client } }) => signedIn(client.ensureQueryData(minimumsQuery(api))),
  component: lazyRouteComponent(() => import('./upgrades/minimums-page.tsx'), 'MinimumsPage'),
});

const releasesRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/releases',
  staticData: { title: 'Releases' },
  loader: ({ context: { api, client } }) =>
    signedIn(
      Promise.all([
        client.ensureQueryData(releasesQuery(api)),
        client.ensureQueryData(rolloutsQuery(api)),
        // Without the counts the page says the rest.
        client.prefetchQuery(fleetTotalsQuery(api)),
      ]),
    ),
  component: lazyRouteComponent(() => import('./upgrades/releases-page.tsx'), 'ReleasesPage'),
});

/** Of addresses that were given out: the releases of one component. */
const formerHistoryRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/history/$component',
  beforeLoad: ({ params }) => {
    throw redirect({
      to: '/version-history/$product',
      params: { product: 'springline' },
      hash: params.component,
      replace: true,
    });
  },
});

const auditRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/audit',
  staticData: { title: 'Audit log' },
  loader: ({ context }) =>
    forAdministrators(context, ({ api, client }) => client.ensureInfiniteQueryData(auditQuery(api))),
  component: lazyRouteComponent(() => import('./upgrades/audit-page.tsx'), 'AuditPage'),
});

const pksRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/pks',
  staticData: { title: 'PKS clients' },
  loader: ({ context: { api, client } }) => signedIn(client.ensureQueryData(pksQuery(api))),
  component: lazyRouteComponent(() => import('./upgrades/pks-page.tsx'), 'PksPage'),
});

const upgradesPages = [
  upgradesIndexRoute,
  rolloutsRoute,
  newRolloutRoute,
  fleetRoute,
  minimumsRoute,
  releasesRoute,
  formerHistoryRoute,
  auditRoute,
  pksRoute,
] as const;

const syncRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sync',
  staticData: { title: 'Connect Sync' },
});

const syncIndexRoute = createRoute({
  getParentRoute: () => syncRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/sync/servers', replace: true });
  },
});

const serversRoute = createRoute({
  getParentRoute: () => syncRoute,
  path: '/servers',
  staticData: { title: 'Servers' },
  loader: ({ context: { api, client } }) => signedIn(client.ensureQueryData(homeQuery(api))),
  component: lazyRouteComponent(() => import('./sync/servers-page.tsx'), 'ServersPage'),
});

/** One server. What its pages show is asked of its host, and follows when the page is there. */
const serverRoute = createRoute({
  getParentRoute: () => syncRoute,
  path: '/servers/$agentId',
  loader: ({ context: { api, client } }) => signedIn(client.ensureQueryData(homeQuery(api))),
});

const serverIndexRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/sync/servers/$agentId/connectors', params, replace: true });
  },
});

const connectorsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/connectors',
  staticData: { title: 'Connectors' },
  component: lazyRouteComponent(() => import('./sync/connectors-page.tsx'), 'ConnectorsPage'),
});

const runsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/runs',
  staticData: { title: 'Run history' },
  validateSearch: runsSearchFrom,
  component: lazyRouteComponent(() => import('./sync/runs-page.tsx'), 'RunsPage'),
});

const pendingRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/pending',
  staticData: { title: 'Pending exports' },
  validateSearch: pendingSearchFrom,
  component: lazyRouteComponent(() => import('./sync/pending-page.tsx'), 'PendingPage'),
});

const previewRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/preview',
  staticData: { title: 'Preview' },
  validateSearch: previewSearchFrom,
  component: lazyRouteComponent(() => import('./sync/preview-page.tsx'), 'PreviewPage'),
});

const connectorSpaceRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/connector-space',
  staticData: { title: 'Connector space' },
  validateSearch: csSearchFrom,
  component: lazyRouteComponent(() => import('./sync/connector-space-page.tsx'), 'ConnectorSpacePage'),
});

const metaverseRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/metaverse',
  staticData: { title: 'Metaverse' },
  validateSearch: mvSearchFrom,
  component: lazyRouteComponent(() => import('./sync/metaverse-page.tsx'), 'MetaversePage'),
});

const rulesRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/rules',
  staticData: { title: 'Rules' },
  validateSearch: rulesSearchFrom,
  component: lazyRouteComponent(() => import('./sync/rules-page.tsx'), 'RulesPage'),
});

const deletesRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/deletes',
  staticData: { title: 'Delete approval' },
  component: lazyRouteComponent(() => import('./sync/deletes-page.tsx'), 'DeletesPage'),
});

const stagingRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/staging',
  staticData: { title: 'Staging' },
  component: lazyRouteComponent(() => import('./sync/staging-page.tsx'), 'StagingPage'),
});

const serverPages = [
  serverIndexRoute,
  connectorsRoute,
  runsRoute,
  pendingRoute,
  previewRoute,
  connectorSpaceRoute,
  metaverseRoute,
  rulesRoute,
  deletesRoute,
  stagingRoute,
] as const;

const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings',
  staticData: { title: 'Settings' },
});

const settingsIndexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/notices', replace: true });
  },
});

const noticesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/notices',
  staticData: { title: 'Notices' },
  loader: ({ context }) =>
    forAdministrators(context, ({ api, client }) =>
      Promise.all([client.ensureQueryData(channelsQuery(api)), client.ensureQueryData(noticesQuery(api))]),
    ),
  component: lazyRouteComponent(() => import('./settings/notices-page.tsx'), 'NoticesPage'),
});

const peopleRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/people',
  staticData: { title: 'People' },
  loader: ({ context }) => forAdministrators(context, ({ api, client }) => client.ensureQueryData(peopleQuery(api))),
  component: lazyRouteComponent(() => import('./settings/people-page.tsx'), 'PeoplePage'),
});

const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/tokens',
  staticData: { title: 'Tokens' },
  loader: ({ context }) => forAdministrators(context, ({ api, client }) => client.ensureQueryData(tokensQuery(api))),
  component: lazyRouteComponent(() => import('./settings/tokens-page.tsx'), 'TokensPage'),
});

/** Whom the server would refuse is told so by the page. */
async function forAdministrators(
  context: RouterContext,
  load: (context: RouterContext) => Promise<unknown>,
): Promise<void> {
  const { scopes } = await signedIn(context.client.ensureQueryData(sessionQuery(context.api)));
  if (scopes.includes('administer')) await signedIn(load(context));
}

/** Pages for anybody; whether somebody is signed in decides about their frame alone. */
const openRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'open',
  loader: async ({ context: { api, client } }): Promise<boolean> => {
    try {
      await client.ensureQueryData(sessionQuery(api));
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  },
  component: OpenFrame,
});

const versionHistoryRoute = createRoute({
  getParentRoute: () => openRoute,
  path: '/version-history',
  staticData: { title: 'Version history' },
  loader: ({ context: { api, client } }) => client.ensureQueryData(historyQuery(api, 'connect-sync')),
  component: lazyRouteComponent(() => import('./history/history-page.tsx'), 'HistoryPage'),
});

const productHistoryRoute = createRoute({
  getParentRoute: () => openRoute,
  path: '/version-history/$product',
  staticData: { title: 'Version history' },
  loader: async ({ context: { api, client }, params }) => {
    const product = historyParams.shape.product.safeParse(params.product);
    if (!product.success) throw notFound();
    await client.ensureQueryData(historyQuery(api, product.data));
  },
  component: lazyRouteComponent(() => import('./history/history-page.tsx'), 'HistoryPage'),
});

const downloadRoute = createRoute({
  getParentRoute: () => openRoute,
  path: '/download',
  staticData: { title: 'Download' },
  loader: ({ context: { api, client } }) => client.ensureQueryData(releasesQuery(api)),
  component: lazyRouteComponent(() => import('./download/download-page.tsx'), 'DownloadPage'),
});

/** Leads whom the server does not know to the sign-in. */
async function signedIn<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw redirect({ to: '/sign-in' });
    throw error;
  }
}

export function createPortalRouter(context: RouterContext) {
  return createRouter({
    routeTree: rootRoute.addChildren([
      signInRoute,
      openRoute.addChildren([versionHistoryRoute, productHistoryRoute, downloadRoute]),
      signedInRoute.addChildren([
        homeRoute,
        upgradesRoute.addChildren(upgradesPages),
        syncRoute.addChildren([syncIndexRoute, serversRoute, serverRoute.addChildren(serverPages)]),
        settingsRoute.addChildren([settingsIndexRoute, noticesRoute, peopleRoute, tokensRoute]),
      ]),
    ]),
    context,
    defaultErrorComponent: FailurePage,
    // The pages with anchors go to them by themselves, once what they show has come.
    defaultHashScrollIntoView: false,
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}
