/**
 * Connect Sync, the component. Started by the Agent Updater; exits when the channel to it closes.
 *
 *   connect-sync HOME                 takes the state and works
 *   connect-sync HOME --warm          gets ready, and takes the state when it is told to
 *   connect-sync HOME --preflight F   copies the state to F, plans one cycle on the copy, says what it would export
 */
import { existsSync, rmSync } from 'node:fs';
import { jsonLog } from '@springline/ports/log';
import { CallError, type FromComponent, type ToComponent } from '../../channel.ts';
import { componentHome } from '../../home.ts';
import { enterHostScenario } from '../../scenario.ts';
import { copySyncStore } from '../../storage/sync-store.ts';
import { version } from '../../version.ts';
import { ConnectSync } from './connect-sync.ts';
import { Prepared } from './prepared.ts';

const log = jsonLog((line) => process.stderr.write(line));
const stopWithinMs = 5_000;
/** By convention 128 and the number of the signal. */
const sigtermCode = 143;

function tell(message: FromComponent, after?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, after);
  else after?.();
}

/** Says why it cannot work until a person acts, and ends. */
function stuck(error: unknown): void {
  const { code = 'unusable', message } = error as { code?: string; message: string };
  log.error('sync.stuck', { code, reason: message });
  tell({ type: 'stuck', code, message }, () => process.exit(1));
}

class Program {
  readonly #prepared: Prepared;
  #sync: ConnectSync | undefined;

  constructor(home: string) {
    this.#prepared = new Prepared(home);
  }

  get home(): string {
    return this.#prepared.home;
  }

  /** Takes the state and begins a cycle. */
  work({ isProven }: { readonly isProven: boolean }): void {
    const { digest, dependencies } = this.#prepared;
    const { state, restored } = componentHome(this.home, 'connect-sync');
    this.#sync = new ConnectSync(this.#prepared, state, log, isProven);
    if (existsSync(restored)) {
      this.#sync.requireImportsFirst();
      rmSync(restored, { force: true });
    }
    tell({ type: 'ready', version, configuration: digest, dependencies, lastCycle: this.#sync.lastCycleNumber });
    this.#sync.start();
  }

  async preflight(copy: string): Promise<void> {
    await copySyncStore(componentHome(this.home, 'connect-sync').state, copy);
    const trial = new ConnectSync(this.#prepared, copy, log);
    const plan = await trial.planCycle(new AbortController().signal);
    tell({ type: 'planned', plan }, () => process.exit(0));
  }

  async stop(): Promise<void> {
    const sync = this.#sync;
    this.#sync = undefined;
    await sync?.stop();
  }

  hear(message: ToComponent): void {
    switch (message.type) {
      case 'ping':
        tell({ type: 'pong' });
        break;
      case 'activate':
        attempt(() => this.work({ isProven: true }));
        break;
      case 'drain':
        void this.stop().then(() => tell({ type: 'drained' }));
        break;
      case 'call':
        this.#answer(message);
        break;
    }
  }

  #answer({ id, method, parameters }: Extract<ToComponent, { type: 'call' }>): void {
    const answered =
      this.#sync?.answer(method, parameters) ??
      Promise.reject(new CallError('component-not-running', 'connect-sync does not hold its state'));
    answered.then(
      (result) => tell({ type: 'answer', id, result }),
      (error: unknown) => {
        const { code, message } =
          error instanceof CallError ? error : { code: 'internal-error', message: String(error) };
        tell({ type: 'refusal', id, code, message });
      },
    );
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    stuck(error);
  }
}

function main(): void {
  // Everything that this process makes is its owner's alone.
  process.umask(0o077);
  const [home, mode, copy] = process.argv.slice(2);
  if (home === undefined || process.send === undefined) {
    process.stderr.write('connect-sync is started by the Agent Updater\n');
    process.exit(2);
  }
  attempt(() => {
    enterHostScenario(home);
    const program = new Program(home);
    const stop = (code: number): void => {
      // A safe point is never far; a source that hangs must not keep the process.
      setTimeout(() => process.exit(code), stopWithinMs).unref();
      void program.stop().finally(() => process.exit(code));
    };
    process.on('disconnect', () => stop(0));
    process.on('SIGTERM', () => stop(sigtermCode));
    // Ctrl-C in a terminal reaches the whole group; the Updater decides when this process ends.
    process.on('SIGINT', () => {});
    process.on('message', (message: ToComponent) => program.hear(message));
    if (mode === '--preflight' && copy !== undefined) program.preflight(copy).catch(stuck);
    else if (mode === '--warm') tell({ type: 'warm' });
    else program.work({ isProven: false });
  });
}

main();
