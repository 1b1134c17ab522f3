/**
 * A control plane's two repositories on loopback HTTP, which a test can make lie, and an agent host that installed one
 * build from them. The signing side is `HostileRepository`; what travels is made here. For tests only.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { canonicalTar } from '@springline/auto-upgrade/release/canonical-tar';
import {
  type RecalledBuild,
  recallRole,
  recallsJson,
  recallTargetPath,
} from '@springline/auto-upgrade/release/recall-statement';
import {
  type ComponentFacts,
  fullTransportPath,
  type RuntimeFacts,
  releaseFactsJson,
  type Transport,
} from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath, type Platform, runtimeTargetPath } from '@springline/auto-upgrade/release/target-path';
import { treeHash } from '@springline/auto-upgrade/release/tree-hash';
import type { EpochMs } from '@springline/ports/clock';
import { systemClock } from '@springline/ports/clock';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { type HostileDelegation, HostileRepository, targetEntry } from '@springline/tuf/testing/hostile-repository';
import { agentHome } from '../home.ts';
import { hostFacts } from '../updater/auto-upgrade/host-facts.ts';
import { installedBuilds } from '../updater/auto-upgrade/installed-builds.ts';
import { type Outcome, UpgraderSession } from '../updater/auto-upgrade/upgrader-session.ts';
import { hostPlatform, installFirst } from '../upgrader/first-install.ts';
import type { Job } from '../upgrader/job.ts';
import { type RepositoryName, type RootPins, repositoryNames } from '../upgrader/trust-store.ts';

export const component = 'connect-sync';
const upgrader = join(import.meta.dirname, '..', 'upgrader', 'main.ts');
const platform = hostPlatform() as Platform;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export interface BuildFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

/** What is said about a release; a lie is any part that does not fit the rest. */
export interface ReleaseLies {
  /** What the Image entry says beside the usual. */
  readonly facts?: Partial<ComponentFacts>;
  readonly version?: string;
  readonly releaseNumber?: number;
  readonly files?: readonly BuildFile[];
  /** Instead of the canonical archive of `files`. */
  readonly tar?: Uint8Array;
  /** Instead of the archive, compressed. */
  readonly full?: Uint8Array;
  readonly treeHash?: string;
  /** Of the archive, as signed. */
  readonly length?: number;
  readonly stateSchema?: number;
  readonly patch?: { readonly bytes: Uint8Array; readonly path: string; readonly sourceSha256: string };
  readonly autoUpgrade?: boolean;
}

export interface Release {
  readonly path: string;
  readonly tar: Uint8Array;
  readonly sha256: string;
  readonly transport: string;
}

/** Some text that is the same for the same words, and does not compress to nothing. */
export function program(words: string): Uint8Array {
  const lines = Array.from({ length: 200 }, (_, at) => `// ${sha256(Buffer.from(`line ${at}`))}`);
  return Buffer.from(`${lines.join('\n')}\nexport const words = ${JSON.stringify(words)};\n`);
}

export function buildFiles(version: string, releaseNumber: number, stateSchema = 1): readonly BuildFile[] {
  const release = { component, version, releaseNumber, stateSchema };
  return [
    { path: `${component}.mjs`, bytes: program(version) },
    { path: 'release.json', bytes: Buffer.from(`${JSON.stringify(release)}\n`) },
  ];
}

async function tarOf(files: readonly BuildFile[]): Promise<Uint8Array> {
  const entries = files.map(({ path, bytes, executable = false }) => ({
    path,
    executable,
    size: bytes.length,
    read: async function* () {
      yield bytes;
    },
  }));
  const parts: Uint8Array[] = [];
  for await (const part of canonicalTar(entries)) parts.push(part);
  return Buffer.concat(parts);
}

function treeHashOf(files: readonly BuildFile[]): string {
  return treeHash(
    files.map(({ path, bytes, executable = false }) => ({
      path,
      executable,
      size: bytes.length,
      sha256: sha256(bytes),
    })),
  );
}

/** Answers one request in another way; true when it did. `path` is what follows `/repository/`. */
export type Answer = (path: string, response: ServerResponse, request: IncomingMessage) => boolean;

/** Whose place in rollouts it is. */
const someAgent = '01920000-0000-7000-8000-000000000001';

export class UpdateWorld {
  readonly repositories: Readonly<Record<RepositoryName, HostileRepository>>;
  /** By transport path. */
  readonly transports = new Map<string, Uint8Array>();
  /** What was asked for since the start, in order. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  readonly home: string;
  url = '';
  answer: Answer = () => false;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #honestSigners: Readonly<Record<RepositoryName, HostileRepository['signers']>>;
  readonly #honestRoles: ReadonlyMap<string, HostileDelegation>;
  /** Roots that no client must ever take. */
  readonly #badRoots = new Set<RepositoryName>();

