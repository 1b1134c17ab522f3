/**
 * The sync engine on a store in a file, without an agent around it: for benches, which read one directory and export to
 * nobody.
 */
import { openSyncStore, type SqliteSyncStore } from '@springline/agent/storage/sync-store';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import { loadRuleSet, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import type { SchemaFeature } from '@springline/connect-sync/rules/rule';
import { type CycleOptions, runCycle } from '@springline/connect-sync/run-profile/cycle';
import type { Directory, Engine } from '@springline/connect-sync/run-profile/engine';
import type { ImportScope } from '@springline/connect-sync/run-profile/import-scope';
import type { DirectorySource } from '@springline/directory/source';
import { systemClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';

export const everything: ImportScope = {
  consent: { mayReadAttribute: () => true, mayReadEntry: () => true },
  isInScope: () => true,
  digest: 'everything',
};

/** A forest without the schemas of Exchange and Lync. */
const noFeatures: ReadonlySet<SchemaFeature> = new Set();

export class EngineOnFile {
  readonly store: SqliteSyncStore;
  readonly directory: Directory;
  engine: Engine;

  constructor(path: string, kind: 'active-directory' | 'openldap', baseDn: string) {
    this.store = openSyncStore(path);
    this.directory = { connector: this.store.connector('corp', 'directory'), name: 'corp', kind, baseDn };
    this.engine = {
      store: this.store,
      rules: rulesOf(kind, []),
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      directories: [this.directory],
      cloud: { connector: this.store.connector('Cloud', 'cloud'), name: 'Cloud' },
    };
  }

  useRules(ownRules: readonly RuleFile[]): void {
    this.engine = { ...this.engine, rules: rulesOf(this.directory.kind, ownRules) };
  }

  /** Imports and synchronises; what is to be exported stays pending. */
  cycle(source: DirectorySource): Promise<CycleRecord> {
    return this.#run(source, undefined);
  }

  /** Without an import: what the rules say now. */
  synchronise(): Promise<CycleRecord> {
    const source = { read: () => Promise.reject(new Error('nothing is read here')) };
    return this.#run(source, { profile: 'Delta Synchronization', connector: this.directory.name });
  }

  #run(source: DirectorySource, only: CycleOptions['only'] | undefined): Promise<CycleRecord> {
    const ports = {
      open: () => Promise.resolve({ directory: this.directory, source, scope: everything }),
      readCloudPage: () => Promise.resolve({ objects: [], cursor: 'none', more: false }),
      exporter: undefined,
      explain: () => undefined,
      progress: () => undefined,
    };
    const directories = [this.directory.name];
    const options = { kind: 'manual' as const, directories, ...(only === undefined ? {} : { only }) };
    return runCycle(this.engine, ports, new AbortController().signal, options);
  }
}

function rulesOf(kind: Directory['kind'], ownRules: readonly RuleFile[]): Engine['rules'] {
  return loadRuleSet(ownRules).forConnectors([
    { name: 'corp', kind, features: noFeatures },
    { name: 'Cloud', kind: 'cloud' },
  ]);
}

/** Processor time and wall time of some work, and the memory of the process at its highest. */
export async function taken(
  work: () => unknown,
): Promise<{ readonly seconds: number; readonly cpuSeconds: number; readonly residentMb: number }> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const residentMb = process.resourceUsage().maxRSS / 1024;
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6, residentMb };
}
