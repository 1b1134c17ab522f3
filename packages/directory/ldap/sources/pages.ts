/** Hands over to the sink what a read finds, and has it committed from time to time under the cookie that it began with. */
import type { ImportSink, RawEntry } from '../../source.ts';
import { entriesPerPage } from './ldap-source.ts';

export class Pages {
  readonly #sink: ImportSink;
  #cookie: Uint8Array | undefined;
  #count = 0;

  /** `cookie`: until the read is over, what it brought has to be read again from where it began. */
  constructor(sink: ImportSink, cookie: Uint8Array | undefined) {
    this.#sink = sink;
    this.#cookie = cookie;
  }

  entry(raw: RawEntry, anchor?: Uint8Array): void {
    this.#sink.entry(raw, anchor);
    this.#counted();
  }

  changes(raw: RawEntry): void {
    this.#sink.changes(raw);
    this.#counted();
  }

  gone(anchor: Uint8Array): void {
    this.#sink.gone(anchor);
    this.#counted();
  }

  present(anchor: Uint8Array): void {
    this.#sink.present(anchor);
    this.#counted();
  }

  /** What was handed over so far need not be read again from anywhere before `cookie`. */
  commit(cookie: Uint8Array | undefined): void {
    this.#cookie = cookie;
    this.#sink.page(cookie);
  }

  #counted(): void {
    this.#count += 1;
    if (this.#count % entriesPerPage === 0) this.#sink.page(this.#cookie);
  }
}
