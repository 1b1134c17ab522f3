/** The frame of pages that anybody may read: that of the others for who is signed in, a top bar alone for who is not. */
import { Link, Outlet, useLoaderData } from '@tanstack/react-router';
import { Shell } from './shell.tsx';
import { TopBar } from './top-bar.tsx';

export function OpenFrame() {
  const isSignedIn = useLoaderData({ from: '/open' });
  if (isSignedIn) return <Shell />;
  return (
    <div className="shell open-shell">
      <TopBar>
        <nav className="open-links" aria-label="Areas">
          <Link to="/version-history">Version history</Link>
          <Link to="/download">Download</Link>
          <Link to="/sign-in">Sign in</Link>
        </nav>
      </TopBar>
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
