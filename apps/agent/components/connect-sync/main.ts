/**
 * Connect Sync, the component: keeps one directory and the cloud directory in step. Started by the Agent Updater with
 * the home folder as its only argument; exits when the channel to it closes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import { runCycle } from '@springline/connect-sync/run-profile/cycle';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { requireFullCloudImport } from '@springline/connect-sync/run-profile/import-cloud';
import { isUnder } from '@springline/directory/dn';
import { systemClock } from '@springline/ports/clock';
import { jsonLog } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import { CallError, type FromComponent, type ToComponent } from '../../channel.ts';
import { loadConsent, mayReadAttribute, requireConsentFor } from '../../consent.ts';
import { agentHome, componentHome } from '../../home.ts';
import { loadIdentity, loadOrMakeKey } from '../../identity/identity.ts';
import type { Sender } from '../../identity/signed-request.ts';
import { openSyncStore, type SqliteSyncStore } from '../../storage/sync-store.ts';
import { version } from '../../version.ts';
import { answerCall } from './calls.ts';
import { cloudReader, cloudWriter } from './cloud-client.ts';
import { type Configuration, loadConfiguration } from './configuration.ts';
import { type DirectoryFacts, describeSource, inspectSource, readSource } from './directory-source.ts';
import { explain } from './explain.ts';
import { watchFile } from './file-watch.ts';
import { type FollowUp, Scheduler } from './scheduler.ts';
import { type Schedule, syncStatus } from './status.ts';

const component = 'connect-sync';
const statusEveryMs = 250;
const log = jsonLog((line) => process.stderr.write(line));

function tell(message: FromComponent): void {
  if (process.connected) process.send?.(message);
}

/** Reads every rule file of the administrator's own, in the order of their names. */
function ownRuleFiles(folder: string): { name: string; text: string }[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => ({ name: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

/** One directory and its cloud connector, from configuration to running cycles. */
class ConnectSync {
  readonly #home: string;
  readonly #configuration: Configuration;
  readonly #store: SqliteSyncStore;
  readonly #sender: Sender;
  readonly #connectorId: string;
  readonly #scheduler: Scheduler;
  #engine: Engine;
  #facts: DirectoryFacts | undefined;
  #nextCycleAt: number | undefined;
  #lastChangeAt: number | undefined;
  #cycle: CycleRecord | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  /** A full cycle was asked for; the next one that begins is it. */
  #isFullWanted = false;

  constructor(home: string) {
    const { folder, state } = componentHome(home, component);
    const paths = agentHome(home);
    const identity = loadIdentity(paths);
    if (identity === undefined) throw new CallError('not-enrolled', 'this agent is not enrolled');
    this.#home = home;
    this.#configuration = loadConfiguration(join(folder, 'configuration.yaml'));
    const connector = identity.connectors.find(({ name }) => name === this.#configuration.connector);
    if (connector === undefined) {
      throw new CallError(
        'connector-unknown',
        `this agent is not enrolled for the connector ${this.#configuration.connector}`,
      );
    }
    this.#connectorId = connector.id;
    this.#sender = { key: loadOrMakeKey(paths), controlPlane: identity.controlPlane, url: identity.url };
    this.#store = openSyncStore(state);
    const rules = loadRuleSet(ownRuleFiles(join(folder, 'rules')));
    const stored = this.#store.setting('directory-facts');
    this.#facts = stored === undefined ? undefined : (JSON.parse(stored) as DirectoryFacts);
    this.#engine = {
      store: this.#store,
      rules,
      clock: systemClock,
      random: systemRandom,
      log,
      directory: { ...this.#directory(), ...(this.#facts ?? { kind: 'openldap', baseDn: '' }) },
      cloud: { connector: this.#store.connector('Cloud directory', 'cloud'), name: 'Cloud directory' },
    };
    this.#cycle = this.#store.lastCycle();
    this.#lastChangeAt = Number(this.#store.setting('last-change-at') ?? Number.NaN) || undefined;
    this.#scheduler = new Scheduler(this.#configuration.intervalSeconds * 1000, {
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

  start(): void {
    const { source } = this.#configuration;
    if (source.kind === 'ldif') watchFile(source.file, () => void this.#scheduler.request());
    void this.#scheduler.request();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#statusTimer);
    await this.#scheduler.stop();
    this.#store.close();
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
    const { connector: name } = this.#configuration;
    return { connector: this.#store.connector(name, 'directory'), name };
  }

  async #runCycle(signal: AbortSignal): Promise<FollowUp> {
    const before = this.#cycle;
    if (this.#isFullWanted) {
      this.#isFullWanted = false;
      requireFullCloudImport(this.#engine);
      this.#store.setSetting('rules-digest', null);
    }
    const record = await runCycle(
      this.#engine,
      {
        prepare: () => this.#prepare(),
        readEntries: (stop) => this.#readEntries(stop),
        consent: this.#consent(),
        readCloudPage: cloudReader(this.#sender, this.#connectorId, signal),
        sendBatch: cloudWriter(this.#sender, this.#connectorId, signal),
        explain,
        progress: (cycle) => {
          this.#cycle = cycle;
          this.#noteChange(cycle);
          this.#statusChanged();
        },
      },
      signal,
    );
    // The detail may name objects: people read it by the command line, and logs travel further.
    if (record.result !== before?.result || record.result !== 'success') {
      log.info('sync.cycle-ended', { number: record.number, result: record.result });
    }
    return followUp(record.result);
  }

  /** Consent is read anew in each cycle: taking it back works at once. */
  #consent(): { mayReadAttribute(name: string): boolean; mayReadEntry(dn: string): boolean } {
    const path = agentHome(this.#home).consent;
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
    const path = agentHome(this.#home).consent;
    const consent = loadConsent(path);
    if (this.#facts === undefined) {
      this.#facts = await inspectSource(this.#configuration.source);
      this.#store.setSetting('directory-facts', JSON.stringify(this.#facts));
      Object.assign(this.#engine.directory, this.#facts);
    }
    const { source } = this.#configuration;
    // What will be asked for counts, not what was found at the first time.
    requireConsentFor(consent, source.kind === 'ldap' ? source.baseDn : this.#facts.baseDn, path);
  }

  #readEntries(signal: AbortSignal): ReturnType<typeof readSource> {
    const consent = loadConsent(agentHome(this.#home).consent);
    const { rules, directory } = this.#engine;
    const attributes = [...rules.attributesRead(directory.kind)].filter((name) => mayReadAttribute(consent, name));
    return readSource(this.#configuration.source, new Set(attributes), signal);
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
      source: describeSource(this.#configuration.source),
      cycleInProgress: this.#nextCycleAt === undefined,
      nextCycleAt: this.#nextCycleAt,
      lastChangeAt: this.#lastChangeAt,
      cycle: this.#cycle,
    };
  }

  #statusChanged(): void {
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

function main(): void {
  // Everything that this process makes is its owner's alone.
  process.umask(0o077);
  const [home] = process.argv.slice(2);
  if (home === undefined || process.send === undefined) {
    process.stderr.write('connect-sync is started by the Agent Updater\n');
    process.exit(2);
  }
  let sync: ConnectSync;
  try {
    sync = new ConnectSync(home);
  } catch (error) {
    const { code = 'unusable', message } = error as { code?: string; message: string };
    log.error('sync.stuck', { code, reason: message });
    process.send({ type: 'stuck', code, message } satisfies FromComponent, () => process.exit(1));
    return;
  }
  const stop = (): void => {
    // A safe point is never far; a source that hangs must not keep the process.
    setTimeout(() => process.exit(0), 5_000).unref();
    void sync.stop().finally(() => process.exit(0));
  };
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  // Ctrl-C in a terminal reaches the whole group; the Updater decides when this process ends.
  process.on('SIGINT', () => {});
  process.on('message', (message: ToComponent) => {
    if (message?.type === 'ping') tell({ type: 'pong' });
    if (message?.type !== 'call') return;
    sync.answer(message.method, message.parameters).then(
      (result) => tell({ type: 'answer', id: message.id, result }),
      (error: unknown) => {
        const { code, message: reason } =
          error instanceof CallError ? error : { code: 'internal-error', message: String(error) };
        tell({ type: 'refusal', id: message.id, code, message: reason });
      },
    );
  });
  tell({ type: 'ready', version });
  sync.start();
}

main();
