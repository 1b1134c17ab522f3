/** Calls answered by an engine of the bench, with a store in a file that can be copied for trials. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type SyncAnswer, type SyncParameters, syncCalls } from '@springline/api/shapes/sync';
import type { SyncMethod } from '@springline/api/shapes/sync-methods';
import type { SingleObjectPorts } from '@springline/connect-sync/preview/synchronise-object';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { CyclePorts, OpenedDirectory } from '@springline/connect-sync/run-profile/cycle';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { normaliseDn } from '@springline/directory/dn';
import type { DirectoryEntry } from '@springline/directory/entry';
import { EntrySource } from '@springline/directory/entry-source';
import { copySyncStore } from '../../../../storage/sync-store.ts';
import { type BenchOptions, SyncBench } from '../../../../testing/sync-bench.ts';
import { answerCall } from '../../calls.ts';
import type { Schedule } from '../../status.ts';
import type { CallContext, ConnectorFacts, OpenTrial, RunOptions } from '../call-context.ts';

type Options = Omit<BenchOptions, 'file' | 'cloud' | 'content'>;

export class BenchContext implements CallContext {
  readonly bench: SyncBench;
  readonly folder: string;
  ruleSet: RuleSet;
  readonly runs: RunOptions[] = [];
  readonly #options: Options;
  readonly #file: string;

  constructor(t: Pick<TestContext, 'after'>, options: Options = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'springline-views-'));
    this.#options = options;
    this.#file = join(this.folder, 'state.db');
    this.ruleSet = options.ruleSet ?? loadRuleSet(options.rules);
    this.bench = new SyncBench({ ...options, file: this.#file });
    t.after(() => {
      this.bench.store.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  get engine(): Engine {
    return this.bench.engine;
  }

  /** Asks as the command line does; the answer must be just what the shape says. */
  async ask<M extends SyncMethod>(method: M, parameters: SyncParameters<M>): Promise<SyncAnswer<M>> {
    const answer = await answerCall(this, method, parameters as Record<string, unknown>);
    const travelled: unknown = JSON.parse(JSON.stringify(answer));
    const parsed = syncCalls[method].answer.parse(travelled) as SyncAnswer<M>;
    if (JSON.stringify(sorted(parsed)) !== JSON.stringify(sorted(travelled))) {
      throw new Error(`${method} says more than its shape: ${JSON.stringify(travelled)}`);
    }
    return parsed;
  }

  schedule(): Schedule {
    return {
      connector: this.connectors()[0]!.name,
      source: 'a.ldif',
      cycleInProgress: false,
      nextCycleAt: undefined,
      lastChangeAt: undefined,
      cycle: this.engine.store.lastCycle(),
      exporting: { isStaging: false, refusal: undefined },
    };
  }

  connectors(): readonly ConnectorFacts[] {
    const rest = { source: 'a.ldif', partitions: [], isRunning: false, fullImportRequired: false };
    return [
      ...this.engine.directories.map(({ name, kind, baseDn }) => ({ ...rest, name, kind, partitions: [baseDn] })),
      { ...rest, name: this.engine.cloud.name, kind: 'cloud' as const },
    ];
  }

  async runCycle(options: RunOptions): Promise<void> {
    this.runs.push(options);
    await this.bench.cycle();
  }

  exclusively<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return work(new AbortController().signal);
  }

  openTrial = async (ruleSet: RuleSet | undefined): Promise<OpenTrial> => {
    const copy = join(this.folder, 'trial.db');
    await copySyncStore(this.#file, copy);
    const { cloud, directories: content, clock } = this.bench;
    const trial = new SyncBench({ ...this.#options, ruleSet: ruleSet ?? this.ruleSet, file: copy, cloud, content });
    trial.clock.advance(clock.now() - trial.clock.now() + 60_000);
    return {
      engine: trial.engine,
      ports: this.#ports(trial.engine),
      directories: trial.engine.directories.map(({ name }) => name),
      close: async () => {
        trial.store.close();
        rmSync(copy);
      },
    };
  };

  singleObject(): SingleObjectPorts {
    const { cloud } = this.bench;
    return {
      ...this.#ports(this.engine),
      exporter: this.bench.isStaging ? undefined : { begin: async () => undefined, send: cloud.sendBatch },
      readObject: async ({ directory, dn, row }) => {
        const entries = [...this.bench.directory(directory).entries.values()];
        const isIt = (entry: DirectoryEntry): boolean =>
          row?.anchor instanceof Uint8Array
            ? Buffer.from(entry.attributes.get('objectGUID')?.[0] as Uint8Array).equals(row.anchor)
            : normaliseDn(entry.dn) === normaliseDn(dn);
        async function* found(): AsyncIterable<DirectoryEntry> {
          yield* entries.filter(isIt);
        }
        return { ...this.#opened(this.engine, directory), source: new EntrySource(found) };
      },
    };
  }

  readonly staging = {
    isStaging: false,
    view: async () => ({ staging: this.bench.isStaging, lease: null }),
    promote: async () => {
      this.bench.isStaging = false;
      return { staging: false, lease: null };
    },
    demote: async () => {
      this.bench.isStaging = true;
      return { staging: true, lease: null };
    },
  };

  #ports(engine: Engine): Pick<CyclePorts, 'open' | 'readCloudPage' | 'explain'> {
    return {
      open: async (name) => this.#opened(engine, name),
      readCloudPage: this.bench.cloud.readPage,
      explain: () => undefined,
    };
  }

  #opened(engine: Engine, name: string): OpenedDirectory {
    const content = this.bench.directory(name);
    return {
      directory: engine.directories.find((directory) => directory.name === name)!,
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
  }
}

/** With keys in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
