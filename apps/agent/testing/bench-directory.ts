/**
 * A directory that a test can change, as the engine reads it: whole every time, or by what changed since the cookie.
 *
 * What changed is worked out from what was there when the cookie was given, and told in the manner of a real feed:
 * - `dirsync`: Active Directory. Changed attributes alone, members value by value; what is new or has another name comes
 *   whole, behind the rest. References follow what they name, and go with it, without a word.
 * - `delete-phase`, `present-phase`: RFC 4533. What changed comes whole; what is gone is named, or what is there is.
 */
import { createHash } from 'node:crypto';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import { normaliseDn } from '@springline/directory/dn';
import type { AttributeValue, DirectoryEntry } from '@springline/directory/entry';
import { valuesOf } from '@springline/directory/entry';
import { attributeDefinition } from '@springline/directory/schema';
import {
  CookieRefusedError,
  type DirectorySource,
  type ImportSink,
  type ReadEnd,
  type ReadRequest,
} from '@springline/directory/source';

export type Manner = 'whole' | 'dirsync' | 'delete-phase' | 'present-phase';

/** Entries by anchor, as hex. */
type Content = ReadonlyMap<string, DirectoryEntry>;

export class BenchDirectory {
  /** What the directory holds, by normalised DN. */
  readonly entries = new Map<string, DirectoryEntry>();
  /** Replaces the reading of `entries`, for sources that fail. */
  read: (() => AsyncIterable<DirectoryEntry>) | undefined;
  /** Replaces the source altogether. */
  source: DirectorySource | undefined;
  manner: Manner = 'whole';
  /** Puts what is told of in another order. */
  order: <T>(told: T[]) => T[] = (told) => told;
  mayReadEntry: (dn: string) => boolean = () => true;
  mayReadAttribute: (name: string) => boolean = () => true;
  isInScope: (dn: string) => boolean = () => true;
  /** Changes whenever `isInScope` or what may be read do. */
  scopeDigest = '';
  /** By cookies that were given: what was there then. */
  readonly #given = new Map<string, Content>();
  /** Changes when an old backup of the directory comes back. */
  #life = 1;

  put(...entries: readonly DirectoryEntry[]): void {
    for (const entry of entries) this.entries.set(normaliseDn(entry.dn), entry);
  }

  drop(dn: string): void {
    if (!this.entries.delete(normaliseDn(dn))) throw new Error(`no entry ${dn}`);
  }

  /** Everything else than `entries` is gone. */
  replaceAll(entries: readonly DirectoryEntry[]): void {
    this.entries.clear();
    this.put(...entries);
  }

  /** Takes a cookie that another process was given when there was this. */
  remember(entries: readonly DirectoryEntry[]): void {
    this.#giveCookie(contentOf(entries));
  }

  /** No cookie that was given is taken any more. */
  refuseCookies(): void {
    this.#life += 1;
  }

  open(): DirectorySource {
    return this.source ?? { read: (request, sink, signal) => this.#read(request, sink, signal) };
  }

  async #read({ cookie, attributes }: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    if (cookie === undefined || this.manner === 'whole') return this.#readWhole(sink, signal);
    const [life, key = ''] = Buffer.from(cookie).toString().split('.');
    const before = this.#given.get(key);
    if (Number(life) !== this.#life || before === undefined)
      throw new CookieRefusedError('the cookie is of another life');
    const now = this.#content();
    const next = this.#giveCookie(now);
    if (this.manner === 'dirsync') {
      this.#tellChanges(before, now, attributes, sink);
      sink.page(next);
      return { unmentionedAreGone: false };
    }
    const unmentionedAreGone = this.manner === 'present-phase';
    this.#tellEntries(before, now, sink, unmentionedAreGone);
    sink.page(next);
    return { unmentionedAreGone };
  }

  async #readWhole(sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    const next = this.manner === 'whole' ? undefined : this.#giveCookie(this.#content());
    const read = this.read?.() ?? this.order([...this.entries.values()]);
    let count = 0;
    for await (const entry of read) {
      signal.throwIfAborted();
      sink.entry(encodeEntry(entry));
      count += 1;
      if (count % 500 === 0) await new Promise(setImmediate);
    }
    sink.page(next);
    return { unmentionedAreGone: true };
  }

