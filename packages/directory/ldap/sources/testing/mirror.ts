/**
 * A sink for tests: does to a map what it is told, so that what a source tells of changes can be compared with what it
 * reads anew. Refuses what no importing side could make use of.
 *
 * Active Directory keeps references right by itself and tells nothing of it, so there the mirror does as an importing side
 * that holds references as objects: they follow a rename, and go with what they name.
 */
import assert from 'node:assert/strict';
import { AttributeListReader, locateEntry } from '../../../attribute-list/attribute-list.ts';
import { isUnder, normaliseDn, rebaseDn } from '../../../dn.ts';
import { type DirectoryEntry, valuesOf } from '../../../entry.ts';
import type { DirectorySource, ImportSink, RawEntry, ReadRequest } from '../../../source.ts';
import { decodeEntry } from '../../decode-entry.ts';
import type { HeldObjects } from '../ldap-source.ts';

interface Held {
  dn: string;
  readonly attributes: Map<string, readonly string[]>;
}

export class Mirror implements ImportSink {
  readonly objects = new Map<string, Held>();
  cookie: Uint8Array | undefined;
  /** Calls since the start of the last read, as `kind`. */
  calls: string[] = [];
  readonly #anchorName: string;
  readonly #mentioned = new Set<string>();

  readonly #holdsContainers: boolean;

  /** Importing sides hold people and groups; some hold containers as well. */
  constructor(anchorName: 'objectGUID' | 'entryUUID', { holdsContainers = true } = {}) {
    this.#anchorName = anchorName;
    this.#holdsContainers = holdsContainers;
  }

  /** For the source. */
  readonly held: HeldObjects = {
    dnOf: (anchor) => this.objects.get(hex(anchor))?.dn,
    hasBelow: (anchor) => {
      const dn = this.objects.get(hex(anchor))?.dn;
      return dn !== undefined && [...this.objects.values()].some((other) => other.dn !== dn && isUnder(other.dn, dn));
    },
  };

