/** Why a notice did not reach a channel. */
import { EgressError } from '../egress/error.ts';

/**
 * - `mail-login-refused`: the mail server does not take user and password, or wants some and has none.
 * - `mail-refused`: the mail server refuses this message for good. It is not tried again.
 * - `mail-postponed`: the mail server says to try later, or does not keep to the protocol.
 * - `webhook-refused`: the webhook answered something other than 2xx.
 * - `webhook-redirects`: the webhook answered with a redirect, which is never followed.
 * - `channel-secret-unreadable`: the key of this home does not open the channel's secret. Add the channel again.
 * - `channel-malformed`: the settings of the channel cannot be read. Add the channel again.
 */
export type DeliveryErrorCode =
  | 'mail-login-refused'
  | 'mail-refused'
  | 'mail-postponed'
  | 'webhook-refused'
  | 'webhook-redirects'
  | 'channel-secret-unreadable'
  | 'channel-malformed';

export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly code: DeliveryErrorCode;
  /** What the server answered, if it answered: `535`, `550 5.1.1`, `404`. */
  readonly status: string | undefined;

  constructor(code: DeliveryErrorCode, status?: string, options?: ErrorOptions) {
    super(status === undefined ? code : `${code} (${status})`, options);
    this.code = code;
    this.status = status;
  }
}

/** Code and status for people and the store: never the text of a server, which could hold anything. */
export function problemOf(error: unknown): string {
  if (error instanceof DeliveryError) return error.message;
  if (error instanceof EgressError) return error.code;
  throw error;
}

/** Whether another try would be refused as well. */
export function isFinal(error: unknown): boolean {
  return error instanceof DeliveryError && error.code === 'mail-refused';
}
