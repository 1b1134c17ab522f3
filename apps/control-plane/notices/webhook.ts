/**
 * Notices as signed webhooks, in the form of Standard Webhooks: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature: v1,<base64 of HMAC-SHA256>` over `id.timestamp.body`. The id is that of the notice and stays the
 * same over retries; the timestamp is that of the try, so that a receiver can refuse old ones.
 */
import { createHmac } from 'node:crypto';
import type { Random } from '@springline/ports/random';
import { postOnce } from '../egress/post.ts';
import { destinationOf, type WebhookSettings } from './channel.ts';
import { DeliveryError } from './delivery-error.ts';
import type { Sending } from './email.ts';
import { type Notice, noticeIdHeader } from './notice.ts';

const secretPrefix = 'whsec_';
const secretBytes = 32;

export function newWebhookSecret(random: Random): string {
  return `${secretPrefix}${Buffer.from(random.bytes(secretBytes)).toString('base64')}`;
}

/** `v1,…` for one message; `timestamp` in seconds since 1970. */
export function webhookSignature(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * One try. Resolves when the receiver answered 2xx.
 *
 * @throws {EgressError} {DeliveryError}
 */
export async function sendWebhook(
  settings: WebhookSettings,
  secret: string,
  notice: Notice,
  { now, signal, resolve }: Sending,
): Promise<void> {
  const destination = destinationOf({ kind: 'webhook', settings });
  const { id, kind, subject, text, detail, createdAt } = notice;
  const body = JSON.stringify({
    type: kind,
    timestamp: new Date(createdAt).toISOString(),
    data: { noticeId: id, subject, text, detail },
  });
  const timestamp = Math.floor(now / 1000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'springline',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': webhookSignature(secret, id, timestamp, body),
    [noticeIdHeader]: id,
  };
  const { url } = destination;
  const status = await postOnce({ destination, url, authority: settings.authority, headers, body }, signal, resolve);
  if (status >= 300 && status < 400) throw new DeliveryError('webhook-redirects', String(status));
  if (status < 200 || status >= 300) throw new DeliveryError('webhook-refused', String(status));
}