  async read(source: DirectorySource, request: Omit<ReadRequest, 'cookie'>, signal = never): Promise<void> {
    this.#mentioned.clear();
    this.calls = [];
    const { unmentionedAreGone } = await source.read({ ...request, cookie: this.cookie }, this, signal);
    this.calls.push(unmentionedAreGone ? 'unmentioned' : 'end');
    if (!unmentionedAreGone) return;
    for (const key of [...this.objects.keys()]) if (!this.#mentioned.has(key)) this.gone(Buffer.from(key, 'hex'));
  }

  entry(raw: RawEntry, given?: Uint8Array): void {
    const entry = decodeEntry(raw);
    const key = given === undefined ? this.#anchorOf(entry) : hex(given);
    assert.equal(key, this.#anchorOf(entry), 'the anchor beside the entry is that in it');
    this.#told('entry', key);
    if (!this.#holdsContainers && valuesOf(entry, 'objectClass').includes('organizationalUnit')) return;
    this.#move(key, entry.dn);
    this.objects.set(key, { dn: entry.dn, attributes: new Map([...entry.attributes].map(plain)) });
  }

  changes(raw: RawEntry): void {
    const { dn, attributes } = decodeChanges(raw);
    const values = attributes.get(this.#anchorName)?.[0]?.values[0];
    assert.ok(values !== undefined, 'changes name their object');
    const key = Buffer.from(values, 'latin1').toString('hex');
    const held = this.objects.get(key);
    if (held === undefined && !this.#holdsContainers) return;
    assert.ok(held !== undefined, `changes of ${dn}, of which nothing is known`);
    this.#move(key, dn);
    held.dn = dn;
    for (const [name, parts] of attributes) for (const part of parts) applyPart(held, name, part);
    this.#told('changes', key);
  }

  gone(anchor: Uint8Array): void {
    const held = this.objects.get(hex(anchor));
    this.objects.delete(hex(anchor));
    if (held !== undefined) this.#rewriteReferences((dn) => (normaliseDn(dn) === normaliseDn(held.dn) ? [] : [dn]));
    this.#told('gone', hex(anchor));
  }

  present(anchor: Uint8Array): void {
    this.#told('present', hex(anchor));
  }

  page(cookie: Uint8Array | undefined): void {
    this.cookie = cookie;
    this.calls.push('page');
  }

  /** What is held, in a form that compares. */
  state(): Record<string, unknown> {
    const dns = new Set([...this.objects.values()].map(({ dn }) => normaliseDn(dn)));
    assert.equal(dns.size, this.objects.size, 'no two objects under one DN');
    const state: Record<string, unknown> = {};
    for (const [key, { dn, attributes }] of [...this.objects].sort()) {
      const sorted = [...attributes]
        .map(([name, values]) => [name, this.#comparable(name, values, dns)] as const)
        .filter(([, values]) => values.length > 0);
      state[key] = { dn: normaliseDn(dn), ...Object.fromEntries(sorted.sort()) };
    }
    return state;
  }

  /** A reference to what is not held leads nowhere, whatever its DN is. */
  #comparable(name: string, values: readonly string[], dns: ReadonlySet<string>): string[] {
    if (name !== 'member') return [...values].sort();
    const keys = values.map(normaliseDn).sort();
    return this.#anchorName === 'objectGUID' ? keys.filter((key) => dns.has(key)) : keys;
  }

  #told(kind: string, key: string): void {
    this.#mentioned.add(key);
    this.calls.push(kind);
  }

  /** What lies below an object goes where it goes. */
  #move(key: string, dn: string): void {
    const before = this.objects.get(key)?.dn;
    if (before === undefined || normaliseDn(before) === normaliseDn(dn)) return;
    for (const [other, held] of this.objects) {
      if (other !== key && isUnder(held.dn, before)) held.dn = rebaseDn(held.dn, before, dn);
    }
    this.#rewriteReferences((reference) => [isUnder(reference, before) ? rebaseDn(reference, before, dn) : reference]);
  }

  #rewriteReferences(rewrite: (dn: string) => readonly string[]): void {
    if (this.#anchorName !== 'objectGUID') return;
    for (const { attributes } of this.objects.values()) {
      const members = attributes.get('member')?.flatMap(rewrite);
      if (members !== undefined) attributes.set('member', members);
    }
  }

  #anchorOf(entry: DirectoryEntry): string {
    const value = entry.attributes.get(this.#anchorName)?.[0];
    assert.ok(value !== undefined, `${entry.dn} has no ${this.#anchorName}`);
    return typeof value === 'string' ? value.replaceAll('-', '') : hex(value);
  }
}

interface Part {
  readonly range: string | undefined;
  readonly values: readonly string[];
}

const never = new AbortController().signal;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function plain([name, values]: readonly [string, readonly (string | Uint8Array)[]]): [string, readonly string[]] {
  return [name, values.map((value) => (typeof value === 'string' ? value : Buffer.from(value).toString('latin1')))];
}

function applyPart(held: Held, name: string, { range, values }: Part): void {
  if (range === undefined) {
    if (values.length === 0) held.attributes.delete(name);
    else held.attributes.set(name, values);
    return;
  }
  const set = new Map((held.attributes.get(name) ?? []).map((value) => [fold(value), value]));
  for (const value of values) {
    if (range === '1-1') set.set(fold(value), value);
    else set.delete(fold(value));
  }
  if (set.size === 0) held.attributes.delete(name);
  else held.attributes.set(name, [...set.values()]);
}

function fold(value: string): string {
  return value.toLowerCase();
}

function decodeChanges({ bytes, start, end }: RawEntry): { dn: string; attributes: Map<string, Part[]> } {
  const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  locateEntry(bytes, start, end, places);
  const reader = new AttributeListReader();
  reader.load(bytes, places.listStart, places.listEnd);
  const attributes = new Map<string, Part[]>();
  for (let index = 0; index < reader.count; index++) {
    const { key, range } = reader.names[index]!;
    const [, values] = plain([key, reader.values(index)]);
    attributes.set(key, [...(attributes.get(key) ?? []), { range, values }]);
  }
  return { dn: bytes.toString('utf8', places.dnStart, places.dnEnd), attributes };
}
