/**
 * The frame of every page behind the sign-in: top bar, left navigation, breadcrumbs and the place of the page. Areas come
 * into the navigation with their pages; nothing here leads nowhere.
 */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useMatches } from '@tanstack/react-router';
import { useState } from 'react';
import type { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ProductName } from './product-name.tsx';

export function Shell() {
  const session = useQuery(sessionQuery(useApi())).data;
  const [failure, setFailure] = useState<ApiError>();
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <header className="top-bar">
        <ProductName />
        {session === undefined ? null : <AccountMenu session={session} onFailure={setFailure} />}
      </header>
      <nav className="side-bar" aria-label="Areas">
        <Link className="side-link" to="/" activeOptions={{ exact: true, includeSearch: false }}>
          <Icon name="home" />
          <span>Home</span>
        </Link>
      </nav>
      <main id="main" className="main" tabIndex={-1}>
        <Breadcrumbs tenant={session?.tenant.name} />
        {failure === undefined ? null : (
          <MessageBar tone="bad" title="You are still signed in." role="alert">
            {failure.detail}
          </MessageBar>
        )}
        <Outlet />
      </main>
    </div>
  );
}

/** The tenant, then the titles of the routes that lead here. */
function Breadcrumbs({ tenant }: { readonly tenant: string | undefined }) {
  const titles = useMatches().flatMap(({ staticData }) => (staticData.title === undefined ? [] : [staticData.title]));
  return (
    <nav className="breadcrumbs" aria-label="Breadcrumbs">
      <ol>
        {tenant === undefined ? null : <li>{tenant}</li>}
        {titles.map((title, place) => (
          <li key={title} aria-current={place === titles.length - 1 ? 'page' : undefined}>
            {title}
          </li>
        ))}
      </ol>
    </nav>
  );
}
