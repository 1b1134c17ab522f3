/**
 * Connect Sync at work: its directories and its cloud connector, from an opened state to running cycles.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportPlan } from '@springline/auto-upgrade/upgrader/plan-comparison';
import type { CycleKind, CycleRecord } from '@springline/connect-sync/connector-space/store';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import {
  type CycleOptions,
  type CyclePorts,
  type Exporter,
  type RunProfile,
  runCycle,
} from '@springline/connect-sync/run-profile/cycle';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { requireFullCloudImport } from '@springline/connect-sync/run-profile/import-cloud';
import { requireFullImport } from '@springline/connect-sync/run-profile/import-state';
import { oweImports } from '@springline/connect-sync/run-profile/owed-imports';
import { requireFullSynchronization } from '@springline/connect-sync/run-profile/rule-changes';
import { systemClock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import { CallError, type FromComponent } from '../../channel.ts';
import { componentHome } from '../../home.ts';
import { copySyncStore, openSyncStore, type SqliteSyncStore } from '../../storage/sync-store.ts';
import { answerCall } from './calls.ts';
import { cloudReader } from './cloud-client.ts';
import { cloudName, Directories } from './directories.ts';
import { describeSource } from './directory-source.ts';
import { explain } from './explain.ts';
import { Exporting } from './exporting.ts';
import { watchFile } from './file-watch.ts';
import { Following } from './following.ts';
import type { Prepared } from './prepared.ts';
import { readOneObject } from './read-object.ts';
import { type FollowUp, Scheduler } from './scheduler.ts';
import { type Schedule, syncStatus } from './status.ts';
import { TrialExport } from './trial-export.ts';
import type { CallContext, OpenTrial, RunOptions } from './views/call-context.ts';

const statusEveryMs = 250;

function tell(message: FromComponent): void {
  if (process.connected) process.send?.(message);
}

export class ConnectSync {
  readonly #prepared: Prepared;
  readonly #statePath: string;
  readonly #log: Log;
  readonly #store: SqliteSyncStore;
  readonly #scheduler: Scheduler;
  readonly #engine: Engine;
  readonly #directories: Directories;
  readonly #exporting: Exporting;
  readonly #following: Following;
  readonly #watches: (() => void)[] = [];
  #nextCycleAt: number | undefined;
  #lastChangeAt: number | undefined;
  #cycle: CycleRecord | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** What the next cycle that begins is to be. */
  #next: { readonly kind: CycleKind; readonly isFull: boolean; readonly only?: CycleOptions['only'] } = usual;
  /** Work that has the engine for itself, beside cycles. */
  #exclusive: Promise<unknown> | undefined;

  /**
   * Opens the state at `statePath`.
   *
   * @param isProven the state was let go of whole a moment ago, so that it need not be checked.
   * @throws {SyncStoreError}
   */
  constructor(prepared: Prepared, statePath: string, log: Log, isProven = false) {
    this.#prepared = prepared;
    this.#statePath = statePath;
    this.#log = log;
    this.#store = openSyncStore(statePath, { isProven });
    const engine = {
      store: this.#store,
      rules: prepared.rules.forConnectors([]),
      clock: systemClock,
      random: systemRandom,
      log,
      directories: [],
      cloud: { connector: this.#store.connector(cloudName, 'cloud'), name: cloudName },
    };
    this.#engine = engine;
    this.#directories = new Directories(prepared, this.#store, engine);
    this.#exporting = new Exporting(prepared, () => this.#directories.identities);
    this.#cycle = this.#store.lastCycle();
    this.#lastChangeAt = Number(this.#store.setting('last-change-at') ?? Number.NaN) || undefined;
    this.#scheduler = new Scheduler(this.#prepared.configuration.intervalSeconds * 1000, {
      runCycle: (signal) => this.#runCycle(signal),
      scheduled: (nextAt) => {
        this.#nextCycleAt = nextAt;
        this.#statusChanged();
      },
      failed: (error) => {
        log.error('sync.cycle-failed', {
          reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      },
    });
    this.#following = new Following(engine, this.#directories, log, () => this.#follow());
  }

  get lastCycleNumber(): number {
    return this.#cycle?.number ?? 0;
  }

  start(): void {
    const { connectors } = this.#prepared.configuration;
    for (const { source } of connectors) {
      if (source.kind !== 'ldap') this.#watches.push(watchFile(source.file, () => void this.#scheduler.request()));
    }
    void this.#scheduler.request();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#watches) stop();
    clearTimeout(this.#statusTimer);
    await this.#following.stop();
    await this.#scheduler.stop();
    await this.#exclusive;
    this.#store.close();
  }

  /** The state was put back to an earlier one: everything is read again before anything is exported (rule S9). */
  requireImportsFirst(): void {
    this.#requireFullImports();
    oweImports(this.#engine, [...this.#directories.names, cloudName]);
  }

  #requireFullImports(): void {
    requireFullCloudImport(this.#engine);
    for (const directory of this.#engine.directories) requireFullImport(this.#engine, directory);
  }

  /** Runs one cycle on this state as always, with exports that reach nobody, and says what they would have been. */
  async planCycle(signal: AbortSignal): Promise<ExportPlan> {
    const trial = new TrialExport();
    const exporter = { begin: () => Promise.resolve(undefined), send: trial.send };
    const ports = this.#ports(exporter, () => undefined, signal);
    const options = { kind: 'manual' as const, directories: this.#directories.names };
    const record = await runCycle(this.#engine, ports, signal, options);
    return trial.plan(record.result);
  }

  answer(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    return answerCall(this.#callContext(), method, parameters);
  }

  async #runCycle(signal: AbortSignal): Promise<FollowUp> {
    await this.#exclusive;
    const before = this.#cycle;
    const { kind, isFull, only } = this.#next;
    this.#next = usual;
    if (isFull) {
      this.#requireFullImports();
      requireFullSynchronization(this.#store);
    }
    const progress = (cycle: CycleRecord): void => {
      this.#cycle = cycle;
      this.#noteChange(cycle);
      this.#statusChanged();
    };
    const ports = this.#ports(this.#exporting.exporter(signal), progress, signal);
    // What is followed tells its changes by itself; every other cycle looks whether that was all.
    if (kind === 'continuous') await this.#following.recheck(signal);
    else await this.#following.stop();
    const directories = this.#directories.names;
    const fed = new Set(directories.filter((name) => this.#following.isFed(name)));
    const options = { kind, directories, fed, acceptsUnread: isFull, ...(only === undefined ? {} : { only }) };
    const record = await runCycle(this.#engine, ports, signal, options).catch((error: unknown) => {
      const unsaved = this.#unsaved(kind, before, error);
      if (unsaved === undefined) throw error;
      progress(unsaved);
      return unsaved;
    });
    // The detail may name objects: people read it by the command line, and logs travel further.
    if (record.result !== before?.result || record.result !== 'success') {
      this.#log.info('sync.cycle-ended', { number: record.number, result: record.result });
    }
    if (this.#prepared.configuration.mode === 'continuous') this.#following.begin();
    return followUp(record.result);
  }

  /** A cycle of which the store cannot hold that it ended, or began: a full disk is to be seen all the same. */
  #unsaved(kind: CycleKind, before: CycleRecord | undefined, error: unknown): CycleRecord | undefined {
    const result = explain(error)?.result;
    if (result === undefined) return undefined;
    const now = systemClock.now();
    const begun = this.#cycle === before ? undefined : this.#cycle;
    const { number, startedAt, steps } = begun ?? { number: (before?.number ?? 0) + 1, startedAt: now, steps: [] };
    return {
      number,
      kind,
      startedAt,
      endedAt: now,
      result,
      steps: steps.filter(({ endedAt }) => endedAt !== undefined),
    };
  }

  /** Something changed where changes are followed. */
  #follow(): void {
    if (this.#isStopped) return;
    if (this.#next === usual) this.#next = { kind: 'continuous', isFull: false };
    void this.#scheduler.request();
  }

  #ports(exporter: Exporter | undefined, progress: (cycle: CycleRecord) => void, signal: AbortSignal): CyclePorts {
    return {
      open: (name, stop) => this.#directories.open(name, stop),
      readCloudPage: cloudReader(this.#prepared.sender, this.#prepared.connectorId, signal),
      exporter,
      explain,
      progress,
    };
  }

  #callContext(): CallContext {
    const { connectorId, sender } = this.#prepared;
    return {
      engine: this.#engine,
      ruleSet: this.#prepared.rules,
      folder: componentHome(this.#prepared.home, 'connect-sync').folder,
      schedule: () => this.#schedule(),
      connectors: () => this.#directories.facts(this.#runningConnector()),
      runCycle: (options) => this.#request(options),
      exclusively: (work) => this.#exclusively(work),
      openTrial: (ruleSet) => this.#openTrial(ruleSet),
      singleObject: (signal) => ({
        readCloudPage: cloudReader(sender, connectorId, signal),
        exporter: this.#exporting.exporter(signal),
        explain,
        readObject: (wanted, stop) => readOneObject(this.#directories, this.#prepared, wanted, stop),
      }),
      staging: this.#stagingCalls(),
    };
  }

  #stagingCalls(): CallContext['staging'] {
    const changed = async <T>(work: Promise<T>): Promise<T> => {
      const result = await work;
      void this.#scheduler.request();
      return result;
    };
    return {
      isStaging: this.#exporting.isStaging,
      view: () => this.#exporting.view(),
      promote: (options) => changed(this.#exporting.promote(options)),
      demote: () => changed(this.#exporting.demote()),
    };
  }

  #runningConnector(): string | undefined {
    if (this.#nextCycleAt !== undefined) return undefined;
    const running = this.#cycle?.steps.at(-1);
    return running?.endedAt === undefined ? running?.connector : undefined;
  }

  #request({ full, profile, connector }: RunOptions): Promise<void> {
    if ((profile === undefined) !== (connector === undefined)) {
      return Promise.reject(new CallError('malformed-call', 'a run profile and its connector go together'));
    }
    if (connector !== undefined && ![...this.#directories.names, cloudName].includes(connector)) {
      return Promise.reject(new CallError('malformed-call', `there is no connector ${connector}`));
    }
    const only =
      profile === undefined || connector === undefined ? undefined : { profile: profile as RunProfile, connector };
    if (only !== undefined && this.#next !== usual) {
      return Promise.reject(new CallError('cycle-in-progress', 'another run waits for its turn; try again after it'));
    }
    const waiting = this.#next.only ?? only;
    const isFull = full || this.#next.isFull;
    this.#next = { kind: 'manual', isFull, ...(waiting === undefined || full ? {} : { only: waiting }) };
    return this.#scheduler.request();
  }

  async #exclusively<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#nextCycleAt === undefined || this.#exclusive !== undefined) {
      throw new CallError('cycle-in-progress', 'a cycle runs; try again when it has ended');
    }
    const running = work(new AbortController().signal);
    this.#exclusive = running.catch(() => undefined);
    try {
      return await running;
    } finally {
      this.#exclusive = undefined;
    }
  }

  async #openTrial(ruleSet: RuleSet | undefined): Promise<OpenTrial> {
    const copy = join(componentHome(this.#prepared.home, 'connect-sync').folder, 'state.db-preview');
    const remove = (): void => {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${copy}${suffix}`, { force: true });
    };
    const prepared = ruleSet === undefined ? this.#prepared : this.#prepared.withRules(ruleSet);
    let trial: ConnectSync;
    try {
      await copySyncStore(this.#statePath, copy);
      trial = new ConnectSync(prepared, copy, this.#log, true);
    } catch (error) {
      // Half a copy on a full disk would keep it full.
      remove();
      throw error;
    }
    const ports = trial.#ports(undefined, () => undefined, new AbortController().signal);
    return {
      engine: trial.#engine,
      ports,
      directories: trial.#directories.names,
      close: async () => {
        await trial.stop();
        remove();
      },
    };
  }

  #noteChange(cycle: CycleRecord): void {
    const exported = cycle.steps.find((step) => step.profile === 'Export' && step.endedAt !== undefined);
    const {
      'export-add': adds = 0,
      'export-update': updates = 0,
      'export-delete': deletes = 0,
    } = exported?.counters ?? {};
    if (adds + updates + deletes === 0 || exported?.endedAt === this.#lastChangeAt) return;
    this.#lastChangeAt = exported?.endedAt;
    this.#store.setSetting('last-change-at', String(exported?.endedAt));
  }

  #schedule(): Schedule {
    const { connectors } = this.#prepared.configuration;
    return {
      connector: connectors.map(({ name }) => name).join(', '),
      source: connectors.map(({ source }) => describeSource(source)).join(', '),
      cycleInProgress: this.#nextCycleAt === undefined,
      nextCycleAt: this.#nextCycleAt,
      lastChangeAt: this.#lastChangeAt,
      cycle: this.#cycle,
      exporting: { isStaging: this.#exporting.isStaging, refusal: this.#exporting.refusal },
    };
  }

  #statusChanged(): void {
    if (this.#isStopped) return;
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      tell({ type: 'status', status: syncStatus(this.#engine, this.#schedule()) });
    }, statusEveryMs);
  }
}

const usual = { kind: 'scheduled', isFull: false } as const;

/** When the next cycle is due after one with this result. */
function followUp(result: string): FollowUp {
  // Trying a wrong password again and again locks the account.
  if (result === 'no-start-credentials') return 'much-later';
  // A guard waits for a person, and errors of single objects for the next interval: hurrying helps neither.
  return /^(no-start|stopped)-/.test(result) && result !== 'stopped-deletion-threshold-exceeded'
    ? 'soon'
    : 'at-interval';
}
