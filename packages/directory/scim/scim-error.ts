/**
 * Refusals of a SCIM request (RFC 7644 3.12). Everything in a ScimError may be shown to the caller; how it goes over the
 * wire is the server's part.
 */

/** The keywords of RFC 7644 table 9 that reads can meet. */
export type ScimType = 'invalidFilter' | 'invalidPath' | 'invalidValue' | 'tooMany';

/** A request was refused. `scimType` is absent where the RFC defines none, as for 404. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  /** Where in the filter or path the fault is, counted in UTF-16 units from 1. */
  readonly column: number | undefined;

  constructor(
    scimType: ScimType | undefined,
    message: string,
    options: ErrorOptions & { status?: number; column?: number } = {},
  ) {
    super(options.column === undefined ? message : `${message} (column ${options.column})`, options);
    this.scimType = scimType;
    this.status = options.status ?? 400;
    this.column = options.column;
  }
}
