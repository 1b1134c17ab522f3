/**
 * What an import makes of an entry's bytes: its anchor, its type, the attributes that are kept and the references. An
 * entry of which everything is kept is kept as it came.
 */
import { hash } from 'node:crypto';
import { AttributeListReader, type EntryPlaces } from '@springline/directory/attribute-list/attribute-list';
import { encodeAttribute, joinAttributes } from '@springline/directory/attribute-list/encode';
import { type AttributeId, type AttributeName, attributeId } from '@springline/directory/attribute-list/names';
import { canonicalAttributeName } from '@springline/directory/attribute-name';
import { normaliseDn } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import { decodeHologram, encodeHologram } from '../connector-space/hologram.ts';
import { isReferenceAttribute } from '../connector-space/object-view.ts';
import type { CsRow } from '../connector-space/store.ts';
import type { ConnectorKind } from '../rules/rule.ts';
import type { Directory, Engine } from './engine.ts';
import type { ReadConsent } from './import-scope.ts';

/** What is said of the references of one attribute, by DNs: all of them, or what changed. */
export type ReferenceChange =
  | { readonly kind: 'whole'; readonly dns: readonly string[] }
  | { readonly kind: 'delta'; readonly add: readonly string[]; readonly remove: readonly string[] };

export interface StagedEntry {
  readonly anchor: Uint8Array;
  readonly dn: string;
  readonly dnKey: string;
  readonly type: string;
  readonly hologram: Uint8Array;
  readonly fingerprint: Uint8Array | null;
  readonly references: ReadonlyMap<string, ReferenceChange>;
  /** References that are not mentioned stay as they are. */
  readonly isPartial: boolean;
}

/** From most to least special, because an entry carries all its superclasses. */
const typesByKind: Readonly<Record<Exclude<ConnectorKind, 'cloud'>, readonly string[]>> = {
  'active-directory': [
    'foreignSecurityPrincipal',
    'msDS-Device',
    'computer',
    'inetOrgPerson',
    'group',
    'contact',
    'user',
  ],
  openldap: ['inetOrgPerson', 'groupOfNames', 'groupOfUniqueNames', 'posixGroup'],
  ldap: ['inetOrgPerson', 'groupOfNames', 'groupOfUniqueNames', 'posixGroup'],
  csv: [],
};

const objectClass = attributeId('objectClass');
const objectGuid = attributeId('objectGUID');
/** As sources of LDAP servers look for them: elsewhere than in Active Directory, objectGUID is any attribute that people may write. */
const anchorIds: readonly AttributeId[] = [
  ...['entryUUID', 'nsUniqueId', 'ibm-entryuuid', 'orclGUID'].map((name) => attributeId(name)),
  objectGuid,
  attributeId('GUID'),
];
const anchorIdsOfActiveDirectory: readonly AttributeId[] = [objectGuid, ...anchorIds.filter((id) => id !== objectGuid)];

export class EntryReader {
  /** Changes whenever the same bytes would be read otherwise. */
  readonly digest: string;
  readonly #reader = new AttributeListReader();
  readonly #other = new AttributeListReader();
  /** Attribute id -> 1: kept, 2: kept as references. */
  readonly #kept: Uint8Array;
  readonly #types: readonly string[];
  readonly #typesByClass: ReadonlyMap<string, number>;
  readonly #anchorIds: readonly AttributeId[];

