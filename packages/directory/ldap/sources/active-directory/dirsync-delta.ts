/**
 * What the answers of DirSync mean for an import: changes are handed on, deletes are told, and objects whose place is new are
 * kept until the end of the answer, to be read whole.
 *
 * References follow the objects that they name without a word of it. The importing side sees that by the object's new DN,
 * when it holds the object. What refers to one that it does not hold, and that was renamed, is read again.
 *
 * Changes of references name today's DNs, and a rename may be told behind them: they wait until every rename is known, or a
 * member that was renamed and then removed would stay.
 *
 * Holds an anchor and a DN for each object that is read whole, and 32 MiB of changes that wait; what is more is read whole.
 */
import { attributeId } from '../../../attribute-list/names.ts';
import { rdnOf } from '../../../dn.ts';
import { attributeDefinition } from '../../../schema.ts';
import type { RawEntry } from '../../../source.ts';
import type { LdapConnection } from '../../connection.ts';
import type { SearchRequest } from '../../message.ts';
import { objectGuid } from '../anchor-attribute.ts';
import { EntryView } from '../entry-view.ts';
import type { HeldObjects } from '../ldap-source.ts';
import { Moves } from '../moves.ts';
import type { Pages } from '../pages.ts';
import type { Scope } from '../scope.ts';
import { readArrived, readWhole, requireAnchor } from '../whole-read.ts';
import { projected } from './projection.ts';

const ids = {
  instanceType: attributeId('instanceType'),
  isDeleted: attributeId('isDeleted'),
  name: attributeId('name'),
  objectClass: attributeId('objectClass'),
  objectGuid: attributeId('objectGUID'),
} as const;

/** What DirSync is asked for beside what the import wants. */
export const dirSyncAttributes = ['isDeleted', 'name'] as const;

/** Objects asked for in one search by their objectGUID. */
const objectsPerSearch = 100;
const waitingLimitBytes = 32 * 1024 * 1024;
/** For more renamed objects that are not held than these, everything that refers to anything is read. */
const newcomersByName = 1_000;
/** MS-ADTS 2.2.9: the root of a naming context. DirSync shows the roots of those below the one that was asked for. */
const isContextRoot = 0x1;

export interface DeltaRead {
  readonly connection: LdapConnection;
  /** Of the naming context. */
  readonly root: string;
  readonly scope: Scope;
  /** How entries of this import are read whole. */
  readonly search: SearchRequest;
  readonly filter: string | undefined;
  readonly held: HeldObjects | undefined;
}

export class DirSyncDelta {
  readonly moves: Moves;
  readonly #read: DeltaRead;
  readonly #pages: Pages;
  readonly #view = new EntryView();
  readonly #wanted: ReadonlySet<string>;
  readonly #references: readonly string[];
  /** By anchor in hex. */
  readonly #unread = new Map<string, Unread>();
  /** Changes of references by anchor in hex. */
  readonly #waiting = new Map<string, RawEntry[]>();
  #waitingBytes = 0;
  /** DNs of objects that had another one before, and that the importing side does not hold. */
  #newcomers: string[] = [];
  /** Out of scope objects have other DNs now, and which of them is not known. */
  #hasRenamedBranch = false;

  constructor(read: DeltaRead, pages: Pages) {
    this.#read = read;
    this.#pages = pages;
    this.moves = new Moves(read.scope, read.held);
    this.#wanted = new Set(read.search.attributes.map((name) => name.toLowerCase()));
    this.#references = read.search.attributes.filter((name) => attributeDefinition(name)?.syntax === 'reference');
  }

