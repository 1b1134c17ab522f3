/**
 * The directory that this agent reads: an LDIF file or an LDAP server, as a stream of entries.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseDn } from '@springline/directory/dn';
import { type DirectoryEntry, valuesOf } from '@springline/directory/entry';
import { LdapError } from '@springline/directory/ldap/error';
import { detectDirectoryKind, type LdapServer, readSubtree } from '@springline/directory/ldap/reader';
import { LdifError } from '@springline/directory/ldif/ldif-error';
import { readLdifFile } from '@springline/directory/ldif/read-ldif';
import type { SourceConfiguration } from './configuration.ts';

export type DirectoryKind = 'active-directory' | 'openldap';

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
/** Entries of a file looked at to tell what kind of directory it is from; exports begin with their base. */
const inspectedEntries = 1_000;

/** What people see as the source: a file or a URL with its base, never a password. */
export function describeSource(source: SourceConfiguration): string {
  return source.kind === 'ldif' ? source.file : `${source.url} ${source.baseDn}`;
}

/**
 * What kind of directory it is and where its tree begins: asked of the server, or read from the first entries of the
 * file.
 *
 * @throws {LdapError | LdifError | SourceError}
 */
export async function inspectSource(source: SourceConfiguration): Promise<DirectoryFacts> {
  if (source.kind === 'ldap') return { kind: await detectDirectoryKind(serverOf(source)), baseDn: source.baseDn };
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

/** Entries of the source, to its end; throws when the end may not be the end. */
export async function* readSource(
  source: SourceConfiguration,
  attributes: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncIterable<DirectoryEntry> {
  if (source.kind === 'ldif') yield* readStableLdif(source.file);
  else
    yield* readSubtree(serverOf(source), { filter: '(objectClass=*)', attributes: wireAttributes(attributes) }, signal);
}

/** The anchors and classes are read whatever the rules say: without them no entry can be placed. */
function wireAttributes(attributes: ReadonlySet<string>): string[] {
  return [...new Set(['objectClass', 'objectGUID', 'entryUUID', ...attributes])];
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
export function fileState(file: string): string {
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

function serverOf(source: Extract<SourceConfiguration, { kind: 'ldap' }>): LdapServer {
  const { url, baseDn, bindDn, passwordFile, caFile, startTls } = source;
  if (bindDn !== undefined && passwordFile === undefined) {
    throw new LdapError(
      'ldap-credentials',
      `a bind DN needs its password: give the file that holds it with --bind-dn-password-file`,
    );
  }
  return {
    url,
    baseDn,
    startTls,
    ...(bindDn === undefined ? {} : { bind: { dn: bindDn, password: readPassword(passwordFile!) } }),
    ...(caFile === undefined ? {} : { caPem: readText(caFile) }),
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
