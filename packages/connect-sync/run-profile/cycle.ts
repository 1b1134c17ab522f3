/**
 * One synchronisation cycle: import the directory, import the cloud, synchronise, export, and import the cloud once
 * more to confirm. Each step is recorded with its result and counters as it ends. A step that could not start or was
 * stopped ends the cycle; discovery errors too, after what could be read was brought over.
 */
import type { DirectoryEntry } from '@springline/directory/entry';
import type { CycleRecord, StepRecord } from '../connector-space/store.ts';
import { Counters, type Engine, type StepOutcome } from './engine.ts';
import { exportPending, type SendBatch } from './export.ts';
import { importCloud, needsFullCloudImport, type ReadCloudPage } from './import-cloud.ts';
import { importDirectory, type ReadConsent } from './import-directory.ts';
import { synchronise } from './synchronise.ts';

export interface CyclePorts {
  /** Learns what the directory is before anything of it is read; what fails here fails the import. */
  prepare(): Promise<void>;
  readEntries(signal: AbortSignal): AsyncIterable<DirectoryEntry>;
  readonly consent: ReadConsent;
  readonly readCloudPage: ReadCloudPage;
  readonly sendBatch: SendBatch;
  /** Gives a failure of a step its result and a sentence; what it does not know is thrown on. */
  explain(error: unknown): StepOutcome | undefined;
  /** Called whenever the record grows. */
  progress(cycle: CycleRecord): void;
}

const rulesSetting = 'rules-digest';
const historyMs = 7 * 24 * 60 * 60 * 1000;

/** Runs a cycle and gives its record, which is in the store as well. */
export async function runCycle(engine: Engine, ports: CyclePorts, signal: AbortSignal): Promise<CycleRecord> {
  const { store, directory, cloud } = engine;
  const startedAt = engine.clock.now();
  let cycle: CycleRecord = { number: store.startCycle(startedAt), startedAt, result: 'in-progress', steps: [] };
  const isRuleChange = store.setting(rulesSetting) !== engine.rules.digest;

  const step = async (
    connector: string,
    profile: string,
    work: (counters: Counters) => Promise<StepOutcome>,
  ): Promise<boolean> => {
    const counters = new Counters();
    const begun = { connector, profile, startedAt: engine.clock.now() };
    const inProgress = { ...begun, result: 'in-progress', counters: {} };
    ports.progress({ ...cycle, steps: [...cycle.steps, inProgress] });
    const outcome = await settle(work(counters), ports, signal).catch((error: unknown) => {
      store.saveCycle({ ...cycle, endedAt: engine.clock.now(), result: 'call-failure' });
      throw error;
    });
    const ended: StepRecord = { ...begun, ...outcome, endedAt: engine.clock.now(), counters: counters.toJSON() };
    cycle = { ...cycle, steps: [...cycle.steps, ended] };
    store.saveCycle(cycle);
    ports.progress(cycle);
    return !/^(stopped|no-start)-/.test(outcome.result);
  };

  const cloudImport = (): Promise<boolean> =>
    step(cloud.name, needsFullCloudImport(engine) ? 'Full Import' : 'Delta Import', (counters) =>
      importCloud(engine, ports.readCloudPage, counters),
    );
  const goesOn =
    (await step(directory.name, 'Full Import', async (counters) => {
      await ports.prepare();
      return importDirectory(engine, ports.readEntries(signal), ports.consent, counters);
    })) &&
    (await cloudImport()) &&
    (await step(directory.name, isRuleChange ? 'Full Synchronization' : 'Delta Synchronization', (counters) => {
      if (isRuleChange) store.requeueAll(directory.connector);
      return synchronise(engine, counters, signal);
    })) &&
    (await step(cloud.name, 'Export', (counters) => exportPending(engine, ports.sendBatch, counters, signal)));
  if (goesOn) {
    if (isRuleChange) store.setSetting(rulesSetting, engine.rules.digest);
    if (Object.keys(cycle.steps.at(-1)?.counters ?? {}).length > 0) await cloudImport();
  }

  cycle = { ...cycle, endedAt: engine.clock.now(), result: worstResult(cycle.steps) };
  store.saveCycle(cycle);
  store.purgeCycles((startedAt - historyMs) as typeof startedAt);
  ports.progress(cycle);
  return cycle;
}

async function settle(work: Promise<StepOutcome>, ports: CyclePorts, signal: AbortSignal): Promise<StepOutcome> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted)
      return { result: 'stopped-user-termination-from-wmi-or-ui', detail: 'stopped; the next run goes on' };
    const outcome = ports.explain(error);
    if (outcome === undefined) throw error;
    return outcome;
  }
}

/** The first result that stopped something, else the first that is not a success. */
function worstResult(steps: readonly StepRecord[]): string {
  const stopped = steps.find(({ result }) => /^(stopped|no-start)-/.test(result));
  return (stopped ?? steps.find(({ result }) => result !== 'success'))?.result ?? 'success';
}