  /** @throws {LdapError} */
  entry(raw: RawEntry): void {
    const view = this.#view.load(raw);
    const anchor = requireAnchor(view.anchor(objectGuid, ids.objectGuid), objectGuid, this.#read.connection.url);
    const { dn } = view;
    const key = keyOf(anchor);
    if (view.text(ids.isDeleted)?.toUpperCase() === 'TRUE') {
      this.#unread.delete(key);
      this.#forget(key);
      // What lay below it was deleted before it, and is told of by itself.
      if (this.moves.placeOfDeleted(anchor, false) === 'gone') this.#pages.gone(anchor);
      return;
    }
    if (
      Number(view.text(ids.instanceType) ?? 0) & isContextRoot &&
      dn.toLowerCase() !== this.#read.root.toLowerCase()
    ) {
      return;
    }
    if (this.#mustBeRead(anchor))
      this.#unread.set(key, { dn, isNew: view.has(ids.objectClass) && !view.has(ids.isDeleted) });
    else this.#handOver(raw, anchor, dn);
  }

  /** Between two answers: reads what has to be read, and hands it over. @throws {LdapError} */
  async settle(signal: AbortSignal): Promise<void> {
    const unread = [...this.#unread];
    this.#unread.clear();
    for (let at = 0; at < unread.length; at += objectsPerSearch) {
      await this.#readObjects(new Map(unread.slice(at, at + objectsPerSearch)), signal);
    }
    const { connection, search, scope } = this.#read;
    const arrived = this.moves.takeArrived();
    const beforeEntry = (dn: string, anchor: Uint8Array): void => {
      this.#forget(keyOf(anchor));
      if (this.#read.held?.dnOf(anchor) === undefined) this.#newcomers.push(dn);
    };
    await readArrived(connection, search, scope, arrived, objectGuid, this.#pages, signal, beforeEntry);
    await this.#readReferrers(signal);
  }

  /** Some of what was told has not been handed over. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Behind the last answer: hands over what waited. */
  finish(): void {
    for (const changes of this.#waiting.values()) for (const raw of changes) this.#pages.changes(raw);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** What refers to renamed objects that the importing side does not hold. */
  async #readReferrers(signal: AbortSignal): Promise<void> {
    const { connection, search, scope } = this.#read;
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    if (this.#references.length === 0) return;
    const view = new EntryView();
    const take = (raw: RawEntry): void => {
      view.load(raw);
      if (!this.#isInScope(view.dn)) return;
      const anchor = requireAnchor(view.anchor(objectGuid, ids.objectGuid), objectGuid, connection.url);
      this.#forget(keyOf(anchor));
      this.#pages.entry(raw, anchor);
    };
    const read = async (values: readonly string[]): Promise<void> => {
      const anyOf = values.flatMap((value) => this.#references.map((name) => `(${name}=${value})`)).join('');
      const filter = `(&${search.filter}(|${anyOf}))`;
      for (const baseDn of scope.bases) await readWhole(connection, { ...search, baseDn, filter }, take, signal);
    };
    const isAnyReference = this.#hasRenamedBranch || newcomers.length > newcomersByName;
    this.#hasRenamedBranch = false;
    if (isAnyReference) return read(['*']);
    for (let at = 0; at < newcomers.length; at += objectsPerSearch) {
      await read(newcomers.slice(at, at + objectsPerSearch).map(filterValue));
    }
  }

  #mustBeRead(anchor: Uint8Array): boolean {
    const { filter, held } = this.#read;
    const isNew = this.#view.has(ids.objectClass);
    const hasName = this.#view.has(ids.name);
    // New and elsewhere: its classes say all that has to be known of it.
    if (isNew && !this.#isInScope(this.#view.dn)) return false;
    if (isNew || hasName) return true;
    if (!this.#isInScope(this.#view.dn)) return false;
    // Whether a filter matches now, or what the object was before it is heard of, only the server knows.
    return filter !== undefined || (held !== undefined && held.dnOf(anchor) === undefined);
  }

  #handOver(raw: RawEntry, anchor: Uint8Array, dn: string): void {
    // What was made since the cookie cannot have moved; what was restored can be elsewhere than it was.
    const isRestored = this.#view.has(ids.objectClass) && this.#view.has(ids.isDeleted);
    const place = this.moves.place(dn, anchor, this.#view.isContainer, isRestored);
    if (place === 'gone') this.#pages.gone(anchor);
    if (place !== 'in-scope') return;
    const changes = projected(raw, this.#wanted, objectGuid.name);
    if (changes === undefined) return;
    if (!changes.hasParts) this.#pages.changes(changes.raw);
    else if (this.#waitingBytes > waitingLimitBytes) this.#unread.set(keyOf(anchor), { dn, isNew: false });
    else this.#wait(keyOf(anchor), changes.raw);
  }

  #wait(key: string, raw: RawEntry): void {
    this.#waitingBytes += raw.end - raw.start;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, [raw]);
    else waiting.push(raw);
  }

  /** What was told before of an object that is read now; its DN may be another by now. */
  #forget(key: string): void {
    for (const { start, end } of this.#waiting.get(key) ?? []) this.#waitingBytes -= end - start;
    this.#waiting.delete(key);
  }

  async #readObjects(unread: Map<string, Unread>, signal: AbortSignal): Promise<void> {
    const { connection, root, search, filter } = this.#read;
    const anyOf = `(|${[...unread.keys()].map((key) => objectGuid.filterFor(Buffer.from(key, 'hex'))).join('')})`;
    const matching = filter === undefined ? undefined : await this.#matching(`(&${filter}${anyOf})`, signal);
    const view = new EntryView();
    const take = (raw: RawEntry): void => {
      const { dn, isContainer } = view.load(raw);
      const anchor = requireAnchor(view.anchor(objectGuid, ids.objectGuid), objectGuid, connection.url);
      const isNew = unread.get(keyOf(anchor))?.isNew ?? true;
      unread.delete(keyOf(anchor));
      this.#forget(keyOf(anchor));
      const wasHeld = this.#read.held?.dnOf(anchor) !== undefined;
      const place = this.moves.place(dn, anchor, isContainer);
      // Also of what stays elsewhere: nobody here can tell which DN references to it have.
      if (!isNew && !wasHeld) this.#newcomers.push(dn);
      if (place === 'left') this.#hasRenamedBranch = true;
      const isMatching = matching === undefined || matching.has(keyOf(anchor));
      if (place === 'in-scope' && isMatching) {
        this.#pages.entry(raw, anchor);
      } else if (place === 'gone' || (place === 'in-scope' && !isMatching)) this.#goneIfHeld(anchor);
    };
    await readWhole(connection, { ...search, baseDn: root, filter: anyOf }, take, signal);
    // Deleted since, which the next answer tells; or moved to where this account may not look.
    for (const [key, { dn }] of unread) {
      const anchor = new Uint8Array(Buffer.from(key, 'hex'));
      const mayHoldOthers = !/^cn=/i.test(rdnOf(dn)) || this.#read.held?.hasBelow(anchor) === true;
      if (this.#isInScope(dn)) continue;
      if (this.moves.place(dn, anchor, mayHoldOthers) === 'gone') this.#pages.gone(anchor);
    }
  }

  async #matching(filter: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { connection, root, search } = this.#read;
    const view = new EntryView();
    const keys = new Set<string>();
    const take = (raw: RawEntry): void => {
      const anchor = view.load(raw).anchor(objectGuid, ids.objectGuid);
      if (anchor !== undefined) keys.add(keyOf(anchor));
    };
    await readWhole(connection, { ...search, baseDn: root, filter, attributes: [objectGuid.name] }, take, signal);
    return keys;
  }

  #goneIfHeld(anchor: Uint8Array): void {
    if (this.#read.held === undefined || this.#read.held.dnOf(anchor) !== undefined) this.#pages.gone(anchor);
  }

  #isInScope(dn: string): boolean {
    return this.#read.scope.isWhole || this.#read.scope.isInScope(dn);
  }
}

interface Unread {
  readonly dn: string;
  /** It was made since the cookie, so nothing can have referred to it before. */
  readonly isNew: boolean;
}

/** RFC 4515 3 */
function filterValue(text: string): string {
  return text.replaceAll(/[\\*()\0]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function keyOf(anchor: Uint8Array): string {
  return Buffer.from(anchor).toString('hex');
}
