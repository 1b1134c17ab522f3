/**
 * An engine on a store in memory, with a directory that a test can change and a cloud in memory.
 */
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import { loadRuleSet, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { type CyclePorts, runCycle } from '@springline/connect-sync/run-profile/cycle';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { normaliseDn } from '@springline/directory/dn';
import type { AttributeValue, DirectoryEntry } from '@springline/directory/entry';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { SeededRandom } from '@springline/ports/random';
import { openSyncStore, type SqliteSyncStore } from '../storage/sync-store.ts';
import { CloudInMemory } from './cloud-in-memory.ts';

export const baseDn = 'DC=corp,DC=example';

/** The seam of a kill: whatever throws this is a process that ended there. */
export class Killed extends Error {}

export class SyncBench {
  readonly cloud = new CloudInMemory();
  readonly clock = new FakeClock(Date.UTC(2026, 0, 1));
  readonly store: SqliteSyncStore;
  engine: Engine;
  /** What the directory holds, by normalised DN. */
  readonly entries = new Map<string, DirectoryEntry>();
  /** Replaces the reading of `entries`, for sources that fail. */
  read: (() => AsyncIterable<DirectoryEntry>) | undefined;
  explain: CyclePorts['explain'] = () => undefined;
  mayReadEntry: (dn: string) => boolean = () => true;
  mayReadAttribute: (name: string) => boolean = () => true;

  constructor(kind: 'active-directory' | 'openldap' = 'active-directory', ownRules: readonly RuleFile[] = []) {
    this.store = openSyncStore(':memory:');
    this.engine = {
      store: this.store,
      rules: loadRuleSet(ownRules),
      clock: this.clock,
      random: new SeededRandom(7),
      log: silentLog,
      directory: { connector: this.store.connector('corp', 'directory'), name: 'corp', kind, baseDn },
      cloud: { connector: this.store.connector('Cloud directory', 'cloud'), name: 'Cloud directory' },
    };
  }

  put(...entries: DirectoryEntry[]): void {
    for (const entry of entries) this.entries.set(normaliseDn(entry.dn), entry);
  }

  drop(dn: string): void {
    if (!this.entries.delete(normaliseDn(dn))) throw new Error(`no entry ${dn}`);
  }

  async cycle(): Promise<CycleRecord> {
    this.clock.advance(60_000);
    return runCycle(this.engine, this.#ports(), new AbortController().signal);
  }

  #ports(): CyclePorts {
    const { entries } = this;
    async function* inOrder(): AsyncIterable<DirectoryEntry> {
      yield* entries.values();
    }
    return {
      prepare: async () => undefined,
      readEntries: () => this.read?.() ?? inOrder(),
      consent: { mayReadAttribute: (name) => this.mayReadAttribute(name), mayReadEntry: (dn) => this.mayReadEntry(dn) },
      readCloudPage: this.cloud.readPage,
      sendBatch: this.cloud.sendBatch,
      explain: (error) => (error instanceof Killed ? undefined : this.explain(error)),
      progress: () => undefined,
    };
  }
}

type Values = Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>;

function entry(dn: string, classes: readonly string[], attributes: Values): DirectoryEntry {
  const all: [string, readonly AttributeValue[]][] = Object.entries(attributes).map(([name, value]) => [
    name,
    Array.isArray(value) ? value : [value as AttributeValue],
  ]);
  return { dn, attributes: new Map([['objectClass', classes], ...all]) };
}

/** 16 bytes that differ with `n`. */
export function guid(n: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return bytes;
}

/** The source anchor of the object with `guid(n)`. */
export function anchor(n: number): string {
  return Buffer.from(guid(n)).toString('base64');
}

export function user(n: number, attributes: Values = {}, parent = `OU=Staff,${baseDn}`): DirectoryEntry {
  const name = `user${n}`;
  return entry(`CN=${name},${parent}`, ['top', 'person', 'organizationalPerson', 'user'], {
    objectGUID: guid(n),
    cn: name,
    sAMAccountName: name,
    userPrincipalName: `${name}@corp.example`,
    displayName: `User ${n}`,
    userAccountControl: '512',
    ...attributes,
  });
}

export function group(n: number, members: readonly string[], attributes: Values = {}): DirectoryEntry {
  const name = `group${n}`;
  return entry(`CN=${name},OU=Groups,${baseDn}`, ['top', 'group'], {
    objectGUID: guid(n),
    cn: name,
    sAMAccountName: name,
    groupType: '-2147483646',
    ...(members.length === 0 ? {} : { member: members }),
    ...attributes,
  });
}

export function contact(n: number, attributes: Values = {}): DirectoryEntry {
  const name = `contact${n}`;
  return entry(`CN=${name},OU=Contacts,${baseDn}`, ['top', 'person', 'organizationalPerson', 'contact'], {
    objectGUID: guid(n),
    cn: name,
    mail: `${name}@partner.example`,
    ...attributes,
  });
}
