/**
 * The signer's own record (`<home>/keys/signer-record.jsonl`): what was proposed, approved and signed, line by line, each
 * chained to the one before by SHA-256, each durable before anything follows from it. It lies beside the keys and in no
 * database: who rewrites the database changes nothing of what was approved (security rules S8, S12).
 *
 * It is bounded. When it is opened and long, or when it comes near its limit, one checkpoint takes the place of all
 * entries: it carries what stands after them and the hash of the last of them. The last part of the room is kept for what
 * narrows, so that whoever fills it cannot keep a halt from being signed.
 */
import { type ChainEnd, ChainedFile, type ChainedFormat } from './chained-file.ts';
import { SignerError } from './error.ts';
import type { RecordEntry, RecordEvent } from './record-event.ts';
import { Standing } from './standing.ts';

export interface RecordLimits {
  /** Of the file. */
  readonly limitBytes: number;
  /** The part of it that only what narrows may take. */
  readonly reserveBytes: number;
  /** A file that is longer gets a checkpoint when it is opened. */
  readonly condenseAboveBytes: number;
}

const mib = 1024 * 1024;
/** A checkpoint takes some MiB at most: what it carries is bounded. */
const usualLimits: RecordLimits = { limitBytes: 32 * mib, reserveBytes: 8 * mib, condenseAboveBytes: mib };

/** What narrows, and what the bounds themselves ask for, may use all the room. */
export type Room = 'all' | 'unreserved';

export class SignerRecord {
  readonly #path: string;
  readonly #limits: RecordLimits;
  readonly #file: ChainedFile<RecordEvent>;
  readonly #standing = new Standing();

  private constructor(path: string, limits: RecordLimits) {
    this.#path = path;
    this.#limits = limits;
    this.#file = new ChainedFile(path, formatOf(limits));
    for (const entry of this.#file.entries) this.#standing.apply(entry);
  }

  /**
   * Reads and checks the whole record; a last line that a kill cut short is dropped. One process at a time may have it open.
   *
   * @throws {SignerError} `signer-record-damaged` when an entry was altered, removed or slipped in.
   */
  static open(path: string, limits: RecordLimits = usualLimits): SignerRecord {
    const record = new SignerRecord(path, limits);
    if (record.#file.sizeBytes > limits.condenseAboveBytes) record.#condense();
    return record;
  }

  /** After all entries; changes with each. */
  get standing(): Standing {
    return this.#standing;
  }

  /** Durable when it returns. @throws {SignerError} `signer-record-full`; nothing is written then. */
  append(event: RecordEvent, at: number, room: Room): void {
    const keptFree = room === 'all' ? 0 : this.#limits.reserveBytes;
    let added: readonly RecordEntry[];
    try {
      added = this.#file.append([event], at, keptFree);
    } catch (error) {
      if (!(error instanceof SignerError) || error.code !== 'signer-record-full') throw error;
      this.#condense();
      added = this.#file.append([event], at, keptFree);
    }
    for (const entry of added) this.#standing.apply(entry);
  }

  #condense(): void {
    const { entries } = this.#file;
    if (entries.length < 2) return;
    // No clock is asked: a checkpoint says nothing that its last entry did not say.
    const at = Date.parse(entries.at(-1)!.at);
    const standing = this.#standing.kept();
    this.#file.condense((replaces) => ({ kind: 'checkpoint', replaces, standing }), at, copyOf(this.#path));
  }
}

/** `signer-record.before.jsonl` */
function copyOf(path: string): string {
  return path.replace(/(\.jsonl)?$/, '.before.jsonl');
}

function formatOf({ limitBytes }: RecordLimits): ChainedFormat<RecordEvent> {
  return {
    name: 'springline-signer-record-1',
    limitBytes,
    parse(event) {
      if (typeof (event as RecordEvent | null)?.kind !== 'string') throw new Error('it has no kind');
      return event as RecordEvent;
    },
    damaged: (path, why, cause) =>
      new SignerError(
        'signer-record-damaged',
        `${path} ${why}. Nothing that widens is signed. Restore it from your copy of the keys.`,
        { cause },
      ),
    full: (path) =>
      new SignerError('signer-record-full', `${path} has no room for more that does not narrow. Withdraw what waits.`),
    replaced: (event) => (event.kind === 'checkpoint' ? endOf(event.replaces) : undefined),
  };
}

function endOf({ sequence, hash }: ChainEnd): ChainEnd {
  if (!Number.isSafeInteger(sequence) || typeof hash !== 'string') throw new Error('it does not say what it replaces');
  return { sequence, hash };
}
