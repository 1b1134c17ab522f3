/**
 * Single-object synchronisation: one object of a directory is read, synchronised and exported now, and everything else
 * waits for its run. It adds and updates; what it would delete is left to the next run and its guard. Recorded as a run
 * of the kind `single-object`.
 */

import { normaliseDn } from '@springline/directory/dn';
import type { DirectorySource, ImportSink, ReadEnd } from '@springline/directory/source';
import type { CsId, CsRow, CycleRecord, StepRecord } from '../connector-space/store.ts';
import type { CyclePorts, OpenedDirectory } from '../run-profile/cycle.ts';
import { Counters, type Engine, type StepOutcome, success } from '../run-profile/engine.ts';
import { exportPending } from '../run-profile/export.ts';
import { importCloud, needsFullCloudImport } from '../run-profile/import-cloud.ts';
import { DirectoryImport } from '../run-profile/import-directory.ts';
import { haveRulesChanged } from '../run-profile/rule-changes.ts';
import { cloudRowsOf, engineOfOne, synchroniseOne } from './one-object.ts';

/** Which object: one that the connector space has, or one that only the directory knows yet. */
export interface WantedObject {
  readonly directory: string;
  readonly dn: string;
  readonly row?: CsRow;
}

export interface SingleObjectPorts extends Pick<CyclePorts, 'readCloudPage' | 'exporter' | 'explain'> {
  /**
   * The directory with a source that reads this one object and nothing else, found by its anchor where that is known. It
   * hands over nothing when the directory does not have it, and its end says of nothing else that it is gone.
   */
  readObject(wanted: WantedObject, signal: AbortSignal): Promise<OpenedDirectory>;
}

export type SingleObjectCode =
  | 'full-cycle-needed'
  | 'object-out-of-scope'
  | 'object-without-consent'
  | 'object-not-in-directory';

/** It was not begun, or ended before anything changed; the message says what to do. */
export class SingleObjectError extends Error {
  override readonly name = 'SingleObjectError';
  readonly code: SingleObjectCode;

