/**
 * Refusals of the release side. `code` is stable; the message is a sentence that says where and what to do.
 */
export type KeyErrorCode =
  | 'keys-exist'
  | 'keys-missing'
  | 'keys-lost'
  | 'keys-incomplete'
  | 'key-file-damaged'
  | 'key-passphrase-wrong'
  | 'key-passphrase-missing'
  | 'key-profile-unavailable'
  | 'key-profile-malformed';

/** A key could not be made, found or opened. Never carries key material or a passphrase. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type PublishErrorCode =
  | 'release-in-progress'
  | 'release-lock-lost'
  | 'release-lock-unusable'
  | 'release-tree-damaged'
  | 'release-record-damaged'
  | 'release-source-unusable'
  | 'release-component-unknown'
  | 'release-platform-unsupported'
  | 'release-break-refused'
  | 'release-notes-too-long'
  | 'release-version-unknown'
  | 'release-version-taken'
  | 'release-number-taken'
  | 'release-facts-contradict'
  | 'recall-reason-malformed';

/** Nothing was published. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code: PublishErrorCode;

  constructor(code: PublishErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