  constructor(now = Date.now() as EpochMs) {
    const made = (): HostileRepository => new HostileRepository(now);
    this.repositories = { image: made(), director: made() };
    const { image, director } = this.repositories;
    this.#honestSigners = { image: { ...image.signers }, director: { ...director.signers } };
    this.home = mkdtempSync(join(tmpdir(), 'springline-updates-'));
    for (const name of repositoryNames) this.repositories[name].targets = {};
    for (const name of [component, 'runtime']) image.delegate(name, [`${name}/*/*`]);
    image.delegate(recallRole(component), [recallTargetPath(component)]);
    this.recall();
    this.#honestRoles = new Map([...image.delegated].map(([name, role]) => [name, { ...role }]));
  }

  /** An Image role. */
  role(name: string): HostileDelegation {
    return this.repositories.image.delegated.get(name)!;
  }

  /** What the recall role says from the next `serve` on. */
  recall(...builds: readonly Partial<RecalledBuild>[]): void {
    const usual = { version: '2.6.0.0', stop: 'new', reason: 'it loses deletes' } as const;
    const recalledAt = '2026-11-22T14:00:00Z';
    const whole = builds.map((build) => ({ sha256: 'a'.repeat(64), recalledAt, ...usual, ...build }));
    const custom = recallsJson(component, whole);
    const entry = targetEntry(JSON.stringify(custom)) as object;
    this.role(recallRole(component)).targets = { [recallTargetPath(component)]: { ...entry, custom } };
  }

  /** Listens, publishes release 2.5.0.0 and its runtime, and installs it; then publishes 2.6.0.0. */
  static async installed(t: { after(end: () => void): void }): Promise<UpdateWorld> {
    const world = new UpdateWorld();
    t.after(() => world.close());
    await world.listen();
    await world.publishRuntime('a runtime of a few bytes');
    await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
    await world.install();
    await world.publish();
    return world;
  }

