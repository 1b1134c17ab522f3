/** Why nothing went out to another machine. */

/**
 * - `address-not-allowed`: the address is one that no notice may go to, or needs the operator's word.
 * - `destination-malformed`: the URL is not of the wanted form.
 * - `name-not-resolved`: DNS has no address for the name.
 * - `connection-failed`: nobody listens there, or the connection broke off.
 * - `tls-refused`: the certificate is not trusted for that name, or there is no TLS.
 * - `no-answer-in-time`: what was asked for did not come within its time.
 */
export type EgressErrorCode =
  | 'address-not-allowed'
  | 'destination-malformed'
  | 'name-not-resolved'
  | 'connection-failed'
  | 'tls-refused'
  | 'no-answer-in-time';

/** The message names hosts and addresses, never a path or a secret. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
