/**
 * One synchronisation cycle in the order of the field: import every directory, import the cloud, synchronise every
 * directory, synchronise the cloud, export, and import the cloud once more to confirm. Each step is recorded with its
 * result and counters as it ends. A step that could not start or was stopped ends the cycle; discovery errors do not,
 * because what could be read is brought over. Where there are several directories, one that cannot be read does not hold
 * the others up, once it was read before: what is known of it stands.
 */
import type { DirectorySource, ImportSink, ReadEnd } from '@springline/directory/source';
import { CookieRefusedError } from '@springline/directory/source';
import type { CycleKind, CycleRecord, StepRecord } from '../connector-space/store.ts';
import { departedDirectories, takeOut } from './departed.ts';
import { Counters, type Directory, type Engine, type StepOutcome, success } from './engine.ts';
import { exportPending, type SendBatch } from './export.ts';
import { importCloud, needsFullCloudImport, type ReadCloudPage, requireFullCloudImport } from './import-cloud.ts';
import { DirectoryImport } from './import-directory.ts';
import type { ImportScope } from './import-scope.ts';
import { cookieSetting, needsFullImport, requireFullImport, wasReadWhole } from './import-state.ts';
import { settleOwedImport } from './owed-imports.ts';
import { beginRuleChanges, ruleChanges, settleRuleChanges } from './rule-changes.ts';
import { reevaluateTouched, synchronise, synchroniseCloud } from './synchronise.ts';

/** A directory as a run reads it. */
export interface OpenedDirectory {
  readonly directory: Directory;
  readonly source: DirectorySource;
  readonly scope: ImportScope;
}

export interface CyclePorts {
  /** Learns what a directory is before anything of it is read; what fails here fails its import. */
  open(name: string, signal: AbortSignal): Promise<OpenedDirectory>;
  readonly readCloudPage: ReadCloudPage;
  /** What exports go through. Absent: this server stages, and exports nothing. */
  readonly exporter: Exporter | undefined;
  /** Gives a failure of a step its result and a sentence; what it does not know is thrown on. */
  explain(error: unknown): StepOutcome | undefined;
  /** Called whenever the record grows. */
  progress(cycle: CycleRecord): void;
}

export interface Exporter {
  /** Asked before the first batch; an outcome of its own ends the export before anything was sent. */
  begin(signal: AbortSignal): Promise<StepOutcome | undefined>;
  readonly send: SendBatch;
}

/** Names of the run profiles, as the field has them. */
export type RunProfile = 'Full Import' | 'Delta Import' | 'Full Synchronization' | 'Delta Synchronization' | 'Export';
const historyMs = 7 * 24 * 60 * 60 * 1000;

export interface CycleOptions {
  readonly kind: CycleKind;
  /** Names of the directories; the engine knows them once they are open. */
  readonly directories: readonly string[];
  /** Those of which changes are staged as they happen, so that this cycle need not read them. */
  readonly fed?: ReadonlySet<string>;
  /** A person asked for everything anew: what cannot be read is no reason to hold exports back after a restore. */
  readonly acceptsUnread?: boolean;
  /** Runs this profile of this connector, and nothing else. */
  readonly only?: { readonly profile: RunProfile; readonly connector: string };
}

/** Runs a cycle and gives its record, which is in the store as well. */
export async function runCycle(
  engine: Engine,
  ports: CyclePorts,
  signal: AbortSignal,
  options: CycleOptions,
): Promise<CycleRecord> {
  return new Cycle(engine, ports, signal, options).run();
}

class Cycle {
  readonly #engine: Engine;
  readonly #ports: CyclePorts;
  readonly #signal: AbortSignal;
  readonly #options: CycleOptions;
  #record: CycleRecord;

  constructor(engine: Engine, ports: CyclePorts, signal: AbortSignal, options: CycleOptions) {
    this.#engine = engine;
    this.#ports = ports;
    this.#signal = signal;
    this.#options = options;
    const startedAt = engine.clock.now();
    const { kind } = options;
    const number = engine.store.startCycle(startedAt, kind);
    this.#record = { number, kind, startedAt, result: 'in-progress', steps: [] };
  }

