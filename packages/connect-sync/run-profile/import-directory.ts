/**
 * Full import of a directory into its connector space. An entry is found by its anchor and never by its DN, so a
 * rename is a change; an entry that says what it said before costs one comparison and writes nothing.
 *
 * What the directory no longer has is staged as a delete only after a read that proved itself whole. A source that
 * suddenly answers nothing deletes nobody. Holds one page of entries, and 8 bytes for each object of the connector.
 */
import { createHash } from 'node:crypto';
import { normaliseDn } from '@springline/directory/dn';
import type { DirectoryEntry } from '@springline/directory/entry';
import { bytesOf, textOf, valuesOf } from '@springline/directory/entry';
import { DirectoryError } from '@springline/directory/error';
import { encodeHologram } from '../connector-space/hologram.ts';
import { placeholderRow } from '../connector-space/placeholder.ts';
import { enqueueReferrers } from '../connector-space/referrers.ts';
import { isReferenceAttribute } from '../connector-space/source.ts';
import type { CsId, CsRow } from '../connector-space/store.ts';
import { type Counters, type Engine, type StepOutcome, success } from './engine.ts';

const pageSize = 200;
const discoveryErrorLimit = 5_000;

/** What of the directory may be read at all: the consent of the host's administrator (rule S1). */
export interface ReadConsent {
  mayReadAttribute(attribute: string): boolean;
  mayReadEntry(dn: string): boolean;
}

/**
 * Reads `entries` to the end and stages what changed.
 *
 * @throws what `entries` throws; nothing is staged as deleted then, and what was staged before stays staged.
 */
export async function importDirectory(
  engine: Engine,
  entries: AsyncIterable<DirectoryEntry>,
  consent: ReadConsent,
  counters: Counters,
): Promise<StepOutcome> {
  const run = new DirectoryImport(engine, consent, counters);
  let page: DirectoryEntry[] = [];
  for await (const entry of entries) {
    page.push(entry);
    if (page.length < pageSize) continue;
    run.stage(page);
    page = [];
  }
  run.stage(page);
  return run.finish();
}

class DirectoryImport {
  readonly #engine: Engine;
  readonly #consent: ReadConsent;
  readonly #counters: Counters;
  readonly #types: ReadonlySet<string>;
  readonly #attributes: ReadonlySet<string>;
  readonly #seen = new Set<CsId>();
  readonly #discoveryErrors: string[] = [];

  constructor(engine: Engine, consent: ReadConsent, counters: Counters) {
    const { kind } = engine.directory;
    this.#engine = engine;
    this.#consent = consent;
    this.#counters = counters;
    this.#types = engine.rules.objectTypes(kind);
    this.#attributes = new Set([...engine.rules.attributesRead(kind)].filter((name) => consent.mayReadAttribute(name)));
  }

