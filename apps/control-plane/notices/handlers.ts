/** Channels of notices: add, list, remove, test; and the list of what was sent. */
import { ProblemError } from '@springline/api/problem';
import type { NoticeChannelView, NoticesAnswer } from '@springline/api/shapes/notice';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import { resolveAllowed } from '../egress/connect.ts';
import { EgressError } from '../egress/error.ts';
import type { Handlers } from '../http/handler.ts';
import type { PersonCaller } from '../platform/callers.ts';
import { isNameTaken } from '../platform/given-name.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import {
  addChannel,
  type Delivery,
  findChannel,
  listChannels,
  listNotices,
  removeChannel,
  type StoredChannel,
} from '../storage/platform/notices.ts';
import { findTenant, operatorTenantName } from '../storage/platform/tenants.ts';
import { type ChannelSettings, destinationOf, readSettings, targetWords } from './channel.ts';
import { deliver } from './deliver.ts';
import { problemOf } from './delivery-error.ts';
import type { Sealer } from './seal.ts';
import { newWebhookSecret } from './webhook.ts';

/** Channels of one tenant. */
const channelsLimit = 20;
/** For looking up where a new channel leads; when DNS is slow, sending finds out. */
const lookupMs = 5_000;

interface NoticeDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly sealer: Sealer;
}

type NoticeRoute =
  | 'listNotices'
  | 'listNoticeChannels'
  | 'addEmailChannel'
  | 'addWebhookChannel'
  | 'removeNoticeChannel'
  | 'testNoticeChannel';

