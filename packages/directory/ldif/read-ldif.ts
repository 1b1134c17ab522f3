/**
 * Reading LDIF (RFC 2849) from bytes or a file, one record at a time.
 *
 * Holds one record and one chunk. Records come in the order of the file. The same DN twice is not noticed here, because
 * that takes the memory of all DNs: whoever imports has an index of them, and `record.line` for the complaint.
 */
import { createReadStream } from 'node:fs';
import { LdifError } from './ldif-error.ts';
import type { LogicalLine } from './lines.ts';
import { LineReader } from './lines.ts';
import { parseRecord } from './parse-record.ts';
import type { LdifLimits, LdifOptions, LdifRecord, RecordContext } from './record.ts';
import { defaultLdifLimits } from './record.ts';
import { keywordText, namedLine } from './value.ts';

/**
 * The records of an LDIF file given as bytes. Chunks may be of any size and must not be overwritten once handed over.
 *
 * A byte-order mark, CRLF, and a missing version line or last line end are all right.
 *
 * @throws {LdifError} at the first fault; earlier records have been handed on by then.
 */
export async function* readLdif(
  source: AsyncIterable<Uint8Array>,
  options: LdifOptions = {},
): AsyncGenerator<LdifRecord, void, undefined> {
  const { fileName = 'LDIF', signal } = options;
  const limits = { ...defaultLdifLimits, ...options.limits };
  const lines = new LineReader(fileName, limits.lineBytes);
  const records = new RecordCollector(fileName, limits, options.filesBelow);
  for await (const chunk of source) {
    signal?.throwIfAborted();
    lines.push(chunk);
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      const record = records.take(line);
      if (record !== undefined) yield record;
    }
  }
  for (const line of lines.end()) {
    const record = records.take(line);
    if (record !== undefined) yield record;
  }
  const last = records.end();
  if (last !== undefined) yield last;
}

/** The records of the LDIF file at `path`. @throws {LdifError} also `ldif-unreadable` */
export async function* readLdifFile(
  path: string,
  options: LdifOptions = {},
): AsyncGenerator<LdifRecord, void, undefined> {
  const { fileName = path } = options;
  yield* readLdif(fileChunks(path, fileName), { ...options, fileName });
}

async function* fileChunks(path: string, fileName: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk as Buffer;
  } catch (cause) {
    const why = 'The file cannot be read. Check that it exists, is a file and may be read.';
    throw new LdifError('ldif-unreadable', { fileName, line: 0 }, why, { cause });
  }
}

/** Gathers lines up to an empty one, and watches over what spans records. */
class RecordCollector {
  readonly #fileName: string;
  readonly #limits: LdifLimits;
  readonly #filesBelow: string | undefined;
  #lines: LogicalLine[] = [];
  #bytes = 0;
  #beforeFirstLine = true;
  #holdsChanges: boolean | undefined;

  constructor(fileName: string, limits: LdifLimits, filesBelow: string | undefined) {
    this.#fileName = fileName;
    this.#limits = limits;
    this.#filesBelow = filesBelow;
  }

  /** The record that `line` ends, if it ends one. */
  take(line: LogicalLine): LdifRecord | undefined {
    if (line.bytes.length === 0) return this.end();
    if (this.#beforeFirstLine) {
      this.#beforeFirstLine = false;
      if (this.#isVersion(line)) return undefined;
    }
    this.#lines.push(line);
    this.#bytes += line.bytes.length;
    this.#refuseTooLarge();
    return undefined;
  }

  end(): LdifRecord | undefined {
    if (this.#lines.length === 0) return undefined;
    const record = parseRecord(this.#lines, this.#context());
    this.#lines = [];
    this.#bytes = 0;
    const isChange = record.kind !== 'content';
    this.#holdsChanges ??= isChange;
    if (isChange === this.#holdsChanges) return record;
    const sentence =
      'A file holds either entries or changes: this record is of the other kind than those before it. Split the file.';
    throw new LdifError('ldif-mixed-records', { fileName: this.#fileName, line: record.line }, sentence);
  }

  #refuseTooLarge(): void {
    const { recordBytes, values, attributes } = this.#limits;
    // Each line costs memory of its own, however short: the parser could tell values from the rest only afterwards.
    const lineLimit = values + 2 * attributes + 8;
    if (this.#bytes <= recordBytes && this.#lines.length <= lineLimit) return;
    const sentence = `The record is larger than ${recordBytes} bytes or ${lineLimit} lines. Raise the limit of the import if that is meant.`;
    throw new LdifError('ldif-too-large', { fileName: this.#fileName, line: this.#lines[0]!.line }, sentence);
  }

  #isVersion(line: LogicalLine): boolean {
    const context = this.#context();
    const named = namedLine(line, context);
    if (named.name.toLowerCase() !== 'version') return false;
    if (keywordText(named, context, 'ldif-bad-version') === '1') return true;
    throw new LdifError('ldif-bad-version', named.place, 'This reader knows version 1 of LDIF. Write `version: 1`.');
  }

  #context(): RecordContext {
    return {
      fileName: this.#fileName,
      limits: this.#limits,
      filesBelow: this.#filesBelow,
      urlBytesLeft: this.#limits.recordBytes - this.#bytes,
    };
  }
}
