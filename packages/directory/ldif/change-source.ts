/**
 * An LDIF file with change records (RFC 2849) as a source of what changed. Records name their entries by DN, so the importing
 * side is asked which object that is, record by record: what earlier records of the file did is known by then.
 *
 * Values that are added or deleted one by one are told so; what replaces all is told whole. What only the directory that has
 * the entry can work out (`increment:`) is refused, and so is a change of an entry that nobody knows: such a file does not
 * belong to what was read before. Holds one record.
 */

import { encodeEntry } from '../attribute-list/encode.ts';
import { parseAttributeDescription } from '../attribute-name.ts';
import { parseDn, type Rdn, rdnOf, renameDn } from '../dn.ts';
import { type AttributeValue, attributeValueFromBytes } from '../entry.ts';
import type { DirectorySource, ImportSink } from '../source.ts';
import { LdifError } from './ldif-error.ts';
import { readLdifFile } from './read-ldif.ts';
import type { LdifModification, LdifOptions, LdifRecord } from './record.ts';

export interface LdifChangeFile {
  /** Absolute path. */
  readonly path: string;
  /** The attribute that names objects for good, and the value that it has for an anchor. */
  readonly anchorAttribute: string;
  anchorValue(anchor: Uint8Array): AttributeValue;
  /** The object that is held under this DN now; undefined when there is none. */
  anchorOf(dn: string): Uint8Array | undefined;
  readonly options?: LdifOptions;
}

/** Records handed over before they are committed. */
const recordsPerPage = 1_000;

/** Its reads end without anything being gone that the file does not name. @throws {LdifError} from its reads */
export function ldifChangeSource(file: LdifChangeFile): DirectorySource {
  return {
    async read(_request, sink, signal) {
      let count = 0;
      for await (const record of readLdifFile(file.path, { ...file.options, signal })) {
        apply(record, file, sink);
        count += 1;
        if (count % recordsPerPage === 0) sink.page(undefined);
      }
      sink.page(undefined);
      return { unmentionedAreGone: false };
    },
  };
}

function apply(record: LdifRecord, file: LdifChangeFile, sink: ImportSink): void {
  switch (record.kind) {
    case 'content':
      throw refusal('ldif-bad-changetype', record, file, 'This file holds entries, not changes. Read it as a whole.');
    case 'add':
      sink.entry(encodeEntry(record.entry));
      return;
    case 'delete':
      sink.gone(anchorOf(record.dn, record, file));
      return;
    case 'modify':
      tell(record.dn, record, modified(record.modifications, record, file), file, sink);
      return;
    case 'rename': {
      const dn = renameDn(record.dn, record.newRdn, record.newSuperior);
      tell(dn, record, renamed(record.dn, record.newRdn, record.deleteOldRdn), file, sink);
    }
  }
}

function tell(
  dn: string,
  record: Extract<LdifRecord, { readonly dn: string }>,
  parts: readonly (readonly [string, readonly AttributeValue[]])[],
  file: LdifChangeFile,
  sink: ImportSink,
): void {
  const anchor = anchorOf(record.dn, record, file);
  const attributes = new Map([[file.anchorAttribute, [file.anchorValue(anchor)]] as const, ...parts]);
  sink.changes(encodeEntry({ dn, attributes }));
}

function anchorOf(dn: string, record: LdifRecord, file: LdifChangeFile): Uint8Array {
  const anchor = file.anchorOf(dn);
  if (anchor !== undefined) return anchor;
  const why = 'The record changes an entry that is not known. Give an export of the whole directory first.';
  throw refusal('ldif-bad-change', record, file, why);
}

/** What the steps of a modify do to one attribute together: all values, or some more and some less. */
interface Effect {
  whole: Map<string, AttributeValue> | undefined;
  readonly added: Map<string, AttributeValue>;
  readonly removed: Map<string, AttributeValue>;
}

function modified(
  modifications: readonly LdifModification[],
  record: LdifRecord,
  file: LdifChangeFile,
): (readonly [string, readonly AttributeValue[]])[] {
  const effects = new Map<string, Effect>();
  for (const { operation, attribute, values } of modifications) {
    if (operation === 'increment') {
      const why = `\`increment: ${attribute}\` needs the value before. Write \`replace:\` with the new one.`;
      throw refusal('ldif-bad-change', record, file, why);
    }
    const effect = effects.get(attribute) ?? { whole: undefined, added: new Map(), removed: new Map() };
    effects.set(attribute, effect);
    if (operation === 'replace' || (operation === 'delete' && values.length === 0)) {
      effect.whole = new Map(values.map((value) => [keyOf(value), value]));
    } else for (const value of values) change(effect, operation, value);
  }
  return [...effects].flatMap(([attribute, effect]) => partsOf(attribute, effect));
}

function change({ whole, added, removed }: Effect, operation: 'add' | 'delete', value: AttributeValue): void {
  const key = keyOf(value);
  if (whole !== undefined) {
    if (operation === 'add') whole.set(key, value);
    else whole.delete(key);
    return;
  }
  const [to, from] = operation === 'add' ? [added, removed] : [removed, added];
  from.delete(key);
  to.set(key, value);
}

/** The ranges of MS-ADTS 3.1.1.3.4.1.3, which the importing side knows from DirSync. */
function partsOf(
  attribute: string,
  { whole, added, removed }: Effect,
): (readonly [string, readonly AttributeValue[]])[] {
  if (whole !== undefined) return [[attribute, [...whole.values()]]];
  const parts: (readonly [string, readonly AttributeValue[]])[] = [];
  if (removed.size > 0) parts.push([`${attribute};range=0-0`, [...removed.values()]]);
  if (added.size > 0) parts.push([`${attribute};range=1-1`, [...added.values()]]);
  return parts;
}

/** RFC 4511 4.9: the new name's values are the entry's, and the old name's are not any more, where it says so. */
function renamed(dn: string, newRdn: string, deleteOldRdn: boolean): (readonly [string, readonly AttributeValue[]])[] {
  const effects = new Map<string, Effect>();
  const steps: (readonly ['add' | 'delete', Rdn])[] = [
    ...(deleteOldRdn ? [['delete', parseDn(rdnOf(dn))[0]!] as const] : []),
    ['add', parseDn(newRdn)[0]!],
  ];
  for (const [operation, rdn] of steps) {
    for (const { type, value } of rdn) {
      const description = parseAttributeDescription(type);
      const effect = effects.get(description.key) ?? { whole: undefined, added: new Map(), removed: new Map() };
      effects.set(description.key, effect);
      change(effect, operation, typeof value === 'string' ? value : attributeValueFromBytes(description, value));
    }
  }
  return [...effects].flatMap(([attribute, effect]) => partsOf(attribute, effect));
}

function keyOf(value: AttributeValue): string {
  return typeof value === 'string' ? `t${value.toLowerCase()}` : `b${Buffer.from(value).toString('hex')}`;
}

function refusal(
  code: 'ldif-bad-change' | 'ldif-bad-changetype',
  { line }: LdifRecord,
  file: LdifChangeFile,
  sentence: string,
): LdifError {
  return new LdifError(code, { fileName: file.options?.fileName ?? file.path, line }, sentence);
}
