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
import { TopBar } from './top-bar.tsx';

export function Shell() {
  const session = useQuery(sessionQuery(useApi())).data;
  const [failure, setFailure] = useState<ApiError>();
  return (
    <div className="shell">
      <TopBar>{session === undefined ? null : <AccountMenu session={session} onFailure={setFailure} />}</TopBar>
      <Areas />
      <main id="main" className="main" tabIndex={-1}>
        <Breadcrumbs tenant={session?.tenant.name} />
        {session?.scenario === undefined ? null : (
          <MessageBar tone="warn" title={`A replay of the scenario ${session.scenario}.`}>
            Example builds, not Microsoft software; the clock is the scenario’s.
          </MessageBar>
        )}
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

const serverPages: readonly { readonly to: ServerPath; readonly title: string; readonly icon: IconName }[] = [
  { to: '/sync/servers/$agentId/connectors', title: 'Connectors', icon: 'plug' },
  { to: '/sync/servers/$agentId/runs', title: 'Run history', icon: 'history' },
  { to: '/sync/servers/$agentId/pending', title: 'Pending exports', icon: 'out' },
  { to: '/sync/servers/$agentId/preview', title: 'Preview', icon: 'eye' },
  { to: '/sync/servers/$agentId/connector-space', title: 'Connector space', icon: 'layers' },
  { to: '/sync/servers/$agentId/metaverse', title: 'Metaverse', icon: 'joined' },
  { to: '/sync/servers/$agentId/rules', title: 'Rules', icon: 'rule' },
  { to: '/sync/servers/$agentId/deletes', title: 'Delete approval', icon: 'bin' },
  { to: '/sync/servers/$agentId/staging', title: 'Staging', icon: 'stage' },
];

type ServerPath =
  `/sync/servers/$agentId/${'connectors' | 'runs' | 'pending' | 'preview' | 'connector-space' | 'metaverse' | 'rules' | 'deletes' | 'staging'}`;

const settingsPages: readonly { readonly to: SettingsPath; readonly title: string; readonly icon: IconName }[] = [
  { to: '/settings/notices', title: 'Notices', icon: 'bell' },
  { to: '/settings/people', title: 'People', icon: 'person' },
  { to: '/settings/tokens', title: 'Tokens', icon: 'key' },
];

type SettingsPath = `/settings/${'notices' | 'people' | 'tokens'}`;

/** The areas; the pages of an area show while one is inside it. */
function Areas() {
  const isUpgrades = useLocation({ select: ({ pathname }) => pathname.startsWith('/upgrades') });
  const isSync = useLocation({ select: ({ pathname }) => pathname.startsWith('/sync') });
  const isSettings = useLocation({ select: ({ pathname }) => pathname.startsWith('/settings') });
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
        {isUpgrades ? <AreaPages pages={upgradesPages} /> : null}
        <li>
          <Link className="side-link side-area" to="/sync" data-open={isSync}>
            <Icon name="sync" />
            <span>Connect Sync</span>
          </Link>
        </li>
        {isSync ? <SyncPages /> : null}
        <li>
          <Link
            className="side-link"
            to="/version-history"
            activeOptions={{ includeSearch: false, includeHash: false }}
          >
            <Icon name="history" />
            <span>Version history</span>
          </Link>
        </li>
        <li>
          <Link className="side-link" to="/download" activeOptions={{ includeSearch: false, includeHash: false }}>
            <Icon name="download" />
            <span>Download</span>
          </Link>
        </li>
        <li>
          <Link className="side-link side-area" to="/settings" data-open={isSettings}>
            <Icon name="gear" />
            <span>Settings</span>
          </Link>
        </li>
        {isSettings ? <AreaPages pages={settingsPages} /> : null}
      </ul>
    </nav>
  );
}

/** The servers, and the pages of the one that is open. */
function SyncPages() {
  const agentId = useLocation({ select: ({ pathname }) => /^\/sync\/servers\/([^/]+)/.exec(pathname)?.[1] });
  return (
    <>
      <li className="side-page">
        <Link className="side-link" to="/sync/servers" activeOptions={{ exact: true }}>
          <Icon name="server" />
          <span>Servers</span>
        </Link>
      </li>
      {agentId === undefined
        ? null
        : serverPages.map(({ to, title, icon }) => (
            <li key={to} className="side-page">
              <Link
                className="side-link"
                to={to}
                params={{ agentId }}
                search={{}}
                activeOptions={{ includeSearch: false }}
              >
                <Icon name={icon} />
                <span>{title}</span>
              </Link>
            </li>
          ))}
    </>
  );
}

interface AreaPage {
  readonly to: UpgradesPath | SettingsPath;
  readonly title: string;
  readonly icon: IconName;
}

function AreaPages({ pages }: { readonly pages: readonly AreaPage[] }) {
  return pages.map(({ to, title, icon }) => (
    <li key={to} className="side-page">
      <Link className="side-link" to={to} activeOptions={{ includeSearch: false }}>
        <Icon name={icon} />
        <span>{title}</span>
      </Link>
    </li>
  ));
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
