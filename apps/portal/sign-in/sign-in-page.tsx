/**
 * Signs one person in with a link. Opening the link does nothing by itself, because mail scanners and chat previews open
 * links too: the person presses the button. The token leaves the address bar and the history as soon as it is read.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { MessageBar } from '../look/message-bar.tsx';
import { ProductName } from '../shell/product-name.tsx';
import { type LinkToken, parseLinkToken } from './link-token.ts';

/** Why a person is here without a link. */
export const signInReasons = ['ended', 'signed-out'] as const;
export type SignInReason = (typeof signInReasons)[number];

export function SignInPage() {
  const link = useLinkToken();
  const { reason } = useSearch({ from: '/sign-in' });
  return (
    <div className="sign-in">
      <title>Sign in · Springline</title>
      <header className="sign-in-top">
        <ProductName />
      </header>
      <main className="sign-in-card">
        <h1>Sign in</h1>
        {/* What failed with one link says nothing about the next. */}
        <SignIn key={link.kind === 'whole' ? link.token : link.kind} link={link} reason={reason} />
      </main>
    </div>
  );
}

function SignIn({ link, reason }: { readonly link: LinkToken; readonly reason: SignInReason | undefined }) {
  const [failure, setFailure] = useState<ApiError>();
  return (
    <>
      <div aria-live="polite">
        {link.kind === 'absent' && reason !== undefined ? <ReasonBar reason={reason} /> : null}
        {failure === undefined ? null : <FailureBar failure={failure} />}
      </div>
      {link.kind === 'whole' && failure?.code !== 'sign-in-link-invalid' ? (
        <WithToken token={link.token} onFailure={setFailure} />
      ) : (
        <WithoutToken broken={link.kind === 'broken'} />
      )}
    </>
  );
}

/** The token of the address, kept in memory and taken out of the address. A newer link in the same tab replaces it. */
function useLinkToken(): LinkToken {
  const navigate = useNavigate();
  const fragment = useLocation({ select: (location) => location.hash });
  const [link, setLink] = useState<LinkToken>(() => parseLinkToken(fragment));
  useEffect(() => {
    if (fragment === '') return;
    setLink(parseLinkToken(fragment));
    void navigate({ to: '/sign-in', hash: '', replace: true });
  }, [fragment, navigate]);
  return link;
}

interface WithTokenProps {
  readonly token: string;
  readonly onFailure: (failure: ApiError | undefined) => void;
}

function WithToken({ token, onFailure }: WithTokenProps) {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [pending, setPending] = useState(false);

  async function signIn() {
    if (pending) return;
    onFailure(undefined);
    setPending(true);
    try {
      const session = await api.call('signIn', { body: { linkToken: token } });
      client.clear();
      client.setQueryData(sessionQuery(api).queryKey, session);
      await navigate({ to: '/', replace: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onFailure(error);
    } finally {
      setPending(false);
    }
  }

  return (
    <>
      <p>This link works once, for the browser in which you press the button.</p>
      <Button className="primary" onPress={() => void signIn()}>
        {pending ? 'Signing in…' : 'Sign in'}
      </Button>
    </>
  );
}

function WithoutToken({ broken }: { readonly broken: boolean }) {
  return (
    <>
      {broken ? (
        <MessageBar tone="warn" title="This link is not whole.">
          Copy all of it, up to its last character, or make a new one.
        </MessageBar>
      ) : null}
      <p>
        You sign in with a link that works once, within 15 minutes. To get one, run this where the control plane runs:
      </p>
      <Command>springline sign-in-link</Command>
      <p>Then open the link that it prints.</p>
    </>
  );
}

function FailureBar({ failure }: { readonly failure: ApiError }) {
  if (failure.code === 'sign-in-link-invalid') {
    return (
      <MessageBar tone="bad" title="This link does not work any more.">
        It was used already, or is older than 15 minutes. Make a new one.
      </MessageBar>
    );
  }
  return (
    <MessageBar tone="bad" title="You could not be signed in.">
      {failure.detail} ({failure.code})
    </MessageBar>
  );
}

function ReasonBar({ reason }: { readonly reason: SignInReason }) {
  return reason === 'ended' ? (
    <MessageBar tone="warn" title="Your session ended.">
      Sign in again to go on.
    </MessageBar>
  ) : (
    <MessageBar tone="good" title="You are signed out.">
      {null}
    </MessageBar>
  );
}

/** A command to copy: one click selects all of it. */
function Command({ children }: { readonly children: ReactNode }) {
  return (
    <pre className="command-text">
      <code>{children}</code>
    </pre>
  );
}