  stage(page: readonly DirectoryEntry[]): void {
    if (page.length === 0) return;
    this.#engine.store.transaction(() => {
      for (const entry of page) this.#stageEntry(entry);
    });
  }

  finish(): StepOutcome {
    const { store, directory } = this.#engine;
    if (this.#discoveryErrors.length > 0) {
      return {
        result: 'completed-discovery-errors',
        detail: `${this.#discoveryErrors.length} entries could not be read, so nothing counts as deleted. First: ${this.#discoveryErrors[0]}`,
      };
    }
    const known = store.countImported(directory.connector);
    if (this.#seen.size === 0 && known > 0) {
      return {
        result: 'stopped-import-read',
        detail: `the source answered nothing although ${known} objects are known, so nobody is deleted. Check base DN, account and filter.`,
      };
    }
    this.#stageDeletes();
    return success;
  }

  #stageDeletes(): void {
    const { store, directory } = this.#engine;
    const gone = store.importedIds(directory.connector).filter((id) => !this.#seen.has(id));
    for (let at = 0; at < gone.length; at += pageSize) {
      store.transaction(() => {
        for (const id of gone.slice(at, at + pageSize)) {
          if (store.row(id)?.pendingImport === 'delete') continue;
          store.updateRow(id, { pendingImport: 'delete' });
          this.#counters.count('stage-delete');
        }
      });
    }
  }

  #stageEntry(entry: DirectoryEntry): void {
    try {
      const type = objectTypeOf(this.#engine.directory.kind, entry);
      if (type === undefined || !this.#types.has(type)) return;
      if (this.#consent.mayReadEntry(entry.dn)) this.#stageObject(entry, type);
      else this.#counters.count('not-consented');
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      this.#refuse(`${entry.dn}: ${error.message}`);
    }
  }

  #refuse(reason: string): void {
    this.#counters.count('stage-failure');
    if (this.#discoveryErrors.length < discoveryErrorLimit) this.#discoveryErrors.push(reason.slice(0, 500));
  }

  #stageObject(entry: DirectoryEntry, type: string): void {
    const { store, directory } = this.#engine;
    const { connector } = directory;
    const dnKey = normaliseDn(entry.dn);
    const anchor = anchorOf(entry, dnKey);
    const references = this.#referencesOf(entry);
    const hologram = this.#hologramOf(entry);
    const fingerprint = fingerprintOf(entry.dn, type, hologram, references);
    const known = store.rowByAnchor(connector, anchor);
    if (known !== undefined && this.#seen.has(known.id)) {
      this.#refuse(`${entry.dn}: duplicate-object, the same anchor or DN as ${known.dn}`);
      return;
    }
    if (known !== undefined && known.fingerprint === fingerprint) {
      this.#seen.add(known.id);
      if (known.pendingImport === 'delete') store.updateRow(known.id, { pendingImport: 'update' });
      this.#counters.count('stage-no-change');
      return;
    }
    const change = { dn: entry.dn, dnKey, type, hologram, fingerprint };
    const id = known === undefined ? this.#add({ ...change, anchor }) : this.#update(known, change);
    this.#seen.add(id);
    this.#stageReferences(id, references);
  }

  #add(change: StagedChange & { readonly anchor: string }): CsId {
    const { store, directory } = this.#engine;
    this.#counters.count('stage-add');
    const holder = store.rowByDn(directory.connector, change.dnKey);
    if (holder !== undefined && holder.anchor === null) {
      // A placeholder is the object itself, seen before as the target of a reference.
      store.updateRow(holder.id, { ...change, pendingImport: 'add' });
      return holder.id;
    }
    if (holder !== undefined) store.updateRow(holder.id, transient(holder.id));
    const id = store.insertRow({ connector: directory.connector, ...change, pendingImport: 'add' });
    if (holder !== undefined) this.#redirect(holder.id, id);
    return id;
  }

  #update(known: CsRow, change: StagedChange): CsId {
    const { store } = this.#engine;
    const isRename = known.dnKey !== change.dnKey;
    this.#counters.count(isRename ? 'stage-rename' : 'stage-update');
    if (isRename) {
      this.#leaveDn(known);
      this.#takeDn(change.dnKey, known.id);
    }
    const pendingImport = known.pendingImport === 'add' ? 'add' : 'update';
    store.updateRow(known.id, { ...change, pendingImport });
    return known.id;
  }

  /** What named the object by the DN that it had now names a DN without an object, until it is read anew. */
  #leaveDn(known: CsRow): void {
    const { store } = this.#engine;
    store.updateRow(known.id, transient(known.id));
    if (store.referrers(known.id).length > 0) this.#redirect(known.id, this.#placeholder(known.dn, known.dnKey));
  }

  /**
   * Gives a DN, and what is named by it, to another row. An object that had it was renamed or deleted, and this run
   * will tell which: until then it is transient, under a DN of its own.
   */
  #takeDn(dnKey: string, owner: CsId): void {
    const { store, directory } = this.#engine;
    const holder = store.rowByDn(directory.connector, dnKey);
    if (holder === undefined) return;
    this.#redirect(holder.id, owner);
    if (holder.anchor === null) store.deleteRow(holder.id);
    else store.updateRow(holder.id, transient(holder.id));
  }

  #redirect(from: CsId, to: CsId): void {
    const { store } = this.#engine;
    store.redirectReferences(from, to);
    enqueueReferrers(store, to);
  }

  #stageReferences(id: CsId, references: ReadonlyMap<string, ReadonlySet<string>>): void {
    const { store } = this.#engine;
    const wanted = new Map<string, Set<CsId>>();
    for (const [attribute, dns] of references) {
      wanted.set(attribute, new Set([...dns].map((dn) => this.#targetOf(dn))));
    }
    for (const { attribute, target } of store.references(id)) {
      if (wanted.get(attribute)?.delete(target) !== true) store.dropReference(id, attribute, target);
    }
    for (const [attribute, targets] of wanted) {
      for (const target of targets) store.setReference(id, attribute, target, 'confirmed');
    }
  }

  /** The row of a DN; a placeholder when nothing was imported under it (yet). */
  #targetOf(dn: string): CsId {
    const { store, directory } = this.#engine;
    const dnKey = normaliseDn(dn);
    return store.rowByDn(directory.connector, dnKey)?.id ?? this.#placeholder(dn, dnKey);
  }

  #placeholder(dn: string, dnKey: string): CsId {
    const { store, directory } = this.#engine;
    return store.insertRow(placeholderRow(directory.connector, dn, dnKey));
  }

  #hologramOf(entry: DirectoryEntry): string {
    const attributes = new Map<string, readonly (string | Uint8Array)[]>();
    for (const [name, values] of entry.attributes) {
      if (this.#attributes.has(name) && !isReferenceAttribute(name)) attributes.set(name, values);
    }
    return encodeHologram(attributes);
  }

  #referencesOf(entry: DirectoryEntry): ReadonlyMap<string, ReadonlySet<string>> {
    const references = new Map<string, ReadonlySet<string>>();
    for (const [name, values] of entry.attributes) {
      if (!this.#attributes.has(name) || !isReferenceAttribute(name)) continue;
      references.set(name, new Set(values.filter((value) => typeof value === 'string')));
    }
    return references;
  }
}

