/** The error of the PKS bridge and the catalogue of its codes. Codes are stable; messages are for people. */

/** Every code with its meaning. */
export const pksErrors = {
  'pks-request-malformed': 'A request of the PKS channel does not have its shape. The message names the field.',
  'pks-answer-malformed': 'The answer of the PKS channel is damaged, too large, or says more than a bridge answer may.',
  'pks-answer-unsigned': 'Too few keys of the Image repository have signed the answer. Nothing of it is used.',
  'pks-answer-other-component': 'The answer is genuine, but names the bridge of another component.',
  'pks-answer-other-root': 'The answer pins another Image root than the one that is trusted here.',
} as const;

export type PksErrorCode = keyof typeof pksErrors;

/** A request or an answer of the PKS channel was refused. Never carries a product key. */
export class PksError extends Error {
  override readonly name = 'PksError';
  readonly code: PksErrorCode;

  constructor(code: PksErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
