/**
 * An agent host for tests that end processes: a home that a real `springline up` has made, the control plane as a
 * process of its own, and the Agent Updater either as the launcher starts it, or from source with a hook that sends
 * SIGKILL at a step of the journal. Knows what must be true of a host whatever was killed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { agentHome, componentHome } from '@springline/agent/home';
import { nextLaunch } from '@springline/agent/launcher/launch';
import { linkedSlot, verifiedProgram } from '@springline/agent/slot/slot';
import { type AutoUpgradeSettings, saveSettings } from '@springline/agent/updater/auto-upgrade/settings';
import type { Kill } from '@springline/agent/updater/testing/killed-updater';
import { metadataStore, repositoryNames } from '@springline/agent/upgrader/trust-store';
import type { SyncStatus } from '@springline/api/shapes/agent';
import { type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemClock } from '@springline/ports/clock';
import { freePort } from '@springline/tools/services/free-port';
import { loadTrusted } from '@springline/tuf/client/refresh';
import { type AgentStatus, agentStatus, callAgentUpdater, callConnectSync } from '../../agent-client.ts';
import { ChangingDirectory, seenIn } from '../../testing/changing-directory.ts';
import { RunningUp, temporaryHome } from '../../testing/running-up.ts';
import { portalFolder } from '../../up/build.ts';
import { processesOf } from './processes.ts';

const controlPlaneMain = fileURLToPath(import.meta.resolve('@springline/control-plane/main'));
const killedUpdater = fileURLToPath(import.meta.resolve('@springline/agent/updater/testing/killed-updater'));
const patienceMs = 45_000;
const lookEveryMs = 20;
/** A look is taken at the start and when a test asks for one. */
const checkEverySeconds = 3_600;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program with a channel that says when it is ready; it ends with the channel. */
class Program {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;

  constructor(args: readonly string[], log: string, runtime = process.execPath) {
    const output = openSync(log, 'a');
    this.#child = spawn(runtime, args, { stdio: ['ignore', 'ignore', output, 'ipc'] });
    this.ended = new Promise((resolve) => this.#child.once('exit', (code, signal) => resolve({ code, signal })));
    this.#ready = this.heard('ready');
    this.#ready.catch(() => undefined); // Told to whoever waits for it.
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves when it says something of that type. */
  heard(type: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const hear = (message: { type?: string }): void => {
        if (message.type !== type) return;
        this.#child.off('message', hear);
        resolve();
      };
      this.#child.on('message', hear);
      void this.ended.then(({ code, signal }) => reject(new Error(`ended by ${code ?? signal} before it was ${type}`)));
    });
  }

