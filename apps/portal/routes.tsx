/** Every route of the portal, and what each needs before it shows. */
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { type ApiClient, ApiError } from './api-client.ts';
import { HomePage } from './home/home-page.tsx';
import { homeQuery, sessionQuery } from './home/home-query.ts';
import { FailurePage, NotFoundPage } from './shell/failure-page.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInPage, type SignInReason, signInReasons } from './sign-in/sign-in-page.tsx';

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
  loader: ({ context }) => signedIn(context.client.ensureQueryData(homeQuery(context.api))),
  component: HomePage,
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
    routeTree: rootRoute.addChildren([signInRoute, signedInRoute.addChildren([homeRoute])]),
    context,
    defaultErrorComponent: FailurePage,
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}
