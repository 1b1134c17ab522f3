/**
 * The control plane put together: lock the home, load the keys, open the store, see to the first start, serve, run the
 * jobs. `main.ts` is the process around it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Config } from './config.ts';
import { lockHome } from './home-lock.ts';
import { docsFiles } from './http/docs-page.ts';
import type { Handlers } from './http/handler.ts';
import { Metrics } from './http/metrics.ts';
import { openApiDocument } from './http/open-api.ts';
import { operationsHandlers } from './http/operations.ts';
import { Origins } from './http/origins.ts';
import { loadPortal } from './http/portal.ts';
import { buildServer, type ServerDeps } from './http/server.ts';
import type { StaticFiles } from './http/static-files.ts';
import { husHandlers } from './hus/handlers.ts';
import { husJobs } from './hus/jobs.ts';
import { type ControlPlaneKey, loadControlPlaneKey } from './keys.ts';
import { prepareAdminToken } from './platform/admin-token.ts';
import { Changes } from './platform/changes.ts';
import { prepareFirstStart } from './platform/first-start.ts';
import { platformHandlers } from './platform/handlers.ts';
import type { DirectoryCounts } from './platform/home.ts';
import { type Job, JobRunner } from './platform/jobs.ts';
import { platformJobs } from './platform/purge.ts';
import { readRootPins } from './repository/root-pins.ts';
import { repositoryServer } from './repository/serve.ts';
import type { Database } from './storage/database.ts';
import type { Migration } from './storage/migration.ts';
import { platformMigrations } from './storage/platform/migrations.ts';
import { openDatabase, type SqliteDatabase } from './storage/sqlite/open.ts';
import type { StorageError } from './storage/storage-error.ts';
import { upgradeMigrations } from './storage/upgrade/migrations.ts';

type DirectoryRoute = 'exportBatch' | 'listChanges' | Extract<keyof Handlers, `scim${string}`>;

interface PartDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the cloud directory brings. */
export interface DirectoryPart {
  readonly migrations: readonly Migration[];
  handlers(deps: PartDeps & { publicUrl(): string }): Pick<Handlers, DirectoryRoute>;
  jobs(deps: PartDeps): readonly Job[];
  readonly counts: DirectoryCounts;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: DirectoryPart;
  readonly limits?: ServerDeps['limits'];
}

export interface ControlPlane {
  /** Where people and agents reach it. */
  readonly url: string;
  /** Where this machine reaches it, whatever is in front of it. */
  readonly localUrl: string;
  /** Settles when the store can no longer be written: nothing is left but to end. */
  readonly lost: Promise<StorageError>;
  /** Ends streams, finishes what is under way, closes the store and gives the home back. */
  close(): Promise<void>;
}

/** Requests that are still under way after this are cut off. */
const closeLimitMs = 5_000;

/**
 * Starts on `config.home`; when it resolves, requests are answered.
 *
 * @throws {HomeLockError} {KeyFileError} {AdminTokenError} {PortalError} {StorageError} Errors of the file system and
 * of listening are thrown as they are. Whatever was opened before is closed again.
 */
export async function startControlPlane(config: Config, world: World): Promise<ControlPlane> {
  const folder = join(config.home, 'control-plane');
  for (const path of [config.home, folder, join(config.home, 'keys')])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const lock = await lockHome(folder);
  opened.defer(() => lock.release());
  const key = loadControlPlaneKey(join(config.home, 'keys', 'control-plane.pem'));
  const { clock, random, log, directory } = world;
  const migrations = [...platformMigrations, ...directory.migrations, ...upgradeMigrations];
  const database = await openDatabase(join(folder, 'springline.db'), migrations);
  opened.defer(() => database.close());
  const owner = await prepareFirstStart({ database, clock, random });
  await prepareAdminToken({ database, clock, random }, join(config.home, 'admin-token'), owner);
  const parts = { database, clock, log };
  const jobs = new JobRunner({
    ...parts,
    jobs: [...platformJobs(parts), ...husJobs(parts), ...directory.jobs(parts)],
    holder: uuidV7(clock, random),
  });
  opened.defer(() => jobs.stop());
  const origins = new Origins(config.publicUrl);
  const server = await serverOf(config, world, { database, origins, key });
  opened.defer(async () => {
    const cutOff = setTimeout(() => server.server.closeAllConnections(), closeLimitMs);
    await server.close();
    clearTimeout(cutOff);
  });
  // Before the first request can be taken.
  server.server.once('listening', () => origins.listening(server.addresses()[0]!.port));
  await server.listen({ port: config.port, host: config.host });
  jobs.start();
  const running = opened.move();
  return {
    url: origins.publicUrl(),
    localUrl: origins.localUrl(),
    lost: database.lost,
    close: () => running.disposeAsync(),
  };
}

async function serverOf(
  config: Config,
  world: World,
  made: { readonly database: SqliteDatabase; readonly origins: Origins; readonly key: ControlPlaneKey },
) {
  const { clock, random, log, directory } = world;
  const { database, origins, key } = made;
  const metrics = new Metrics(clock.now());
  const changes = new Changes();
  database.onCommit(() => changes.notify());
  let writable = true;
  void database.lost.then(() => {
    writable = false;
  });
  const openApi = openApiDocument();
  const repositoryFolder = join(config.home, 'control-plane', 'repository');
  const publicUrl = (): string => origins.publicUrl();
  const directoryHandlers = directory.handlers({ database, clock, log, publicUrl });
  const handlers: Handlers = {
    ...platformHandlers({
      database,
      clock,
      random,
      changes,
      directoryCounts: directory.counts,
      controlPlaneKey: key.publicX,
      rootPins: () => readRootPins(repositoryFolder),
      publicUrl,
    }),
    ...husHandlers({ database, repositoryFolder }),
    ...directoryHandlers,
    ...operationsHandlers({ database, metrics, openApi, isWritable: () => writable }),
    async exportBatch(call) {
      const answer = await directoryHandlers.exportBatch(call);
      for (const { status } of answer.results) metrics.exportEnded(status);
      return answer;
    },
  };
  const portal: StaticFiles = config.portal === undefined ? { fileByPath: new Map() } : await loadPortal(config.portal);
  const files = { ...portal, fileByPath: new Map([...portal.fileByPath, ...(await docsFiles(openApi))]) };
  const { limits } = world;
  return buildServer({
    ...{ database, clock, log, origins, metrics, handlers, key, files },
    repository: repositoryServer({ folder: repositoryFolder, origins, metrics, log }),
    ...(limits === undefined ? {} : { limits }),
  });
}
