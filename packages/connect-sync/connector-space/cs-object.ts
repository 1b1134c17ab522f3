/**
 * A connector space object as `cs-object` XML, the form in which the field's tools export and read them: the holograms
 * as they are, and the changes between them as deltas. Pure.
 */
import { type CsValue, decodeHologram, emptyHologram, type Hologram } from './hologram.ts';
import { isReferenceAttribute } from './object-view.ts';
import type { CsRow, ReferenceRow } from './store.ts';

export interface CsObjectFacts {
  readonly row: CsRow;
  readonly connector: string;
  /** GUID of the metaverse object. */
  readonly metaverseId: string | undefined;
  readonly references: readonly ReferenceRow[];
  /** DN of what a reference leads to. */
  nameOf(target: ReferenceRow['target']): string;
}

type Operation = 'none' | 'add' | 'update' | 'delete' | 'delete-add';
type References = ReadonlyMap<string, readonly string[]>;

/** @param limit characters; what is longer is cut at the end of an attribute, and an XML comment says so. */
export function csObjectXml(facts: CsObjectFacts, limit: number): string {
  const { row } = facts;
  const writer = new XmlWriter(limit);
  const of = (stored: CsRow['hologram']): Hologram => (stored === null ? emptyHologram : decodeHologram(stored));
  const known = row.unconfirmed ?? row.hologram;
  const isCloud = row.desired !== null || row.pendingExport !== 'none' || row.link === 'provisioned';
  const isOld = row.pendingImport === 'update' && row.synchronized === null;
  writer.open('cs-objects');
  writer.open('cs-object', { 'cs-dn': row.dn, id: String(row.id), 'object-type': row.type });
  if (isCloud && row.pendingExport !== 'none') {
    writer.open('unapplied-export');
    delta(writer, row, row.pendingExport, of(known), of(row.desired), pendingReferences(facts));
    writer.close();
  }
  if (row.unconfirmed !== null) {
    writer.open('escrowed-export');
    delta(writer, row, row.hologram === null ? 'add' : 'update', of(row.hologram), of(row.unconfirmed), []);
    writer.close();
  }
  if (row.pendingImport !== 'none' && !isOld) {
    writer.open('pending-import');
    delta(writer, row, row.pendingImport, of(row.synchronized), of(row.hologram), []);
    writer.close();
  }
  const all = referencesBy(
    facts,
    ({ state }) => state !== 'gone' && state !== 'pending-delete' && state !== 'sent-delete',
  );
  const there = referencesBy(facts, ({ state }) => state !== 'gone' && state !== 'pending-add');
  if (row.pendingImport !== 'add' && (row.synchronized ?? row.hologram) !== null) {
    hologram(writer, 'synchronized-hologram', row, of(row.synchronized ?? row.hologram), there);
  }
  if (row.desired !== null) hologram(writer, 'unapplied-export-hologram', row, of(row.desired), all);
  if (row.unconfirmed !== null) hologram(writer, 'escrowed-export-hologram', row, of(row.unconfirmed), there);
  if (row.pendingImport !== 'none' && row.pendingImport !== 'delete' && !isOld && row.hologram !== null) {
    hologram(writer, 'pending-import-hologram', row, of(row.hologram), there);
  }
  state(writer, facts);
  writer.close();
  writer.close();
  return writer.text();
}

function state(writer: XmlWriter, { row, connector, metaverseId }: CsObjectFacts): void {
  writer.leaf('ma-name', {}, connector);
  if (metaverseId !== undefined)
    writer.leaf('mv-link', { 'lineage-type': row.link ?? '' }, `{${metaverseId.toUpperCase()}}`);
  writer.leaf('transient', {}, row.isTransient ? '1' : '0');
  if (row.fault === null) return;
  const { code, message, firstSeenAt, lastSeenAt, retryCount } = row.fault;
  writer.open('error');
  writer.leaf('error-type', {}, code);
  writer.leaf('error-name', {}, message);
  writer.leaf('date-occurred', {}, new Date(lastSeenAt).toISOString());
  writer.leaf('first-occurred', {}, new Date(firstSeenAt).toISOString());
  writer.leaf('retry-count', {}, String(retryCount));
  writer.close();
}

function hologram(writer: XmlWriter, element: string, row: CsRow, attributes: Hologram, references: References): void {
  writer.open(element);
  writer.open('entry', { dn: row.dn });
  anchor(writer, row);
  writer.leaf('primary-objectclass', {}, row.type);
  for (const [name, values] of sorted(attributes)) {
    writer.attribute(
      name,
      typeOf(name, values[0]),
      values.length > 1,
      undefined,
      values.map((value) => ({ value })),
    );
  }
  for (const [name, targets] of sorted(references)) {
    writer.attribute(
      name,
      'reference',
      true,
      undefined,
      targets.map((value) => ({ value })),
    );
  }
  writer.close();
  writer.close();
}

