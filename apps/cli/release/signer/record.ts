/**
 * The signer's own record (`<home>/keys/signer-record.jsonl`): what was proposed, approved and signed, appended line by
 * line, each chained to the one before by SHA-256, each durable before anything follows from it. It lies beside the keys
 * and in no database: who rewrites the database changes nothing of what was approved (security rules S8, S12).
 */
import { type ChainedEntry, ChainedFile, type ChainedFormat } from './chained-file.ts';
import { SignerError } from './error.ts';

/** Text forms of what they hold, so that a digest made from them is that of the bytes that were seen. */
export type RecordEvent =
  | { readonly kind: 'plan-proposed'; readonly digest: string; readonly plan: string; readonly what: string }
  | { readonly kind: 'widening-proposed'; readonly digest: string; readonly rolloutId?: string; readonly what: string }
  | { readonly kind: 'approval'; readonly digest: string; readonly approver: string }
  | { readonly kind: 'withdrawn'; readonly digest: string; readonly by: string }
  /** `by`: the rule that allowed it. */
  | { readonly kind: 'allowed'; readonly digest: string; readonly by: string }
  /** An allowed widening counts once. */
  | { readonly kind: 'used'; readonly digest: string }
  | { readonly kind: 'policy-signed'; readonly policy: string }
  /** Everything that waits or is allowed, and every plan that has not begun, must be asked for again (rule S8). */
  | { readonly kind: 'voided'; readonly by: string };

export type RecordEntry = ChainedEntry<RecordEvent>;

const format: ChainedFormat<RecordEvent> = {
  name: 'springline-signer-record-1',
  limitBytes: 256 * 1024 * 1024,
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
};

export class SignerRecord {
  readonly #file: ChainedFile<RecordEvent>;

  private constructor(file: ChainedFile<RecordEvent>) {
    this.#file = file;
  }

  /**
   * Reads and checks the whole record; a last line that a kill cut short is dropped.
   *
   * @throws {SignerError} `signer-record-damaged` when an entry was altered, removed or slipped in.
   */
  static open(path: string): SignerRecord {
    return new SignerRecord(new ChainedFile(path, format));
  }

  get entries(): readonly RecordEntry[] {
    return this.#file.entries;
  }

  /** Durable when it returns. */
  append(event: RecordEvent, at: number): RecordEntry {
    return this.#file.append([event], at)[0]!;
  }
}
