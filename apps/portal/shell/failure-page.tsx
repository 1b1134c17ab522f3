/** What stands where a page could not: why, and what to do. */
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Button } from 'react-aria-components/Button';
import { ApiError } from '../api-client.ts';
import { ProductName } from './product-name.tsx';

export function FailurePage({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="sign-in">
      <title>Springline</title>
      <header className="sign-in-top">
        <ProductName />
      </header>
      <main className="sign-in-card">
        <h1>This page cannot be shown</h1>
        <p role="alert">
          {error instanceof ApiError ? `${error.detail} (${error.code})` : 'A fault of this page. Reload it.'}
        </p>
        <Button className="primary" onPress={() => void router.invalidate()}>
          Try again
        </Button>
      </main>
    </div>
  );
}

export function NotFoundPage() {
  return (
    <div className="sign-in">
      <title>Not found · Springline</title>
      <header className="sign-in-top">
        <ProductName />
      </header>
      <main className="sign-in-card">
        <h1>Nothing here</h1>
        <p>The portal has no page at this address.</p>
        <p>
          <Link to="/">Go to Home</Link>
        </p>
      </main>
    </div>
  );
}