  #giveCookie(content: Content): Uint8Array {
    const digest = createHash('sha256');
    for (const [key, entry] of [...content].sort()) digest.update(key).update(encodeEntry(entry).bytes);
    const key = digest.digest('base64url');
    this.#given.set(key, content);
    return Buffer.from(`${this.#life}.${key}`);
  }

  #content(): Content {
    return contentOf(this.entries.values());
  }

  #tellEntries(before: Content, now: Content, sink: ImportSink, isPresentPhase: boolean): void {
    for (const key of this.order([...new Set([...now.keys(), ...before.keys()])])) {
      const entry = now.get(key);
      const anchor = Buffer.from(key, 'hex');
      if (entry === undefined) {
        if (!isPresentPhase) sink.gone(anchor);
      } else if (isSame(before.get(key), entry)) {
        if (isPresentPhase) sink.present(anchor);
      } else {
        sink.entry(encodeEntry(entry), anchor);
      }
    }
  }

  #tellChanges(before: Content, now: Content, wanted: ReadonlySet<string>, sink: ImportSink): void {
    const behind: DirectoryEntry[] = [];
    const names = { before: new Names(before), now: new Names(now) };
    for (const key of this.order([...new Set([...now.keys(), ...before.keys()])])) {
      const [old, entry] = [before.get(key), now.get(key)];
      if (entry === undefined) sink.gone(Buffer.from(key, 'hex'));
      else if (old === undefined || normaliseDn(old.dn) !== normaliseDn(entry.dn)) behind.push(entry);
      else {
        const changes = changesOf(old, entry, wanted, names);
        const attributes = new Map([['objectGUID', valuesOf(entry, 'objectGUID')] as const, ...changes]);
        if (changes.size > 0) sink.changes(encodeEntry({ dn: entry.dn, attributes }));
      }
    }
    for (const entry of behind) sink.entry(encodeEntry(entry), Buffer.from(anchorOf(entry), 'hex'));
  }
}

function contentOf(entries: Iterable<DirectoryEntry>): Content {
  return new Map([...entries].map((entry) => [anchorOf(entry), entry]));
}

function anchorOf(entry: DirectoryEntry): string {
  const [guid] = valuesOf(entry, 'objectGUID');
  if (guid instanceof Uint8Array) return Buffer.from(guid).toString('hex');
  const [uuid] = valuesOf(entry, 'entryUUID');
  if (typeof uuid === 'string') return uuid.replaceAll('-', '');
  throw new Error(`${entry.dn} has no anchor`);
}

function isSame(before: DirectoryEntry | undefined, now: DirectoryEntry): boolean {
  return before !== undefined && Buffer.compare(encodeEntry(before).bytes, encodeEntry(now).bytes) === 0;
}

/** What DNs name: objects, whatever they are called at another time. */
class Names {
  readonly #keys = new Map<string, string>();
  readonly #dns = new Map<string, string>();

  constructor(content: Content) {
    for (const [key, { dn }] of content) {
      this.#keys.set(normaliseDn(dn), key);
      this.#dns.set(key, dn);
    }
  }

  keyOf(dn: string): string {
    return this.#keys.get(normaliseDn(dn)) ?? `nobody ${dn}`;
  }

  dnOf(key: string): string | undefined {
    return this.#dns.get(key);
  }
}

function changesOf(
  old: DirectoryEntry,
  now: DirectoryEntry,
  wanted: ReadonlySet<string>,
  names: { readonly before: Names; readonly now: Names },
): Map<string, readonly AttributeValue[]> {
  const changes = new Map<string, readonly AttributeValue[]>();
  for (const name of new Set([...old.attributes.keys(), ...now.attributes.keys()])) {
    if (!wanted.has(name)) continue;
    const [before, after] = [valuesOf(old, name), valuesOf(now, name)];
    if (attributeDefinition(name)?.syntax !== 'reference') {
      if (textOf(before) !== textOf(after)) changes.set(name, after);
      continue;
    }
    const had = new Set((before as readonly string[]).map((dn) => names.before.keyOf(dn)));
    const has = new Set((after as readonly string[]).map((dn) => names.now.keyOf(dn)));
    const dnsOf = (keys: readonly string[]): string[] => keys.flatMap((key) => names.now.dnOf(key) ?? []);
    const added = dnsOf([...has].filter((key) => !had.has(key)));
    // Named as it is now; what was deleted leaves without a word.
    const removed = dnsOf([...had].filter((key) => !has.has(key)));
    if (added.length + removed.length === 0) continue;
    if (attributeDefinition(name)?.singleValued === true) {
      changes.set(name, after);
      continue;
    }
    if (added.length > 0) changes.set(`${name};range=1-1`, added);
    if (removed.length > 0) changes.set(`${name};range=0-0`, removed);
  }
  return changes;
}

function textOf(values: readonly AttributeValue[]): string {
  return JSON.stringify(
    values.map((value) => (typeof value === 'string' ? value : Buffer.from(value).toString('hex'))),
  );
}