  constructor(code: SingleObjectCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws {SingleObjectError} */
export async function synchroniseObject(
  engine: Engine,
  wanted: WantedObject,
  ports: SingleObjectPorts,
  signal: AbortSignal,
): Promise<CycleRecord> {
  requireCycle(engine, wanted);
  return new SingleObjectRun(engine, wanted, ports, signal).run();
}

/** What only a whole cycle can bring in order. */
function requireCycle(engine: Engine, { directory }: WantedObject): void {
  const { store, directories } = engine;
  const connector = directories.find(({ name }) => name === directory)?.connector;
  const isFirst = connector === undefined || store.countRows(connector) === 0;
  if (!isFirst && !haveRulesChanged(engine)) return;
  const reason = isFirst ? `${directory} was never imported` : 'the rules changed since the last cycle';
  throw new SingleObjectError('full-cycle-needed', `${reason}. Run a cycle first: springline sync run`);
}

class SingleObjectRun {
  readonly #engine: Engine;
  readonly #wanted: WantedObject;
  readonly #ports: SingleObjectPorts;
  readonly #signal: AbortSignal;
  #steps: StepRecord[] = [];

  constructor(engine: Engine, wanted: WantedObject, ports: SingleObjectPorts, signal: AbortSignal) {
    this.#engine = engine;
    this.#wanted = wanted;
    this.#ports = ports;
    this.#signal = signal;
  }

  async run(): Promise<CycleRecord> {
    const { store, clock } = this.#engine;
    const startedAt = clock.now();
    const number = store.startCycle(startedAt, 'single-object');
    const record = (): Omit<CycleRecord, 'result'> => {
      return { number, kind: 'single-object', startedAt, endedAt: clock.now(), steps: this.#steps };
    };
    try {
      await this.#all();
    } catch (error) {
      store.saveCycle({ ...record(), result: 'call-failure' });
      throw error;
    }
    const result = this.#steps.find((step) => step.result !== success.result)?.result ?? success.result;
    const ended: CycleRecord = { ...record(), result };
    store.saveCycle(ended);
    return ended;
  }

  async #all(): Promise<void> {
    const { cloud } = this.#engine;
    const { directory } = this.#wanted;
    if (!(await this.#step(directory, 'Delta Import', (counters) => this.#import(counters)))) return;
    const id = this.#find();
    if (id === undefined) {
      const { dn } = this.#wanted;
      throw new SingleObjectError('object-out-of-scope', `no rule is for objects of the type of ${dn}`);
    }
    if (!(await this.#importCloud())) return;
    const isDone = await this.#step(directory, 'Delta Synchronization', (counters) => {
      return synchroniseOne(this.#engine, this.#engine.store.row(id)!, counters, this.#signal);
    });
    const { exporter } = this.#ports;
    if (!isDone || exporter === undefined) return;
    const goesOn = await this.#step(cloud.name, 'Export', async (counters) => {
      const refusal = this.#nothingToExport(id) ?? (await exporter.begin(this.#signal));
      return refusal ?? exportPending(engineOfOne(this.#engine, id), exporter.send, counters, this.#signal);
    });
    const sent = this.#steps.at(-1)?.counters ?? {};
    if (goesOn && Object.keys(sent).length > 0) await this.#importCloud();
  }

  #importCloud(): Promise<boolean> {
    const { cloud } = this.#engine;
    const profile = needsFullCloudImport(this.#engine) ? 'Full Import' : 'Delta Import';
    return this.#step(cloud.name, profile, (counters) =>
      importCloud(this.#engine, this.#ports.readCloudPage, counters),
    );
  }

  async #import(counters: Counters): Promise<StepOutcome> {
    const opened = await this.#ports.readObject(this.#wanted, this.#signal);
    const { directory, scope } = opened;
    const { dn } = this.#wanted;
    if (!scope.isInScope(dn)) {
      throw new SingleObjectError('object-out-of-scope', `${dn} lies in no container that ${directory.name} takes in`);
    }
    if (!scope.consent.mayReadEntry(dn)) {
      throw new SingleObjectError('object-without-consent', `the consent file of this host does not allow ${dn}`);
    }
    const run = new DirectoryImport(this.#engine, directory, scope, counters, 'delta');
    const all = [...this.#engine.rules.attributesRead(directory.name)];
    const attributes = new Set(all.filter((name) => scope.consent.mayReadAttribute(name)));
    const sink = new CountingSink(run);
    try {
      await (opened.source as DirectorySource).read({ cookie: undefined, attributes }, sink, this.#signal);
    } catch (error) {
      run.abandon();
      throw error;
    }
    if (sink.count === 0) {
      run.abandon();
      throw new SingleObjectError(
        'object-not-in-directory',
        `${directory.name} does not have ${dn}, or the account of the connector cannot read it`,
      );
    }
    const onlyThis: ReadEnd = { unmentionedAreGone: false };
    return run.finish(onlyThis);
  }

  #find(): CsId | undefined {
    const { store, directories } = this.#engine;
    const { row, dn, directory } = this.#wanted;
    if (row !== undefined) return store.row(row.id)?.id;
    const connector = directories.find(({ name }) => name === directory)?.connector;
    return connector === undefined ? undefined : store.idByDn(connector, normaliseDn(dn));
  }

  /** What goes is for the guard of a whole run to judge. */
  #nothingToExport(id: CsId): StepOutcome | undefined {
    if (cloudRowsOf(this.#engine, id).length > 0) return undefined;
    const detail = 'no rule takes the object to the cloud directory; a delete, if any, is left to the next run';
    return { ...success, detail };
  }

  /** Whether the run goes on. */
  async #step(
    connector: string,
    profile: string,
    work: (counters: Counters) => Promise<StepOutcome>,
  ): Promise<boolean> {
    const { clock } = this.#engine;
    const counters = new Counters();
    const startedAt = clock.now();
    let outcome: StepOutcome;
    try {
      outcome = await work(counters);
    } catch (error) {
      const explained = this.#ports.explain(error);
      if (explained === undefined) throw error;
      outcome = explained;
    }
    const step = { connector, profile, startedAt, endedAt: clock.now(), counters: counters.toJSON(), ...outcome };
    this.#steps = [...this.#steps, step];
    return !/^(stopped|no-start)-/.test(outcome.result);
  }
}

class CountingSink implements ImportSink {
  count = 0;
  readonly #sink: ImportSink;

  constructor(sink: ImportSink) {
    this.#sink = sink;
  }

  entry(...words: Parameters<ImportSink['entry']>): void {
    this.count += 1;
    this.#sink.entry(...words);
  }

  changes(...words: Parameters<ImportSink['changes']>): void {
    this.count += 1;
    this.#sink.changes(...words);
  }

  gone(anchor: Uint8Array): void {
    this.#sink.gone(anchor);
  }

  present(anchor: Uint8Array): void {
    this.#sink.present(anchor);
  }

  page(): void {
    // A cookie of this read stands for one object alone: it must never become that of the connector.
  }
}