  async run(): Promise<CycleRecord> {
    const { store, clock } = this.#engine;
    await this.#steps();
    const { startedAt, steps } = this.#record;
    this.#record = { ...this.#record, endedAt: clock.now(), result: worstResult(steps) };
    store.saveCycle(this.#record);
    store.purgeCycles(startedAt - historyMs);
    this.#ports.progress(this.#record);
    return this.#record;
  }

  async #steps(): Promise<void> {
    const { store } = this.#engine;
    const { directories, fed, only } = this.#options;
    if (only !== undefined) {
      await this.#only(only.profile, only.connector);
      return;
    }
    for (const departed of departedDirectories(this.#engine, directories)) {
      const work = (counters: Counters): Promise<StepOutcome> =>
        takeOut(this.#engine, departed, counters, this.#signal);
      if (!(await this.#step(departed.name, 'Delta Synchronization', work))) return;
    }
    for (const name of directories) {
      const isRead = fed?.has(name) === true || (await this.#importDirectory(name));
      if (!isRead && (directories.length === 1 || this.#signal.aborted || !this.#wasImported(name))) return;
    }
    if (!(await this.#importCloud())) return;
    const changes = ruleChanges(this.#engine);
    for (const directory of this.#engine.directories) {
      if (!(await this.#synchronise(directory, changes))) return;
    }
    // What a later directory brought may be what objects of an earlier one were looking for.
    for (const directory of this.#engine.directories.slice(0, -1)) {
      if (store.countPendingImports(directory.connector) === 0) continue;
      if (!(await this.#synchronise(directory, 'none'))) return;
    }
    settleRuleChanges(this.#engine);
    if (store.countQueue() > 0 && !(await this.#synchroniseCloud())) return;
    const goesOn = await this.#export();
    const exported = this.#record.steps.at(-1)?.counters ?? {};
    if (goesOn && Object.keys(exported).length > 0) await this.#importCloud();
  }

  async #only(profile: RunProfile, connector: string): Promise<void> {
    const { cloud, directories } = this.#engine;
    const directory = directories.find(({ name }) => name === connector);
    const isFull = profile === 'Full Import' || profile === 'Full Synchronization';
    if (profile === 'Export') await this.#export();
    else if (profile.endsWith('Import')) {
      if (isFull && directory !== undefined) requireFullImport(this.#engine, directory);
      if (isFull && connector === cloud.name) requireFullCloudImport(this.#engine);
      await (connector === cloud.name ? this.#importCloud() : this.#importDirectory(connector));
    } else if (connector === cloud.name) {
      beginRuleChanges(this.#engine, ruleChanges(this.#engine));
      await this.#synchroniseCloud();
    } else if (directory !== undefined) {
      await this.#synchronise(directory, isFull ? 'all' : ruleChanges(this.#engine));
    }
  }

  /** Whether the directory was read to its end before. */
  #wasImported(name: string): boolean {
    const directory = this.#engine.directories.find((known) => known.name === name);
    return directory !== undefined && wasReadWhole(this.#engine, directory);
  }

  #synchronise(directory: Directory, changes: ReturnType<typeof ruleChanges>): Promise<boolean> {
    const { connector, name } = directory;
    const profile = changes === 'none' ? 'Delta Synchronization' : 'Full Synchronization';
    beginRuleChanges(this.#engine, changes);
    return this.#step(name, profile, async (counters) => {
      if (changes === 'all') this.#engine.store.stageAll(connector);
      else if (changes !== 'none') await reevaluateTouched(this.#engine, directory, changes, counters, this.#signal);
      return synchronise(this.#engine, connector, counters, this.#signal);
    });
  }

  #synchroniseCloud(): Promise<boolean> {
    return this.#step(this.#engine.cloud.name, 'Delta Synchronization', (counters) =>
      synchroniseCloud(this.#engine, counters, this.#signal),
    );
  }

  /** A server that stages has nothing to export through: what it would export stays pending. */
  async #export(): Promise<boolean> {
    const { exporter } = this.#ports;
    if (exporter === undefined) return false;
    return this.#step(this.#engine.cloud.name, 'Export', async (counters) => {
      const refusal = await exporter.begin(this.#signal);
      return refusal ?? exportPending(this.#engine, exporter.send, counters, this.#signal);
    });
  }

  /** A first import is a full one, and so is one whose cookie is refused. */
  async #importDirectory(name: string): Promise<boolean> {
    let opened: OpenedDirectory | undefined;
    const isFull = (): boolean => needsFullImport(this.#engine, opened!.directory, opened!.scope);
    const known = this.#engine.directories.find((directory) => directory.name === name);
    const profile =
      known === undefined || this.#engine.store.setting(cookieSetting(known)) === undefined
        ? 'Full Import'
        : 'Delta Import';
    return this.#step(name, profile, async (counters) => {
      opened = await this.#ports.open(name, this.#signal);
      if (isFull()) return this.#read(opened, counters, undefined);
      const cookie = Buffer.from(this.#engine.store.setting(cookieSetting(opened.directory))!, 'base64');
      try {
        return await this.#read(opened, counters, cookie);
      } catch (error) {
        if (!(error instanceof CookieRefusedError)) throw error;
        this.#engine.store.setSetting(cookieSetting(opened.directory), null);
        return this.#read(opened, counters, undefined);
      }
    });
  }

  async #read(opened: OpenedDirectory, counters: Counters, cookie: Uint8Array | undefined): Promise<StepOutcome> {
    const { directory, source, scope } = opened;
    const run = new DirectoryImport(this.#engine, directory, scope, counters, cookie === undefined ? 'full' : 'delta');
    const wanted = [...this.#engine.rules.attributesRead(directory.name)];
    const attributes = new Set(wanted.filter((name) => scope.consent.mayReadAttribute(name)));
    let end: ReadEnd;
    try {
      end = await source.read({ cookie, attributes }, run as ImportSink, this.#signal);
    } catch (error) {
      run.abandon();
      throw error;
    }
    const outcome = run.finish(end);
    // What could not be read may have changed since.
    const isAccepted = outcome.result === 'completed-discovery-errors' && this.#options.acceptsUnread === true;
    if (isAccepted || /^(?:success|completed-transient-objects)$/.test(outcome.result)) {
      settleOwedImport(this.#engine, directory.name);
    }
    return outcome;
  }

  #importCloud(): Promise<boolean> {
    const { cloud } = this.#engine;
    const profile = needsFullCloudImport(this.#engine) ? 'Full Import' : 'Delta Import';
    return this.#step(cloud.name, profile, async (counters) => {
      const outcome = await importCloud(this.#engine, this.#ports.readCloudPage, counters);
      settleOwedImport(this.#engine, cloud.name);
      return outcome;
    });
  }

  /** Whether the cycle goes on. */
  async #step(
    connector: string,
    profile: string,
    work: (counters: Counters) => Promise<StepOutcome>,
  ): Promise<boolean> {
    const { store, clock } = this.#engine;
    const counters = new Counters();
    const begun = { connector, profile, startedAt: clock.now() };
    this.#ports.progress({
      ...this.#record,
      steps: [...this.#record.steps, { ...begun, result: 'in-progress', counters: {} }],
    });
    const outcome = await this.#settle(work(counters)).catch((error: unknown) => {
      store.saveCycle({ ...this.#record, endedAt: clock.now(), result: 'call-failure' });
      throw error;
    });
    const ended: StepRecord = { ...begun, ...outcome, endedAt: clock.now(), counters: counters.toJSON() };
    this.#record = { ...this.#record, steps: [...this.#record.steps, ended] };
    store.saveCycle(this.#record);
    this.#ports.progress(this.#record);
    return !/^(stopped|no-start)-/.test(outcome.result);
  }

  async #settle(work: Promise<StepOutcome>): Promise<StepOutcome> {
    try {
      return await work;
    } catch (error) {
      if (this.#signal.aborted)
        return { result: 'stopped-user-termination-from-wmi-or-ui', detail: 'stopped; the next run goes on' };
      const outcome = this.#ports.explain(error);
      if (outcome === undefined) throw error;
      return outcome;
    }
  }
}

/** The first result that stopped something, else the first that is not a success. */
function worstResult(steps: readonly StepRecord[]): string {
  const stopped = steps.find(({ result }) => /^(stopped|no-start)-/.test(result));
  return (stopped ?? steps.find(({ result }) => result !== success.result))?.result ?? success.result;
}