export function noticeHandlers(deps: NoticeDeps): Pick<Handlers, NoticeRoute> {
  const { database, clock, random, sealer } = deps;
  return {
    async listNotices({ caller: { tenantId }, query }) {
      const names = new Map((await listChannels(database.read, tenantId)).map(({ id, name }) => [id, name]));
      const notices = await listNotices(database.read, tenantId, query.limit);
      return {
        notices: notices.map(({ id, kind, subject, createdAt, deliveries }) => ({
          ...{ id, kind, subject, createdAt: instantOf(createdAt) },
          deliveries: deliveries.map((delivery) => deliveryView(delivery, names)),
        })),
      };
    },

    async listNoticeChannels({ caller }) {
      return { channels: (await listChannels(database.read, caller.tenantId)).map(channelView) };
    },

    async addEmailChannel({ caller, body, now, signal }) {
      const { name, password, ...settings } = body;
      if ((settings.user === undefined) !== (password === undefined)) {
        throw new ProblemError('malformed-request', 'body: user and password come together');
      }
      return add(
        deps,
        caller,
        { name, secret: password },
        { kind: 'email', settings: dense(settings) },
        { now, signal },
      );
    },

    async addWebhookChannel({ caller, body, now, signal }) {
      const { name, ...settings } = body;
      const secret = newWebhookSecret(random);
      const channel = { kind: 'webhook', settings: dense(settings) } as const;
      return { ...(await add(deps, caller, { name, secret }, channel, { now, signal })), secret };
    },

    async removeNoticeChannel({ caller, params: { channelId }, now }) {
      const { tenantId, actor } = caller;
      await database.write(async (writer) => {
        const channel = await findChannel(writer, tenantId, channelId);
        if (channel === undefined) throw noSuchChannel();
        await removeChannel(writer, tenantId, channelId);
        const { name, kind } = channel;
        const subject = `notice-channel:${channelId}`;
        const event = { at: now, actor, action: 'notice-channel.removed', subject, detail: { name, kind } };
        await appendAudit(writer, tenantId, event);
      });
    },

    async testNoticeChannel({ caller, params: { channelId }, now, signal }) {
      const { tenantId, actor } = caller;
      const channel = await findChannel(database.read, tenantId, channelId);
      if (channel === undefined) throw noSuchChannel();
      const noticeId = uuidV7(clock, random);
      const notice = {
        ...{ id: noticeId, kind: 'test', createdAt: now, detail: { channel: channel.name } },
        subject: 'Test notice from Springline',
        text: `This is a test of the channel ${channel.name}. If you can read it, notices arrive.`,
      };
      let problem: string | undefined;
      try {
        await deliver(sealer, tenantId, channel, notice, { now, signal });
      } catch (error) {
        problem = problemOf(error);
      }
      const outcome = problem === undefined ? 'sent' : 'failed';
      await database.write(async (writer) => {
        const subject = `notice-channel:${channelId}`;
        const detail = { name: channel.name, outcome };
        await appendAudit(writer, tenantId, { at: now, actor, action: 'notice-channel.tested', subject, detail });
      });
      return { outcome, noticeId, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

async function add(
  { database, clock, random, sealer }: NoticeDeps,
  { tenantId, actor }: PersonCaller,
  words: { readonly name: string; readonly secret: string | undefined },
  channel: ChannelSettings,
  { now, signal }: { readonly now: EpochMs; readonly signal: AbortSignal },
): Promise<NoticeChannelView> {
  const tenant = await findTenant(database.read, tenantId);
  if (channel.settings.allowPrivate !== undefined && tenant?.name !== operatorTenantName) {
    throw new ProblemError('not-authorised', 'only the tenant of the operator can allow a private address');
  }
  await checkDestination(channel, signal);
  const { kind } = channel;
  const id = uuidV7(clock, random);
  const name = words.name.normalize('NFC');
  const settings = JSON.stringify(channel.settings);
  const context = { tenantId, channelId: id, settings };
  const secret = words.secret === undefined ? null : sealer.seal(words.secret, context);
  const stored: StoredChannel = { id, name, kind, settings, secret, createdAt: now };
  await database.write(async (writer) => {
    const channels = await listChannels(writer, tenantId);
    if (isNameTaken(name, channels)) throw new ProblemError('name-taken');
    if (channels.length >= channelsLimit) throw new ProblemError('limit-reached');
    await addChannel(writer, tenantId, stored);
    const detail = { name, kind, target: targetWords(channel) };
    const subject = `notice-channel:${id}`;
    await appendAudit(writer, tenantId, { at: now, actor, action: 'notice-channel.added', subject, detail });
  });
  return channelView(stored);
}

/** A mistake is told now, where it can be. A name that does not resolve yet may later. */
async function checkDestination(channel: ChannelSettings, signal: AbortSignal): Promise<void> {
  try {
    await resolveAllowed(destinationOf(channel), AbortSignal.any([signal, AbortSignal.timeout(lookupMs)]));
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    if (error.code === 'address-not-allowed') throw new ProblemError('address-not-allowed', error.message);
    if (error.code === 'destination-malformed') throw new ProblemError('malformed-request', `body: ${error.message}`);
  }
}

/** Without the members that were left out, so that the settings read back are the ones that were written. */
function dense<T extends object>(settings: T): T & { [K in keyof T]: Exclude<T[K], undefined> } {
  return JSON.parse(JSON.stringify(settings)) as T & { [K in keyof T]: Exclude<T[K], undefined> };
}

function channelView({ id, name, kind, settings, createdAt }: StoredChannel): NoticeChannelView {
  return { id, name, kind, target: targetOf(kind, settings), createdAt: instantOf(createdAt) };
}

function targetOf(kind: StoredChannel['kind'], settings: string): string {
  try {
    return targetWords(readSettings(kind, settings));
  } catch {
    // Damaged settings must not hide the channel from whoever wants to remove it.
    return 'unreadable';
  }
}

function deliveryView(
  { channelId, state, attempts, dueAt, sentAt, lastError }: Delivery,
  names: ReadonlyMap<string, string>,
): NoticesAnswer['notices'][number]['deliveries'][number] {
  const channel = names.get(channelId);
  return {
    ...(channel === undefined ? {} : { channel }),
    ...{ state, attempts },
    ...(sentAt === null ? {} : { sentAt: instantOf(sentAt) }),
    ...(state === 'due' ? { nextAt: instantOf(dueAt) } : {}),
    ...(lastError === null ? {} : { lastError }),
  };
}

function noSuchChannel(): ProblemError {
  return new ProblemError('not-found', 'there is no such channel');
}

function instantOf(instant: EpochMs): string {
  return new Date(instant).toISOString();
}
