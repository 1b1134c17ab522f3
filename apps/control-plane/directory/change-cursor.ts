/**
 * Cursors of the change feed: `<epoch>.<sequence>`, and while everything is read for the first time
 * `<epoch>.<sequence>.<start>`: objects deleted up to `start` are not told of, because the reader never had them.
 */

export interface ChangeCursor {
  readonly epoch: string;
  /** Everything up to here was told. */
  readonly sequence: number;
  /** Set while everything is read: the latest change when that began. */
  readonly start: number | undefined;
}

const form = /^([0-9a-f-]{36})\.([0-9]{1,15})(?:\.([0-9]{1,15}))?$/;

/** Undefined when `text` is no cursor. */
export function parseChangeCursor(text: string): ChangeCursor | undefined {
  const [, epoch, sequence, start] = form.exec(text) ?? [];
  if (epoch === undefined) return undefined;
  return { epoch, sequence: Number(sequence), start: start === undefined ? undefined : Number(start) };
}

export function printChangeCursor({ epoch, sequence, start }: ChangeCursor): string {
  return start === undefined ? `${epoch}.${sequence}` : `${epoch}.${sequence}.${start}`;
}
