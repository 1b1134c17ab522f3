/**
 * The error of update trust and the catalogue of its codes. Codes are public and stable: agents report them and documents
 * explain them; messages are for people, say which file and which field, and quote outside text only in part.
 */

/** Every code with its meaning. */
export const trustErrors = {
  'malformed-metadata': 'A metadata file is not JSON of the form that TUF section 4 asks for.',
  'metadata-too-large': 'A metadata file has more bytes, values or keys than the limit for its role.',
  'metadata-too-deep': 'A metadata file nests deeper than 64 levels.',
  'wrong-metadata-type': 'A metadata file is of another role than the one asked for.',
  'unsupported-spec-version': 'A metadata file was written for another major version of TUF than 1.',
  'below-threshold': 'Fewer distinct keys of the role than its threshold have signed the file.',
  'version-rollback': 'A served version is lower than one that was trusted before.',
  'version-mismatch': 'The version inside a file is not the one that was asked for.',
  'metadata-expired': 'A file is past its expiry: the repository stands still, or somebody holds newer files back.',
  'hash-mismatch': 'A file does not have the hashes that the signed metadata gives.',
  'length-mismatch': 'A file does not have the length that the signed metadata gives.',
  'missing-hash': 'A target or metadata file is listed without a SHA-256 or SHA-512 hash.',
  'metadata-missing': 'The repository lacks a metadata file, or a snapshot stopped listing one.',
  'unsafe-name': 'A target path could lead out of its folder, or means different files on different systems.',
  'pin-mismatch': 'The first root is not the one whose SHA-256 was pinned, or the store holds another one.',
  'no-trusted-root': 'There is no root to start from.',
  'trust-store-damaged': 'The stored root cannot be read or does not verify; a person must look.',
  'not-in-image': 'The Image repository does not list the target.',
  'not-in-director': 'The Director repository does not list the target.',
  'targets-disagree': 'The two repositories list the target with different lengths or hashes.',
  'unsupported-delegation':
    'A targets file delegates in a way that is not understood: by path hashes, more than one level deep, to too many roles, or to a role with an unsafe name.',
  'wrong-role': 'The Image repository lists the target in another role than the one that may vouch for it.',
  'too-many-roots': 'There are more new roots than one refresh walks; the next one goes on from here.',
} as const;

export type TrustErrorCode = keyof typeof trustErrors;

/** Metadata or a target was refused. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
  readonly code: TrustErrorCode;

  constructor(code: TrustErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Outside text as a part of a message: quoted, without control characters, at most 80 characters of it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
