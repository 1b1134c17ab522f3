/**
 * One component as a process: started, watched, started again with growing pauses when it ends by itself, and asked
 * over its channel. The component gets an empty environment and runs under Node's permission model: it reads, writes
 * only its store, and starts no processes (rules S10, S23). Imports nothing from npm.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ComponentName, ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import type { Log } from '@springline/ports/log';
import { CallError, type FromComponent, type ToComponent } from '../channel.ts';

const callTimeoutMs = 10 * 60_000;
const stopTimeoutMs = 6_000;
const shortestPauseMs = 500;
const longestPauseMs = 15_000;
/** A component that ran this long begins again with the shortest pause. */
const stableAfterMs = 60_000;
const pingEveryMs = 15_000;
/** Counted in questions and not in time: a machine that slept has no hung components. */
const unansweredLimit = 4;

export interface ComponentPlace {
  readonly component: ComponentName;
  /** The bundle to run. */
  readonly bundle: string;
  /** Where its slots and its store lie; it may write the store (`state.db`) and nothing else. */
  readonly folder: string;
  readonly home: string;
}

export class ComponentProcess {
  readonly #place: ComponentPlace;
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #calls = new Map<number, { resolve(result: unknown): void; reject(error: unknown): void }>();
  #child: ChildProcess | undefined;
  #state: ComponentView['state'] = 'stopped';
  #since = new Date();
  #version = '0.0';
  #detail: string | undefined;
  #sync: SyncStatus | undefined;
  #pauseMs = shortestPauseMs;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #lastCall = 0;
  #unanswered = 0;

  constructor(place: ComponentPlace, log: Log, changed: () => void) {
    this.#place = place;
    this.#log = log;
    this.#changed = changed;
  }

  start(): void {
    const { component, bundle, folder, home } = this.#place;
    // A guest beside domain controllers: 16 MB less memory weigh more than a fifth of peak throughput.
    const memory = ['--max-semi-space-size=1', '--optimize-for-size'];
    // Its store and what the database keeps beside it; neither slots nor rules nor configuration.
    const permissions = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${folder}/state.db*`];
    const child = spawn(process.execPath, [...permissions, ...memory, bundle, home], {
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const startedAt = Date.now();
    this.#child = child;
    this.#detail = undefined;
    this.#become('starting');
    const watch = this.#watchOver(child);
    child.on('message', (message: FromComponent) => this.#receive(message));
    let hasEnded = false;
    const ended = (detail: string): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearInterval(watch);
      this.#ended(detail, Date.now() - startedAt);
    };
    // A program that cannot be started, for want of memory or of the file, has no exit.
    child.on('error', (error) => {
      if (child.pid === undefined) ended(`cannot be started: ${error.message}`);
      else this.#log.warn('component.channel-failed', { component });
    });
    child.on('exit', (code, signal) => ended(signal === null ? `ended with code ${code}` : `ended by ${signal}`));
  }

  /** Closes the channel, which ends the component; after 6 s it is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      if (this.#state !== 'stopped') this.#become('stopped');
      return;
    }
    await new Promise<void>((resolve) => {
      const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      child.once('exit', () => {
        clearTimeout(killer);
        resolve();
      });
      if (child.connected) child.disconnect();
    });
  }

  /**
   * Asks the component. Rejects with CallError: `component-not-running`, `call-timeout`, or what the component says.
   */
  call(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { component } = this.#place;
    const child = this.#child;
    if (this.#state !== 'running' || child === undefined || !child.connected) {
      const why = this.#detail === undefined ? '' : `: ${this.#detail}`;
      return Promise.reject(new CallError('component-not-running', `${component} is ${this.#state}${why}`));
    }
    this.#lastCall += 1;
    const id = this.#lastCall;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(new CallError('call-timeout', `${component} did not answer within ${callTimeoutMs / 60_000} minutes`));
      }, callTimeoutMs);
      const settled = (): void => {
        clearTimeout(timer);
        this.#calls.delete(id);
      };
      this.#calls.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      child.send({ type: 'call', id, method, parameters } satisfies ToComponent);
    });
  }

  view(): ComponentView {
    return {
      component: this.#place.component,
      version: this.#version,
      state: this.#state,
      since: this.#since.toISOString(),
      ...(this.#detail === undefined ? {} : { detail: this.#detail.slice(0, 500) }),
      ...(this.#state === 'running' ? { rssBytes: residentBytes(this.#child?.pid) } : {}),
    };
  }

  get sync(): SyncStatus | undefined {
    return this.#sync;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #receive(message: FromComponent): void {
    this.#unanswered = 0;
    switch (message.type) {
      case 'ready':
        this.#version = message.version;
        this.#detail = undefined;
        this.#become('running');
        break;
      case 'status':
        this.#sync = message.status;
        this.#changed();
        break;
      case 'stuck':
        this.#detail = `${message.code}: ${message.message}`;
        break;
      case 'answer':
        this.#calls.get(message.id)?.resolve(message.result);
        break;
      case 'refusal':
        this.#calls.get(message.id)?.reject(new CallError(message.code, message.message));
        break;
    }
  }

  #ended(reason: string, ranMs: number): void {
    const { component } = this.#place;
    for (const call of this.#calls.values()) call.reject(new CallError('component-not-running', `${component} ended`));
    if (this.#isStopping) {
      this.#become('stopped');
      return;
    }
    this.#detail ??= reason;
    this.#become('failing');
    this.#log.warn('component.ended', { component, reason });
    if (ranMs > stableAfterMs) this.#pauseMs = shortestPauseMs;
    this.#timer = setTimeout(() => this.start(), this.#pauseMs);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }

  /** Asks now and then whether the component still answers; one that hangs is killed, and so started again. */
  #watchOver(child: ChildProcess): NodeJS.Timeout {
    this.#unanswered = 0;
    return setInterval(() => {
      if (this.#unanswered >= unansweredLimit) {
        this.#detail = `did not answer for ${(unansweredLimit * pingEveryMs) / 1000} s`;
        child.kill('SIGKILL');
      } else if (child.connected) {
        this.#unanswered += 1;
        child.send({ type: 'ping' } satisfies ToComponent, () => undefined); // It may just have ended: its exit says so.
      }
    }, pingEveryMs);
  }

  #become(state: ComponentView['state']): void {
    this.#state = state;
    this.#since = new Date();
    this.#changed();
  }
}

/** Resident set size by the kernel's account; 0 where it does not say. */
export function residentBytes(pid: number | undefined): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4096;
  } catch {
    return 0; // Not Linux, or the process has just ended: a figure for people, not worth a failure.
  }
}
