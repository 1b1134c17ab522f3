/**
 * Connect Sync at work: one directory and its cloud connector, from an opened state to running cycles.
 */
import type { ExportPlan } from '@springline/auto-upgrade/upgrader/plan-comparison';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import { type CyclePorts, runCycle } from '@springline/connect-sync/run-profile/cycle';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import type { SendBatch } from '@springline/connect-sync/run-profile/export';
import { requireFullCloudImport } from '@springline/connect-sync/run-profile/import-cloud';
import { isUnder } from '@springline/directory/dn';
import { systemClock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import type { FromComponent } from '../../channel.ts';
import { loadConsent, mayReadAttribute, requireConsentFor } from '../../consent.ts';
import { agentHome } from '../../home.ts';
import { openSyncStore, type SqliteSyncStore } from '../../storage/sync-store.ts';
import { answerCall } from './calls.ts';
import { cloudReader, cloudWriter } from './cloud-client.ts';
import { type DirectoryFacts, describeSource, inspectSource, readSource } from './directory-source.ts';
import { explain } from './explain.ts';
import { watchFile } from './file-watch.ts';
import type { Prepared } from './prepared.ts';
import { type FollowUp, Scheduler } from './scheduler.ts';
import { type Schedule, syncStatus } from './status.ts';
import { TrialExport } from './trial-export.ts';

const statusEveryMs = 250;

function tell(message: FromComponent): void {
  if (process.connected) process.send?.(message);
}

/** One directory and its cloud connector, from configuration to running cycles. */
export class ConnectSync {
  readonly #prepared: Prepared;
  readonly #log: Log;
  readonly #store: SqliteSyncStore;
  readonly #scheduler: Scheduler;
  readonly #engine: Engine;
  #facts: DirectoryFacts | undefined;
  #nextCycleAt: number | undefined;
  #lastChangeAt: number | undefined;
  #cycle: CycleRecord | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** A full cycle was asked for; the next one that begins is it. */
  #isFullWanted = false;

  /**
   * Opens the state at `statePath`.
   *
   * @param isProven the state was let go of whole a moment ago, so that it need not be checked.
   * @throws {SyncStoreError}
   */
  constructor(prepared: Prepared, statePath: string, log: Log, isProven = false) {
    this.#prepared = prepared;
    this.#log = log;
    this.#store = openSyncStore(statePath, { isProven });
    const stored = this.#store.setting('directory-facts');
    this.#facts = stored === undefined ? undefined : (JSON.parse(stored) as DirectoryFacts);
    this.#engine = {
      store: this.#store,
      rules: prepared.rules,
      clock: systemClock,
      random: systemRandom,
      log,
      directory: { ...this.#directory(), ...(this.#facts ?? { kind: 'openldap', baseDn: '' }) },
      cloud: { connector: this.#store.connector('Cloud directory', 'cloud'), name: 'Cloud directory' },
    };
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
  }

  get lastCycleNumber(): number {
    return this.#cycle?.number ?? 0;
  }

  start(): void {
    const { source } = this.#prepared.configuration;
    if (source.kind === 'ldif') watchFile(source.file, () => void this.#scheduler.request());
    void this.#scheduler.request();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#statusTimer);
    await this.#scheduler.stop();
    this.#store.close();
  }

  /** The state was put back to an earlier one: everything is read again before anything is exported (rule S9). */
  requireImportsFirst(): void {
    requireFullCloudImport(this.#engine);
  }

  /** Runs one cycle on this state as always, with exports that reach nobody, and says what they would have been. */
  async planCycle(signal: AbortSignal): Promise<ExportPlan> {
    const trial = new TrialExport();
    const record = await runCycle(
      this.#engine,
      this.#ports(trial.send, () => undefined, signal),
      signal,
    );
    return trial.plan(record.result);
  }

  answer(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    return answerCall(
      {
        engine: this.#engine,
        schedule: () => this.#schedule(),
        runCycle: ({ full }) => {
          if (full) this.#isFullWanted = true;
          return this.#scheduler.request();
        },
      },
      method,
      parameters,
    );
  }

  #directory(): { connector: Engine['directory']['connector']; name: string } {
    const { connector: name } = this.#prepared.configuration;
    return { connector: this.#store.connector(name, 'directory'), name };
  }

  async #runCycle(signal: AbortSignal): Promise<FollowUp> {
    const before = this.#cycle;
    if (this.#isFullWanted) {
      this.#isFullWanted = false;
      requireFullCloudImport(this.#engine);
      this.#store.setSetting('rules-digest', null);
    }
    const write = cloudWriter(this.#prepared.sender, this.#prepared.connectorId, signal);
    const progress = (cycle: CycleRecord): void => {
      this.#cycle = cycle;
      this.#noteChange(cycle);
      this.#statusChanged();
    };
    const record = await runCycle(this.#engine, this.#ports(write, progress, signal), signal);
    // The detail may name objects: people read it by the command line, and logs travel further.
    if (record.result !== before?.result || record.result !== 'success') {
      this.#log.info('sync.cycle-ended', { number: record.number, result: record.result });
    }
    return followUp(record.result);
  }

  #ports(sendBatch: SendBatch, progress: (cycle: CycleRecord) => void, signal: AbortSignal): CyclePorts {
    return {
      prepare: () => this.#prepare(),
      readEntries: (stop) => this.#readEntries(stop),
      consent: this.#consent(),
      readCloudPage: cloudReader(this.#prepared.sender, this.#prepared.connectorId, signal),
      sendBatch,
      explain,
      progress,
    };
  }

  /** Consent is read anew in each cycle: taking it back works at once. */
  #consent(): { mayReadAttribute(name: string): boolean; mayReadEntry(dn: string): boolean } {
    const path = agentHome(this.#prepared.home).consent;
    let consent: ReturnType<typeof loadConsent> | undefined;
    const loaded = (): ReturnType<typeof loadConsent> => {
      consent ??= loadConsent(path);
      return consent;
    };
    return {
      mayReadAttribute: (name) => mayReadAttribute(loaded(), name),
      mayReadEntry: (dn) => loaded().baseDns.some((base) => isUnder(dn, base)),
    };
  }

  /** What kind of directory it is, asked once: from then on it is a property of the connector. */
  async #prepare(): Promise<void> {
    const path = agentHome(this.#prepared.home).consent;
    const consent = loadConsent(path);
    if (this.#facts === undefined) {
      this.#facts = await inspectSource(this.#prepared.configuration.source);
      this.#store.setSetting('directory-facts', JSON.stringify(this.#facts));
      Object.assign(this.#engine.directory, this.#facts);
    }
    const { source } = this.#prepared.configuration;
    // What will be asked for counts, not what was found at the first time.
    requireConsentFor(consent, source.kind === 'ldap' ? source.baseDn : this.#facts.baseDn, path);
  }

  #readEntries(signal: AbortSignal): ReturnType<typeof readSource> {
    const consent = loadConsent(agentHome(this.#prepared.home).consent);
    const { rules, directory } = this.#engine;
    const attributes = [...rules.attributesRead(directory.kind)].filter((name) => mayReadAttribute(consent, name));
    return readSource(this.#prepared.configuration.source, new Set(attributes), signal);
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
    return {
      source: describeSource(this.#prepared.configuration.source),
      cycleInProgress: this.#nextCycleAt === undefined,
      nextCycleAt: this.#nextCycleAt,
      lastChangeAt: this.#lastChangeAt,
      cycle: this.#cycle,
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

/** When the next cycle is due after one with this result. */
function followUp(result: string): FollowUp {
  // Trying a wrong password again and again locks the account.
  if (result === 'no-start-credentials') return 'much-later';
  // A guard waits for a person, and errors of single objects for the next interval: hurrying helps neither.
  return /^(no-start|stopped)-/.test(result) && result !== 'stopped-deletion-threshold-exceeded'
    ? 'soon'
    : 'at-interval';
}
