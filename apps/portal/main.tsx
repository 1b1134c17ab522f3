/** Wires the portal together and puts it on the page. */
import './look/tokens.css';
import './look/base.css';
import './look/controls.css';
import './look/data-grid.css';
import './look/fields.css';
import './look/side-panel.css';
import './look/act-dialog.css';
import './shell/shell.css';
import './home/home.css';
import './home/campaign-banner.css';
import './home/upgrades.css';
import './sign-in/sign-in.css';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { createRoot } from 'react-dom/client';
import { ApiError, createApiClient } from './api-client.ts';
import { ApiContext } from './api-context.ts';
import { createPortalRouter } from './routes.tsx';

const api = createApiClient();
const client = new QueryClient({
  // Each page knows better when to ask again. Not paused by the browser's idea of being offline: localhost still answers.
  defaultOptions: { queries: { retry: false, networkMode: 'always' } },
  queryCache: new QueryCache({
    onError(error, query) {
      // First loads are the routes' affair; this is a session that ended under an open page.
      const known = query.state.data !== undefined;
      if (known && error instanceof ApiError && error.status === 401) void leaveEndedSession();
    },
  }),
});
const router = createPortalRouter({ api, client });

async function leaveEndedSession() {
  await router.navigate({ to: '/sign-in', search: { reason: 'ended' } });
  client.clear();
}

const place = document.getElementById('portal');
if (place === null) throw new Error('index.html has no element #portal');
createRoot(place).render(
  <StrictMode>
    <I18nProvider locale="en-GB">
      <ApiContext value={api}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ApiContext>
    </I18nProvider>
  </StrictMode>,
);
