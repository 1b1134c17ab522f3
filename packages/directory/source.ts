/**
 * What an import reads from: a connected directory that hands over everything, or what changed since a cookie. A source
 * pushes and the sink takes synchronously, so a slow sink holds the connection back and nothing piles up in memory.
 *
 * Whoever reads decides nothing here: a read that may be incomplete throws, and then nothing counts as gone.
 */

/**
 * A search result entry where it lies: the contents of a SearchResultEntry (RFC 4511 4.5.2), that is the LDAPDN and the
 * PartialAttributeList, each with tag and length. Valid only until the call that hands it over returns.
 */
export interface RawEntry {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface ImportSink {
  /**
   * An object as it is now, whole; one that the account may see and not read has neither anchor nor classes. It is
   * handed over whenever its DN is another, also where only a container above it was renamed or moved.
   *
   * @param anchor 16 bytes of entryUUID or objectGUID, where the source knows them beside the entry (RFC 4533 2.2).
   */
  entry(raw: RawEntry, anchor?: Uint8Array): void;
  /**
   * Only what changed of an object (MS-ADTS 3.1.1.3.4.1.3): attributes that came replace those that were, and without
   * values they are removed; `member;range=1-1` adds its values, `member;range=0-0` takes them away.
   */
  changes(raw: RawEntry): void;
  gone(anchor: Uint8Array): void;
  /** It is there and unchanged (RFC 4533 3.3.2). */
  present(anchor: Uint8Array): void;
  /**
   * Everything handed over so far is committed together with this cookie. Durable when it returns.
   *
   * @param cookie opaque bytes of the source; absent while it has none to give.
   */
  page(cookie: Uint8Array | undefined): void;
}

export interface ReadRequest {
  /** Absent: everything. */
  readonly cookie: Uint8Array | undefined;
  /** Attributes to ask for, by their keys (`attribute-name.ts`). */
  readonly attributes: ReadonlySet<string>;
  /** RFC 4515; absent: every entry. */
  readonly filter?: string;
}

/** `unmentionedAreGone`: what was not handed over is not there any more. */
export interface ReadEnd {
  readonly unmentionedAreGone: boolean;
}

export interface DirectorySource {
  /**
   * Reads everything, or what changed since the cookie.
   *
   * @throws {CookieRefusedError} the caller reads everything.
   */
  read(request: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd>;
  /**
   * Waits for changes until the signal is aborted, and throws when it cannot any more. What the source tells with a
   * change goes to the sink; where it only tells that there is one, `changed` is called.
   */
  follow?(request: ReadRequest, sink: ImportSink, changed: () => void, signal: AbortSignal): Promise<void>;
}

/** The cookie is too old, of another server, or of another life of this one. */
export class CookieRefusedError extends Error {
  override readonly name = 'CookieRefusedError';
  readonly code = 'cookie-refused';
}
