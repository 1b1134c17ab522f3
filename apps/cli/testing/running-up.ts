/**
 * A real `springline up` for tests: a process of its own on a free port, a home in a temporary folder, stopped by its
 * process group, and a look at the cloud directory over SCIM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '@springline/tools/services/free-port';
import type { AgentStatus } from '../agent-client.ts';
import { agentStatus } from '../agent-client.ts';

export const springline = join(import.meta.dirname, '..', 'springline.ts');

export interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface ScimResource {
  readonly id: string;
  readonly externalId: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly title?: string;
  readonly members?: readonly { readonly value: string }[];
  readonly [extension: string]: unknown;
}

/** A temporary home that is removed with the test. */
export function temporaryHome(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-up-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return join(folder, 'home');
}

/** Runs a command of the CLI to its end. */
export function runCli(
  args: readonly string[],
  { env, ...options }: { readonly uid?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [springline, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  });
  return finished(child);
}

export class RunningUp {
  readonly home: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #finished: Promise<Finished>;
  #output = '';

  private constructor(child: ChildProcess, home: string, port: number) {
    this.home = home;
    this.port = port;
    this.#child = child;
    this.#finished = finished(child);
    child.stdout?.on('data', (text: string) => {
      this.#output += text;
    });
  }

  /** Starts `up` and waits for its line `ready …`. */
  static async start(
    t: Pick<TestContext, 'after'>,
    home: string,
    args: readonly string[] = [],
    port?: number,
  ): Promise<RunningUp> {
    const chosen = port ?? (await freePort());
    const child = spawn(process.execPath, [springline, 'up', '--home', home, '--port', String(chosen), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdout?.setEncoding('utf8');
    child.stderr?.setEncoding('utf8');
    const up = new RunningUp(child, home, chosen);
    t.after(() => up.end());
    await up.line(/^ready .*$/m, 120_000);
    return up;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get output(): string {
    return this.#output;
  }

  /** Waits for a line on standard output. */
  async line(pattern: RegExp, timeoutMs = 60_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found[0];
      if (this.#child.exitCode !== null) {
        const { output, errors } = await this.#finished;
        throw new Error(`up ended with ${this.#child.exitCode}: ${output}${errors}`);
      }
      if (Date.now() > deadline) throw new Error(`no ${pattern} within ${timeoutMs} ms: ${this.#output}`);
      await pause(25);
    }
  }

  /** Ctrl-C. */
  async interrupt(): Promise<Finished> {
    this.#child.kill('SIGINT');
    return this.#finished;
  }

  /** SIGKILL of `up` itself. */
  async kill(): Promise<Finished> {
    this.#child.kill('SIGKILL');
    return this.#finished;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.interrupt();
  }

  status(): Promise<AgentStatus> {
    return agentStatus(this.home);
  }

  async scim(path: string): Promise<Record<string, unknown>> {
    return this.#ask(`/scim/v2/${path}`);
  }

  /** As the first administrator. A body is put. */
  async #ask(path: string, body?: object): Promise<Record<string, unknown>> {
    const token = readFileSync(join(this.home, 'admin-token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'PUT', headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** For a test that, kill after kill, makes more people come and go than the cloud directory lets go within a day. */
  async preventNoDeletions(): Promise<void> {
    const path = '/directory/v1/export-limits';
    const limits = await this.#ask(path);
    const deletions = { ...(limits['deletions'] as object), prevention: 'disabled' };
    await this.#ask(path, { ...limits, deletions });
  }

  async find(type: 'Users' | 'Groups', filter: string): Promise<readonly ScimResource[]> {
    const answer = await this.scim(`${type}?${new URLSearchParams({ filter })}`);
    return answer['Resources'] as ScimResource[];
  }

  /** Every resource, by externalId, page by page. */
  async all(type: 'Users' | 'Groups'): Promise<ReadonlyMap<string, ScimResource>> {
    const found = new Map<string, ScimResource>();
    for (let startIndex = 1; ; ) {
      const page = await this.scim(`${type}?startIndex=${startIndex}&count=200&sortBy=externalId`);
      const resources = page['Resources'] as ScimResource[];
      for (const resource of resources) found.set(resource.externalId, resource);
      startIndex += resources.length;
      if (resources.length === 0 || startIndex > (page['totalResults'] as number)) return found;
    }
  }

  /** Waits until `look` gives something. */
  async until<T>(look: () => Promise<T | undefined>, what: string, timeoutMs = 60_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms\n${this.#output}`);
      await pause(50);
    }
  }
}

function finished(child: ChildProcess): Promise<Finished> {
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output, errors })));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
