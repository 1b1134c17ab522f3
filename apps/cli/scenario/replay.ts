/**
 * The world of a replay: a control plane, a release keeper and agents, all real and all on this machine, which live at the
 * scenario's time. Everything lies in one home and can be made again after a kill: what is there already is taken as it is.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteId } from '@springline/api/routes';
import type { EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { saveScenarioHost, setScenarioClock } from '@springline/ports/scenario';
import { type CallAddress, callControlPlane } from '../control-plane-client.ts';
import { CommandError } from '../output.ts';
import { KeyRing } from '../release/key-ring.ts';
import { makeKeys, realWorld } from '../release/keys.ts';
import { listReleases } from '../release/list.ts';
import { asOnlyWriter } from '../release/lock.ts';
import { openTurn, publishRelease, startLevel } from '../release/publish.ts';
import { type RepositoryName, repositories, treeFolder } from '../release/roles.ts';
import { signRepositories } from '../release/sign.ts';
import { agentBundles, portalFolder } from '../up/build.ts';
import type { Child } from '../up/child.ts';
import { makeHome } from '../up/preflight.ts';
import { controlPlaneChild, keeperChild } from '../up/services.ts';
import { exampleBuild, updaterBuild } from './builds.ts';
import type { Scenario, ScenarioRelease } from './files.ts';
import { enterHomeScenario } from './home.ts';

const servedWithinMs = 20_000;
const lookEveryMs = 25;

export class Replay {
  readonly scenario: Scenario;
  /** Absolute. */
  readonly home: string;
  readonly url: string;
  readonly #port: number;
  readonly #tell: (line: string) => void;
  readonly #children: Child[] = [];
  readonly #ring: KeyRing;

  constructor(scenario: Scenario, place: { home: string; port: number }, tell: (line: string) => void) {
    this.scenario = scenario;
    this.home = place.home;
    this.#port = place.port;
    this.url = `http://localhost:${place.port}`;
    this.#tell = tell;
    this.#ring = new KeyRing(place.home);
  }

  get clockFile(): string {
    return join(this.home, 'clock.json');
  }

  /** Keys that are marked as the scenario's, and both repositories with nothing in them but the Agent Updater. */
  async prepare(at: EpochMs): Promise<void> {
    makeHome(this.home);
    if (!existsSync(this.clockFile)) setScenarioClock(this.clockFile, at);
    await asOnlyWriter(this.home, async (lock) => {
      // The roots are signed for the scenario's days.
      const world = { ...realWorld, clock: { now: () => at } };
      await makeKeys(lock, 'development', world, this.#ring, this.scenario.facts.scenarioId);
      await signRepositories(openTurn(lock, this.#ring, { now: () => at }));
    });
    saveScenarioHost(this.home, { clockFile: this.clockFile });
    enterHomeScenario(this.home);
  }

  /** Starts the keeper and the control plane. */
  async start(): Promise<void> {
    const [built, portal] = await Promise.all([agentBundles(), portalFolder()]);
    await this.#resign();
    await this.#keep(keeperChild({ home: this.home, bundles: updaterBuild(built, this.#builds) }, this.#tell));
    await this.#keep(controlPlaneChild({ home: this.home, port: this.#port, url: this.url, portal }, this.#tell));
  }

  /** Another program that ends with the replay. */
  async keep(start: () => Promise<Child>): Promise<Child> {
    const child = await start();
    this.#children.push(child);
    return child;
  }

  async #keep(child: Child): Promise<void> {
    this.#children.push(child);
    await child.start();
  }

  /** The agents first: their last words find a control plane that still answers. */
  async stop(): Promise<void> {
    const [keeper, controlPlane, ...agents] = this.#children;
    await Promise.all(agents.map((child) => child.stop()));
    await controlPlane?.stop();
    await keeper?.stop();
  }

  /** From now on it is `at`. What was signed for shorter is signed anew before anybody looks. */
  async goTo(at: EpochMs): Promise<void> {
    setScenarioClock(this.clockFile, at);
    await this.#resign();
    await this.served();
  }

  /** The control plane keeps small files for a moment: nobody is to look before it serves what was signed now. */
  async served(): Promise<void> {
    for (const repository of repositories) await this.#served(repository);
  }

  async #served(repository: RepositoryName): Promise<void> {
    const path = `${repository}/metadata/timestamp.json`;
    const deadline = performance.now() + servedWithinMs;
    for (;;) {
      const wanted = readFileSync(join(treeFolder(this.home), path), 'utf8');
      const response = await fetch(`${this.url}/repository/${path}`, { signal: AbortSignal.timeout(servedWithinMs) });
      if ((await response.text()) === wanted) return;
      if (performance.now() > deadline) throw new CommandError(`${this.url} goes on serving an old ${path}`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  async #resign(): Promise<void> {
    await asOnlyWriter(this.home, (lock) => signRepositories(openTurn(lock, this.#ring)));
  }

  /** Publishes an example build, unless it is there. */
  async publish(release: ScenarioRelease): Promise<void> {
    const { version, channel, publishedAt } = release;
    if (this.publishedVersions().includes(version)) return;
    const bundles = exampleBuild(await agentBundles(), this.#builds, release, this.scenario.facts.banner);
    const notes = this.scenario.facts.banner;
    await publishRelease(this.home, { bundles, level: startLevel, version, channel, publishedAt, notes });
  }

  publishedVersions(): readonly string[] {
    return listReleases(this.home).flatMap(({ component, version }) => (component === 'connect-sync' ? [version] : []));
  }

  get #builds(): string {
    return join(this.home, 'builds');
  }

  /** Calls the control plane as its operator. */
  ask<Id extends RouteId>(id: Id, body?: unknown, address: CallAddress = {}) {
    const tokenFile = join(this.home, 'admin-token');
    return callControlPlane({ home: this.home, url: this.url, tokenFile }, id, body, address);
  }

  /** Calls it as the administrator of a tenant. */
  askAs<Id extends RouteId>(tenant: string, id: Id, body?: unknown, address: CallAddress = {}) {
    return callControlPlane({ home: this.home, url: this.url, tokenFile: this.tokenFile(tenant) }, id, body, address);
  }

  tokenFile(tenant: string): string {
    return join(this.home, 'tokens', `${tenant}.token`);
  }

  /** A tenant with its administrator, whose token is kept beside the replay. */
  async addTenant(name: string): Promise<void> {
    const file = this.tokenFile(name);
    if (existsSync(file)) return;
    mkdirSync(join(this.home, 'tokens'), { recursive: true, mode: 0o700 });
    const { tenants } = await this.ask('listTenants');
    if (tenants.some((tenant) => tenant.name === name)) {
      throw new CommandError(`the replay was ended while it made the tenant ${name}. Begin again with --fresh.`);
    }
    const { token } = await this.ask('addTenant', { name, lifetimeDays: 366 });
    writeFileAtomic(file, `${token.secret}\n`, 0o600);
  }

  /** Keeps a small text of the replay itself; gives its file. */
  note(name: string, text: string): string {
    const file = join(this.home, name);
    writeFileAtomic(file, text, 0o600);
    return file;
  }

  noted(name: string): string | undefined {
    const file = join(this.home, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }
}
