/**
 * One component as a process: started, watched, started again with growing pauses when it ends by itself, and asked
 * over its channel. For an upgrade it is started warm beside the old build, drained, and activated. The component gets
 * an empty environment and runs under Node's permission model: it reads, writes only its store (by `node:fs`; databases
 * that `node:sqlite` opens are not covered), and starts no processes (rules S10, S23). Imports nothing from npm.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ComponentName, ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import { systemInstant } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { CallError, type Dependency, type FromComponent, type ToComponent } from '../channel.ts';
import { noteProcess } from './leftover.ts';

const callTimeoutMs = 10 * 60_000;
/** A store of a million objects is open within seconds; who asks from afar gives up after 20. */
const askedWhileStartingMs = 15_000;
const stopTimeoutMs = 6_000;
const wordsLimit = 300;
const lastWordsWithinMs = 200;
const sigtermCode = 143;
const shortestPauseMs = 500;
const longestPauseMs = 15_000;
/** A component that ran this long begins again with the shortest pause. */
const stableAfterMs = 60_000;
/** Counted in questions and not in time: a machine that slept has no hung components. */
const relaxedWatch = { everyMs: 15_000, unansweredLimit: 4 };
const closeWatch = { everyMs: 1_000, unansweredLimit: 5 };

export interface ComponentPlace {
  readonly component: ComponentName;
  /** Where its slots and its store lie; it may write the store (`state.db`) and nothing else. */
  readonly folder: string;
  readonly home: string;
  /** What to run, asked at each start. Throws when it must not be run. */
  program(): { readonly runtime: string; readonly bundle: string; readonly version: string };
}

/** How a process ended. */
export interface End {
  readonly detail: string;
  /** Its own doing: an exit, a crash, a hang. False when somebody sent it a signal. */
  readonly byItself: boolean;
}

/** A build did not get as far as it was asked to. */
export class ComponentEndedError extends Error {
  override readonly name = 'ComponentEndedError';
  readonly end: End;

  constructor(component: string, end: End) {
    super(`${component} ${end.detail}`);
    this.end = end;
  }
}

/** A guest beside domain controllers: a third less memory weighs more than a tenth of peak throughput. */
export const componentMemory: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];

type Mode = 'work' | 'warm';
type Progress = 'warm' | 'ready' | 'drained';

export class ComponentProcess {
  readonly #place: ComponentPlace;
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #calls = new Map<number, { resolve(result: unknown): void; reject(error: unknown): void }>();
  readonly #waiting = new Set<{ readonly for: Progress; resolve(): void; reject(error: Error): void }>();
  #child: ChildProcess | undefined;
  #state: ComponentView['state'] = 'stopped';
  #since = systemInstant();
  #version = '0.0';
  #detail: string | undefined;
  #stuck: string | undefined;
  /** How the last process ended. */
  #end: End | undefined;
  #configuration = '';
  #dependencies: readonly Dependency[] = [];
  #cycleAtReady = Number.POSITIVE_INFINITY;
  #sync: SyncStatus | undefined;
  #pauseMs = shortestPauseMs;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #watchWay = relaxedWatch;
  #isStopping = false;
  /** Started warm, and never worked yet. */
  #isWarmOnly = false;
  #isHung = false;
  #lastCall = 0;
  #unanswered = 0;

  /**
   * Decides, when set, whether the process is started again after it ended. Without it a process that worked is, and one
   * that was only warm is not.
   */
  guard: ((end: End) => 'revive' | 'leave') | undefined;

  constructor(place: ComponentPlace, log: Log, changed: () => void) {
    this.#place = place;
    this.#log = log;
    this.#changed = changed;
  }

  start(): void {
    this.#spawn('work');
  }

  /** Starts without touching the state. @throws {ComponentEndedError} when it is not warm in time. */
  async warmUp(timeoutMs: number): Promise<void> {
    const warm = this.#whenSays('warm', timeoutMs);
    this.#spawn('warm');
    await warm;
  }

