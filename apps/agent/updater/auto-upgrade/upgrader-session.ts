/**
 * One run of the upgrader: a process that looks, downloads and stages, and asks before each step. Whatever becomes of it,
 * the outcome is a value. Imports nothing from npm.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ByHandDecision } from '@springline/auto-upgrade/upgrader/by-hand';
import type { Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import type { FailureKind, FromUpgrader, Job, Look, OfferView, ToUpgrader } from '../../upgrader/job.ts';

/** Time without a word from the upgrader after which it is given up; a large download tells its progress. */
const silenceMs = 5 * 60_000;

export interface Outcome {
  readonly look?: Look;
  /** Of a job by hand. */
  readonly byHand?: readonly ByHandDecision[];
  /** The build that lies whole in the slot that does not run. */
  readonly staged?: OfferView;
  readonly isConfirmed?: boolean;
  /** Of a last look: why the release is not confirmed, where it was refused. */
  readonly refusal?: Refusal;
  readonly failure?: { readonly kind: FailureKind | 'ended'; readonly code: string; readonly message: string };
}

export interface SessionHooks {
  looked(look: Look): void;
  /** Puts the step into the journal before it is begun. */
  step(step: 'downloading' | 'verified' | 'staged', to: OfferView): void;
  progress(bytes: number, totalBytes: number): void;
}

/** Beside the bundle of the Agent Updater in a release; its source otherwise. */
export function upgraderProgram(folder: string): string {
  const bundle = join(folder, 'upgrader.mjs');
  return existsSync(bundle) ? bundle : join(folder, '..', 'upgrader', 'main.ts');
}

export class UpgraderSession {
  readonly #child: ChildProcess;
  readonly #finished: Promise<Outcome>;

  constructor(program: string, job: Job, hooks: SessionHooks) {
    this.#child = spawn(process.execPath, [program], { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#finished = this.#run(job, hooks);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get finished(): Promise<Outcome> {
    return this.#finished;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #run(job: Job, hooks: SessionHooks): Promise<Outcome> {
    const child = this.#child;
    return new Promise((resolve) => {
      let outcome: Outcome = {};
      let isDone = false;
      const silence = setTimeout(() => child.kill('SIGKILL'), silenceMs);
      const end = (failure?: Outcome['failure']): void => {
        clearTimeout(silence);
        resolve(failure === undefined ? outcome : { failure, ...outcome });
      };
      const hear = (message: FromUpgrader): void => {
        silence.refresh();
        switch (message.type) {
          case 'looked':
            outcome = { ...outcome, look: message.look };
            hooks.looked(message.look);
            isDone = true;
            break;
          case 'decided-by-hand':
            outcome = { ...outcome, byHand: message.decisions };
            break;
          case 'step':
            isDone = message.step === 'staged';
            hooks.step(message.step, message.to);
            if (message.step === 'staged') outcome = { ...outcome, staged: message.to };
            this.#tell({ type: 'journaled' });
            break;
          case 'progress':
            hooks.progress(message.bytes, message.totalBytes);
            break;
          case 'confirmed':
            outcome = {
              ...outcome,
              isConfirmed: message.isConfirmed,
              ...(message.refusal === undefined ? {} : { refusal: message.refusal }),
            };
            break;
          case 'failed':
            outcome = { ...outcome, failure: message };
            break;
        }
      };
      child.on('message', (message: FromUpgrader) => {
        try {
          hear(message);
        } catch (error) {
          // The step could not be put into the journal, so it must not be begun.
          const { code = 'journal-unwritable', message: reason } = error as { code?: string; message: string };
          outcome = { ...outcome, failure: { kind: code === 'ENOSPC' ? 'space' : 'other', code, message: reason } };
          child.kill('SIGKILL');
        }
      });
      child.on('error', (error) => end({ kind: 'other', code: 'upgrader-not-started', message: error.message }));
      // The last messages may arrive after the exit; nothing comes after the disconnect.
      const exited = new Promise<readonly [number | null, NodeJS.Signals | null]>((done) => {
        child.once('exit', (code, signal) => done([code, signal]));
      });
      child.once('disconnect', () => {
        void exited.then(([code, signal]) => {
          const isWhole = isDone && code === 0;
          const message = signal === null ? `the upgrader ended with code ${code}` : `the upgrader ended by ${signal}`;
          end(isWhole ? undefined : { kind: 'ended', code: 'upgrader-ended', message });
        });
      });
      this.#tell({ type: 'job', job });
    });
  }

  #tell(message: ToUpgrader): void {
    // It may just have ended: its exit says so.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
