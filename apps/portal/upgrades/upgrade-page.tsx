/** The frame of a page about upgrades: its title, its command bar, and the server's present for every time on it. */
import { type ReactNode, useMemo } from 'react';
import { Button } from 'react-aria-components/Button';
import { Separator } from 'react-aria-components/Separator';
import { Toolbar } from 'react-aria-components/Toolbar';
import { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import type { Tone } from '../look/tone.ts';
import { ServerClock } from '../look/when.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import './upgrade-pages.css';

interface Asked {
  readonly dataUpdatedAt: number;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

interface UpgradePageProps {
  readonly title: string;
  /** What it belongs to, for the title of the window; default: Upgrades. */
  readonly area?: string;
  /** In one sentence, what the page is for. */
  readonly purpose: string;
  /** What the page shows; Refresh asks all of it again. */
  readonly asked: readonly Asked[];
  /** Buttons between Refresh and Theme. */
  readonly commands?: ReactNode;
  /** What came of the last act. */
  readonly outcome?: Outcome | undefined;
  readonly children: ReactNode;
}

export interface Outcome {
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
}

export function UpgradePage({
  title,
  area = 'Upgrades',
  purpose,
  asked,
  commands,
  outcome,
  children,
}: UpgradePageProps) {
  const api = useApi();
  const updatedAt = Math.max(0, ...asked.map(({ dataUpdatedAt }) => dataUpdatedAt));
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again with each answer.
  const serverTime = useMemo(() => new Date(api.nowMs()).toISOString(), [api, updatedAt]);
  const failure = asked.find(({ error }) => error !== null)?.error ?? undefined;
  return (
    <ServerClock serverTime={serverTime}>
      <title>{`${title} · ${area} · Springline`}</title>
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="quiet page-purpose">{purpose}</p>
        </div>
      </div>
      <Toolbar className="command-bar" aria-label="Commands">
        <Button className="command" onPress={() => void Promise.all(asked.map(({ refetch }) => refetch()))}>
          <Icon name="refresh" />
          <span>Refresh</span>
        </Button>
        {commands}
        <Separator orientation="vertical" className="command-separator" />
        <ThemeMenu />
      </Toolbar>
      {failure === undefined ? null : (
        <MessageBar tone="warn" title="What you see may be old.">
          {failure instanceof ApiError ? failure.detail : failure.message}
        </MessageBar>
      )}
      <div role="status" className="outcome">
        {outcome === undefined ? null : (
          <MessageBar tone={outcome.tone} title={outcome.title}>
            {outcome.detail}
          </MessageBar>
        )}
      </div>
      {children}
    </ServerClock>
  );
}

/** A section with its heading, and what stands beside it. */
export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}) {
  const { id, title, beside, children } = props;
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id} tabIndex={-1}>
          {title}
        </h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

/** Sentences in which commands stand out, so that they can be found and copied. */
export function WithCommands({ text }: { readonly text: string }) {
  // Commands of one text differ, so each names itself.
  return text
    .split(/(springline(?: [A-Za-z][\w-]*)+)/)
    .map((part) => (part.startsWith('springline ') ? <code key={part}>{part}</code> : part));
}
