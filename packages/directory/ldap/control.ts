/**
 * Controls (RFC 4511 4.1.11) on what we send and on what servers answer. Those of an answer are looked at only when
 * somebody asks for one.
 */
import { BerError, type BerWriter, berTag, contentStart, elementEnd, taggedEnd } from './ber.ts';

/** `value` is what the control's OCTET STRING holds. */
export interface Control {
  readonly oid: string;
  readonly critical: boolean;
  readonly value?: Uint8Array;
}

const controlsTag = 0xa0;

export function writeControls(writer: BerWriter, controls: readonly Control[]): void {
  if (controls.length === 0) return;
  writer.begin(controlsTag);
  for (const { oid, critical, value } of controls) {
    writer.begin().octets(oid);
    if (critical) writer.boolean(true);
    if (value !== undefined) writer.octets(value);
    writer.end();
  }
  writer.end();
}

/** The controls of one answer, where they lie: valid as long as the entry or result they came with. */
export class ControlReader {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** `start` to `end`: the controls one after the other, as `checkControls` found them sound. */
  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** One that outlives the answer. */
  copy(): ControlReader {
    if (this.#start === this.#end) return noControls;
    const bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#end));
    return new ControlReader(bytes, 0, bytes.length);
  }

  /**
   * The value of the first control with this OID: empty when the control has none, `undefined` when there is no such
   * control. Shares memory with the answer.
   */
  value(oid: string): Buffer | undefined {
    const bytes = this.#bytes;
    for (let at = this.#start; at < this.#end; ) {
      const end = elementEnd(bytes, at, this.#end);
      const oidAt = contentStart(bytes, at);
      const oidEnd = elementEnd(bytes, oidAt, end);
      if (isText(bytes, contentStart(bytes, oidAt), oidEnd, oid)) return valueBehind(bytes, oidEnd, end);
      at = end;
    }
    return undefined;
  }
}

export const noControls = new ControlReader(Buffer.alloc(0), 0, 0);

/**
 * The controls that lie from `at` to `end` of a message, if any.
 *
 * @throws {BerError} when they are not sound, or more than `limit`.
 */
export function readControls(bytes: Buffer, at: number, end: number, limit: number): ControlReader {
  if (at === end) return noControls;
  const listEnd = taggedEnd(bytes, at, end, controlsTag);
  if (listEnd !== end) throw new BerError(`something follows the controls at byte ${listEnd}`);
  const start = contentStart(bytes, at);
  let count = 0;
  for (let controlAt = start; controlAt < listEnd; ) {
    count += 1;
    if (count > limit) throw new BerError(`more than ${limit} controls`);
    controlAt = checkControl(bytes, controlAt, listEnd);
  }
  return new ControlReader(bytes, start, listEnd);
}

function checkControl(bytes: Buffer, controlAt: number, limit: number): number {
  const end = taggedEnd(bytes, controlAt, limit, berTag.sequence);
  let at = taggedEnd(bytes, contentStart(bytes, controlAt), end, berTag.octetString);
  if (at < end && bytes[at] === berTag.boolean) at = elementEnd(bytes, at, end);
  if (at < end) at = taggedEnd(bytes, at, end, berTag.octetString);
  if (at !== end) throw new BerError(`something follows a control's value at byte ${at}`);
  return end;
}

function valueBehind(bytes: Buffer, oidEnd: number, end: number): Buffer {
  const at = oidEnd < end && bytes[oidEnd] === berTag.boolean ? elementEnd(bytes, oidEnd, end) : oidEnd;
  return at < end ? bytes.subarray(contentStart(bytes, at), end) : bytes.subarray(end, end);
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