  constructor(engine: Engine, directory: Directory, consent: ReadConsent) {
    this.#anchorIds = directory.kind === 'active-directory' ? anchorIdsOfActiveDirectory : anchorIds;
    const wanted = engine.rules.objectTypes(directory.name);
    const special = typesByKind[directory.kind];
    this.#types = [
      ...special.filter((type) => wanted.has(type)),
      ...[...wanted].filter((type) => !special.includes(type)),
    ];
    // A type that no rule is for hides what it is a kind of: a computer is no user.
    const ranks = [...special, ...this.#types.filter((type) => !special.includes(type))];
    this.#typesByClass = new Map(ranks.map((type, rank) => [type.toLowerCase(), rank]));
    this.#types = ranks.map((type) => (wanted.has(type) ? type : ''));
    const attributes = [...engine.rules.attributesRead(directory.name)]
      // A name that no attribute can have reads as nothing.
      .filter((name) => isAttributeName(name) && consent.mayReadAttribute(name))
      .sort();
    const ids = attributes.map((name) => [attributeId(name), isReferenceAttribute(name) ? 2 : 1] as const);
    this.#kept = new Uint8Array(Math.max(0, ...ids.map(([id]) => id)) + 1);
    for (const [id, how] of ids) this.#kept[id] = how;
    this.digest = hash('sha256', JSON.stringify([directory.kind, attributes, ranks, this.#types]), 'base64').slice(
      0,
      22,
    );
  }

  /** Reads the attributes of an entry and gives its anchor. @throws {DirectoryError} */
  load(bytes: Buffer, places: EntryPlaces, given?: Uint8Array): Uint8Array {
    this.#reader.load(bytes, places.listStart, places.listEnd);
    return (
      given ?? this.#anchor() ?? Buffer.from(`dn:${normaliseDn(bytes.toString('utf8', places.dnStart, places.dnEnd))}`)
    );
  }

  hasClasses(): boolean {
    return this.#reader.find(objectClass) >= 0;
  }

  /** The most special type that rules are for; `undefined` when the object is of no interest. */
  objectType(): string | undefined {
    const index = this.#reader.find(objectClass);
    if (index < 0) return undefined;
    let best = Number.POSITIVE_INFINITY;
    const { bytes } = this.#reader;
    this.#reader.eachValue(index, (start, end) => {
      const rank = this.#typesByClass.get(bytes.toString('latin1', start, end).toLowerCase());
      if (rank !== undefined && rank < best) best = rank;
    });
    return this.#types[best] || undefined;
  }

  /** The entry that was loaded, as a whole. */
  staged(dn: string, type: string, anchor: Uint8Array, fingerprint: Uint8Array | null): StagedEntry {
    const reader = this.#reader;
    const references = new Map<string, ReferenceChange>();
    let isAllKept = true;
    for (let index = 0; index < reader.count; index++) {
      const name = reader.names[index]!;
      const how = this.#how(name);
      if (how !== 1 || name.range !== undefined) isAllKept = false;
      if (how === 2) references.set(name.key, { kind: 'whole', dns: textsOf(reader, index) });
      if (how > 0 && name.range !== undefined) throw incompleteRange(name);
    }
    const hologram = isAllKept ? wholeList(reader) : joinAttributes(this.#keptAttributes());
    return {
      anchor: Uint8Array.prototype.slice.call(anchor),
      dn,
      dnKey: normaliseDn(dn),
      type,
      hologram,
      fingerprint,
      references,
      isPartial: false,
    };
  }

  /** The object that `row` becomes with what was loaded: only what changed of it. */
  merged(row: CsRow, dn: string, anchor: Uint8Array): StagedEntry {
    const mentioned = new Set<number>();
    const changed = new Map<number, ChangedValues>();
    const references = new Map<string, ReferenceChange>();
    const reader = this.#reader;
    const attributes: Uint8Array[] = [];
    for (let index = 0; index < reader.count; index++) {
      const name = reader.names[index]!;
      const how = this.#how(name);
      if (how === 2) addReferences(references, name, textsOf(reader, index));
      if (how !== 1) continue;
      if (name.range !== undefined) {
        changed.set(name.id, changedValues(changed.get(name.id) ?? this.#storedValues(row, name), name, reader, index));
        continue;
      }
      mentioned.add(name.id);
      if (reader.valueCount(index) > 0) attributes.push(this.#slice(reader, index));
    }
    for (const { name, values } of changed.values()) {
      mentioned.add(name.id);
      if (values.size > 0) attributes.push(encodeAttribute(name.key, [...values.values()]));
    }
    if (this.#loadStored(row)) {
      for (let index = 0; index < this.#other.count; index++) {
        if (!mentioned.has(this.#other.names[index]!.id)) attributes.push(this.#slice(this.#other, index));
      }
    }
    return {
      anchor: Uint8Array.prototype.slice.call(anchor),
      dn,
      dnKey: normaliseDn(dn),
      type: this.objectType() ?? row.type,
      hologram: joinAttributes(attributes),
      fingerprint: null,
      references,
      isPartial: true,
    };
  }

  #loadStored({ hologram }: CsRow): boolean {
    if (!(hologram instanceof Uint8Array)) return false;
    this.#other.load(Buffer.from(hologram.buffer, hologram.byteOffset, hologram.length), 0, hologram.length);
    return true;
  }

  #storedValues(row: CsRow, name: AttributeName): ChangedValues {
    const values = new Map<string, Uint8Array>();
    const index = this.#loadStored(row) ? this.#other.find(name.id) : -1;
    if (index >= 0) addValues(values, this.#other, index);
    return { name, values };
  }

  /** Whether two lists say the same: neither attributes nor values have an order. */
  isSame(a: Uint8Array, b: Uint8Array): boolean {
    if (Buffer.compare(a, b) === 0) return true;
    try {
      return encodeHologram(decodeHologram(a)) === encodeHologram(decodeHologram(b));
    } catch (error) {
      // A value that is no text is a change: the object fails when it is synchronised, and holds up no import.
      if (error instanceof DirectoryError) return false;
      throw error;
    }
  }

  #how(name: AttributeName): number {
    return name.id < this.#kept.length ? this.#kept[name.id]! : 0;
  }

  *#keptAttributes(): Generator<Uint8Array> {
    for (let index = 0; index < this.#reader.count; index++) {
      if (this.#how(this.#reader.names[index]!) === 1) yield this.#slice(this.#reader, index);
    }
  }

  #slice(reader: AttributeListReader, index: number): Uint8Array {
    return reader.bytes.subarray(reader.attributeStart(index), reader.attributeEnd(index));
  }

  /** 16 bytes of a GUID or UUID; `undefined` when the entry has neither. */
  #anchor(): Uint8Array | undefined {
    const { bytes } = this.#reader;
    for (const id of this.#anchorIds) {
      const index = this.#reader.find(id);
      if (index < 0) continue;
      let anchor: Uint8Array | undefined;
      this.#reader.eachValue(index, (start, end) => {
        if (id === objectGuid) anchor ??= bytes.subarray(start, end);
        else anchor ??= uuidBytes(bytes.toString('latin1', start, end)) ?? bytes.subarray(start, end);
      });
      if (anchor !== undefined) return anchor;
    }
    return undefined;
  }
}

