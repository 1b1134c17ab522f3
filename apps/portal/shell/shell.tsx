/**
 * The frame of every page behind the sign-in: top bar, left navigation, breadcrumbs and the place of the page. Areas come
 * into the navigation with their pages; nothing here leads nowhere.
 */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { useState } from 'react';
import type { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { Icon, type IconName } from '../look/icon.tsx';
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
      <Areas />
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

const upgradesPages: readonly { readonly to: UpgradesPath; readonly title: string; readonly icon: IconName }[] = [
  { to: '/upgrades/rollouts', title: 'Rollouts', icon: 'rings' },
  { to: '/upgrades/fleet', title: 'Fleet', icon: 'server' },
  { to: '/upgrades/minimums', title: 'Minimums', icon: 'flag' },
  { to: '/upgrades/releases', title: 'Releases', icon: 'box' },
  { to: '/upgrades/audit', title: 'Audit log', icon: 'log' },
  { to: '/upgrades/pks', title: 'PKS clients', icon: 'bridge' },
];

type UpgradesPath = `/upgrades/${'rollouts' | 'fleet' | 'minimums' | 'releases' | 'audit' | 'pks'}`;

/** The areas; the pages of an area show while one is inside it. */
function Areas() {
  const isUpgrades = useLocation({ select: ({ pathname }) => pathname.startsWith('/upgrades') });
  return (
    <nav className="side-bar" aria-label="Areas">
      <ul className="side-list">
        <li>
          <Link className="side-link" to="/" activeOptions={{ exact: true, includeSearch: false }}>
            <Icon name="home" />
            <span>Home</span>
          </Link>
        </li>
        <li>
          <Link className="side-link side-area" to="/upgrades" data-open={isUpgrades}>
            <Icon name="upgrade" />
            <span>Upgrades</span>
          </Link>
        </li>
        {isUpgrades
          ? upgradesPages.map(({ to, title, icon }) => (
              <li key={to} className="side-page">
                <Link className="side-link" to={to} activeOptions={{ includeSearch: false }}>
                  <Icon name={icon} />
                  <span>{title}</span>
                </Link>
              </li>
            ))
          : null}
      </ul>
    </nav>
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
