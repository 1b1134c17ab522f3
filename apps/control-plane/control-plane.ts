/**
 * The control plane put together: lock the home, load the keys, open the store, see to the first start, serve, run the
 * jobs. `main.ts` is the process around it.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Heartbeat } from '@springline/api/shapes/agent';
import type { Clock, EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Log } from '@springline/ports/log';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Config } from './config.ts';
import type { DirectoryRoute } from './directory/handlers.ts';
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
import { type Hus, openHus } from './hus/hus.ts';
import { signerClient } from './hus/signer-client.ts';
import { type ControlPlaneKey, loadControlPlaneKey } from './keys.ts';
import { noticeHandlers } from './notices/handlers.ts';
import { noticeJobs } from './notices/jobs.ts';
import { loadSealer, type Sealer } from './notices/seal.ts';
import { pksHandlers } from './pks/handlers.ts';
import { pksJobs } from './pks/jobs.ts';
import { PksSightings } from './pks/sightings.ts';
import { prepareAdminToken } from './platform/admin-token.ts';
import { Changes } from './platform/changes.ts';
import { prepareFirstStart } from './platform/first-start.ts';
import { platformHandlers } from './platform/handlers.ts';
import type { DirectoryCounts } from './platform/home.ts';
import { type Job, JobRunner } from './platform/jobs.ts';
import { platformJobs } from './platform/purge.ts';
import { readRootPins } from './repository/root-pins.ts';
import { repositoryServer } from './repository/serve.ts';
import { DatabaseWatch } from './restored/watch.ts';
import type { Database, Writer } from './storage/database.ts';
import type { Migration } from './storage/migration.ts';
import { platformMigrations } from './storage/platform/migrations.ts';
import { openDatabase, type SqliteDatabase } from './storage/sqlite/open.ts';
import type { StorageError } from './storage/storage-error.ts';
import { upgradeMigrations } from './storage/upgrade/migrations.ts';
import { syncHandlers } from './sync/handlers.ts';
import { type BoardLimits, QuestionBoard } from './sync/question-board.ts';

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
  /** An agent was heard that is in no conflict. */
  heard?(
    database: Database,
    agent: { readonly tenantId: string; readonly agentId: string },
    heartbeat: Heartbeat,
    now: EpochMs,
  ): Promise<void>;
  /** After an older database was put back: nobody goes on reading where they stood. */
  restored?(writer: Writer, tenantId: string): Promise<void>;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: DirectoryPart;
  readonly limits?: ServerDeps['limits'];
  /** Of questions to hosts on their way. */
  readonly questionLimits?: BoardLimits;
  /** How long counts of many hosts are kept. */
  readonly countsKeptMs?: number;
  /** The scenario that is replayed here, by its name. */
  readonly scenario?: string;
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
 * @throws {HomeLockError} {KeyFileError} {AdminTokenError} {NoticeKeyError} {PortalError} {StorageError} Errors of the file system and
 * of listening are thrown as they are. Whatever was opened before is closed again.
 */