/** Values of an attribute of which only some came or went, by their bytes. */
interface ChangedValues {
  readonly name: AttributeName;
  readonly values: Map<string, Uint8Array>;
}

function changedValues(
  known: ChangedValues,
  name: AttributeName,
  reader: AttributeListReader,
  index: number,
): ChangedValues {
  if (name.range === '1-1') addValues(known.values, reader, index);
  else if (name.range === '0-0') {
    const gone = new Map<string, Uint8Array>();
    addValues(gone, reader, index);
    for (const key of gone.keys()) known.values.delete(key);
  } else throw incompleteRange(name);
  return known;
}

function addValues(values: Map<string, Uint8Array>, reader: AttributeListReader, index: number): void {
  reader.eachValue(index, (start, end) => {
    const bytes = Buffer.from(reader.bytes.subarray(start, end));
    values.set(bytes.toString('latin1'), bytes);
  });
}

function isAttributeName(name: string): boolean {
  try {
    canonicalAttributeName(name);
    return true;
  } catch (error) {
    if (error instanceof DirectoryError) return false;
    throw error;
  }
}

function addReferences(references: Map<string, ReferenceChange>, name: AttributeName, dns: readonly string[]): void {
  if (name.range !== '1-1' && name.range !== '0-0') {
    if (name.range !== undefined) throw incompleteRange(name);
    references.set(name.key, { kind: 'whole', dns });
    return;
  }
  const known = references.get(name.key);
  const delta = known?.kind === 'delta' ? known : { add: [], remove: [] };
  references.set(name.key, {
    kind: 'delta',
    add: name.range === '1-1' ? [...delta.add, ...dns] : delta.add,
    remove: name.range === '0-0' ? [...delta.remove, ...dns] : delta.remove,
  });
}

function incompleteRange(name: AttributeName): DirectoryError {
  return new DirectoryError('entry-malformed', `The values of ${name.key} came in part only (range ${name.range}).`);
}

function textsOf(reader: AttributeListReader, index: number): string[] {
  const texts: string[] = [];
  reader.eachValue(index, (start, end) => {
    texts.push(reader.bytes.toString('utf8', start, end));
  });
  return texts;
}

function wholeList(reader: AttributeListReader): Uint8Array {
  if (reader.count === 0) return joinAttributes([]);
  const parts = reader.bytes.subarray(reader.attributeStart(0), reader.attributeEnd(reader.count - 1));
  return joinAttributes([parts]);
}

/** Whether an anchor was made of the DN, because the entry showed none. */
export function isAnchorOfName(anchor: Uint8Array): boolean {
  return anchor.length > 16 && anchor[0] === 0x64 && anchor[1] === 0x6e && anchor[2] === 0x3a;
}

/** RFC 4530: 16 bytes in the order of the text. */
function uuidBytes(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return undefined;
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}
