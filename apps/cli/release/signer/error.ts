/** What keeps the signer from its work. `code` is stable; the message says where and what to do. */
export type SignerErrorCode =
  | 'signer-record-damaged'
  | 'signer-record-full'
  | 'signer-register-damaged'
  | 'signer-register-full'
  | 'approvers-malformed'
  | 'approver-exists'
  | 'approver-unknown';

export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerErrorCode;

  constructor(code: SignerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
