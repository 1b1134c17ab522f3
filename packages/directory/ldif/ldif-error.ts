/**
 * Where and why an LDIF file was refused. The first complaint ends the reading: a file with one bad line may be wrong
 * anywhere, and half an import is worse than none.
 */
import type { DirectoryErrorCode } from '../error.ts';
import { DirectoryError } from '../error.ts';

/** A place in a file. */
export interface LdifPlace {
  /** As the caller named the file. */
  readonly fileName: string;
  /** The line on which the logical line began, from 1; 0 when the complaint is about the file. */
  readonly line: number;
}

export type LdifErrorCode = Extract<DirectoryErrorCode, `ldif-${string}`>;

/** The message is `file:line: what is wrong and how to mend it.` */
export class LdifError extends DirectoryError {
  override readonly name = 'LdifError';
  override readonly code: LdifErrorCode;
  readonly fileName: string;
  readonly line: number;

  constructor(code: LdifErrorCode, place: LdifPlace, sentence: string, options?: ErrorOptions) {
    super(code, `${place.fileName}${place.line > 0 ? `:${place.line}` : ''}: ${sentence}`, options);
    this.code = code;
    this.fileName = place.fileName;
    this.line = place.line;
  }
}
