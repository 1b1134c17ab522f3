/**
 * Reads one object of a directory and nothing else, for single-object synchronisation.
 */
import { SingleObjectError, type WantedObject } from '@springline/connect-sync/preview/synchronise-object';
import type { OpenedDirectory } from '@springline/connect-sync/run-profile/cycle';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import { normaliseDn } from '@springline/directory/dn';
import { decodeEntry } from '@springline/directory/ldap/decode-entry';
import type { DirectorySource, ImportSink, RawEntry, ReadEnd, ReadRequest } from '@springline/directory/source';
import type { Directories } from './directories.ts';
import { placeOf } from './directory-source.ts';
import type { Prepared } from './prepared.ts';
import { type LdapPlace, readOneOf } from './sources/open-source.ts';

/** The directory, with a source that reads this one object. */
export async function readOneObject(
  directories: Directories,
  prepared: Prepared,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<OpenedDirectory> {
  const opened = await directories.open(wanted.directory, signal);
  const configured = prepared.configuration.connectors.find(({ name }) => name === wanted.directory)!;
  const source =
    configured.source.kind === 'ldap'
      ? new OneLdapEntry(placeOf(configured.source), wanted.dn)
      : new OneOfFile(opened.source, wanted);
  return { ...opened, source };
}

/** Read by the DN that the object has; one that was renamed meanwhile is read by the next cycle. */
class OneLdapEntry implements DirectorySource {
  readonly #place: LdapPlace;
  readonly #dn: string;

  constructor(place: LdapPlace, dn: string) {
    this.#place = place;
    this.#dn = dn;
  }

  /** @throws {SingleObjectError} `object-out-of-scope` */
  async read(request: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    const take = (raw: RawEntry, anchor: Uint8Array): void => sink.entry(raw, anchor);
    const end = await readOneOf(this.#place, this.#dn, request, take, signal);
    if (end === 'out-of-scope') {
      throw new SingleObjectError(
        'object-out-of-scope',
        `no container and filter that the import takes in has ${this.#dn}; a cycle would not read it`,
      );
    }
    return { unmentionedAreGone: false };
  }
}

/** A file is read to its end for the sake of one entry. */
class OneOfFile implements DirectorySource {
  readonly #file: DirectorySource;
  readonly #wanted: WantedObject;

  constructor(file: DirectorySource, wanted: WantedObject) {
    this.#file = file;
    this.#wanted = wanted;
  }

  async read(request: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    const dnKey = normaliseDn(this.#wanted.dn);
    const nothing = (): void => undefined;
    const entry = (raw: RawEntry, anchor?: Uint8Array): void => {
      const found = decodeEntry(raw);
      if (normaliseDn(found.dn) === dnKey) sink.entry(encodeEntry(found), anchor);
    };
    const only: ImportSink = { entry, changes: nothing, gone: nothing, present: nothing, page: nothing };
    await this.#file.read(request, only, signal);
    return { unmentionedAreGone: false };
  }
}
