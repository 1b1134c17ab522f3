/** One try to bring one notice to one channel, whatever its kind. */
import type { StoredChannel, StoredNotice } from '../storage/platform/notices.ts';
import { readSettings } from './channel.ts';
import { DeliveryError } from './delivery-error.ts';
import { type Sending, sendEmail } from './email.ts';
import type { Notice } from './notice.ts';
import type { Sealer } from './seal.ts';
import { sendWebhook } from './webhook.ts';

/**
 * Resolves when the notice was taken, with a note where not everybody got it.
 *
 * @throws {EgressError} {DeliveryError}
 */
export async function deliver(
  sealer: Sealer,
  tenantId: string,
  channel: StoredChannel,
  notice: Notice,
  sending: Sending,
): Promise<string | undefined> {
  const { id: channelId, kind, settings, secret: sealed } = channel;
  const read = readSettings(kind, settings);
  const secret = sealed === null ? undefined : sealer.open(sealed, { tenantId, channelId, settings });
  if (read.kind === 'email') return sendEmail(read.settings, secret, notice, sending);
  if (secret === undefined) throw new DeliveryError('channel-secret-unreadable');
  await sendWebhook(read.settings, secret, notice, sending);
  return undefined;
}

export function noticeOf({ detail, ...stored }: StoredNotice): Notice {
  return { ...stored, detail: JSON.parse(detail) as Notice['detail'] };
}
