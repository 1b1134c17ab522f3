/**
 * What an LDIF file holds (RFC 2849): entries, or changes of entries. And the bounds within which files are read.
 */
import type { AttributeValue, DirectoryEntry } from '../entry.ts';

/** An LDAP control sent along with a change (RFC 4511 4.1.11). */
export interface LdifControl {
  readonly oid: string;
  readonly critical: boolean;
  /** Absent and empty are different things to a server. */
  readonly value?: Uint8Array;
}

/** One step of a modify (RFC 4511 4.6, increment: RFC 4525). No values mean "all of them" for delete and replace. */
export interface LdifModification {
  readonly operation: 'add' | 'delete' | 'replace' | 'increment';
  /** The attribute's key, as in an entry. */
  readonly attribute: string;
  readonly values: readonly AttributeValue[];
}

interface ChangeOf {
  /** The target, as the file spells it; it parses. */
  readonly dn: string;
  readonly controls: readonly LdifControl[];
}

/** Either every record of a file is `content`, or none is. */
export type LdifRecordBody =
  | { readonly kind: 'content'; readonly entry: DirectoryEntry }
  | (ChangeOf & { readonly kind: 'add'; readonly entry: DirectoryEntry })
  | (ChangeOf & { readonly kind: 'delete' })
  | (ChangeOf & { readonly kind: 'modify'; readonly modifications: readonly LdifModification[] })
  | (ChangeOf & {
      readonly kind: 'rename';
      readonly newRdn: string;
      readonly deleteOldRdn: boolean;
      /** Absent: the entry stays below its parent. */
      readonly newSuperior?: string;
    });

/** A record as read. `line` is that of its DN, for whoever finds something wrong with it later. */
export type LdifRecord = LdifRecordBody & { readonly line: number };

export interface LdifLimits {
  /** One logical line (a folded one counts whole), in bytes. */
  readonly lineBytes: number;
  /** All lines of one record together, values by URL included, in bytes. This bounds the memory of a reader. */
  readonly recordBytes: number;
  /** Different attributes in one record, or steps in one modify. */
  readonly attributes: number;
  /** Values in one record. */
  readonly values: number;
}

/** Room for a group of half a million members. */
export const defaultLdifLimits: LdifLimits = {
  lineBytes: 16 * 1024 * 1024,
  recordBytes: 64 * 1024 * 1024,
  attributes: 4_096,
  values: 1_000_000,
};

export interface LdifOptions {
  /** Stands in error messages. Default `LDIF`; readLdifFile uses the path. */
  readonly fileName?: string;
  readonly limits?: Partial<LdifLimits>;
  /**
   * Allows values by URL (`jpegPhoto:< file:///…`) for regular files in or below this folder, symbolic links resolved.
   * Without it every such value is refused: an LDIF file from elsewhere must not read this machine's files.
   */
  readonly filesBelow?: string;
  readonly signal?: AbortSignal;
}

/** What one record is read with. */
export interface RecordContext {
  readonly fileName: string;
  readonly limits: LdifLimits;
  readonly filesBelow: string | undefined;
  /** What is left of `limits.recordBytes` for values by URL. */
  urlBytesLeft: number;
}