  async listen(host = '127.0.0.1'): Promise<void> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.home, { recursive: true, force: true });
  }

  get pins(): RootPins {
    return { image: this.repositories.image.pin(), director: this.repositories.director.pin() };
  }

  install(home = this.home, url = this.url): Promise<readonly string[]> {
    const plan = { home, url, pins: this.pins, components: [component] };
    return installFirst(plan, () => undefined, new AbortController().signal);
  }

  async publishRuntime(content: string): Promise<void> {
    const files = [{ path: 'node', bytes: Buffer.from(content), executable: true }];
    const path = runtimeTargetPath({ version: '24.21.0', platform });
    const tar = await tarOf(files);
    const facts: RuntimeFacts = {
      kind: 'runtime',
      version: '24.21.0',
      platform,
      treeHash: treeHashOf(files),
      transports: [this.#carry('full', fullTransportPath(path), zstdCompressSync(tar))],
    };
    this.#list(path, tar.length, sha256(tar), releaseFactsJson(facts));
  }

  /** Names a release in both repositories, signs nothing yet. */
  async prepare(lies: ReleaseLies = {}): Promise<Release> {
    const { version = '2.6.0.0', releaseNumber = 2, stateSchema = 1 } = lies;
    const files = lies.files ?? buildFiles(version, releaseNumber, stateSchema);
    const tar = lies.tar ?? (await tarOf(files));
    const path = componentTargetPath({ component, version, platform });
    const transport = fullTransportPath(path);
    const transports = [this.#carry('full', transport, lies.full ?? zstdCompressSync(tar))];
    if (lies.patch !== undefined) {
      const { path: patchPath, bytes, sourceSha256 } = lies.patch;
      transports.push({ ...this.#carry('patch', patchPath, bytes), sourceSha256 });
    }
    const facts: ComponentFacts = {
      kind: 'component',
      component,
      version,
      releaseNumber,
      platform,
      channel: { download: true, autoUpgrade: lies.autoUpgrade ?? true },
      runtime: runtimeTargetPath({ version: '24.21.0', platform }),
      stateSchema,
      maxRampPpmPerHour: 1_000_000,
      treeHash: lies.treeHash ?? treeHashOf(files),
      transports,
      publishedAt: '2026-11-22T14:00:00Z',
      ...lies.facts,
    };
    for (const { targets } of [this.role(component), this.repositories.director]) {
      for (const other of Object.keys(targets)) if (other.startsWith(`${component}/`)) delete targets[other];
    }
    this.#list(path, lies.length ?? tar.length, sha256(tar), releaseFactsJson(facts));
    return { path, tar, sha256: sha256(tar), transport };
  }

  /** Names a release and signs both repositories. */
  async publish(lies: ReleaseLies = {}): Promise<Release> {
    const release = await this.prepare(lies);
    for (const name of repositoryNames) this.repositories[name].serve();
    return release;
  }

  /** The root served last is one that no client must take: it goes away with the other lies. */
  badRoot(name: RepositoryName): void {
    this.#badRoots.add(name);
  }

  /** Ends all lies: a next root by the true keys, and above every version served before a true release. */
  async repair(): Promise<Release> {
    this.answer = () => false;
    for (const name of repositoryNames) {
      const repository = this.repositories[name];
      if (this.#badRoots.has(name)) repository.files.delete(`${repository.versions.root--}.root.json`);
      Object.assign(repository.signers, this.#honestSigners[name]);
      Object.assign(repository.thresholds, { root: 1, targets: 1, snapshot: 1, timestamp: 1 });
      repository.serveRoot();
      Object.assign(repository.versions, { targets: 50, snapshot: 50, timestamp: 50 });
    }
    for (const [name, { signers, threshold, paths }] of this.#honestRoles) {
      Object.assign(this.role(name), { signers, threshold, paths, version: 50 });
    }
    return this.publish();
  }

  /** One run of the real upgrader. */
  upgrade(job: Partial<Job> = {}): Promise<Outcome> {
    const installed = installedBuilds(this.home).map(({ build: _, ...rest }) => rest);
    const host = hostFacts(this.home, { agentId: someAgent, retryBlocked: false }, systemClock.now());
    const whole: Job = {
      kind: 'upgrade',
      home: this.home,
      url: this.url,
      platform,
      installed,
      host,
      tried: [],
      ...job,
    };
    const quiet = { looked: () => undefined, step: () => undefined, progress: () => undefined };
    return new UpgraderSession(upgrader, whole, quiet).finished;
  }

  /** Every file and link of the agent by path, but for verified metadata and downloads, which good steps leave. */
  picture(): Readonly<Record<string, string>> {
    const { folder } = agentHome(this.home);
    const picture: Record<string, string> = {};
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (/^trust\/(image|director)\/|^trust\/(agreed|clock)\.json$|^upgrade(\/|$)/.test(path)) continue;
      const stat = lstatSync(join(folder, path));
      const mode = stat.mode.toString(8);
      if (stat.isSymbolicLink()) picture[path] = `link ${readlinkSync(join(folder, path))}`;
      else picture[path] = stat.isFile() ? `${mode} ${sha256(readFileSync(join(folder, path)))}` : mode;
    }
    return picture;
  }

  /** Versions of the metadata that the agent has verified and kept, as `image/timestamp`. */
  trusted(): Readonly<Record<string, number>> {
    const versions: Record<string, number> = {};
    for (const name of repositoryNames) {
      const folder = join(agentHome(this.home).trust, name);
      for (const file of readdirSync(folder)) {
        versions[`${name}/${file}`] = JSON.parse(readFileSync(join(folder, file), 'utf8')).signed.version;
      }
    }
    return versions;
  }

  #carry(kind: Transport['kind'], path: string, bytes: Uint8Array): Transport {
    this.transports.set(path, bytes);
    return { kind, path, length: bytes.length, sha256: sha256(bytes) };
  }

  #list(path: string, length: number, digest: string, custom: JsonValue): void {
    const entry = { length, hashes: { sha256: digest } };
    this.role(path.slice(0, path.indexOf('/'))).targets[path] = { ...entry, custom };
    this.repositories.director.targets[path] = entry;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url ?? '').replace(/^\/repository\//, '');
    const { range } = request.headers;
    this.requests.push({ path, range });
    response.on('error', () => undefined);
    if (this.answer(path, response, request)) return;
    const [, repository, name] = /^(image|director)\/metadata\/(.+)$/.exec(path) ?? [];
    const bytes =
      name === undefined
        ? this.transports.get(path.replace(/^image\/targets\//, ''))
        : this.repositories[repository as RepositoryName].files.get(name);
    if (bytes === undefined) response.writeHead(404).end();
    else sendBytes(response, bytes, range);
  }
}

/** As a plain web server does, with ranges to the end. */
export function sendBytes(response: ServerResponse, bytes: Uint8Array, range: string | undefined): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const rest = bytes.subarray(start);
  if (range === undefined) response.writeHead(200, { 'content-length': rest.length });
  else {
    const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-length': rest.length, 'content-range': contentRange });
  }
  response.end(rest);
}

/** Sends bytes until the other side has enough; `sent` counts them. */
export function sendEndlessly(response: ServerResponse, sent: { bytes: number }): void {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  let isOpen = true;
  response.on('close', () => {
    isOpen = false;
  });
  const more = (): void => {
    while (isOpen) {
      sent.bytes += chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
  };
  response.writeHead(200);
  more();
}
