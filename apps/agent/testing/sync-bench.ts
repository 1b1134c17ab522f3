/**
 * An engine on a store in memory or in a file, with directories that a test can change and a cloud in memory.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { CycleRecord, StepRecord } from '@springline/connect-sync/connector-space/store';
import { loadRuleSet, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import type { SchemaFeature } from '@springline/connect-sync/rules/rule';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import { type CycleOptions, type CyclePorts, runCycle } from '@springline/connect-sync/run-profile/cycle';
import type { Directory, Engine } from '@springline/connect-sync/run-profile/engine';
import type { DirectoryEntry } from '@springline/directory/entry';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { SeededRandom } from '@springline/ports/random';
import { openSyncStore, type SqliteSyncStore } from '../storage/sync-store.ts';
import { BenchDirectory } from './bench-directory.ts';
import { Forest, type Values } from './bench-entries.ts';
import { CloudInMemory } from './cloud-in-memory.ts';

export const baseDn = 'DC=corp,DC=example';

/** The seam of a kill: whatever throws this is a process that ended there. */
export class Killed extends Error {}

export interface ConnectedDirectory extends Omit<Directory, 'connector' | 'baseDn'> {
  /** Absent: `DC=corp,DC=example`. */
  readonly baseDn?: string;
  /** Extensions of the schema of the forest; absent: every one. */
  readonly features?: ReadonlySet<SchemaFeature>;
}

export interface BenchOptions {
  /** In the order in which they were added. */
  readonly directories?: readonly ConnectedDirectory[];
  /** An administrator's own rules. */
  readonly rules?: readonly RuleFile[];
  /** Rules in the place of all others. */
  readonly ruleSet?: RuleSet;
  /** Path of the store; absent: in memory. */
  readonly file?: string;
  readonly cloud?: CloudInMemory;
  /** How the cloud is reached, where it is in another process. */
  readonly reach?: Pick<CloudInMemory, 'sendBatch' | 'readPage'>;
  /** What is not the same for two servers; absent: 7. */
  readonly seed?: number;
  /** Directories of another bench, to be read by this one as well; by name. */
  readonly content?: ReadonlyMap<string, BenchDirectory>;
}

const onlyDirectory = (kind: Directory['kind']): readonly ConnectedDirectory[] => [{ name: 'corp', kind }];

export class SyncBench {
  readonly cloud: CloudInMemory;
  readonly clock = new FakeClock(Date.UTC(2026, 0, 1));
  readonly store: SqliteSyncStore;
  engine: Engine;
  /** By name. */
  readonly directories: ReadonlyMap<string, BenchDirectory>;
  explain: CyclePorts['explain'] = () => undefined;
  /** Whether this server stages and exports nothing. */
  isStaging = false;
  readonly #connected: readonly ConnectedDirectory[];
  readonly #first: BenchDirectory;
  readonly #reach: Pick<CloudInMemory, 'sendBatch' | 'readPage'>;

