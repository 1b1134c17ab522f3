/** The DirSync control (MS-ADTS 3.1.1.3.4.1.3) between bytes and facts. */
import { BerError, BerReader, BerWriter } from '../../ber.ts';
import type { Control } from '../../control.ts';

export const dirSyncOid = '1.2.840.113556.1.4.841';

/** Only what the account may read, and no right of replication is asked for. */
const objectSecurity = 0x1;
/** Of attributes of links the values that changed, and not all of them. The highest bit of a signed number. */
const incrementalValues = -0x8000_0000;
/** Of one answer; servers have a limit of their own below it. */
const answerBytes = 10_000_000;
/** 24 bytes for each domain controller that ever was, behind a head of some 80. */
const cookieLimitBytes = 256 * 1024;

export interface DirSyncAnswer {
  readonly hasMore: boolean;
  readonly cookie: Uint8Array;
}

/** @param cookie empty: everything. */
export function dirSyncControl(cookie: Uint8Array, isObjectSecurity: boolean): Control {
  const flags = incrementalValues | (isObjectSecurity ? objectSecurity : 0);
  const value = new BerWriter().begin().integer(flags).integer(answerBytes).octets(cookie).end().finish();
  return { oid: dirSyncOid, critical: true, value };
}

/** @throws {BerError} */
export function readDirSyncAnswer(value: Uint8Array): DirSyncAnswer {
  const reader = new BerReader(value).enter();
  const moreResults = reader.integer();
  reader.integer();
  const cookie = reader.octets();
  if (cookie.length > cookieLimitBytes) throw new BerError(`a DirSync cookie of ${cookie.length} bytes`);
  return { hasMore: moreResults !== 0, cookie: new Uint8Array(cookie) };
}
