/**
 * Hands over changes as they happen, and has them committed under the newest cookie once what came together was handed
 * over: a burst of changes is one commit, and a single one does not wait.
 */
import type { ImportSink, RawEntry } from '../../../source.ts';

export class FollowedPages {
  /** Rejects with what the sink threw at a commit. */
  readonly failed: Promise<never>;
  readonly #sink: ImportSink;
  readonly #encode: (cookie: Uint8Array) => Uint8Array;
  readonly #fail: (error: unknown) => void;
  #committed: Uint8Array | undefined;
  #waiting: Uint8Array | undefined;
  #timer: NodeJS.Immediate | undefined;
  #isDirty = false;

  constructor(sink: ImportSink, encode: (cookie: Uint8Array) => Uint8Array) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    this.#sink = sink;
    this.#encode = encode;
  }

  entry(raw: RawEntry, anchor: Uint8Array): void {
    this.#isDirty = true;
    this.#sink.entry(raw, anchor);
  }

  gone(anchor: Uint8Array): void {
    this.#isDirty = true;
    this.#sink.gone(anchor);
  }

  /** Of a phase that only a read can make use of. */
  present(_anchor: Uint8Array): void {}

  /** Everything handed over so far is what this cookie stands for; undefined while no cookie does. */
  committable(cookie: Uint8Array | undefined): void {
    if (cookie === undefined || (cookie === this.#committed && !this.#isDirty)) return;
    this.#waiting = cookie;
    this.#timer ??= setImmediate(() => this.#commit());
  }

  /** What was not committed stays so: the next read brings it again. */
  close(): void {
    clearImmediate(this.#timer);
  }

  #commit(): void {
    this.#timer = undefined;
    this.#isDirty = false;
    this.#committed = this.#waiting;
    try {
      this.#sink.page(this.#encode(this.#waiting!));
    } catch (error) {
      this.#fail(error);
    }
  }
}
