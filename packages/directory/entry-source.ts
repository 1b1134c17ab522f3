/**
 * A source of entries that are not on a wire: a file, or a list in memory. Every read is whole; without a cookie of its
 * own it is always read from the start.
 */
import { encodeEntry } from './attribute-list/encode.ts';
import type { DirectoryEntry } from './entry.ts';
import type { DirectorySource, ImportSink, ReadEnd, ReadRequest } from './source.ts';

/** Entries between two turns of the event loop. */
const turnEvery = 500;

export class EntrySource implements DirectorySource {
  readonly #entries: (signal: AbortSignal) => AsyncIterable<DirectoryEntry>;

  /** @param entries throws when the end may not be the end. */
  constructor(entries: (signal: AbortSignal) => AsyncIterable<DirectoryEntry>) {
    this.#entries = entries;
  }

  async read(_request: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    let count = 0;
    for await (const entry of this.#entries(signal)) {
      signal.throwIfAborted();
      sink.entry(encodeEntry(entry));
      count += 1;
      if (count % turnEvery === 0) await new Promise(setImmediate);
    }
    sink.page(undefined);
    return { unmentionedAreGone: true };
  }
}
