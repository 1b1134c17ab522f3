/** Every route of the portal, and what each needs before it shows. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { type ApiClient, ApiError } from './api-client.ts';
import { HomePage } from './home/home-page.tsx';
import { homeQuery, sessionQuery } from './home/home-query.ts';
import { minimumsQuery } from './home/minimums-query.ts';
import { FailurePage, NotFoundPage } from './shell/failure-page.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInPage, type SignInReason, signInReasons } from './sign-in/sign-in-page.tsx';
import { auditQuery, fleetQuery, pksQuery, policyQuery, rolloutsQuery } from './upgrades/upgrade-queries.ts';

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
    signedIn(Promise.all([client.ensureQueryData(fleetQuery(api)), client.ensureQueryData(rolloutsQuery(api))])),
  component: lazyRouteComponent(() => import('./upgrades/new-rollout-page.tsx'), 'NewRolloutPage'),
});

const fleetRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/fleet',
  staticData: { title: 'Fleet' },
  /** `agent`: id of the agent whose details are open. */
  validateSearch: (search: Record<string, unknown>): { agent?: string } => {
    const agent = idFrom(search['agent']);
    return agent === undefined ? {} : { agent };
  },
  loader: ({ context: { api, client } }) =>
    signedIn(Promise.all([client.ensureQueryData(fleetQuery(api)), client.prefetchQuery(policyQuery(api))])),
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
    signedIn(Promise.all([client.ensureQueryData(fleetQuery(api)), client.ensureQueryData(rolloutsQuery(api))])),
  component: lazyRouteComponent(() => import('./upgrades/releases-page.tsx'), 'ReleasesPage'),
});

/** Where refusals of a minimum lead: the releases of one component. */
const historyRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/history/$component',
  staticData: { title: 'Releases' },
  loader: ({ context: { api, client } }) =>
    signedIn(Promise.all([client.ensureQueryData(fleetQuery(api)), client.ensureQueryData(rolloutsQuery(api))])),
  component: lazyRouteComponent(() => import('./upgrades/releases-page.tsx'), 'ReleasesPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => upgradesRoute,
  path: '/audit',
  staticData: { title: 'Audit log' },
  loader: async ({ context: { api, client } }) => {
    const { scopes } = await signedIn(client.ensureQueryData(sessionQuery(api)));
    // Who may not see it is told so by the page.
    if (scopes.includes('administer')) await signedIn(client.ensureInfiniteQueryData(auditQuery(api)));
  },
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
  historyRoute,
  auditRoute,
  pksRoute,
] as const;

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
      signedInRoute.addChildren([homeRoute, upgradesRoute.addChildren(upgradesPages)]),
    ]),
    context,
    defaultErrorComponent: FailurePage,
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}