  /** @param given what kind of directory the only one is, or how the bench is made up. */
  constructor(given: Directory['kind'] | BenchOptions = 'active-directory', ownRules: readonly RuleFile[] = []) {
    const options: BenchOptions =
      typeof given === 'string' ? { directories: onlyDirectory(given), rules: ownRules } : given;
    this.#connected = options.directories ?? onlyDirectory('active-directory');
    this.store = openSyncStore(options.file ?? ':memory:');
    this.cloud = options.cloud ?? new CloudInMemory();
    this.#reach = options.reach ?? this.cloud;
    this.directories = new Map(
      this.#connected.map(({ name }) => [name, options.content?.get(name) ?? new BenchDirectory()]),
    );
    this.#first = [...this.directories.values()][0]!;
    this.engine = {
      store: this.store,
      rules: this.rulesOf(options.ruleSet ?? loadRuleSet(options.rules)),
      clock: this.clock,
      random: new SeededRandom(options.seed ?? 7),
      log: silentLog,
      directories: this.#connected.map(({ features: _, ...directory }) => ({
        baseDn,
        ...directory,
        connector: this.store.connector(directory.name, 'directory'),
      })),
      cloud: { connector: this.store.connector('Cloud directory', 'cloud'), name: 'Cloud directory' },
    };
  }

  /** What the first directory holds, by normalised DN. */
  get entries(): Map<string, DirectoryEntry> {
    return this.#first.entries;
  }

  set read(read: (() => AsyncIterable<DirectoryEntry>) | undefined) {
    this.#first.read = read;
  }

  set mayReadEntry(test: (dn: string) => boolean) {
    this.#first.mayReadEntry = test;
  }

  set mayReadAttribute(test: (name: string) => boolean) {
    this.#first.mayReadAttribute = test;
  }

  directory(name: string): BenchDirectory {
    const found = this.directories.get(name);
    if (found === undefined) throw new Error(`no directory ${name}`);
    return found;
  }

  put(...entries: readonly DirectoryEntry[]): void {
    this.#first.put(...entries);
  }

  drop(dn: string): void {
    this.#first.drop(dn);
  }

  /** From now on the engine works with these rules. */
  setRules(rules: readonly RuleFile[] | RuleSet): void {
    this.engine = {
      ...this.engine,
      rules: this.rulesOf(Array.isArray(rules) ? loadRuleSet(rules) : (rules as RuleSet)),
    };
  }

  rulesOf(rules: RuleSet): Engine['rules'] {
    return rules.forConnectors([
      ...this.#connected.map(({ name, kind, features }) => ({
        name,
        kind,
        ...(features === undefined ? {} : { features }),
      })),
      { name: 'Cloud directory', kind: 'cloud' },
    ]);
  }

  async cycle(given: Partial<CycleOptions> = {}): Promise<CycleRecord> {
    this.clock.advance(60_000);
    return runCycle(this.engine, this.#ports(), new AbortController().signal, {
      kind: 'manual',
      directories: this.#connected.map(({ name }) => name),
      ...given,
    });
  }

  #ports(): CyclePorts {
    return {
      open: async (name) => {
        const content = this.directory(name);
        return {
          directory: this.engine.directories.find((directory) => directory.name === name)!,
          source: content.open(),
          scope: {
            consent: {
              mayReadAttribute: (attribute) => content.mayReadAttribute(attribute),
              mayReadEntry: (dn) => content.mayReadEntry(dn),
            },
            isInScope: (dn) => content.isInScope(dn),
            digest: content.scopeDigest,
          },
        };
      },
      readCloudPage: this.#reach.readPage,
      exporter: this.isStaging ? undefined : { begin: async () => undefined, send: this.#reach.sendBatch },
      explain: (error) => (error instanceof Killed ? undefined : this.explain(error)),
      progress: () => undefined,
    };
  }
}

/** The step of a cycle for one connector whose profile begins so. */
export function stepOf(cycle: CycleRecord, connector: string, profile: string): StepRecord {
  const found = cycle.steps.find((step) => step.connector === connector && step.profile.includes(profile));
  if (found === undefined) throw new Error(`no ${profile} of ${connector} in ${JSON.stringify(cycle.steps)}`);
  return found;
}

/** A digest of every table of a store in a file but the record of cycles; whatever is written changes it. */
export function digestOfStore(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'cycle' ORDER BY name")
      .all() as { name: string }[];
    const digest = createHash('sha256');
    for (const { name } of tables) {
      const rows = database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) =>
          JSON.stringify(Object.entries(row), (_, value) => (value instanceof Uint8Array ? [...value] : value)),
        );
      for (const row of rows.sort()) digest.update(row);
    }
    return digest.digest('hex');
  } finally {
    database.close();
  }
}

const corp = new Forest(baseDn);

export { anchor, guid } from './bench-entries.ts';

export function user(n: number, attributes: Values = {}, parent = `OU=Staff,${baseDn}`): DirectoryEntry {
  return corp.user(n, attributes, parent);
}

export function group(n: number, members: readonly string[], attributes: Values = {}): DirectoryEntry {
  return corp.group(n, members, attributes);
}

export function contact(n: number, attributes: Values = {}): DirectoryEntry {
  return corp.contact(n, attributes);
}