interface StagedChange {
  readonly dn: string;
  readonly dnKey: string;
  readonly type: string;
  readonly hologram: string;
  readonly fingerprint: string;
}

/** A DN that no directory has, and no fingerprint: whatever the next entry says of the object counts as new. */
function transient(id: CsId): { dnKey: string; fingerprint: null } {
  return { dnKey: `transient:${id}`, fingerprint: null };
}

/** objectGUID as hex (AD), entryUUID in lower case (RFC 4530); a file without either is anchored by its DNs. */
function anchorOf(entry: DirectoryEntry, dnKey: string): string {
  const guid = bytesOf(entry, 'objectGUID');
  if (guid !== undefined) return Buffer.from(guid).toString('hex');
  return textOf(entry, 'entryUUID')?.toLowerCase() ?? `dn:${dnKey}`;
}

/** From most to least special, because an entry carries all its superclasses. */
const typesByKind = {
  'active-directory': ['computer', 'group', 'contact', 'user'],
  openldap: ['inetOrgPerson', 'groupOfNames', 'groupOfUniqueNames'],
} as const;

function objectTypeOf(kind: keyof typeof typesByKind, entry: DirectoryEntry): string | undefined {
  const classes = new Set(valuesOf(entry, 'objectClass').map((value) => String(value).toLowerCase()));
  return typesByKind[kind].find((type) => classes.has(type.toLowerCase()));
}

function fingerprintOf(
  dn: string,
  type: string,
  hologram: string,
  references: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const hash = createHash('sha256').update(`${dn}\0${type}\0${hologram}`);
  for (const [name, dns] of [...references].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name}`);
    for (const reference of [...dns].map(normaliseDn).sort()) hash.update(`\0\0${reference}`);
  }
  return hash.digest('base64');
}
