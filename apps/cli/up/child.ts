/**
 * A program that `springline up` keeps running: started, waited for, started again when it ends by itself, stopped
 * over its channel. It notices the death of `up` by the channel too, so nothing is left behind, even after SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

const stopTimeoutMs = 15_000;
const readyTimeoutMs = 60_000;
const shortestPauseMs = 250;
const longestPauseMs = 3_000;
const stableAfterMs = 30_000;
const quickRestartMs = 1_000;
/** Counted in looks and not in time: a machine that slept has no hung programs. */
const silenceLookMs = 2_000;
const silentLookLimit = 6;
const keptLines = 50;
const logLimitBytes = 8 * 1024 * 1024;

export interface ChildPlan {
  readonly name: string;
  /** What to run; asked at every start. */
  command(): { readonly program: string; readonly arguments: readonly string[] };
  /** Text for its standard input at this start. */
  input?(): Promise<string | undefined>;
  /** Its log is appended here; a file beyond 8 MiB is moved to `<file>.1` first. */
  readonly logFile: string;
  /** The exit code by which it asks to be started again at once. */
  readonly restartCode?: number;
  /** It says something every other second; one that is silent is killed, and so started again. */
  readonly isTalkative?: boolean;
  /** Told when it ended without being asked to. */
  ended(reason: string): void;
}

/** The program ended before it was ready. The message is what it said itself. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

export class Child {
  readonly #plan: ChildPlan;
  #process: ChildProcess | undefined;
  #isStopping = false;
  #pauseMs = shortestPauseMs;
  #lines: string[] = [];

  constructor(plan: ChildPlan) {
    this.#plan = plan;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the program and resolves when it says that it is ready.
   *
   * @throws {ChildError} with its own last words when it ends before that, or is not ready within 60 s.
   */
  async start(): Promise<void> {
    const input = await this.#plan.input?.();
    const { program, arguments: words } = this.#plan.command();
    const child = spawn(program, [...words], {
      stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C reaches `up` alone, which stops its programs in order.
      detached: true,
    });
    this.#process = child;
    this.#lines = [];
    const log = openLog(this.#plan.logFile);
    child.stdin?.on('error', () => undefined); // It ended without reading its input; its exit says why.
    child.stdin?.end(input ?? '');
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log.write(text);
      this.#hear(text);
    });
    child.once('close', () => log.end());
    if (this.#plan.isTalkative === true) endWhenSilent(child);
    const startedAt = Date.now();
    await this.#whenReady(child);
    child.on('exit', (code, signal) => {
      if (code === this.#plan.restartCode && code !== undefined) {
        // Asked for again and again, it is no quick change of builds any more.
        this.#again(Date.now() - startedAt < quickRestartMs ? longestPauseMs : 0);
        return;
      }
      const reason = signal === null ? `ended with code ${code}: ${this.#lastWords()}` : `ended by ${signal}`;
      this.#revive(reason, Date.now() - startedAt);
    });
  }

  /** Closes the channel; after 15 s the program is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      child.once('exit', () => {
        clearTimeout(killer);
        resolve();
      });
      if (child.connected) child.disconnect();
      else child.kill('SIGTERM');
    });
  }

  #whenReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new ChildError(`${this.#plan.name} was not ready within ${readyTimeoutMs / 1000} s`, null));
      }, readyTimeoutMs);
      const ended = (code: number | null): void => {
        clearTimeout(tooLate);
        // Its last words may still be on the way when the process has ended.
        setImmediate(() => reject(new ChildError(this.#lastWords(), code)));
      };
      child.once('exit', ended);
      // A program that cannot be started has no exit.
      child.on('error', (error) => {
        clearTimeout(tooLate);
        reject(new ChildError(`${this.#plan.name} cannot be started: ${error.message}`, null));
      });
      child.on('message', (message: { type?: string }) => {
        if (message?.type !== 'ready') return;
        clearTimeout(tooLate);
        child.off('exit', ended);
        resolve();
      });
    });
  }

  #revive(reason: string, ranMs: number): void {
    if (this.#isStopping) return;
    this.#plan.ended(reason);
    if (ranMs > stableAfterMs) this.#pauseMs = shortestPauseMs;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    this.#again(pauseMs);
  }

  #again(pauseMs: number): void {
    setTimeout(() => {
      if (this.#isStopping) return;
      this.start().catch((error: Error) => this.#revive(`was not ready: ${error.message}`, 0));
    }, pauseMs);
  }

  #hear(text: string): void {
    for (const line of text.split('\n').filter((part) => part !== '')) this.#lines.push(line);
    this.#lines.splice(0, this.#lines.length - keptLines);
  }

  /** The reason in its last log line, or the last line that is a sentence and not a part of a stack trace. */
  #lastWords(): string {
    const line =
      this.#lines.findLast((text) => !/^\s|^Node\.js v|^[{}]$/.test(text)) ?? `${this.#plan.name} ended without a word`;
    try {
      const { reason, msg } = JSON.parse(line) as { reason?: string; msg?: string };
      return reason ?? msg ?? line;
    } catch {
      return line; // Not a log line: a sentence for people.
    }
  }
}

/** Kills a program that said nothing at several looks in a row. */
function endWhenSilent(child: ChildProcess): void {
  let silentLooks = 0;
  child.on('message', () => {
    silentLooks = 0;
  });
  const timer = setInterval(() => {
    silentLooks += 1;
    if (silentLooks >= silentLookLimit) child.kill('SIGKILL');
  }, silenceLookMs);
  child.once('exit', () => clearInterval(timer));
}

/** A log file that is moved to `<file>.1` when it grows beyond its limit, so that two of them are all there is. */
function openLog(file: string): { write(text: string): void; end(): void } {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const open = (): WriteStream => {
    const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
    stream.on('error', () => undefined); // A full disk must not end what the log is about.
    return stream;
  };
  let size = existsSync(file) ? statSync(file).size : 0;
  let stream = open();
  return {
    write(text) {
      size += Buffer.byteLength(text);
      if (size > logLimitBytes) {
        stream.end();
        if (existsSync(file)) renameSync(file, `${file}.1`);
        stream = open();
        size = 0;
      }
      stream.write(text);
    },
    end: () => stream.end(),
  };
}
