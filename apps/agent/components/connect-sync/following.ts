/**
 * Continuous mode: directories that push are listened to between cycles. What a server tells with a change is staged at
 * once and a cycle follows; where it only tells that something changed, the cycle reads it. A connection that ends is
 * tried again by the next cycle, which reads what was missed.
 */

import type { OpenedDirectory } from '@springline/connect-sync/run-profile/cycle';
import { Counters, type Directory, type Engine } from '@springline/connect-sync/run-profile/engine';
import { DirectoryImport } from '@springline/connect-sync/run-profile/import-directory';
import { cookieSetting, needsFullImport } from '@springline/connect-sync/run-profile/import-state';
import type { DirectorySource, ImportSink } from '@springline/directory/source';
import type { Log } from '@springline/ports/log';
import type { Directories } from './directories.ts';

const retryMs = 10_000;

export class Following {
  readonly #engine: Engine;
  readonly #directories: Pick<Directories, 'open'>;
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  /** Connectors whose server hands the changes over itself, as long as it does. */
  readonly #fed = new Set<string>();
  #retry: NodeJS.Timeout | undefined;

  constructor(engine: Engine, directories: Pick<Directories, 'open'>, log: Log, changed: () => void) {
    this.#engine = engine;
    this.#directories = directories;
    this.#log = log;
    this.#changed = changed;
  }

  /** Whether what changes there is staged as it happens, so that a cycle need not read it. */
  isFed(name: string): boolean {
    return this.#fed.has(name);
  }

  /** Listens to every directory that pushes and that is not listened to yet. */
  begin(): void {
    for (const { name } of this.#engine.directories) {
      if (this.#running.has(name)) continue;
      const stop = new AbortController();
      const ended = this.#follow(name, stop.signal).finally(() => {
        this.#fed.delete(name);
        this.#running.delete(name);
      });
      this.#running.set(name, { stop, ended });
    }
  }

  /**
   * Looks at what may be read now: what is followed with another consent or other containers than hold now is followed no
   * more, so that the cycle reads it.
   */
  async recheck(signal: AbortSignal): Promise<void> {
    for (const [name, { stop, ended }] of [...this.#running]) {
      if (await this.#isAsItWas(name, signal)) continue;
      stop.abort();
      await ended;
    }
  }

  async #isAsItWas(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { directory, scope } = await this.#directories.open(name, signal);
      return !needsFullImport(this.#engine, directory, scope);
    } catch (error) {
      // The cycle meets the same trouble, and tells of it.
      const { code = 'unknown' } = error as { code?: string };
      this.#log.info('sync.follow-ended', { connector: name, code });
      return false;
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #follow(name: string, signal: AbortSignal): Promise<void> {
    try {
      const opened = await this.#directories.open(name, signal);
      const { directory, source, scope } = opened;
      const cookie = this.#engine.store.setting(cookieSetting(directory));
      // What was not read to its end yet is read by a cycle first.
      if (source.follow === undefined || cookie === undefined || needsFullImport(this.#engine, directory, scope))
        return;
      await this.#listen(opened, source.follow.bind(source), Buffer.from(cookie, 'base64'), signal);
    } catch (error) {
      if (signal.aborted) return;
      const { code = 'unknown' } = error as { code?: string };
      this.#log.info('sync.follow-ended', { connector: name, code });
      // A cycle reads what was missed, and what is to be followed is followed again after it.
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.#changed();
      }, retryMs);
    }
  }

  async #listen(
    { directory, scope }: OpenedDirectory,
    follow: NonNullable<DirectorySource['follow']>,
    cookie: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const { rules } = this.#engine;
    const wanted = [...rules.attributesRead(directory.name)].filter((name) => scope.consent.mayReadAttribute(name));
    const counters = new Counters();
    const run = new DirectoryImport(this.#engine, directory, scope, counters, 'followed');
    const request = { cookie, attributes: new Set(wanted) };
    try {
      await follow(request, this.#sink(directory, run, counters), this.#changed, signal);
    } finally {
      run.abandon();
    }
  }

  /** Commits as the server does, and asks for a cycle when anything was staged. */
  #sink({ name }: Directory, run: DirectoryImport, counters: Counters): ImportSink {
    let staged = 0;
    return {
      entry: (raw, anchor) => run.entry(raw, anchor),
      changes: (raw) => run.changes(raw),
      gone: (anchor) => run.gone(anchor),
      present: (anchor) => run.present(anchor),
      page: (cookie) => {
        run.page(cookie);
        this.#fed.add(name);
        const now = stagedSoFar(counters);
        if (now === staged) return;
        staged = now;
        this.#changed();
      },
    };
  }
}

function stagedSoFar(counters: Counters): number {
  return ['stage-add', 'stage-update', 'stage-rename', 'stage-delete', 'stage-delete-add'].reduce(
    (sum, name) => sum + counters.get(name),
    0,
  );
}
