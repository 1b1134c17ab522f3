/**
 * Recorded servers: what a tenant's administrators say of servers that have no agent of ours, so that minimum versions
 * count them. One row for each component of a server.
 */
import { z } from 'zod';
import { autoUpgradeState } from './auto-upgrade.ts';
import { code, componentName, instant, version } from './text.ts';

/** Rows of one tenant. */
export const recordedServersLimit = 100_000;
/** Rows of one request; longer lists come in parts. */
export const recordedServersPerRequest = 25_000;
export const recordedServersBodyLimitBytes = 8 * 2 ** 20;

/** What stands in a table on a terminal: no control characters, nothing that turns the direction of the text. */
const clean =
  /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s](?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s])?$/u;
const cleanText = (length: number) =>
  z.string().min(1).max(length).regex(clean, 'no control characters, no space at either end');

/** Upper and lower case are the same. */
const recordedHostName = cleanText(253);
/** Lower case may be longer. */
const partEnd = cleanText(1_000);
/** Who is to be asked about a server. */
const recordedOwner = cleanText(200);

const recordedServer = z
  .strictObject({
    hostName: recordedHostName,
    component: componentName,
    version,
    state: autoUpgradeState,
    channel: z.enum(['HUS', 'PKS', 'bridged']),
    lastSeenAt: instant.optional(),
    /** Of the last upgrade: Success, UpgradeAborted…, … */
    lastResult: code.optional(),
    owner: recordedOwner.optional(),
    bornAt: instant.optional(),
    /** What does its work now; such a server is counted as moved and not judged. */
    movedTo: componentName.optional(),
  })
  .meta({ id: 'RecordedServer' });
export type RecordedServer = z.infer<typeof recordedServer>;

/** What is not said of a server is what most servers are. */
const serverToRecord = recordedServer
  .extend({
    state: recordedServer.shape.state.default('Enabled'),
    channel: recordedServer.shape.channel.default('HUS'),
  })
  .meta({ id: 'ServerToRecord' });

export const putRecordedServersBody = z
  .strictObject({
    /** All of them, or all of the part: what is not named here is not recorded any more. */
    servers: z.array(serverToRecord).max(recordedServersPerRequest),
    /**
     * A part of the list: host names in lower case from `from` on, and before `before`, by their bytes in UTF-8. Without
     * either it is the whole list.
     */
    part: z.strictObject({ from: partEnd.optional(), before: partEnd.optional() }).default({}),
    /** Say what would change, change nothing. */
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'PutRecordedServers' });

const recordedChange = z.strictObject({
  kind: z.enum(['added', 'changed', 'removed']),
  hostName: recordedHostName,
  component: componentName,
  /** In words: `version 2.1.20.0 -> 2.3.6.0`; empty where a whole row came or went. */
  what: z.string().max(2000),
});
export type RecordedChange = z.infer<typeof recordedChange>;
export const recordedServersChanged = z
  .strictObject({
    /** Of the list, or of the part. */
    total: z.int().nonnegative(),
    added: z.int().nonnegative(),
    changed: z.int().nonnegative(),
    removed: z.int().nonnegative(),
    unchanged: z.int().nonnegative(),
    /** The first 100, by host name. */
    changes: z.array(recordedChange),
    dryRun: z.boolean(),
  })
  .meta({ id: 'RecordedServersChanged' });
export type RecordedServersChanged = z.infer<typeof recordedServersChanged>;

export const recordedServersQuery = z.strictObject({
  /** `next` of the page before. */
  after: z.string().min(1).max(1_100).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
/** By host name in lower case, then by component. */
export const recordedServersAnswer = z
  .strictObject({
    servers: z.array(recordedServer),
    total: z.int().nonnegative(),
    /** Absent on the last page. */
    next: z.string().optional(),
  })
  .meta({ id: 'RecordedServers' });
