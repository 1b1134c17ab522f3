/** A database with one tenant, the job that sends, and channels that a test adds without asking over HTTP. */
import { join } from 'node:path';
import { type EpochMs, FakeClock } from '@springline/ports/clock';
import { jsonLog } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Resolve } from '../../egress/connect.ts';
import { platformMigrations } from '../../storage/platform/migrations.ts';
import { addChannel, type Delivery, listNotices } from '../../storage/platform/notices.ts';
import { addTenant } from '../../storage/platform/tenants.ts';
import { openDatabase, type SqliteDatabase } from '../../storage/sqlite/open.ts';
import { type Cleanup, temporaryFolder } from '../../testing/running-control-plane.ts';
import type { ChannelSettings } from '../channel.ts';
import { noticeJobs } from '../jobs.ts';
import { addNotice } from '../outbox.ts';
import { loadSealer, type Sealer } from '../seal.ts';

export interface NoticeWorld {
  readonly home: string;
  readonly tenantId: string;
  readonly database: SqliteDatabase;
  readonly clock: FakeClock;
  readonly sealer: Sealer;
  readonly logLines: string[];
  channel(name: string, channel: ChannelSettings, secret?: string): Promise<string>;
  give(dedupeKey: string, text?: string): Promise<boolean>;
  /** One round of the job. */
  send(): Promise<Readonly<Record<string, number>>>;
  /** Of the one notice with that subject. */
  deliveries(subject?: string): Promise<readonly Delivery[]>;
}

export async function noticeWorld(t: Cleanup, resolve?: Resolve): Promise<NoticeWorld> {
  const home = temporaryFolder(t);
  const database = await openDatabase(join(home, 'test.db'), platformMigrations);
  t.after(() => database.close());
  const sealer = loadSealer(join(home, 'notices.key'), systemRandom);
  const clock = new FakeClock(Date.now());
  const tenantId = uuidV7();
  await database.write((writer) => addTenant(writer, { id: tenantId, name: 'default' }, clock.now()));
  const logLines: string[] = [];
  const log = jsonLog((line) => logLines.push(line), 'debug');
  const [job] = noticeJobs({ database, clock, log, sealer, ...(resolve === undefined ? {} : { resolve }) });
  return {
    ...{ home, tenantId, database, clock, sealer, logLines },
    async channel(name, { kind, settings }, secret) {
      const id = uuidV7();
      const json = JSON.stringify(settings);
      const sealed = secret === undefined ? null : sealer.seal(secret, { tenantId, channelId: id, settings: json });
      const channel = { id, name, kind, settings: json, secret: sealed, createdAt: clock.now() };
      await database.write((writer) => addChannel(writer, tenantId, channel));
      return id;
    },
    give(dedupeKey, text = 'Nine of twelve servers are below 2.3.2.0.') {
      const words = { kind: 'campaign-deadline', dedupeKey, subject: dedupeKey, text, detail: { below: 9 } };
      return database.write((writer) => addNotice(writer, tenantId, words, clock.now()));
    },
    send: () => job!.run({ now: clock.now(), signal: new AbortController().signal }),
    async deliveries(subject) {
      const notices = await listNotices(database.read, tenantId, 100);
      return notices.find((notice) => subject === undefined || notice.subject === subject)?.deliveries ?? [];
    },
  };
}

export const minuteMs = 60_000 as EpochMs;
