/** `springline agent install` or `agent run` in the foreground, as a process of its own. For tests only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { springline } from '../../testing/running-up.ts';

const readyWithinMs = 90_000;

export class RunningAgent {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Starts `springline agent …` with `input` and resolves at its line `ready agent …`. */
  static async start(t: Pick<TestContext, 'after'>, words: readonly string[], input = ''): Promise<RunningAgent> {
    const child = spawn(process.execPath, [springline, 'agent', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    const agent = new RunningAgent(child);
    t.after(() => agent.stop());
    child.stdin.on('error', () => undefined); // It ended without reading; its words say why.
    child.stdin.end(input);
    await agent.#ready();
    return agent;
  }

  /** All that it said. */
  get output(): string {
    return this.#output;
  }

  /** Ctrl-C; gives the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGINT');
      await closed;
    }
    return this.#child.exitCode;
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => (): void => reject(new Error(`${why}: ${this.#output}`));
      const timer = setTimeout(fail('not ready in time'), readyWithinMs);
      this.#child.once('close', fail('it ended'));
      this.#child.stdout?.on('data', () => {
        if (!/^ready agent /m.test(this.#output)) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
