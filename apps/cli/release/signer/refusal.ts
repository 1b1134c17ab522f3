/** The signer's "no" to a request, as whoever asked hears it; nothing is changed then. */
import type { SignerRefusalCode } from '@springline/auto-upgrade/hus/signer-message';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: SignerRefusalCode;

  constructor(code: SignerRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
