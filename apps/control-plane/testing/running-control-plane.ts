/** A control plane on port 0 and a home of its own, over real sockets and a real database, with a clock of the test's. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { FakeClock } from '@springline/ports/clock';
import { type Log, silentLog } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import { type ControlPlane, startControlPlane, type World } from '../control-plane.ts';
import { platformMigrations } from '../storage/platform/migrations.ts';
import { openDatabase, type SqliteDatabase } from '../storage/sqlite/open.ts';
import { upgradeMigrations } from '../storage/upgrade/migrations.ts';
import { standInDirectory } from './stand-in-directory.ts';

export const startMs = Date.UTC(2026, 10, 22, 14);

export interface RunningControlPlane {
  readonly url: string;
  readonly home: string;
  readonly clock: FakeClock;
  readonly adminToken: string;
  /** As a second process would: its own connections to the same file. */
  openDatabase(): Promise<SqliteDatabase>;
  /** GET, POST, … with the admin token unless `init` has its own headers. */
  ask(method: string, path: string, init?: { body?: unknown; headers?: Record<string, string> }): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: test data, looked at field by field
  readonly json: any;
}

export interface TestOptions {
  readonly home?: string;
  readonly clock?: FakeClock;
  readonly log?: Log;
  readonly publicUrl?: string;
  readonly portal?: string;
  readonly limits?: World['limits'];
  readonly directory?: World['directory'];
  readonly questionLimits?: World['questionLimits'];
  /** Default: none, so that what hosts say shows at once. */
  readonly countsKeptMs?: number;
  /** False: nothing was published, so nobody can enrol. */
  readonly published?: boolean;
}

/** What runs when the test ends: a TestContext, or `suiteCleanup()`. */
export interface Cleanup {
  after(work: () => Promise<void> | void): void;
}

/** For what a `before` hook makes: to be called in the body of `describe`, since hooks have no end of their own. */
export function suiteCleanup(): Cleanup {
  const works: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const work of works) await work();
  });
  return { after: (work) => void works.push(work) };
}

/** A folder that goes when the test ends. */
export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function runControlPlane(t: Cleanup, options: TestOptions = {}): Promise<RunningControlPlane> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'springline-'));
  const clock = options.clock ?? new FakeClock(startMs);
  const { publicUrl, portal, limits, questionLimits } = options;
  if (options.published !== false) publishRoots(home);
  const controlPlane: ControlPlane = await startControlPlane(
    {
      home,
      port: 0,
      host: '127.0.0.1',
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(portal === undefined ? {} : { portal }),
    },
    {
      clock,
      random: systemRandom,
      log: options.log ?? silentLog,
      directory: options.directory ?? standInDirectory,
      countsKeptMs: options.countsKeptMs ?? 0,
      ...(limits === undefined ? {} : { limits }),
      ...(questionLimits === undefined ? {} : { questionLimits }),
    },
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= controlPlane.close();
    return closed;
  };
  const databases: SqliteDatabase[] = [];
  t.after(async () => {
    await close();
    for (const database of databases) await database.close();
    if (options.home === undefined) rmSync(home, { recursive: true, force: true });
  });
  const adminToken = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  return {
    url: controlPlane.localUrl,
    home,
    clock,
    adminToken,
    async openDatabase() {
      const { migrations: ofDirectory } = options.directory ?? standInDirectory;
      const migrations = [...platformMigrations, ...ofDirectory, ...upgradeMigrations];
      const database = await openDatabase(join(home, 'control-plane', 'springline.db'), migrations);
      databases.push(database);
      return database;
    },
    ask(method, path, { body, headers } = {}) {
      const auth = headers ?? { authorization: `Bearer ${adminToken}` };
      return ask(`${controlPlane.localUrl}${path}`, {
        method,
        headers: body === undefined ? auth : { 'content-type': 'application/json', ...auth },
        ...(body === undefined ? {} : { body: bytesOf(body) }),
      });
    },
    close,
  };
}

/** The first root of each repository, as far as enrolment looks at them. What is there already stays. */
function publishRoots(home: string): void {
  for (const repository of ['image', 'director']) {
    const folder = join(home, 'control-plane', 'repository', repository, 'metadata');
    const file = join(folder, '1.root.json');
    if (existsSync(file)) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `{"signatures":[],"signed":{"_type":"root","of":"${repository}"}}`);
  }
}

/** Text and bytes as they are, anything else as JSON. */
function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}
