/**
 * A channel's settings: checked when a person gives them, stored as JSON without any secret, and read back as strictly.
 */
import { z } from 'zod';
import { type Destination, parseDestination } from '../egress/destination.ts';
import { DeliveryError } from './delivery-error.ts';

const emailSettings = z.strictObject({
  smtp: z.string(),
  from: z.string(),
  to: z.array(z.string()).min(1),
  user: z.string().optional(),
  authority: z.string().optional(),
  allowPrivate: z.string().optional(),
});
export type EmailSettings = z.infer<typeof emailSettings>;

const webhookSettings = z.strictObject({
  url: z.string(),
  authority: z.string().optional(),
  allowPrivate: z.string().optional(),
});
export type WebhookSettings = z.infer<typeof webhookSettings>;

export type ChannelSettings =
  | { readonly kind: 'email'; readonly settings: EmailSettings }
  | { readonly kind: 'webhook'; readonly settings: WebhookSettings };

/** @throws {DeliveryError} `channel-malformed`: somebody else wrote them. */
export function readSettings(kind: 'email' | 'webhook', json: string): ChannelSettings {
  try {
    const value: unknown = JSON.parse(json);
    if (kind === 'email') return { kind, settings: emailSettings.parse(value) };
    return { kind, settings: webhookSettings.parse(value) };
  } catch (cause) {
    throw new DeliveryError('channel-malformed', undefined, { cause });
  }
}

/** Where the channel leads. @throws {EgressError} */
export function destinationOf(channel: ChannelSettings): Destination & { readonly url: URL } {
  if (channel.kind === 'email') {
    return parseDestination(channel.settings.smtp, ['smtp:', 'smtps:'], channel.settings.allowPrivate);
  }
  const { url, allowPrivate } = channel.settings;
  // Without TLS only within the operator's own network, where they said so.
  const protocols = allowPrivate === undefined ? ['https:'] : ['https:', 'http:'];
  return parseDestination(url, protocols, allowPrivate);
}

/** For people. A webhook's path often is a secret, so it is not told. */
export function targetWords(channel: ChannelSettings): string {
  if (channel.kind === 'email') return `${channel.settings.to.join(', ')} by ${channel.settings.smtp}`;
  const { protocol, host } = new URL(channel.settings.url);
  return `${protocol}//${host}`;
}
