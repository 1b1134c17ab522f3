/**
 * Imports that must come before any export: after a store was put back to an earlier state, what it holds of directories
 * and cloud is old, and exporting it would undo what happened since (rule S9). What is owed survives a kill.
 */
import type { Engine } from './engine.ts';

/** Nothing is exported before each of these connectors was imported once more. */
export function oweImports(engine: Engine, connectors: readonly string[]): void {
  for (const name of connectors) engine.store.setSetting(owedSetting(name), 'owed');
}

export function settleOwedImport(engine: Engine, connector: string): void {
  if (engine.store.setting(owedSetting(connector)) !== undefined) engine.store.setSetting(owedSetting(connector), null);
}

/** Connectors that are still to be imported. */
export function owedImports({ store, directories, cloud }: Engine): readonly string[] {
  return [...directories.map(({ name }) => name), cloud.name].filter(
    (name) => store.setting(owedSetting(name)) !== undefined,
  );
}

function owedSetting(connector: string): string {
  return `owed-import/${connector}`;
}