  /** Lets a warm one take the state. @throws {ComponentEndedError} when it is not ready in time. */
  async activate(timeoutMs: number): Promise<void> {
    // It may have ended since it was warm, when nobody waited for it.
    if (!this.#isAlive() && this.#end !== undefined) throw new ComponentEndedError(this.#place.component, this.#end);
    const ready = this.#whenSays('ready', timeoutMs);
    this.#send({ type: 'activate' });
    await ready;
  }

  /** Resolves when it works. @throws {ComponentEndedError} */
  whenReady(timeoutMs: number): Promise<void> {
    return this.#state === 'running' ? Promise.resolve() : this.#whenSays('ready', timeoutMs);
  }

  /** Resolves when it has let go of the state, at the latest by being killed. It is not started again. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    if (!this.#isAlive()) return;
    const drained = this.#whenSays('drained', timeoutMs);
    this.#send({ type: 'drain' });
    // An end is as good: nothing holds the state either way.
    await drained.catch(() => this.kill());
  }

  /** Closes the channel, which ends the component; after 6 s it is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || !this.#isAlive()) {
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

  /** Ends it at once; resolves when it is gone. It is not started again. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || !this.#isAlive()) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  /** One question a second instead of one each 15 s. */
  watchClosely(isClose: boolean): void {
    this.#watchWay = isClose ? closeWatch : relaxedWatch;
    if (this.#child !== undefined && this.#isAlive()) this.#watchOver(this.#child);
  }

  /**
   * Asks the component; one that is starting is asked as soon as it works. Rejects with CallError:
   * `component-not-running`, `call-timeout`, or what the component says.
   */
  async call(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    // Where it does not get ready, its state says why.
    if (this.#state === 'starting') await this.whenReady(askedWhileStartingMs).catch(() => undefined);
    const { component } = this.#place;
    const child = this.#child;
    if (this.#state !== 'running' || child === undefined || !child.connected) {
      const why = this.#detail === undefined ? '' : `: ${this.#detail}`;
      throw new CallError('component-not-running', `${component} is ${this.#state}${why}`);
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
      this.#send({ type: 'call', id, method, parameters });
    });
  }

  view(): ComponentView {
    return {
      component: this.#place.component,
      version: this.#version,
      state: this.#state,
      since: this.#since,
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

  /** Calls of people that it was asked, and has not answered. */
  get callsInProgress(): number {
    return this.#calls.size;
  }

  get unansweredPings(): number {
    return this.#unanswered;
  }

  /** Why it cannot work until a person acts. */
  get stuck(): string | undefined {
    return this.#stuck;
  }

  get configuration(): string {
    return this.#configuration;
  }

  /** The last cycle in the state when it took it; infinite when it does not say. */
  get cycleAtReady(): number {
    return this.#cycleAtReady;
  }

  get dependencies(): readonly Dependency[] {
    return this.#dependencies;
  }

  #isAlive(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  #spawn(mode: Mode): void {
    const { folder, home } = this.#place;
    this.#isWarmOnly = mode === 'warm';
    this.#detail = undefined;
    this.#stuck = undefined;
    let program: ReturnType<ComponentPlace['program']>;
    try {
      program = this.#place.program();
    } catch (error) {
      // A slot that was written to is not run; the auto-upgrade brings a whole one.
      if ((error as { code?: string }).code === 'slot-altered') {
        const fields = { eventId: eventIds['upgrade.slot-altered'].id, component: this.#place.component };
        this.#log.error('upgrade.slot-altered', { ...fields, reason: (error as Error).message });
      }
      this.#ended({ detail: `cannot be started: ${(error as Error).message}`, byItself: true }, 0);
      return;
    }
    this.#version = program.version;
    const words = [
      ...permissionsFor(folder),
      ...componentMemory,
      program.bundle,
      home,
      ...(mode === 'warm' ? ['--warm'] : []),
    ];
    let child: ChildProcess;
    try {
      child = spawn(program.runtime, words, { env: {}, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    } catch (error) {
      // No memory for another process, say.
      this.#ended({ detail: `cannot be started: ${(error as Error).message}`, byItself: true }, 0);
      return;
    }
    noteProcess(folder, child.pid);
    const startedAt = Date.now();
    this.#child = child;
    this.#isHung = false;
    this.#become('starting');
    this.#watchOver(child);
    child.on('message', (message: FromComponent) => this.#receive(message));
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      lastWords = wordsOf(text) ?? lastWords;
    });
    let hasEnded = false;
    const ended = (end: End): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearInterval(this.#watch);
      this.#ended(end, Date.now() - startedAt);
    };
    // A program that cannot be started, for want of memory or of the file, has no exit.
    child.on('error', (error) => {
      if (child.pid === undefined) ended({ detail: `cannot be started: ${error.message}`, byItself: true });
      else this.#log.warn('component.channel-failed', { component: this.#place.component });
    });
    child.on('exit', (code, signal) => {
      const end = (): void => ended(this.#endOf(code, signal, lastWords));
      if (this.#isStopping || signal !== null || code === 0) end();
      else {
        // Why it failed may still be on the way; nothing comes after the close.
        child.once('close', end);
        setTimeout(end, lastWordsWithinMs);
      }
    });
  }

  #endOf(code: number | null, signal: NodeJS.Signals | null, lastWords: string): End {
    if (this.#isHung) return { detail: 'did not answer and was ended', byItself: true };
    // 128 and the number of the signal: it took a SIGTERM well, and somebody sent that.
    if (code === sigtermCode) return { detail: 'ended by SIGTERM', byItself: false };
    if (signal === null) {
      const words = code === 0 || lastWords === '' ? '' : `: ${lastWords}`;
      return { detail: `ended with code ${code}${words}`, byItself: true };
    }
    const isSent = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGSTOP'].includes(signal);
    return { detail: `ended by ${signal}`, byItself: !isSent };
  }

  #send(message: ToComponent): void {
    // It may just have ended: its exit says so.
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  #whenSays(what: Progress, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { component } = this.#place;
      const detail = `was not ${what} within ${timeoutMs / 1000} s`;
      const late = (): void => waiting.reject(new ComponentEndedError(component, { detail, byItself: true }));
      const timer = setTimeout(late, timeoutMs);
      const settled = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const waiting = {
        for: what,
        resolve: () => {
          settled();
          resolve();
        },
        reject: (error: Error) => {
          settled();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  #says(what: Progress): void {
    for (const waiting of [...this.#waiting]) if (waiting.for === what) waiting.resolve();
  }

  #receive(message: FromComponent): void {
    this.#unanswered = 0;
    switch (message?.type) {
      case 'warm':
        this.#says('warm');
        break;
      case 'ready':
        this.#isWarmOnly = false;
        this.#version = message.version;
        this.#configuration = message.configuration ?? '';
        this.#dependencies = message.dependencies ?? [];
        this.#cycleAtReady = message.lastCycle ?? Number.POSITIVE_INFINITY;
        this.#detail = undefined;
        this.#become('running');
        this.#says('ready');
        break;
      case 'drained':
        this.#says('drained');
        break;
      case 'status':
        this.#sync = message.status;
        this.#changed();
        break;
      case 'stuck':
        this.#detail = `${message.code}: ${message.message}`;
        this.#stuck = this.#detail;
        break;
      case 'answer':
        this.#calls.get(message.id)?.resolve(message.result);
        break;
      case 'refusal':
        this.#calls.get(message.id)?.reject(new CallError(message.code, message.message));
        break;
    }
  }

  #ended(end: End, ranMs: number): void {
    const { component } = this.#place;
    const detail = this.#stuck ?? end.detail;
    this.#end = end;
    for (const call of this.#calls.values()) call.reject(new CallError('component-not-running', `${component} ended`));
    for (const waiting of [...this.#waiting]) waiting.reject(new ComponentEndedError(component, { ...end, detail }));
    if (this.#isStopping) {
      this.#become('stopped');
      return;
    }
    this.#detail ??= end.detail;
    this.#become('failing');
    this.#log.warn('component.ended', { component, reason: end.detail });
    if ((this.guard?.(end) ?? (this.#isWarmOnly ? 'leave' : 'revive')) === 'leave') return;
    if (ranMs > stableAfterMs) this.#pauseMs = shortestPauseMs;
    this.#timer = setTimeout(() => this.start(), this.#pauseMs);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }

  /** Asks now and then whether the component still answers; one that hangs is killed, and so started again. */
  #watchOver(child: ChildProcess): void {
    const { everyMs, unansweredLimit } = this.#watchWay;
    clearInterval(this.#watch);
    this.#unanswered = 0;
    this.#watch = setInterval(() => {
      if (this.#unanswered >= unansweredLimit) {
        this.#detail = `did not answer for ${(unansweredLimit * everyMs) / 1000} s`;
        this.#isHung = true;
        child.kill('SIGKILL');
      } else if (child.connected) {
        this.#unanswered += 1;
        this.#send({ type: 'ping' });
      }
    }, everyMs);
  }

  #become(state: ComponentView['state']): void {
    this.#state = state;
    this.#since = systemInstant();
    this.#changed();
  }
}

/** The last line that is a sentence: no log line, no part of a stack trace. */
function wordsOf(text: string): string | undefined {
  const line = text
    .trimEnd()
    .split('\n')
    .findLast((part) => !/^\s|^$|^Node\.js v|^[{}]|^\^/.test(part));
  return line?.slice(0, wordsLimit);
}

/** Its store and what the database keeps beside it; neither slots nor rules nor configuration. */
export function permissionsFor(folder: string): readonly string[] {
  return ['--permission', '--allow-fs-read=*', `--allow-fs-write=${folder}/state.db*`];
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
