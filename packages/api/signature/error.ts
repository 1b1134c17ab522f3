/** Why a signed message was refused. The codes are those of the problem catalogue. */
export type SignatureErrorCode = 'signature-missing' | 'signature-malformed' | 'signature-invalid' | 'signature-stale';

export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly code: SignatureErrorCode;

  constructor(code: SignatureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