interface ReferenceDelta {
  readonly attribute: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function delta(
  writer: XmlWriter,
  row: CsRow,
  operation: Operation,
  before: Hologram,
  after: Hologram,
  references: readonly ReferenceDelta[],
): void {
  writer.open('delta', { operation, dn: row.dn });
  anchor(writer, row);
  if (operation !== 'delete') {
    writer.leaf('primary-objectclass', {}, row.type);
    for (const [name, values] of sorted(after)) {
      const old = before.get(name);
      if (old !== undefined && textsOf(old) === textsOf(values)) continue;
      writer.attribute(name, typeOf(name, values[0]), values.length > 1, old === undefined ? 'add' : 'update', [
        ...(old ?? []).map((value) => ({ value, operation: 'delete' as const })),
        ...values.map((value) => ({ value, operation: 'add' as const })),
      ]);
    }
    for (const [name, values] of sorted(before)) {
      if (!after.has(name)) writer.attribute(name, typeOf(name, values[0]), values.length > 1, 'delete', []);
    }
    for (const { attribute, added, removed } of references) {
      writer.attribute(attribute, 'reference', true, 'update', [
        ...removed.map((value) => ({ value, operation: 'delete' as const })),
        ...added.map((value) => ({ value, operation: 'add' as const })),
      ]);
    }
  }
  writer.close();
}

function anchor(writer: XmlWriter, row: CsRow): void {
  if (row.anchor === null) return;
  const text = typeof row.anchor === 'string' ? Buffer.from(row.anchor) : Buffer.from(row.anchor);
  writer.leaf('anchor', { encoding: 'base64' }, text.toString('base64'));
}

function pendingReferences({ references, nameOf }: CsObjectFacts): readonly ReferenceDelta[] {
  const names = [...new Set(references.map(({ attribute }) => attribute))].sort();
  const targets = (attribute: string, wanted: string): string[] =>
    references
      .filter((reference) => reference.attribute === attribute && reference.state === wanted)
      .map(({ target }) => nameOf(target));
  return names
    .map((attribute) => ({
      attribute,
      added: targets(attribute, 'pending-add'),
      removed: targets(attribute, 'pending-delete'),
    }))
    .filter(({ added, removed }) => added.length + removed.length > 0);
}

function referencesBy(
  { references, nameOf }: CsObjectFacts,
  isShown: (reference: ReferenceRow) => boolean,
): References {
  const found = new Map<string, string[]>();
  for (const reference of references.filter(isShown)) {
    const targets = found.get(reference.attribute) ?? [];
    found.set(reference.attribute, targets);
    targets.push(nameOf(reference.target));
  }
  return found;
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function textsOf(values: readonly CsValue[]): string {
  return JSON.stringify(values.map(textOf).sort());
}

function textOf(value: CsValue): string {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
    : String(value);
}

function typeOf(name: string, value: CsValue | undefined): string {
  if (value instanceof Uint8Array) return 'binary';
  if (typeof value === 'number') return 'integer';
  if (typeof value === 'boolean') return 'boolean';
  return isReferenceAttribute(name) ? 'reference' : 'string';
}

interface AttributeValue {
  readonly value: CsValue;
  readonly operation?: 'add' | 'delete';
}

/** Writes elements until the limit is reached; every element that was opened is closed. */
class XmlWriter {
  readonly #parts = ['<?xml version="1.0" encoding="UTF-8"?>\n'];
  readonly #open: string[] = [];
  #left: number;
  #isCut = false;

  constructor(limit: number) {
    // Room for what closes the document.
    this.#left = limit - 512;
  }

  open(element: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#write(`${this.#indent()}<${element}${attributesText(attributes)}>\n`);
    this.#open.push(element);
  }

  close(): void {
    const element = this.#open.pop()!;
    this.#parts.push(`${this.#indent()}</${element}>\n`);
  }

  leaf(element: string, attributes: Readonly<Record<string, string>>, text: string): void {
    this.#optional(`${this.#indent()}<${element}${attributesText(attributes)}>${escaped(text)}</${element}>\n`);
  }

  attribute(
    name: string,
    type: string,
    isMultiValued: boolean,
    operation: string | undefined,
    values: readonly AttributeValue[],
  ): void {
    const about = { name, ...(operation === undefined ? {} : { operation }), type, multivalued: String(isMultiValued) };
    const indent = this.#indent();
    const lines = values.map(({ value, operation: change }) => {
      const encoding: Record<string, string> = value instanceof Uint8Array ? { encoding: 'base64' } : {};
      const words = attributesText({ ...(change === undefined ? {} : { operation: change }), ...encoding });
      return `${indent}  <value${words}>${escaped(textOf(value))}</value>\n`;
    });
    this.#optional(`${indent}<attr${attributesText(about)}>\n${lines.join('')}${indent}</attr>\n`);
  }

  text(): string {
    return this.#parts.join('');
  }

  /** Left out, once, with a word, when there is no room for it. */
  #optional(text: string): void {
    if (this.#isCut) return;
    if (text.length > this.#left) {
      this.#isCut = true;
      this.#parts.push(`${this.#indent()}<!-- cut here: the object is larger than what is shown -->\n`);
      return;
    }
    this.#write(text);
  }

  #write(text: string): void {
    this.#left -= text.length;
    this.#parts.push(text);
  }

  #indent(): string {
    return '  '.repeat(this.#open.length);
  }
}

function attributesText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 cannot hold becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => entities[character]!)
    .replaceAll(/[\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
