/** Notices, the channels by which they go out, and how far each is on its way. */
import { createHash } from 'node:crypto';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface StoredChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'email' | 'webhook';
  /** JSON, without a secret. */
  readonly settings: string;
  /** Sealed. */
  readonly secret: string | null;
  readonly createdAt: EpochMs;
}

export interface StoredNotice {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  /** JSON object. */
  readonly detail: string;
  readonly createdAt: EpochMs;
}

export interface Delivery {
  readonly noticeId: string;
  readonly channelId: string;
  readonly state: 'due' | 'sent' | 'given-up';
  readonly dueAt: EpochMs;
  readonly attempts: number;
  readonly sentAt: EpochMs | null;
  readonly lastError: string | null;
}

const channelColumns = ['id', 'name', 'kind', 'settings', 'secret', 'created_at as createdAt'] as const;
const noticeColumns = ['id', 'kind', 'subject', 'text', 'detail', 'created_at as createdAt'] as const;
const deliveryColumns = [
  'notice_id as noticeId',
  'channel_id as channelId',
  'state',
  'due_at as dueAt',
  'attempts',
  'sent_at as sentAt',
  'last_error as lastError',
] as const;

export async function addChannel(writer: Writer, tenantId: string, channel: StoredChannel): Promise<void> {
  const { createdAt, ...row } = channel;
  await writer
    .insertInto('platform_notice_channels')
    .values({ tenant_id: tenantId, ...row, created_at: createdAt })
    .execute();
}

/** In the order of their names. */
export async function listChannels(reader: Reader, tenantId: string): Promise<StoredChannel[]> {
  return reader
    .selectFrom('platform_notice_channels')
    .select(channelColumns)
    .where('tenant_id', '=', tenantId)
    .orderBy('name')
    .execute();
}

export async function findChannel(reader: Reader, tenantId: string, id: string): Promise<StoredChannel | undefined> {
  return reader
    .selectFrom('platform_notice_channels')
    .select(channelColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** With its secret, and with what was still to be sent over it. */
export async function removeChannel(writer: Writer, tenantId: string, id: string): Promise<void> {
  await writer
    .deleteFrom('platform_notice_deliveries')
    .where('tenant_id', '=', tenantId)
    .where('channel_id', '=', id)
    .where('state', '=', 'due')
    .execute();
  await writer.deleteFrom('platform_notice_channels').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
}

/** The id of the notice with this key: a UUID (version 8, RFC 9562 5.8) made from tenant and key. */
export function noticeId(tenantId: string, dedupeKey: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify(['springline-notice-1', tenantId, dedupeKey]))
    .digest();
  bytes[6] = 0x80 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** Stores the notice and makes it due on every channel of the tenant. False when it was there already. */
export async function putNotice(writer: Writer, tenantId: string, notice: StoredNotice): Promise<boolean> {
  const { createdAt, ...row } = notice;
  const { numInsertedOrUpdatedRows } = await writer
    .insertInto('platform_notices')
    .values({ tenant_id: tenantId, ...row, created_at: createdAt })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  for (const { id } of await listChannels(writer, tenantId)) {
    await writer
      .insertInto('platform_notice_deliveries')
      .values({
        ...{ tenant_id: tenantId, notice_id: notice.id, channel_id: id, state: 'due', due_at: createdAt },
        ...{ attempts: 0, sent_at: null, last_error: null },
      })
      .execute();
  }
  return true;
}

export async function findNotice(reader: Reader, tenantId: string, id: string): Promise<StoredNotice | undefined> {
  return reader
    .selectFrom('platform_notices')
    .select(noticeColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Newest first, each with its deliveries. */
export async function listNotices(
  reader: Reader,
  tenantId: string,
  limit: number,
): Promise<(StoredNotice & { readonly deliveries: readonly Delivery[] })[]> {
  const notices = await reader
    .selectFrom('platform_notices')
    .select(noticeColumns)
    .where('tenant_id', '=', tenantId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  if (notices.length === 0) return [];
  const deliveries = await reader
    .selectFrom('platform_notice_deliveries')
    .select(deliveryColumns)
    .where('tenant_id', '=', tenantId)
    .where(
      'notice_id',
      'in',
      notices.map(({ id }) => id),
    )
    .orderBy('channel_id')
    .execute();
  const byNotice = Map.groupBy(deliveries, (delivery) => delivery.noticeId);
  return notices.map((notice) => ({ ...notice, deliveries: byNotice.get(notice.id) ?? [] }));
}

/** What is due on a channel at `now`, oldest first. */
export async function dueDeliveries(
  reader: Reader,
  tenantId: string,
  channelId: string,
  { now, limit }: { readonly now: EpochMs; readonly limit: number },
): Promise<Delivery[]> {
  return reader
    .selectFrom('platform_notice_deliveries')
    .select(deliveryColumns)
    .where('tenant_id', '=', tenantId)
    .where('state', '=', 'due')
    .where('due_at', '<=', now)
    .where('channel_id', '=', channelId)
    .orderBy('due_at')
    .limit(limit)
    .execute();
}

/**
 * Begins a try: counts it and says when the next one is, should nobody say how this one ended. False when another process
 * was first or the channel is gone.
 */
export async function beginTry(
  writer: Writer,
  tenantId: string,
  { noticeId: id, channelId, dueAt, attempts }: Delivery,
  nextAt: EpochMs,
): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_notice_deliveries')
    .set({ attempts: attempts + 1, due_at: nextAt })
    .where('tenant_id', '=', tenantId)
    .where('notice_id', '=', id)
    .where('channel_id', '=', channelId)
    .where('state', '=', 'due')
    .where('due_at', '=', dueAt)
    .where('attempts', '=', attempts)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Says how a try ended. */
export async function endTry(
  writer: Writer,
  tenantId: string,
  delivery: Pick<Delivery, 'noticeId' | 'channelId'>,
  end: Pick<Delivery, 'state' | 'sentAt' | 'lastError'>,
): Promise<void> {
  await writer
    .updateTable('platform_notice_deliveries')
    .set({ state: end.state, sent_at: end.sentAt, last_error: end.lastError })
    .where('tenant_id', '=', tenantId)
    .where('notice_id', '=', delivery.noticeId)
    .where('channel_id', '=', delivery.channelId)
    .execute();
}

/** Forgets up to `limit` notices that were made before `before`, and says how many. */
export async function purgeNotices(writer: Writer, tenantId: string, before: EpochMs, limit: number): Promise<number> {
  const old = await writer
    .selectFrom('platform_notices')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('created_at', '<', before)
    .limit(limit)
    .execute();
  for (const { id } of old) {
    await writer
      .deleteFrom('platform_notice_deliveries')
      .where('tenant_id', '=', tenantId)
      .where('notice_id', '=', id)
      .execute();
    await writer.deleteFrom('platform_notices').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
  }
  return old.length;
}
