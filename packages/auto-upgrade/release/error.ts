/**
 * The error of releases, archives, transports and patches, and the catalogue of its codes.
 *
 * Codes are public and stable: callers and documents switch on them, messages are for people. A refused transport or
 * patch is no verdict on the release: the next transport may do, and the hash of the archive decides in the end.
 */

/** Every code with its meaning. */
export const releaseErrors = {
  'malformed-archive': 'An archive or a tree of files is not in the one canonical form that releases use.',
  'malformed-patch': 'A patch is damaged, asks for what the old file does not hold, or makes more than was signed.',
  'malformed-recall': 'What a recall role says is missing parts, wrong, or of another component.',
  'malformed-release-facts':
    'The facts that an Image target carries about its release are missing, wrong or at odds with its path.',
  'malformed-target-path': 'A component, version or platform cannot be part of a target path.',
  'malformed-transport': 'A compressed file is damaged or truncated, or needs more memory than we give it.',
  'malformed-version': 'A version is not two to four numbers with points between them.',
  'transport-too-large': 'A compressed file holds more than was signed.',
} as const;

export type ReleaseErrorCode = keyof typeof releaseErrors;

/** A version, target path, release fact, recall, archive, transport or patch was refused. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  readonly code: ReleaseErrorCode;

  constructor(code: ReleaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
