/**
 * The directories that this agent reads: what kind each is, and how it is opened. Files are read whole; LDAP servers by
 * whatever feed of changes they have.
 */
import { readFileSync, statSync } from 'node:fs';
import { csvSource } from '@springline/directory/csv/csv-source';
import { parseDn } from '@springline/directory/dn';
import { type DirectoryEntry, valuesOf } from '@springline/directory/entry';
import { EntrySource } from '@springline/directory/entry-source';
import { LdapConnection } from '@springline/directory/ldap/connection';
import type { LdapEndpoint } from '@springline/directory/ldap/endpoint';
import { LdapError } from '@springline/directory/ldap/error';
import { pagedSearch } from '@springline/directory/ldap/paged-search';
import { detectLdapSource } from '@springline/directory/ldap/sources/detect-source';
import { LdifError } from '@springline/directory/ldif/ldif-error';
import { readLdifFile } from '@springline/directory/ldif/read-ldif';
import type { DirectorySource } from '@springline/directory/source';
import type { CsvSourceConfiguration, LdapSourceConfiguration, SourceConfiguration } from './source-configuration.ts';
import type { LdapPlace } from './sources/open-source.ts';

export type DirectoryKind = 'active-directory' | 'openldap' | 'ldap' | 'csv';

/** The source cannot be read. `code` is stable, the message says what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: 'source-unreadable' | 'source-changing' | 'password-unreadable';

  constructor(code: SourceError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface DirectoryFacts {
  readonly kind: DirectoryKind;
  readonly baseDn: string;
}

const passwordLimitBytes = 4_096;
const inspectionMs = 60_000;
const pageSize = 1_000;
/** Entries of a file looked at to tell what kind of directory it is from; exports begin with their base. */
const inspectedEntries = 1_000;

/** What people see as the source: a file or a URL with its base, never a password. */
export function describeSource(source: SourceConfiguration): string {
  return source.kind === 'ldap' ? `${source.urls.join(' ')} ${source.baseDn}` : source.file;
}

/**
 * What kind of directory it is and where its tree begins: asked of the server, or read from the first entries of the
 * file. Rows of a CSV file have no tree: its base is the root.
 *
 * @throws {LdapError | LdifError | CsvError | SourceError}
 */
export async function inspectSource(
  source: SourceConfiguration,
  signal: AbortSignal = AbortSignal.timeout(inspectionMs),
): Promise<DirectoryFacts> {
  if (source.kind === 'csv') return { kind: 'csv', baseDn: '' };
  if (source.kind === 'ldap') {
    const { kind } = await detectLdapSource(endpointOf(source), signal);
    return { kind, baseDn: source.baseDn };
  }
  let kind: DirectoryKind = 'openldap';
  let baseDn: string | undefined;
  let looked = 0;
  for await (const entry of readLdifEntries(source.file)) {
    baseDn ??= entry.dn;
    if (parseDn(entry.dn).length < parseDn(baseDn).length) baseDn = entry.dn;
    if (valuesOf(entry, 'objectGUID').length > 0 || valuesOf(entry, 'sAMAccountName').length > 0)
      kind = 'active-directory';
    looked += 1;
    if (looked >= inspectedEntries) break;
  }
  if (baseDn === undefined) {
    throw new SourceError(
      'source-unreadable',
      `${source.file} has no entry. Give an LDIF file with at least its base entry.`,
    );
  }
  return { kind, baseDn };
}

/** How a file is read. Opening asks nobody; reading does. */
export function openFile(source: Exclude<SourceConfiguration, LdapSourceConfiguration>): DirectorySource {
  return source.kind === 'csv' ? openCsv(source) : new EntrySource(() => readStableLdif(source.file));
}

/** Reads a source from beginning to end and counts what it has. @throws when the end may not be the end. */
export async function countEntries(source: SourceConfiguration, signal: AbortSignal): Promise<number> {
  let count = 0;
  const entry = (): void => {
    count += 1;
  };
  if (source.kind === 'ldap') {
    using connection = await LdapConnection.open(endpointOf(source), signal);
    const { baseDn, filter = '(objectClass=*)' } = source;
    const search = { baseDn, scope: 'sub' as const, filter, attributes: ['1.1'] };
    await pagedSearch(connection, search, pageSize, { entry }, signal);
    return count;
  }
  const nothing = (): void => undefined;
  await openFile(source).read(
    { cookie: undefined, attributes: new Set() },
    { entry, changes: nothing, gone: nothing, present: nothing, page: nothing },
    signal,
  );
  return count;
}

function openCsv({
  file,
  key,
  objectType,
  delimiter,
  attributes,
  multiValued,
}: CsvSourceConfiguration): DirectorySource {
  return csvSource({
    path: file,
    keyColumn: key,
    objectType,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(attributes === undefined ? {} : { attributes: new Map(Object.entries(attributes)) }),
    ...(multiValued === undefined ? {} : { multiValued }),
  });
}

/** An LDIF file that changes while it is read may have been read half. */
async function* readStableLdif(file: string): AsyncIterable<DirectoryEntry> {
  const before = fileState(file);
  yield* readLdifEntries(file);
  if (fileState(file) !== before) {
    throw new SourceError('source-changing', `${file} changed while it was read; it is read again.`);
  }
}

async function* readLdifEntries(file: string): AsyncIterable<DirectoryEntry> {
  for await (const record of readLdifFile(file)) {
    if (record.kind !== 'content') {
      throw new LdifError(
        'ldif-bad-changetype',
        { fileName: file, line: record.line },
        'This file holds changes, not entries. Give an export of the directory.',
      );
    }
    yield record.entry;
  }
}

/** Size, times and inode: whatever an editor does to a file, one of them changes. */
function fileState(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return cause;
  return new SourceError('source-unreadable', `${file} cannot be read (${message}). Check the path and its rights.`, {
    cause,
  });
}

/** Where an LDAP source is, and what of it is read. @throws {LdapError | SourceError} */
export function placeOf(source: LdapSourceConfiguration): LdapPlace {
  const { baseDn, include, exclude, filter } = source;
  return {
    endpoint: endpointOf(source),
    baseDn,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(filter === undefined ? {} : { filter }),
  };
}

export function endpointOf(source: LdapSourceConfiguration): LdapEndpoint {
  const { urls, bindDn, passwordFile, caFile, certificateFile, keyFile, startTls, allowClearText } = source;
  if (bindDn !== undefined && passwordFile === undefined) {
    throw new LdapError(
      'ldap-credentials',
      `a bind DN needs its password: give the file that holds it with --bind-dn-password-file`,
    );
  }
  const external =
    certificateFile === undefined
      ? {}
      : { bind: { kind: 'external' as const, certPem: readText(certificateFile), keyPem: readText(keyFile!) } };
  return {
    urls,
    startTls,
    ...(bindDn === undefined
      ? external
      : { bind: { kind: 'simple' as const, dn: bindDn, password: readPassword(passwordFile!) } }),
    ...(caFile === undefined ? {} : { caPem: readText(caFile) }),
    ...(allowClearText === undefined ? {} : { allowClearText }),
  };
}

/** The first line of the file; an editor's line end is not part of a password. */
function readPassword(file: string): string {
  const text = readText(file);
  if (text.length > passwordLimitBytes)
    throw new SourceError('password-unreadable', `${file} is too long for a password file`);
  const [password = ''] = text.split(/\r?\n/);
  // RFC 4513 5.1.2: a bind with a DN and no password succeeds as nobody on many servers.
  if (password === '')
    throw new SourceError('password-unreadable', `${file} is empty; it must hold the password in its first line`);
  return password;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
