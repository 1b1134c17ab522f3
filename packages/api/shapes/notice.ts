/** Notices, and the channels by which they go out: e-mail and signed webhooks. */
import { z } from 'zod';
import { givenName } from './access.ts';
import { code, instant, uuid } from './text.ts';

const hostName = z.string().min(1).max(253);
/** `local@domain`, ASCII, as mail servers take it without extensions. */
const mailAddress = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'an address such as ops@example.org');
/** PEM of the authority that signed the server's certificate, where the system does not know it. */
const authority = z
  .string()
  .max(16_384)
  .regex(/^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+-----END CERTIFICATE-----\s*$/, 'certificates in PEM')
  .optional();
/** The exact host of the address, repeated: it may be loopback or private. */
const allowPrivate = hostName.optional();

export const addEmailChannelBody = z
  .strictObject({
    name: givenName.default('email'),
    /** `smtp://host:port` (STARTTLS) or `smtps://host:port`. */
    smtp: z.string().max(300),
    from: mailAddress,
    to: z.array(mailAddress).min(1).max(20),
    user: z.string().min(1).max(256).optional(),
    password: z.string().min(1).max(1_024).optional(),
    authority,
    allowPrivate,
  })
  .meta({ id: 'AddEmailChannel' });

export const addWebhookChannelBody = z
  .strictObject({ name: givenName.default('webhook'), url: z.string().max(2_000), authority, allowPrivate })
  .meta({ id: 'AddWebhookChannel' });

export const noticeChannelView = z
  .strictObject({
    id: uuid,
    name: givenName,
    kind: z.enum(['email', 'webhook']),
    /** Where notices go, without a secret: recipients and server, or the host of the webhook. */
    target: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'NoticeChannel' });
export type NoticeChannelView = z.infer<typeof noticeChannelView>;
export const noticeChannelsAnswer = z
  .strictObject({ channels: z.array(noticeChannelView) })
  .meta({ id: 'NoticeChannels' });
/** `secret` is what webhooks are signed with; it is shown here and never again. */
export const webhookChannelCreated = noticeChannelView.extend({ secret: z.string() }).meta({ id: 'WebhookChannel' });
export const noticeChannelParams = z.strictObject({ channelId: uuid });

/** How one try went. */
export const noticeTestAnswer = z
  .strictObject({
    outcome: z.enum(['sent', 'failed']),
    /** Code and, where a server answered, its status. */
    problem: z.string().optional(),
    noticeId: uuid,
  })
  .meta({ id: 'NoticeTest' });

export const noticesQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) });
export const noticesAnswer = z
  .strictObject({
    notices: z.array(
      z.strictObject({
        id: uuid,
        kind: code,
        subject: z.string(),
        createdAt: instant,
        deliveries: z.array(
          z.strictObject({
            /** Name of the channel; absent when it was removed. */
            channel: givenName.optional(),
            state: z.enum(['due', 'sent', 'given-up']),
            attempts: z.int(),
            sentAt: instant.optional(),
            nextAt: instant.optional(),
            lastError: z.string().optional(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Notices' });
export type NoticesAnswer = z.infer<typeof noticesAnswer>;