  send(message: object): void {
    this.#child.send(message);
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

export class UpgradeHost {
  readonly home: string;
  readonly directory: ChangingDirectory;
  readonly #port: number;
  readonly #cloud: RunningUp;
  #controlPlane: Program | undefined;
  #updater: Program | undefined;
  #isLaunched = false;
  #isStateHeldAtSwitch = false;

  private constructor(home: string, directory: ChangingDirectory, port: number, cloud: RunningUp) {
    this.home = home;
    this.directory = directory;
    this.#port = port;
    this.#cloud = cloud;
  }

  /** Makes a home by a real `up`, and starts its control plane alone. */
  static async prepare(t: Pick<TestContext, 'after'>): Promise<UpgradeHost> {
    const home = temporaryHome(t);
    const directory = new ChangingDirectory(`${home}.ldif`, { people: 25, groups: 3, seed: 20261122 });
    const port = await freePort();
    const up = await RunningUp.start(t, home, ['--ldif', directory.file, '--interval', '300'], port);
    const { code, errors } = await up.interrupt();
    assert.equal(code, 0, errors);
    const host = new UpgradeHost(home, directory, port, up);
    t.after(() => host.end());
    await host.startControlPlane();
    await up.preventNoDeletions();
    return host;
  }

  get journal(): readonly JournalRecord[] {
    const { journal } = agentHome(this.home);
    return existsSync(journal) ? parseJournal(readFileSync(journal, 'utf8')) : [];
  }

  get controlPlanePid(): number {
    return this.#controlPlane!.pid;
  }

  get cloud(): RunningUp {
    return this.#cloud;
  }

  /** What runs by its link. */
  get installed(): string {
    return this.#installed('connect-sync');
  }

  #installed(component: string): string {
    const slot = linkedSlot(this.home, component);
    assert.ok(slot !== undefined, `${component} has a link`);
    return verifiedProgram(this.home, component, slot).facts.version;
  }

  async startControlPlane(): Promise<void> {
    const url = `http://localhost:${this.#port}`;
    const place = ['--home', this.home, '--port', String(this.#port), '--public-url', url];
    this.#controlPlane = new Program(
      [controlPlaneMain, ...place, '--portal', await portalFolder()],
      this.#log('control-plane'),
    );
    await this.#controlPlane.ready();
  }

  async killControlPlane(): Promise<void> {
    await this.#controlPlane?.kill();
  }

  set(state: AutoUpgradeSettings['state']): void {
    saveSettings(this.home, { state, checkEverySeconds });
  }

  /** The Agent Updater from source; it ends by SIGKILL or with the code that asks for a restart. */
  startHooked(kills: readonly Kill[] = []): Promise<Ended> {
    const updater = new Program([killedUpdater, this.home, JSON.stringify(kills)], this.#log('agent'));
    this.#updater = updater;
    void updater.heard('state-held').then(
      () => {
        this.#isStateHeldAtSwitch = true;
      },
      () => undefined, // It ended without having to say so.
    );
    return updater.ended;
  }

  /** The Agent Updater from source, which ends by itself or is ended. */
  async runHooked(kills: readonly Kill[] = []): Promise<Ended> {
    let ended: Ended | undefined;
    void this.startHooked(kills).then((found) => {
      ended = found;
    });
    return this.until(() => ended, `the Updater ends: ${JSON.stringify(kills)}`);
  }

  /** A further kill of the Updater that runs from source. */
  async plan(kill: Kill): Promise<void> {
    const planned = this.#updater!.heard('planned');
    this.#updater!.send({ type: 'kill', ...kill });
    await planned;
  }

  /** The installed Agent Updater, started again whenever it ends, as a service manager does. */
  async launch(): Promise<void> {
    this.#isLaunched = true;
    const { runtime, bundle } = nextLaunch(this.home);
    const updater = new Program([bundle, this.home], this.#log('agent'), runtime);
    this.#updater = updater;
    void updater.ended.then(() => {
      if (this.#isLaunched) void this.launch().catch(() => undefined);
    });
    await updater.ready();
  }

  /** Resolves when the Agent Updater answers. */
  ready(): Promise<void> {
    return this.#updater!.ready();
  }

  async stop(): Promise<void> {
    this.#isLaunched = false;
    await this.#updater?.stop();
    this.#updater = undefined;
  }

  async killUpdater(): Promise<void> {
    await this.#updater?.kill();
  }

  status(): Promise<AgentStatus> {
    return agentStatus(this.home);
  }

  /** Opts in, which takes a look at once; does not wait for what comes of it. */
  async enable(): Promise<void> {
    await callAgentUpdater(this.home, 'auto-upgrade.set', { state: 'Enabled' });
  }

  /** Waits until `look` gives something; errors of it are what is told at the deadline. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>, what: string, timeoutMs = patienceMs): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    let last: unknown;
    for (;;) {
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (error) {
        last = error;
      }
      if (Date.now() > deadline) {
        throw new Error(`${what}: not within ${timeoutMs} ms\n${this.#lastLines()}`, { cause: last });
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  /** The journal has come to rest; gives how the last attempt ended. */
  async rest(): Promise<JournalRecord | undefined> {
    await this.until(() => [undefined, 'idle'].includes(this.journal.at(-1)?.step) || undefined, 'the journal rests');
    return this.journal.at(-1);
  }

  /**
   * Exactly one working version, and nothing lost: link, slot and process agree, it runs once, a change of the directory
   * reaches the cloud directory by one cycle, and the trust in both repositories is whole. Gives the version.
   */
  async works(): Promise<string> {
    await this.rest();
    assert.ok(!this.#isStateHeldAtSwitch, 'nobody held the state while the link was switched');
    const version = this.installed;
    await this.until(async () => {
      const { components } = await this.status();
      const found = components.find(({ component }) => component === 'connect-sync');
      assert.deepEqual({ state: found?.state, version: found?.version }, { state: 'running', version }, found?.detail);
      assert.equal(this.#processes().length, 1);
      return true;
    }, 'one process of the linked version runs');
    this.directory.change();
    const { lastCycle } = (await callConnectSync(this.home, 'run')) as SyncStatus;
    assert.equal(lastCycle?.result, 'success');
    assert.deepEqual(await seenIn(this.#cloud), this.directory.expected);
    for (const repository of repositoryNames) {
      const trusted = loadTrusted({ store: metadataStore(this.home, repository), now: systemClock.now() });
      const { root, timestamp, snapshot, targets, expired } = trusted;
      assert.ok(root && timestamp && snapshot && targets, `${repository} is whole`);
      assert.equal(expired.size, 0);
    }
    return version;
  }

  /** After the Agent Updater has died: every process of it ends, and the state that they leave is whole. */
  async deadAndWhole(): Promise<void> {
    await this.until(() => (this.#processes().length === 0 ? true : undefined), 'components end with the Updater');
    this.checkStore();
  }

  /** Checks a copy of the state, so that the state itself is not put right by the look. */
  checkStore(): void {
    const { folder } = componentHome(this.home, 'connect-sync');
    const copy = mkdtempSync(join(tmpdir(), 'springline-state-'));
    try {
      for (const name of readdirSync(folder).filter((file) => /^state\.db(-wal)?$/.test(file))) {
        copyFileSync(join(folder, name), join(copy, name));
      }
      const database = new DatabaseSync(join(copy, 'state.db'));
      const verdict = database.prepare('PRAGMA integrity_check').get();
      database.close();
      assert.deepEqual({ ...verdict }, { integrity_check: 'ok' });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  async end(): Promise<void> {
    await this.stop();
    await this.#controlPlane?.stop();
  }

  #log(name: string): string {
    return join(this.home, 'logs', `${name}.log`);
  }

  #lastLines(): string {
    return readFileSync(this.#log('agent'), 'utf8').split('\n').slice(-12).join('\n');
  }

  #processes(): readonly number[] {
    return processesOf(this.home, 'connect-sync.mjs');
  }
}
