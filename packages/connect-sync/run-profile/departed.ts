/**
 * Directories that were taken out of the configuration. Nothing of them counts any more: their objects leave the
 * metaverse, and the cloud where no other directory keeps them there and a person approves it, however few they are. A
 * directory that merely has another name by now brings the same objects again in the same cycle; what does not come again
 * at once (its import broke off, an entry cannot be read, an object fails by itself) waits for that decision.
 */
import type { ConnectorId } from '../connector-space/store.ts';
import type { Counters, Engine, StepOutcome } from './engine.ts';
import { forgetImports } from './import-state.ts';
import { settleOwedImport } from './owed-imports.ts';
import { synchronise } from './synchronise.ts';

export interface Departed {
  readonly id: ConnectorId;
  readonly name: string;
}

/** Connectors of which the store has something and that are not among the directories. */
export function departedDirectories({ store, cloud }: Engine, directories: readonly string[]): readonly Departed[] {
  return store.connectors().filter(({ id, name }) => id !== cloud.connector && !directories.includes(name));
}

/** Takes everything of it out, and forgets it. What was begun is gone on with after a kill. */
export async function takeOut(
  engine: Engine,
  { id, name }: Departed,
  counters: Counters,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const { store } = engine;
  store.transaction(() => {
    // Should it come back, it is read from the start.
    forgetImports(engine, { name });
    store.stageAllGone(id);
  });
  const outcome = await synchronise(engine, id, counters, signal);
  if (signal.aborted) return outcome;
  store.transaction(() => {
    // What is left are names that were only referred to.
    store.dropConnector(id);
    settleOwedImport(engine, name);
  });
  const detail = 'the directory was taken out of the configuration';
  return { ...outcome, detail: outcome.detail === undefined ? detail : `${detail}; ${outcome.detail}` };
}