export async function startControlPlane(config: Config, world: World): Promise<ControlPlane> {
  const folder = join(config.home, 'control-plane');
  for (const path of [config.home, folder, join(config.home, 'keys')])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const lock = await lockHome(folder);
  opened.defer(() => lock.release());
  const urlFile = join(folder, 'url');
  const removeUrl = (): void => rmSync(urlFile, { force: true });
  // Of one that was killed.
  removeUrl();
  const key = loadControlPlaneKey(join(config.home, 'keys', 'control-plane.pem'));
  const { clock, random, log, directory } = world;
  const sealer = loadSealer(join(config.home, 'keys', 'notices.key'), random);
  const migrations = [...platformMigrations, ...directory.migrations, ...upgradeMigrations];
  const database = await openDatabase(join(folder, 'springline.db'), migrations);
  opened.defer(() => database.close());
  const prepareAccess = async (): Promise<void> => {
    const owner = await prepareFirstStart({ database, clock, random });
    await prepareAdminToken({ database, clock, random }, join(config.home, 'admin-token'), owner);
  };
  const parts = { database, clock, log };
  const watch = new DatabaseWatch({
    ...{ ...parts, prepareAccess, signer: signerClient(config.home) },
    parts: directory.restored === undefined ? [] : [directory.restored],
  });
  opened.defer(() => watch.end());
  await watch.start();
  await prepareAccess();
  const origins = new Origins(config.publicUrl);
  const publicUrl = (): string => origins.publicUrl();
  const { countsKeptMs } = world;
  const hus = openHus({
    ...parts,
    random,
    watch,
    repositoryFolder: repositoryFolderOf(config),
    countsKeptMs,
    publicUrl,
  });
  const jobs = new JobRunner({
    ...parts,
    jobs: [
      watch.job,
      ...platformJobs(parts),
      ...hus.jobs,
      ...noticeJobs({ ...parts, sealer }),
      ...pksJobs(parts),
      ...directory.jobs(parts),
    ],
    holder: uuidV7(clock, random),
  });
  opened.defer(() => jobs.stop());
  const pksSightings = new PksSightings(parts);
  opened.defer(() => pksSightings.written());
  const server = await serverOf(config, world, { database, origins, key, sealer, pksSightings, hus });
  opened.defer(async () => {
    const cutOff = setTimeout(() => server.server.closeAllConnections(), closeLimitMs);
    await server.close();
    clearTimeout(cutOff);
  });
  // Before the first request can be taken.
  server.server.once('listening', () => origins.listening(server.addresses()[0]!.port));
  await server.listen({ port: config.port, host: config.host });
  jobs.start();
  // For commands on this machine, which send the administrator's token there: only as long as we hold the port.
  opened.defer(removeUrl);
  const bound = server.addresses().map(({ address }) => address);
  writeFileAtomic(urlFile, `${origins.boundUrl(bound)}\n`, 0o600);
  const running = opened.move();
  return {
    url: origins.publicUrl(),
    localUrl: origins.localUrl(),
    lost: database.lost,
    close: () => running.disposeAsync(),
  };
}

/** Holds `image/` and `director/`. */
function repositoryFolderOf({ home }: Config): string {
  return join(home, 'control-plane', 'repository');
}

async function serverOf(
  config: Config,
  world: World,
  made: {
    readonly database: SqliteDatabase;
    readonly origins: Origins;
    readonly key: ControlPlaneKey;
    readonly sealer: Sealer;
    readonly pksSightings: PksSightings;
    readonly hus: Hus;
  },
) {
  const { clock, random, log, directory } = world;
  const { database, origins, key, sealer, pksSightings, hus } = made;
  const metrics = new Metrics(clock.now());
  const changes = new Changes();
  database.onCommit(() => changes.notify());
  let writable = true;
  void database.lost.then(() => {
    writable = false;
  });
  const openApi = openApiDocument();
  const repositoryFolder = repositoryFolderOf(config);
  const publicUrl = (): string => origins.publicUrl();
  const directoryHandlers = directory.handlers({ database, clock, log, publicUrl });
  const platform = platformHandlers({
    ...{ database, clock, random, changes, publicUrl },
    directoryCounts: directory.counts,
    controlPlaneKey: key.publicX,
    ...(world.scenario === undefined ? {} : { scenario: world.scenario }),
    rootPins: () => readRootPins(repositoryFolder),
  });
  const board = new QuestionBoard(world.questionLimits);
  const handlers: Handlers = hus.guarded({
    ...platform,
    async heartbeat(call) {
      const answer = await platform.heartbeat(call);
      if (answer.conflictedSince === undefined) await directory.heard?.(database, call.caller, call.body, call.now);
      return {
        ...answer,
        ...(await hus.told(call.caller, call.body, call.now)),
        ...(board.isWanted(call.caller) ? { listen: true as const } : {}),
      };
    },
    ...syncHandlers({ database, clock, random, board }),
    ...noticeHandlers({ database, clock, random, sealer }),
    ...hus.handlers,
    ...pksHandlers({
      ...{ database, log, publicUrl, repositoryFolder },
      sightings: pksSightings,
      folder: join(config.home, 'control-plane', 'pks'),
    }),
    ...directoryHandlers,
    ...operationsHandlers({ database, metrics, openApi, isWritable: () => writable }),
    async exportBatch(call) {
      const answer = await directoryHandlers.exportBatch(call);
      for (const { status } of answer.results) metrics.exportEnded(status);
      return answer;
    },
  });
  const portal: StaticFiles = config.portal === undefined ? { fileByPath: new Map() } : await loadPortal(config.portal);
  const files = { ...portal, fileByPath: new Map([...portal.fileByPath, ...(await docsFiles(openApi))]) };
  const { limits } = world;
  return buildServer({
    ...{ database, clock, log, origins, metrics, handlers, key, files },
    repository: repositoryServer({ folder: repositoryFolder, origins, metrics, log }),
    ...(limits === undefined ? {} : { limits }),
  });
}
