/**
 * The controls and messages of content synchronisation (RFC 4533 2), between bytes and facts. What they mean in which order
 * is for `refresh.ts`.
 */
import { BerError, BerReader, BerWriter, berTag } from '../../ber.ts';
import type { Control } from '../../control.ts';

export const syncRequestOid = '1.3.6.1.4.1.4203.1.9.1.1';
export const syncStateOid = '1.3.6.1.4.1.4203.1.9.1.2';
export const syncDoneOid = '1.3.6.1.4.1.4203.1.9.1.3';
export const syncInfoOid = '1.3.6.1.4.1.4203.1.9.1.4';

const modes = { refreshOnly: 1, refreshAndPersist: 3 } as const;
const states = ['present', 'add', 'modify', 'delete'] as const;
const uuidBytes = 16;
/** Cookies name one change number for each server of a cluster: some hundred bytes. */
const cookieLimitBytes = 64 * 1024;

/** RFC 4533 2.2. `cookie` is absent where the server gives none, which says nothing about the one before. */
export interface SyncState {
  readonly state: (typeof states)[number];
  readonly anchor: Uint8Array;
  readonly cookie: Uint8Array | undefined;
}

/** RFC 4533 2.4 */
export interface SyncDone {
  readonly cookie: Uint8Array | undefined;
  /** What is gone was named. Else whatever was not named is gone. */
  readonly refreshDeletes: boolean;
}

/** RFC 4533 2.5 */
export type SyncInfo =
  | { readonly kind: 'new-cookie'; readonly cookie: Uint8Array }
  | {
      readonly kind: 'refresh-delete' | 'refresh-present';
      readonly cookie: Uint8Array | undefined;
      /** The refresh stage is over, and not only this phase. */
      readonly refreshDone: boolean;
    }
  | {
      readonly kind: 'id-set';
      readonly cookie: Uint8Array | undefined;
      /** The objects are gone; else they are there, unchanged. */
      readonly refreshDeletes: boolean;
      readonly anchors: readonly Uint8Array[];
    };

/** RFC 4533 2.1. The reload hint stays off: a server that cannot go on from the cookie shall say so. */
export function syncRequestControl(mode: keyof typeof modes, cookie: Uint8Array | undefined): Control {
  const writer = new BerWriter().begin().integer(modes[mode], berTag.enumerated);
  if (cookie !== undefined) writer.octets(cookie);
  return { oid: syncRequestOid, critical: true, value: writer.end().finish() };
}

/** @throws {BerError} */
export function readSyncState(value: Uint8Array): SyncState {
  const reader = new BerReader(value).enter();
  const number = reader.integer(berTag.enumerated);
  const state = states[number];
  if (state === undefined) throw new BerError(`a sync state of ${number}`);
  const anchor = uuid(reader.octets());
  return { state, anchor, cookie: optionalCookie(reader) };
}

/** @throws {BerError} */
export function readSyncDone(value: Uint8Array): SyncDone {
  const reader = new BerReader(value).enter();
  const cookie = optionalCookie(reader);
  return { cookie, refreshDeletes: optionalBoolean(reader, false) };
}

/** Undefined for a kind of message that RFC 4533 does not know: extensions may add some. @throws {BerError} */
export function readSyncInfo(value: Uint8Array): SyncInfo | undefined {
  const reader = new BerReader(value);
  switch (reader.tag) {
    case 0x80:
      return { kind: 'new-cookie', cookie: cookieOf(reader.octets(0x80)) };
    case 0xa1:
      return readPhaseEnd('refresh-delete', reader.enter(0xa1));
    case 0xa2:
      return readPhaseEnd('refresh-present', reader.enter(0xa2));
    case 0xa3:
      return readIdSet(reader.enter(0xa3));
    default:
      return undefined;
  }
}

function readPhaseEnd(kind: 'refresh-delete' | 'refresh-present', reader: BerReader): SyncInfo {
  const cookie = optionalCookie(reader);
  return { kind, cookie, refreshDone: optionalBoolean(reader, true) };
}

function readIdSet(reader: BerReader): SyncInfo {
  const cookie = optionalCookie(reader);
  const refreshDeletes = optionalBoolean(reader, false);
  const set = reader.enter(berTag.set);
  const anchors: Uint8Array[] = [];
  while (!set.isAtEnd) anchors.push(uuid(set.octets()));
  return { kind: 'id-set', cookie, refreshDeletes, anchors };
}

function optionalCookie(reader: BerReader): Uint8Array | undefined {
  return reader.tag === berTag.octetString ? cookieOf(reader.octets()) : undefined;
}

function optionalBoolean(reader: BerReader, otherwise: boolean): boolean {
  return reader.tag === berTag.boolean ? reader.boolean() : otherwise;
}

/** A copy: the bytes of a message are overwritten by the next one. */
function cookieOf(bytes: Buffer): Uint8Array {
  if (bytes.length > cookieLimitBytes) throw new BerError(`a cookie of ${bytes.length} bytes`);
  return new Uint8Array(bytes);
}

function uuid(bytes: Buffer): Uint8Array {
  if (bytes.length !== uuidBytes) throw new BerError(`an entryUUID of ${bytes.length} bytes`);
  return new Uint8Array(bytes);
}
