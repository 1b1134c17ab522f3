/** How other parts give notice: in the transaction of what causes it, so that there is never one without the other. */
import type { EpochMs } from '@springline/ports/clock';
import type { Writer } from '../storage/database.ts';
import { noticeId, putNotice } from '../storage/platform/notices.ts';

export interface NoticeWords {
  /** A stable code for programs: `campaign-deadline`. */
  readonly kind: string;
  /** Says what this is about, within the tenant: a second notice with the same key is not sent. */
  readonly dedupeKey: string;
  /** One line for people, at most 200 characters; longer ones are cut. */
  readonly subject: string;
  /** For people, at most 10,000 characters; longer ones are cut. */
  readonly text: string;
  /** For programs; at most 16 KiB as JSON. No secret and no attribute value. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

const subjectLimit = 200;
const textLimit = 10_000;
const detailLimit = 16 * 1024;

/**
 * Puts a notice into the outbox: it is due at once on every channel that the tenant has now. False when one with this key
 * was given in the last 90 days.
 *
 * @throws {TypeError} when `kind` is no code or `detail` is too large: both are made by programs.
 */
export async function addNotice(
  writer: Writer,
  tenantId: string,
  { kind, dedupeKey, subject, text, detail = {} }: NoticeWords,
  now: EpochMs,
): Promise<boolean> {
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(kind)) throw new TypeError(`${kind.slice(0, 100)} is no kind of notice`);
  const json = JSON.stringify(detail);
  if (json.length > detailLimit) throw new TypeError(`the detail of a ${kind} is too large`);
  return putNotice(writer, tenantId, {
    id: noticeId(tenantId, dedupeKey),
    kind,
    subject: oneLine(subject).slice(0, subjectLimit),
    text: printable(text).slice(0, textLimit),
    detail: json,
    createdAt: now,
  });
}

/** Names of hosts and people are in it: a line break there would begin another header of a mail. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, ' ');
}
